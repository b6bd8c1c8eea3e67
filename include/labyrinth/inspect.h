/*
 * inspect.h - what is where, whether the laws hold, and refusals on demand.
 */
#ifndef LABYRINTH_INSPECT_H
#define LABYRINTH_INSPECT_H

#include <labyrinth/alloc.h>
#include <labyrinth/move.h>
#include <labyrinth/owner.h>

enum labyrinth_zone {
	LABYRINTH_ZONE_DMA,    /* below 16 MiB      */
	LABYRINTH_ZONE_DMA32,  /* 16 MiB to 4 GiB   */
	LABYRINTH_ZONE_NORMAL, /* above             */
	LABYRINTH_ZONES
};

const char *labyrinth_zone_name(enum labyrinth_zone zone);

struct labyrinth_zone_stats {
	uint64_t frames; /* managed                              */
	uint64_t free;   /* in the buddy                         */
	uint64_t low, high, protect; /* that should stay free: init.h */
	uint64_t free_blocks[LABYRINTH_MAX_ORDER + 1]; /* by order */
};

/* Frames, unless it says otherwise. */
struct labyrinth_stats {
	uint64_t usable; /* managed, what came by labyrinth_online() included: all frames below add up to it */
	uint64_t free;   /* in the zones                                 */
	uint64_t reserve, reserve_target; /* targets: what it holds when full, its share of all guarantees included */
	uint64_t vault, vault_target; /* shredded ones; the target counts dirty ones, and what owners may claim of it */
	uint64_t owned;    /* claimed, neither lent nor mapped            */
	uint64_t lent;     /* claimed and posted to devices               */
	uint64_t mapped;   /* claimed and in windows of CPUs              */
	uint64_t recycled; /* released, kept unshredded by their owners   */
	uint64_t dirty;    /* released, to be shredded by maintenance     */
	uint64_t cached;   /* free, at hand in magazines                  */
	uint64_t quarantined; /* freed, waiting in the quarantine          */
	uint64_t fenced;   /* red zones of shared blocks                  */
	uint64_t offline;  /* never to be used again                      */
	uint64_t shootdowns; /* that this took since labyrinth_isolate()  */
	uint64_t not_hidden; /* frames and page blocks that could not be, and so are not in the vault */
	uint64_t shared;   /* from labyrinth_alloc_pages()                */
	uint64_t guaranteed; /* sum of guarantees                         */
	uint64_t pending;    /* in use, to go offline when they come back */
	uint64_t shredded;   /* frames overwritten since bring-up         */
	uint64_t reclaimed;  /* freed by shrinkers, as they say           */
	uint64_t slept, timeouts; /* requests that did; of those, how many got nothing */
	uint32_t wakes;      /* of sleeping tasks, modulo 2^32            */
	uint32_t isolated;   /* 1: what is exclusive is out of the direct map; else 0 */
	uint64_t movable;    /* of the shared ones: frames that name a mover */
	uint64_t moved, move_refused; /* by compactions since bring-up, in frames */
	uint64_t compacted;  /* blocks that compactions built             */
	uint64_t refills;    /* runs of frames, and blocks, that magazines took from the zones since bring-up */
	uint64_t flushes;    /* pieces of up to 32 frames that frees gave back to the zones             */
	uint64_t drains;     /* such pieces, and blocks, given back because others asked, or nobody did */
	size_t   metadata_bytes;
	struct labyrinth_zone_stats zone[LABYRINTH_ZONES];
};

/*
 * NULL for either does nothing.
 *
 * Context  any. While others allocate, the sum may be off by what is on its way, and free_blocks by what comes and goes
 *          meanwhile. For those a task waits for the lock of the zone; who is no task, and finds it held, counts free
 *          blocks as he sees them, in the middle of a change perhaps.
 * Cost     O(page blocks). Interrupts are off for one page block in use, or 1 GiB of others, at a time: a thousand
 *          instructions (make bench-boot).
 */
void labyrinth_stats(const struct labyrinth *lab, struct labyrinth_stats *out);

struct labyrinth_owner_stats {
	char     name[LABYRINTH_NAME_BYTES];
	uint32_t guarantee, limit;
	uint32_t held;       /* claims outstanding, lent and mapped ones included     */
	uint32_t lent, mapped, recycled;
	uint32_t high_water; /* most held at once, recycled ones included             */
	uint64_t from_recycled, from_zone, from_vault; /* claims granted, by source   */
	uint64_t received;   /* by transfer                                           */
	uint64_t over_limit, over_rate, no_memory; /* claims refused, by reason       */
	uint64_t misused;    /* calls on claims refused: stale, lent, not lent, mapped, ... */
	uint64_t worst_ticks; /* of `clock` in hooks.h, in a claim, granted or refused; 0 without a clock */
};

/* Errors NULL_POINTER, BAD_OWNER. Context: any. */
enum labyrinth_status labyrinth_owner_stats(const struct labyrinth *lab, labyrinth_owner_t owner,
                                            struct labyrinth_owner_stats *out);

struct labyrinth_mover_stats {
	const char *name;
	uint64_t frames;         /* that carry its tag, or are offered to it                  */
	uint64_t moved, refused; /* frames that it was asked to move, since it was registered */
};

/* Errors NULL_POINTER, BAD_MOVER. Context: any. */
enum labyrinth_status labyrinth_mover_stats(const struct labyrinth *lab, labyrinth_mover_t mover,
                                            struct labyrinth_mover_stats *out);

/*
 * Every live owner in turn: starts and continues from *at, which starts at LABYRINTH_NOBODY; false after the last, and
 * when a pointer is NULL. Context: any.
 */
bool labyrinth_owner_next(const struct labyrinth *lab, labyrinth_owner_t *at);

/* What a broken law looks like: where, and which numbers disagree. */
struct labyrinth_finding {
	const char *law; /* a sentence                          */
	pfn_t       pfn; /* the frame or block where it broke   */
	uint64_t    found, expected;
};

/*
 * Walks everything. NULL, or the first law that does not hold, as a sentence; where it broke in *finding (may be NULL).
 *
 * Context  task, with nobody else in the allocator.
 * Cost     O(frames in page blocks ever used), once more for each owner with frames and each CPU with an open window.
 */
const char *labyrinth_check(const struct labyrinth *lab, struct labyrinth_finding *finding);

/* ---- Block by block. */

enum labyrinth_block_state {
	LABYRINTH_BLOCK_FREE,     /* in the buddy                                                              */
	LABYRINTH_BLOCK_SHARED,   /* from labyrinth_alloc_pages()                                              */
	LABYRINTH_BLOCK_OWNED,    /* claimed                                                                   */
	LABYRINTH_BLOCK_LENT,     /* claimed, posted to a device                                               */
	LABYRINTH_BLOCK_RECYCLED, /* released, kept unshredded by its owner                                    */
	LABYRINTH_BLOCK_DIRTY,    /* released, to be shredded by maintenance                                   */
	LABYRINTH_BLOCK_ASIDE,    /* in the reserve or in the vault: the frame does not say which              */
	LABYRINTH_BLOCK_CACHED,   /* free, at hand in a magazine                                               */
	LABYRINTH_BLOCK_QUARANTINED, /* freed, waiting in the quarantine                                       */
	LABYRINTH_BLOCK_FENCE,    /* red zone of the shared block beside it                                    */
	LABYRINTH_BLOCK_OFFLINE,  /* never to be used again                                                    */
	LABYRINTH_BLOCK_MAPPED,   /* claimed, in a window of a CPU                                             */
	LABYRINTH_BLOCK_MOVING,   /* between two of these, in one context's hands; with nobody else in, a leak */
	LABYRINTH_BLOCK_STATES
};

/* "free", "shared", ...; "?" for a number that is none. Any context. */
const char *labyrinth_block_state_name(enum labyrinth_block_state state);

struct labyrinth_block {
	pfn_t                      first;
	unsigned                   order; /* 2^order frames                                */
	enum labyrinth_block_state state;
	labyrinth_owner_t          owner; /* of OWNED, LENT, MAPPED, RECYCLED; else LABYRINTH_NOBODY */
	uint32_t                   generation; /* of OWNED, LENT, MAPPED: the claim's; else 0        */
	labyrinth_mover_t          mover; /* of SHARED frames that name one; else {0, 0}    */
};

/*
 * Shows every block to visit(), in ascending order of frames. Holes are left out. visit() returns false to stop; it may
 * call the allocator.
 *
 * Returns  true when the walk came to its end; false when visit() stopped it, when lab or visit is NULL, or when the
 *          metadata is overwritten so that the frames cannot be found.
 * Context  any. It takes no lock. With nobody else in the allocator the blocks tile the usable frames exactly.
 *          Otherwise each block is as it was when it was looked at: a frame that moves meanwhile may be shown in its
 *          old state, its new one, or as MOVING, and the owner of a frame that changes hands may be either, or NOBODY.
 *          Free blocks are read as plain words that others write under their locks: one that is split or merged
 *          meanwhile may be shown as it was, as it will be, or as parts that never were (docs/caveats.md).
 *          Nothing that is read is followed before it has been found to lie inside the metadata, so neither others at
 *          work nor overwritten metadata make it fault or run for ever.
 * Cost     O(frames in page blocks ever used), and for each recycled frame a look through the owners' recycled frames.
 */
bool labyrinth_for_each_block(const struct labyrinth *lab,
                              bool (*visit)(const struct labyrinth_block *block, void *context), void *context);

/*
 * Describes the instance in a few lines of text, for people: zones with their free blocks by order, reserve, vault and
 * what it owes, the owners with budgets and counters.
 *
 * print    gets one line at a time, at most 76 characters, without a newline; the text is good until it returns.
 * Context  any; made for panics. It takes no lock, changes nothing, needs about 1.5 KiB of stack. Beside others at work
 *          it reads plain words that they write: numbers may be off by what is on its way, and free blocks be counted
 *          in the middle of a change; labyrinth_stats() is better then. Overwritten metadata give wrong numbers, or a
 *          line that says so: what is read is not followed before it has been found to lie inside the metadata. Two
 *          kinds of pointer cannot be judged so: `lab`, and the name of a mover, which is looked at only when the rest
 *          of its record makes sense.
 * Cost     O(page blocks + owner slots).
 */
void labyrinth_dump(const struct labyrinth *lab, void (*print)(const char *line, void *context), void *context);

/* ---- Fault injection: how does a driver take a refusal? */

/*
 * Which requests to refuse. Only requests that could be granted are counted: those with an error of their own get that.
 * A request is a labyrinth_alloc_pages(), each frame of a labyrinth_alloc_bulk(), a request for a number of frames, a
 * range or a movable frame, a claim, or a transfer, which counts for the receiver; claims and transfers count as
 * GFP_ATOMIC, labyrinth_alloc_pages_exact() as if without ZERO. `first` and `every` above 2^48 - 1 count as that.
 */
struct labyrinth_injection {
	uint64_t          first; /* the first one refused, from 1; 0: as `every`                                    */
	uint64_t          every; /* from then on, one in this many; 0: no other. Both 0: none, requests are counted */
	labyrinth_owner_t owner; /* only claims of this owner and transfers to it; LABYRINTH_NOBODY: anyone's       */
	labyrinth_gfp_t   gfp;   /* only requests with all of these flags; 0: whatever their flags                  */
	/*
	 * Refuses what this allocator promises never to refuse: claims and transfers within a guarantee, and claims of
	 * an owner that has recycled frames. Without it those are neither counted nor refused.
	 */
	bool              break_guarantees;
};

/*
 * Puts an injection in force, in place of the one before; NULL ends it. A refusal looks like a real one: NO_MEMORY, of
 * a claim the owner's counter of such refusals counts it, nothing else changes.
 *
 * injection copied.
 * Context   task. Requests under way in other contexts go by the old rule or by none, but may be counted for the new.
 * Errors    NULL_POINTER (lab), IN_INTERRUPT, BAD_FLAGS: a flag that there is not: nothing changed. An owner that has
 *           been retired makes no requests.
 * Cost      O(1). While none is in force a request pays nothing: it looks at the word that says so anyway.
 */
enum labyrinth_status labyrinth_inject(struct labyrinth *lab, const struct labyrinth_injection *injection);

/* Since the last injection was put in force, whether or not it has ended. */
struct labyrinth_injection_stats {
	uint64_t requests; /* that it concerned                      */
	uint64_t refused;  /* of those; real refusals not counted    */
	bool     on;       /* in force                               */
};

/* NULL for either does nothing. Context: any. */
void labyrinth_injection_stats(const struct labyrinth *lab, struct labyrinth_injection_stats *out);

#endif
