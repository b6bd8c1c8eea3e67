/*
 * inspect.h - what is where, and whether the laws hold.
 */
#ifndef LABYRINTH_INSPECT_H
#define LABYRINTH_INSPECT_H

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
	uint64_t free_blocks[LABYRINTH_MAX_ORDER + 1]; /* by order */
};

/* Frames, unless it says otherwise. */
struct labyrinth_stats {
	uint64_t usable; /* managed at bring-up: all below add up to it */
	uint64_t free;   /* in the zones                                 */
	uint64_t reserve, reserve_target;
	uint64_t vault, vault_target;
	uint64_t owned;    /* claimed and not lent                        */
	uint64_t lent;     /* claimed and posted to devices               */
	uint64_t recycled; /* released, kept unshredded by their owners   */
	uint64_t cached;   /* free, at hand in magazines                  */
	uint64_t shared;   /* from labyrinth_alloc_pages()                */
	uint64_t guaranteed; /* sum of guarantees                         */
	uint64_t shredded;   /* frames overwritten since bring-up         */
	size_t   metadata_bytes;
	struct labyrinth_zone_stats zone[LABYRINTH_ZONES];
};

/*
 * Context  any. While others allocate, the sum may be off by what is on its way.
 * Cost     O(page blocks).
 */
void labyrinth_stats(const struct labyrinth *lab, struct labyrinth_stats *out);

struct labyrinth_owner_stats {
	const char *name;
	uint32_t guarantee, limit;
	uint32_t held;       /* claims outstanding, lent ones included                */
	uint32_t lent, recycled;
	uint32_t high_water; /* most held at once, recycled ones included             */
	uint64_t from_recycled, from_zone, from_vault; /* claims granted, by source   */
	uint64_t received;   /* by transfer                                           */
	uint64_t over_limit, no_memory; /* claims refused, by reason                  */
	uint64_t misused;    /* releases, transfers, lends refused: stale, lent, not lent */
};

/* Errors NULL_POINTER, BAD_OWNER. Context: any. */
enum labyrinth_status labyrinth_owner_stats(const struct labyrinth *lab, labyrinth_owner_t owner,
                                            struct labyrinth_owner_stats *out);

/* Every live owner in turn: starts and continues from *at, which starts at LABYRINTH_NOBODY; false after the last. */
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
 * Cost     O(frames in page blocks ever used).
 */
const char *labyrinth_check(const struct labyrinth *lab, struct labyrinth_finding *finding);

#endif
