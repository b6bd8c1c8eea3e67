#!/bin/sh
# ovmf.sh - prints where the UEFI firmware for QEMU is: $OVMF, or where distributions put it. Fails when there is none.
for file in "${OVMF:-}" /usr/share/ovmf/OVMF.fd /usr/share/edk2/ovmf/OVMF_CODE.fd /usr/share/edk2/x64/OVMF.4m.fd \
            /usr/share/edk2-ovmf/x64/OVMF.fd \
            /opt/homebrew/share/qemu/edk2-x86_64-code.fd /usr/local/share/qemu/edk2-x86_64-code.fd; do
	[ -n "$file" ] && [ -r "$file" ] && echo "$file" && exit 0
done
echo "no UEFI firmware for QEMU (OVMF) found; run: make deps, or set OVMF=/path/to/OVMF.fd" >&2
exit 1
