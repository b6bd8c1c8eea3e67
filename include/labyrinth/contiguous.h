/*
 * contiguous.h - frames in a row, for devices that say where their memory must lie.
 */
#ifndef LABYRINTH_CONTIGUOUS_H
#define LABYRINTH_CONTIGUOUS_H

#include <labyrinth/alloc.h>

/* What a DMA engine asks for; in frames. */
struct labyrinth_contiguous {
	uint32_t frames;    /* 1 to 2^LABYRINTH_MAX_ORDER                                                  */
	pfn_t    limit;     /* the highest that it reaches: address mask >> 12; UINT64_MAX for any         */
	uint64_t alignment; /* a power of two: the first one's number is a multiple of it; 1 for any       */
	uint64_t boundary;  /* a power of two, no less than frames, that they do not cross; 0 for none     */
};

/*
 * Takes frames in a row, until labyrinth_free_contiguous().
 *
 * gfp      KERNEL or NOWAIT, with ZERO, DMA, DMA32, SHRED and NOWARN. DMA and DMA32 are limits as well.
 * want     copied: it may change while the call sleeps or has shrinkers asked.
 * Context  task.
 * Errors   NULL_POINTER, IN_INTERRUPT, BAD_FLAGS, BAD_CPU, BAD_COUNT; BAD_CONSTRAINT: alignment or boundary is no power
 *          of two, the boundary is smaller than the range, or so many frames do not fit below the limit, or below
 *          that of the flags; NO_MEMORY. Nothing was taken, nothing changed.
 * Cost     As for labyrinth_alloc_pages() when a block of the next power of two serves: where such a block is as
 *          aligned as is asked for, and the limit leaves out none of the zone. Else O(page blocks below the limit),
 *          each with interrupts off while its free frames are read, about 300 steps, and O(LABYRINTH_MAX_ORDER^2)
 *          with interrupts off to take what was found. Who is forestalled by another CPU looks on, 16 times at most.
 *          KERNEL goes on as for labyrinth_alloc_pages(): one compaction if there are movers, for a block that is as
 *          long and as aligned, in a zone that is low enough; the shrinkers; sleep; each with a look again.
 * Memory   In the highest zone below the limit that has such a range; there, if it has to be looked for, the lowest. A
 *          range lies in one zone. What other CPUs have at hand, and what is set aside, is not free. Of lower zones
 *          what they protect is left alone (init.h). Contents as for labyrinth_alloc_pages().
 */
struct labyrinth_grant labyrinth_alloc_contiguous(struct labyrinth *lab, labyrinth_gfp_t gfp,
                                                  const struct labyrinth_contiguous *want) LABYRINTH_MUST_USE;

/*
 * Gives a range back as a whole.
 *
 * Context  task or interrupt; in an NMI it is refused with IN_INTERRUPT.
 * Errors   NULL_POINTER, IN_INTERRUPT, BAD_COUNT, BAD_CPU, FOREIGN_PAGE, NOT_ALLOCATED, WRONG_ORDER, NOT_SHARED:
 *          nothing changed. The range is blocks, each the largest that can begin where it does and ends within the
 *          range: all of them must be there. If another CPU frees parts of it in the middle of the call, what had been
 *          freed stays free.
 * Cost     2 * LABYRINTH_MAX_ORDER times that of a block.
 */
enum labyrinth_status labyrinth_free_contiguous(struct labyrinth *lab, struct page *page, uint32_t frames);

#endif
