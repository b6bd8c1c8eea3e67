/*
 * bench.h - what calls cost in this kernel, on this machine: `make bench-boot`.
 *
 * Idea    With QEMU's -icount shift=0 the cycle counter counts instructions, so what is printed are instructions, the
 *         same in every run. Elsewhere they are cycles.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <labyrinth/types.h>

/* The allocator is ready: how long the boot has taken. `entered`: the cycle counter early in entry32.S. */
void bench_note_boot(uint64_t entered, uint64_t now, uint64_t init);

/*
 * With `bench=claims` or `bench=calls` on the command line, measures with memory filled as `fill=` says, and prints a
 * line for each call; with `bench=refill`, what maintenance does for the vault; with any, what the boot took. NULL, or
 * what went wrong. Task, interrupts on, with the allocator not used otherwise.
 */
const char *bench_if_asked(struct labyrinth *lab);

#endif
