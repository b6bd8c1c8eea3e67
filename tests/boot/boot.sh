#!/bin/sh
# boot.sh BUILD-DIR [ROW...] - boots the kernel in QEMU, once for each row of the table.
#
# Idea    A row of the table (rows, beside this) says what the machine is, what the command line says, how the kernel must
#         leave and what it must have said. Nothing is asserted about time but that each row ends within its limit,
#         which is for one that hangs: one that is slow, on a busy machine, is waited for.
#         $SUITE and $TABLE: another suite, and the table it has. $JOBS: rows at once, otherwise one.
# Writes  BUILD-DIR/$SUITE/NAME.log, the serial line. Last line of output: "test-boot: N passed, M failed".
# Needs   BUILD-DIR/labyrinth.elf and .iso, QEMU, OVMF, what tools/iso.sh needs.
set -u

here=$(dirname "$0")
tools=$here/../../tools
build=$1
suite=${SUITE:-boot} workers=${JOBS:-1}
shift
dir=$build/$suite
only=" $* "
passed=0 failed=0
mkdir -p "$dir"

# Prints the name of an image with these words; rows with the same words share it.
image_for() {
	image=$dir/$(echo "$1" | cksum | cut -d ' ' -f 1).iso
	if [ -z "$(find "$image" -newer "$build/labyrinth.iso" 2>/dev/null)" ]; then
		# shellcheck disable=SC2046 # words
		"$tools/iso.sh" "$build/labyrinth.elf" "$image.$worker" $(echo "$1" | tr , ' ') >&2 || return 1
		mv "$image.$worker" "$image" # another worker may be making the same
	fi
	echo "$image"
}

# Commands for QEMU's monitor: look at the screen until it shows a verdict, then end.
watch_screen() {
	: >"$dir/$name.screen"
	patience=$limit
	until grep -qE '^labyrinth: (PASS|FAIL|PANIC|cannot boot)' "$dir/$name.screen" || [ "$patience" -le 0 ]; do
		printf 'screendump %s.ppm\npmemsave 0xb8000 4000 "%s.text"\n' "$dir/$name" "$dir/$name"
		sleep 2
		patience=$((patience - 2))
		"$here/screen.sh" "$dir/$name.ppm" "$dir/$name.text" "$build/font.psf" >"$dir/$name.screen" 2>&1
	done
	echo quit
}

run_on_screen() {
	rm -f "$dir/$name.ppm" "$dir/$name.text"
	image=$build/labyrinth.iso
	[ -z "$words" ] || image=$(image_for "$words") || return 1
	watch_screen | LIMIT=$((limit + 10)) "$tools/qemu.sh" -f "$firmware" -m "$memory" -s "$serial" \
		"$image" -monitor stdio $options >"$dir/$name.monitor" 2>&1
}

run_to_exit() {
	case $machine in
	kernel*) image=$build/labyrinth.elf ;;
	*)       image=$(image_for "exit${words:+,$words}") || return 1 ;;
	esac
	LIMIT=$limit "$tools/qemu.sh" -f "$firmware" -m "$memory" -s "$serial" "$image" $options </dev/null >"$log" 2>&1
}

# A card on a wire, and peer.py at its other end; what passed on it is kept, unless it is very much.
# `packets=` of the words holds for both.
run_with_peer() {
	image=$(image_for "exit,$words") || return 1
	packets=$(echo ",$words" | sed 's/.*,packets=//; s/,.*//')
	peer=peer.py dump=
	case ,$words, in *,trouble,*) peer=trouble.py ;; esac
	[ "$packets" -gt 4000 ] || dump="-object filter-dump,id=dump,netdev=wire,file=$dir/$name.pcap"
	LIMIT=$limit python3 "$here/$peer" "$log" "$packets" "$tools/qemu.sh" -f "$firmware" -m "$memory" "$image" \
		-netdev dgram,id=wire,local.type=fd,local.str=FD $dump $options >"$dir/$name.peer"
}

run_in_bochs() {
	image=$(image_for "exit${words:+,$words}") || return 1
	LIMIT=$limit "$tools/bochs.sh" "${memory%M}" "$image" "$log" $options
}

# A pattern, or "count WORD LEAST MOST": a line WORD NUMBER.
said_so() {
	case $1 in
	"count "*) awk -v want="$1" 'BEGIN { split(want, w, " ") }
	               $1 == w[2] && $2 >= w[3] && $2 <= w[4] { good = 1 } END { exit !good }' "$said" ;;
	*)         grep -qE -e "$1" "$said" ;;
	esac
}

# What this host cannot give; only of rows that say +sparse, and only in QEMU's own words.
not_backed() {
	case $machine in *sparse*) [ "$got" -eq 1 ] && grep -m 1 -E 'qemu.*cannot set up guest memory' "$log" ;; *) false ;; esac
}

# Prints why the row failed; nothing when it did not.
complaint() {
	if [ "$status" != - ] && [ "$got" -ne "$status" ] || [ "$got" -eq 124 ]; then
		[ "$got" -eq 124 ] && echo "no end after $limit s" || echo "left with $got, not $status"
		[ "$run" != run_with_peer ] || tail -n 1 "$dir/$name.peer"
		return
	fi
	[ "$said" != none ] || return
	[ -s "$said" ] || { echo "said nothing"; return; }
	case $status in
	3[57]) never='labyrinth: PASS' ;;
	*)     never='FAIL|PANIC|cannot boot'
	       must="^labyrinth: PASS\$${must:+ & $must}" ;;
	esac
	# A word that is obeyed, and said to be ignored, is as wrong as the other way round.
	case $must in *'ignoring what is not known'*) ;; *) never="$never|ignoring what is not known" ;; esac
	printf '%s\n' "$must" | sed 's/ & /\n/g' | while read -r pattern; do
		said_so "$pattern" || { printf "nothing like /%s/ in %s\n" "$pattern" "$said"; break; }
	done
	grep -E -m 1 -e "$never" "$said"
}

run_row() {
	log=$dir/$name.log said=$dir/$name.log firmware=bios serial=stdio run=run_to_exit limit=${LIMIT:-900}
	case $machine in uefi*)    firmware=uefi ;; esac
	case $machine in *screen*) serial=file:$log run=run_on_screen ;; esac
	case $machine in bochs*)   run=run_in_bochs ;; esac
	case $machine in *dark*)   serial=none said=none ;; esac
	case $machine in *peer*)   run=run_with_peer ;; esac
	case $machine in *screen*) said=$dir/$name.screen ;; esac
	start=$(date +%s)
	$run
	got=$?
	# GRUB and the kernel end lines with CR LF, GRUB colours them.
	[ -e "$log" ] && sed -i "s/\r//g; s/$(printf '\033')[^A-Za-z]*[A-Za-z]//g" "$log"
	took=$(($(date +%s) - start))
	if why=$(not_backed); then echo "skipped $name: $why"; return; fi
	why=$(complaint)
	if [ -z "$why" ]; then passed=$((passed + 1)); echo "ok $name (${took}s)"
	else failed=$((failed + 1)); printf 'not ok %s (%ss): %s (see %s)\n' "$name" "$took" "$why" "$log"; fi
}

# The rows whose number leaves this remainder.
work() {
	worker=$1 number=0
	while IFS='|' read -r name machine memory words options status must; do
		[ "$only" = "  " ] || case $only in *" $name "*) ;; *) continue ;; esac
		number=$((number + 1))
		[ $((number % workers)) -ne "$worker" ] || run_row </dev/null
	done <"$dir/rows"
	echo "$passed $failed" >"$dir/worker.$worker"
}

sed '/^#/d; /^$/d; s/ *| */|/g; s/ *$//' "${TABLE:-$here/rows}" >"$dir/rows"
rm -f "$dir"/worker.*
for name in $only; do
	cut -d '|' -f 1 "$dir/rows" | grep -qxF -e "$name" || { echo "there is no row $name" >&2; echo "test-$suite: 0 passed, 1 failed"; exit 1; }
done
for worker in $(seq 0 $((workers - 1))); do
	work "$worker" &
done
wait
# A worker that did not get to its end has failed.
cat "$dir"/worker.* 2>/dev/null | awk -v workers="$workers" -v suite="test-$suite" '
	{ passed += $1; failed += $2 }
	END {
		failed += workers - NR
		printf "%s: %d passed, %d failed\n", suite, passed, failed
		exit failed > 0 || passed == 0
	}'
