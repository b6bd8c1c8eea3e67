#!/bin/sh
# format.sh - clang-format on the lines of C files that differ from the last commit, new files included.
#
# Idea    `git diff -U0` names the changed lines; only those are handed over, so aligned tables elsewhere stay.
set -eu

git ls-files --others --exclude-standard -- '*.c' '*.h' | while read -r file; do
	clang-format -i "$file" && echo "formatted $file"
done
git diff -U0 HEAD --diff-filter=M -- '*.c' '*.h' | awk '
	/^\+\+\+ /  { file = substr($2, 3) }
	/^@@/      { split(substr($3, 2), at, ","); count = at[2] == "" ? 1 : at[2]
	             if (count) print file, at[1], at[1] + count - 1 }' |
sort -k1,1 -k2,2nr | while read -r file first last; do
	# Last lines first: what they become does not move the lines above them.
	clang-format -i --lines="$first:$last" "$file" && echo "formatted $file:$first-$last"
done
