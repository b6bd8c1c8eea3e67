/*
 * ways.h - every way to a frame in an interrupt, each call timed by itself.
 *
 * Idea    A way is a path through the allocator that the state of owner, vault and zones decides; the task brings that
 *         state about (claims.c), and what a call was is known when it returns. A claim's ways are told apart so that
 *         each is one number of instructions. `asks`: the call finds that maintenance is wanted, and says so; `asked`:
 *         somebody has, since maintenance came last, so it does not look.
 */
#ifndef BENCH_WAYS_H
#define BENCH_WAYS_H

#include <labyrinth/owner.h>

#include "bench/sample.h"

#define ROUND 32u         /* calls of a kind in one interrupt                             */
#define HALF  (ROUND / 2) /* fewer frames than make any vault ask for maintenance: config */

enum way {
	ALLOC_AT_HAND, FREE_AT_HAND, ALLOC_ZONE, FREE_ZONE,
	CLAIM_KEPT, CLAIM_STACK, CLAIM_VAULT, CLAIM_BEYOND, CLAIM_BEYOND_ASKS, CLAIM_BEYOND_ASKED, CLAIM_REFUSED,
	CLAIM_SHREDS, CLAIM_SHREDS_ASKS,
	RELEASE_KEPT, RELEASE_STACK, RELEASE_DIRTY, RELEASE_DIRTY_ASKS, RELEASE_DIRTY_ASKED, RELEASE_FIRST,
	LEND, TAKE_BACK, TRANSFER, MAP, UNMAP, WAYS
};

struct ways {
	struct labyrinth      *lab;
	struct sample          sample[WAYS];
	labyrinth_owner_t      keeps, shreds;        /* recycles; does not                             */
	labyrinth_owner_t      beyond, hoards;       /* are guaranteed nothing; keeps it               */
	labyrinth_owner_t      other;                /* somebody to hand frames to                     */
	labyrinth_owner_t      fresh[HALF];          /* have never released anything                   */
	unsigned               next;                 /* the first of those of whom that is still true  */
	uint64_t               block;                /* in which `shreds` has released last            */
	struct labyrinth_claim claim[ROUND + 1];
	struct page           *page[ROUND];
	bool                   warm;    /* what is timed counts                          */
	uint64_t               nothing; /* instructions that timing nothing takes        */
	uint64_t               kicks;   /* for maintenance, before it came last          */
	_Atomic uint64_t       wrong;   /* calls that were refused, or should have been  */
};

/* What a line of the table is called. */
extern const char *const way_names[WAYS];

/* Has anybody asked for maintenance since it came last? */
bool ways_asked(const struct ways *w);

/* A clean frame of the vault becomes a dirty one; leaves the vault, beyond a guarantee, until its owner is retired. */
void ways_soil(struct ways *w);
void ways_hoard(struct ways *w);

/* The interrupt's work; each gives back what it took. The last three release HALF to be shredded, ways_first() one. */
void ways_share_at_hand(struct ways *w);
void ways_share_of_zone(struct ways *w);
void ways_kept(struct ways *w);
void ways_stack(struct ways *w);
void ways_first(struct ways *w);
void ways_vault(struct ways *w);
void ways_beyond(struct ways *w);
void ways_shred(struct ways *w);

#endif
