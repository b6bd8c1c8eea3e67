#!/bin/sh
# need.sh WHAT... - fails when a tool, a file or a header is missing, and names all that are.
#
# Idea    A word with a slash is a file, one that ends in .h a header for $HOSTCC, `sanitizers` the libraries of
#         ASan and UBSan, `tsan` that of ThreadSanitizer, `fuzzer` Clang's, `ovmf` the UEFI firmware, any other a
#         command.
set -u

includes='#include <stdarg.h>\n#include <stddef.h>\n#include <setjmp.h>\n#include <stdint.h>\n'

# Compiles standard input.
try() {
	"$HOSTCC" "$@" -x c -o /dev/null - 2>/dev/null
}

have() {
	case $1 in
	ovmf)       "$(dirname "$0")/ovmf.sh" >/dev/null ;;
	sanitizers) echo 'int main(void) { return 0; }' | try -fsanitize=address,undefined ;;
	fuzzer)     echo 'int LLVMFuzzerTestOneInput(const void *d, unsigned long n) { return !d && n; }' |
	            HOSTCC=clang try -fsanitize=fuzzer ;;
	tsan)       echo 'int main(void) { return 0; }' | try -fsanitize=thread ;;
	*.h)        printf "$includes#include <%s>\n" "$1" | try -E ;;
	*/*)        [ -e "$1" ] ;;
	*)          command -v "$1" >/dev/null ;;
	esac
}

missing=
for what in "$@"; do
	have "$what" || missing="$missing $what"
done
[ -z "$missing" ] || { echo "missing:$missing; run: make ${DEPS:-deps}" >&2; exit 1; }
