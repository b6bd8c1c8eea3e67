/*
 * holding.h - what somebody holds while all use the allocator at random: how it is marked, and passed on.
 *
 * Idea    Every frame that is held is stamped, so one that has two holders, or comes with what another owner left in
 *         it, shows. Frames go from one holder to another through boxes, which are only ever tried.
 */
#ifndef TEST_HOLDING_H
#define TEST_HOLDING_H

#include <labyrinth/owner.h>

#define BOXES 16u

struct holding {
	enum { NOTHING, BLOCK, CLAIM, LENT } kind;
	unsigned     order; /* of a block                                */
	struct page *page;  /* its first page                            */
	struct labyrinth_claim claim;
	uint64_t     token; /* what is stamped on every frame            */
};

/* The owners: `sure` has a guarantee for all that actors claim for it, the wild ones have none and share a limit. */
#define WILD 3u
struct stress_owners {
	labyrinth_owner_t sure, wild[WILD];
};

/* For whom all is held. Before anything is. */
void holdings_init(struct labyrinth *lab, const struct stress_owners *owners);

/* The first violation since then, as a sentence; NULL: none. *number: a status or a stamp that shows it. */
const char *holdings_wrong(uint64_t *number);

/* Notes a violation, if this does not hold. Any context. */
void expect(bool holds, const char *sentence, uint64_t number);

enum look { LOOK_NEW, LOOK_STAMPED };

/* Looks at every frame, a block's or a claim's, and stamps it anew; no two of all marks are the same. Any context. */
void holding_stamp(struct holding *h, enum look look, uint64_t mark);

/* Is it claimed for `sure`? */
bool holding_is_sure(const struct holding *h);

/* Swaps it with what is in a box; false: somebody else is there, or it is for `sure`, and stays where it is counted. */
bool holding_swap(struct holding *h, unsigned box);

/* Gives it back to the allocator, whatever it is. Task. */
void holding_let_go(struct holding *h);

/* The same for what lies in the boxes. Nobody else acts. */
void holdings_empty_boxes(void);

#endif
