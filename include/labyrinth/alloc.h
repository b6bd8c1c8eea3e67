/*
 * alloc.h - shared frames: the calls that kernel developers know, with the outcome named.
 *
 * Shared means that nobody is recorded as the owner: whoever has the pointer may free it. For one owner per frame until
 * release see owner.h.
 */
#ifndef LABYRINTH_ALLOC_H
#define LABYRINTH_ALLOC_H

#include <labyrinth/types.h>

/* GFP, "get free pages": exactly one of the first three, with modifiers. */
typedef uint32_t labyrinth_gfp_t;

#define LABYRINTH_GFP_KERNEL ((labyrinth_gfp_t)1u << 0) /* task only: may reclaim and sleep                          */
#define LABYRINTH_GFP_NOWAIT ((labyrinth_gfp_t)1u << 1) /* task or interrupt, not NMI; leaves the reserve alone      */
#define LABYRINTH_GFP_ATOMIC ((labyrinth_gfp_t)1u << 2) /* any context, NMI included; may use the reserve (order 0)  */
#define LABYRINTH_GFP_ZERO   ((labyrinth_gfp_t)1u << 3) /* all bytes 0                                               */
#define LABYRINTH_GFP_DMA    ((labyrinth_gfp_t)1u << 4) /* below 16 MiB                                              */
#define LABYRINTH_GFP_DMA32  ((labyrinth_gfp_t)1u << 5) /* below 4 GiB; not together with DMA                        */
#define LABYRINTH_GFP_SHRED  ((labyrinth_gfp_t)1u << 6) /* overwritten with random bytes when it is freed            */
#define LABYRINTH_GFP_NOWARN ((labyrinth_gfp_t)1u << 7) /* no warn() if it is refused: hooks.h                       */

/*
 * Where the frames should gather, so that those that can go do not pin down the 2 MiB around them; not both. MOVABLE:
 * the user can do without them soon; for frames that the allocator may move by itself see move.h. RECLAIMABLE: they
 * come back when memory is short, caches for one. Without: they stay as long as they are wanted.
 */
#define LABYRINTH_GFP_MOVABLE     ((labyrinth_gfp_t)1u << 8)
#define LABYRINTH_GFP_RECLAIMABLE ((labyrinth_gfp_t)1u << 9)

struct labyrinth_grant {
	struct page          *page;   /* first page of the block; NULL when refused */
	enum labyrinth_status status; /* why                                        */
};

/*
 * Takes 2^order frames, aligned to their size, until labyrinth_free_pages().
 *
 * gfp      one of KERNEL, NOWAIT, ATOMIC, and modifiers.
 * order    0..LABYRINTH_MAX_ORDER.
 * Context  as the flag says. ATOMIC never waits: when another context holds a zone's lock, that zone is passed over.
 *          NOWAIT waits for a lock at most. KERNEL, when there is no block: asks the shrinkers (reclaim.h), then, in a
 *          kernel that can, sleeps until others free, for `sleep_ticks` at most (init.h). Not from inside a shrinker's
 *          scan; and while another task has the shrinkers asked, they are not asked twice.
 * Errors   NULL_POINTER, BAD_FLAGS, BAD_ORDER, IN_INTERRUPT, BAD_CPU: nothing changed. NO_MEMORY: nothing was taken;
 *          what this CPU had at hand may be in the zones.
 * Cost     Without a zone or a mobility, a single frame that this CPU has at hand, and without any modifier a block of
 *          order 1 to 3 or 9: no lock, interrupts as they were.
 *          Else O(LABYRINTH_MAX_ORDER) with interrupts off, once a zone, a magazine's batch where there are magazines;
 *          16 stores more when a row of 16 frames is used for the first time; with ZERO 4 KiB << order of
 *          stores, interrupts as they were. When no zone has a block, what this CPU has at hand goes back to them until
 *          one has: at most as many pieces as frames, each as much work as a free of its own. When nothing else is
 *          left, a frame that an owner has released and maintenance not yet seen to is shredded on the spot: 64 ChaCha
 *          blocks. A KERNEL request that reclaims or sleeps does all that again for every answer and every wake-up; one
 *          above order 0 tries a compaction first, if there are movers: labyrinth_compact() with a budget of 512.
 * Memory   In the highest zone that has a block: of the lowest page block (2 MiB) that has room, above order 0 of those
 *          with as little room as does, the smallest and lowest free block that fits; a frame at hand may be a few
 *          higher. Of the zones below the highest one that it may use, a request leaves alone what they
 *          protect (init.h): with DMA all of DMA may be taken, with DMA32 all of DMA32. Not cleared unless ZERO: it
 *          holds what its last shared user left in it, unless that was allocated with SHRED; never what an exclusive
 *          owner left.
 */
struct labyrinth_grant labyrinth_alloc_pages(struct labyrinth *lab, labyrinth_gfp_t gfp,
                                             unsigned order) LABYRINTH_MUST_USE;

struct labyrinth_bulk {
	uint32_t              count;  /* pages[0] to pages[count - 1]: done         */
	enum labyrinth_status status; /* OK for all, or why the next one was not */
};

/*
 * Takes `count` single frames, as that many calls of labyrinth_alloc_pages() would; what was granted before a refusal
 * is kept. Gives `count` single frames back, in order, up to the first that is refused.
 *
 * Context, errors, cost and memory as for labyrinth_alloc_pages() and labyrinth_free_pages(); arguments are checked
 * once.
 */
struct labyrinth_bulk labyrinth_alloc_bulk(struct labyrinth *lab, labyrinth_gfp_t gfp, uint32_t count,
                                           struct page **pages) LABYRINTH_MUST_USE;
struct labyrinth_bulk labyrinth_free_bulk(struct labyrinth *lab, struct page *const *pages, uint32_t count);

/*
 * Gives back a block from labyrinth_alloc_pages().
 *
 * page     its first page; order the same as at allocation.
 * Context  task or interrupt; in an NMI it is refused with IN_INTERRUPT.
 * Errors   NULL_POINTER, IN_INTERRUPT, BAD_ORDER, BAD_CPU, FOREIGN_PAGE, NOT_ALLOCATED, WRONG_ORDER, NOT_SHARED:
 *          nothing changed.
 * Cost     No lock where it is kept at hand; else O(LABYRINTH_MAX_ORDER) with interrupts off. While tasks sleep, a task
 *          that frees also gives what its CPU has at hand to the zones, and wakes them. A block from SHRED: each frame
 *          is overwritten first, tens of thousands of instructions a frame, where it is freed, interrupts as they were;
 *          nobody can get it before.
 */
enum labyrinth_status labyrinth_free_pages(struct labyrinth *lab, struct page *page, unsigned order);

/*
 * A number of contiguous frames that need not be a power of two, 1 to 2^LABYRINTH_MAX_ORDER, and the way back. What the
 * block that holds them has more is free again when the call returns.
 *
 * Context  task or interrupt, as the flags say; in an NMI it is refused with IN_INTERRUPT. To give back what the block
 *          has more it waits for a zone's lock, with ATOMIC too, as a free does.
 * Errors   as for labyrinth_alloc_pages() and labyrinth_free_pages(); BAD_COUNT. Nothing changed. n frames are the
 *          blocks that the bits of n name, largest first: all of them must be there; fewer of them free just these. If
 *          another CPU frees parts of the same frames in the middle of the second call, what it had freed before stays
 *          free.
 *          Frames that cannot have begun an allocation of so many are refused with WRONG_ORDER.
 * Cost     LABYRINTH_MAX_ORDER times that of a block.
 * Memory   Aligned to the power of two above; otherwise as for labyrinth_alloc_pages().
 */
struct labyrinth_grant labyrinth_alloc_pages_exact(struct labyrinth *lab, labyrinth_gfp_t gfp,
                                                   uint32_t frames) LABYRINTH_MUST_USE;
enum labyrinth_status labyrinth_free_pages_exact(struct labyrinth *lab, struct page *page, uint32_t frames);

#endif
