#!/bin/sh
# matrix.sh BUILD-DIR [ROW...] - boots the kernel on the machines of `matrix` and `matrix-rows`, beside this.
#
# Idea    First the pairs of the matrix are counted: a missing one is a failure. Then boot.sh, with both as one table.
#         A machine of 1 TiB is sparse; one that this host cannot back is skipped, in the words that QEMU has for it.
# Writes  BUILD-DIR/matrix/. Last line of output: "test-matrix: N passed, M failed".
set -u

here=$(dirname "$0")
mkdir -p "$1/matrix"
awk -v count=1 -f "$here/matrix.awk" "$here/matrix" &&
awk -f "$here/matrix.awk" "$here/matrix" >"$1/matrix/table" &&
cat "$here/matrix-rows" >>"$1/matrix/table" || { echo "test-matrix: 0 passed, 1 failed"; exit 1; }
SUITE=matrix TABLE=$1/matrix/table exec "$here/boot.sh" "$@"
