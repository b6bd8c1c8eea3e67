/*
 * refill.h - the vault is filled again after claims, as much as a page block holds.
 */
#ifndef BENCH_REFILL_H
#define BENCH_REFILL_H

#include <labyrinth/types.h>

/*
 * Claims 512 frames, has maintenance replace them, and prints how many instructions and TLB shootdowns that took. What
 * went wrong, or NULL. Task, in a machine whose vault holds as many: 256 MiB.
 */
const char *refill_measure(struct labyrinth *lab);

#endif
