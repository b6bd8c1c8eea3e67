/*
 * maintain.h - the work that is kept out of interrupt handlers.
 */
#ifndef LABYRINTH_MAINTAIN_H
#define LABYRINTH_MAINTAIN_H

#include <labyrinth/types.h>

/*
 * Shreds what owners have released; it goes to the vault while that is below its target, otherwise it is free. Then
 * refills the vault and the reserve from free memory, up to their targets. If a zone has fallen below its low
 * watermark, asks the shrinkers until it is above the high one. While tasks sleep, gives what this CPU has at hand to
 * the zones, and wakes them. If a block was refused to somebody who could not wait, tries one compaction for it:
 * move.h.
 *
 * budget   frames to shred or to move, or to ask of shrinkers or movers, at most; bounds the work.
 * Returns  frames shredded, moved or asked for, and freed by shrinkers as they say; less than budget means that nothing
 *          is left to do, or no free frame to do it with.
 * Context  task; does nothing elsewhere, or on a CPU that an isolation port has no window for (port.h).
 * Cost     budget times 64 ChaCha blocks, interrupts as they were, and a buddy operation, with interrupts off for
 *          O(LABYRINTH_MAX_ORDER), sixteen of them when the vault has too much; one call of each shrinker a round
 *          (reclaim.h), interrupts as they were; a magazine's frames; of a compaction what labyrinth_compact() costs.
 *          With an isolation port (isolate.h), a flush for each page block, which counts as one frame of the budget,
 *          or for up to 32 frames.
 */
uint64_t labyrinth_maintain(struct labyrinth *lab, uint64_t budget);

/*
 * Would labyrinth_maintain() find something to do, as far as one can see without looking closely? For those who poll;
 * `kick` in hooks.h tells those who do not. True for as long as memory is low, though no shrinker may have anything:
 * so ask now and then, not in a loop until it is false. Any context.
 */
bool labyrinth_maintenance_wanted(const struct labyrinth *lab);

#endif
