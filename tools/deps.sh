#!/bin/sh
# deps.sh [portability|bench|matrix|linux] - installs what the Makefile's targets need, and says what it does.
#
# Idea    A list of packages, those that are missing of it, one apt-get. Where there is no apt, what the
#         packages are called elsewhere, and a failure: nothing was installed.
set -eu

with=${1:-}
packages="gcc binutils libc6-dev clang lld clang-format libclang-rt-dev libcmocka-dev gzip
	python3 qemu-system-x86 ovmf grub-common grub-pc-bin grub-efi-amd64-bin xorriso mtools psf-unifont"

# i386 has a cross compiler of its own because gcc-multilib shuts out the other two.
if [ "$with" = portability ]; then
	packages="gcc binutils libc6-dev clang qemu-user gcc-i686-linux-gnu libc6-dev-i386-cross
		gcc-aarch64-linux-gnu libc6-dev-arm64-cross gcc-riscv64-linux-gnu libc6-dev-riscv64-cross"
fi

if [ "$with" = bench ]; then
	packages="gcc binutils libc6-dev pkg-config libdpdk-dev libmimalloc-dev gnuplot-nox"
fi

if [ "$with" = matrix ]; then
	packages="$packages bochs bochs-term bsdutils"
fi

if [ "$with" = linux ]; then
	packages="$packages cpio"
fi

elsewhere() {
	[ "$with" != linux ] || { echo "deps: bench-linux boots Debian's kernel package: use Debian" >&2; exit 1; }
	[ "$with" != bench ] || elsewhere_bench
	[ "$with" != portability ] || elsewhere_portability
	cat >&2 <<-TEXT
	deps: this system has no apt-get; please install by hand, then run make again:
	  Fedora    gcc binutils clang lld compiler-rt libcmocka-devel libasan libubsan libtsan qemu-system-x86 edk2-ovmf
	            grub2-tools-extra grub2-pc-modules grub2-efi-x64-modules xorriso mtools python3
	  Arch      gcc clang lld compiler-rt cmocka qemu-system-x86 edk2-ovmf grub libisoburn mtools python
	  Homebrew  make x86_64-elf-gcc x86_64-elf-binutils x86_64-elf-grub llvm lld cmocka qemu xorriso mtools coreutils
	A font: any gzipped PSF of 8x16 pixels, make FONT=/path/to/font.psf.gz (Unifont-APL8x16.psf.gz, GNU Unifont).
	TEXT
	exit 1
}

elsewhere_portability() {
	cat >&2 <<-TEXT
	deps: this system has no apt-get; please install by hand, then run make again:
	  Fedora    clang gcc glibc-static.i686 libgcc.i686 gcc-aarch64-linux-gnu gcc-riscv64-linux-gnu qemu-user;
	            the cross compilers come without a C library: make portability works, make test-portability only for
	            i386, with GCC_i386="gcc -m32"
	  Arch      clang lib32-glibc lib32-gcc-libs aarch64-linux-gnu-gcc riscv64-linux-gnu-gcc qemu-user;
	            GCC_i386="gcc -m32"
	  Homebrew  has no cross compilers for Linux programs: use a Linux machine
	TEXT
	exit 1
}

elsewhere_bench() {
	cat >&2 <<-TEXT
	deps: this system has no apt-get; please install by hand, then run make again:
	  Fedora    gcc pkgconf-pkg-config dpdk-devel mimalloc-devel gnuplot-minimal
	  Arch      gcc pkgconf dpdk mimalloc gnuplot
	  Homebrew  has no DPDK, and the benchmarks need Linux: use a Linux machine
	TEXT
	exit 1
}

installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		echo "deps: not root, and there is no sudo; as root, run: $*" >&2
		exit 1
	fi
}

command -v apt-get >/dev/null && command -v dpkg-query >/dev/null || elsewhere

missing=
for package in $packages; do
	installed "$package" || missing="$missing $package"
done
if [ -z "$missing" ]; then
	echo "deps: nothing is missing"
	exit 0
fi
echo "deps: installing$missing"
as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q
# shellcheck disable=SC2086 # a list of words
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
echo "deps: installed$missing"
