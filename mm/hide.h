/*
 * hide.h - the way into the vault: free frames become exclusive.
 *
 * Idea    Hide, flush once, then push: so no frame is ever in the vault that somebody can still reach, and those who
 *         claim need not wait for other CPUs. Without an isolation port only the push is left.
 *         A whole page block is the cheapest: one entry of the direct map and one shootdown for 512 frames. The vault
 *         may then hold a page block more than its target (`slack`), and what is released stays until that is full, so
 *         claims that come and go do not send frames in and out of the direct map.
 * Writes  Through zone and vault; the counters of the isolation.
 */
#ifndef MM_HIDE_H
#define MM_HIDE_H

#include "instance.h"

/* Hides a block. False when there is no table for it: that is counted. And the one shootdown for what was hidden. */
bool labyrinth_hide(struct labyrinth *lab, const struct page *page, unsigned order);
void labyrinth_hide_flush(struct labyrinth *lab);

/* A free frame of a page block that is of the vault's kind already, and so is no longer one entry of the direct map. */
struct page *labyrinth_hide_within(struct labyrinth *lab);

/*
 * Free frames, in the caller's hands, enter the vault; how many. The others could not be hidden and are back in their
 * zones. The ledger is left to the caller. A task, without a lock.
 */
unsigned labyrinth_hide_enter(struct labyrinth *lab, struct page **pages, unsigned count);

/*
 * Takes frames into a vault that is short of them, in one batch, and books them. How much of the budget, in frames,
 * that took: a page block counts as one, since it costs less than to shred a frame; 0: nothing could be done. A task.
 */
uint64_t labyrinth_hide_refill(struct labyrinth *lab, uint64_t budget);

#endif
