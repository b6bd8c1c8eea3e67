/*
 * explore.h - every state that a small arena can get into, each once.
 *
 * Idea    Breadth first, from the arena as it was brought up. A state is known by the model's (the key); beside it
 *         lies a fingerprint of all of the allocator's metadata. Whichever way a known state is reached again, the
 *         metadata must be the same, bit by bit (counters apart: canon.h). So the metadata has no state that the model
 *         does not know of, and one visit to each state covers all.
 *         What goes wrong prints the shortest sequence of calls that leads to it.
 * Needs   cmocka included before. One page block, frames 0 .. frames - 1 of it, and holes.
 */
#ifndef TESTS_EXPLORE_H
#define TESTS_EXPLORE_H

#include "arena.h"
#include "exhaustive/canon.h"

/* One call, for people. */
struct step {
	const char *call;
	int         a, b, c, d;
};

struct state;

struct explorer {
	struct arena  arena;
	struct canon  canon;
	struct page  *page;         /* of frame 0 */
	unsigned      frames;
	size_t        fixed, words; /* bytes of metadata before the structures end, and before frame 0's word */
	uint8_t      *base, *here;  /* the metadata at the start, and in the state that is being visited      */

	/* The states that are known, in the order in which they were found. */
	struct state *state;
	uint8_t      *key;          /* key_bytes of each           */
	uint32_t     *slot;         /* hash table: 1 + index, or 0 */
	size_t        states, capacity, key_bytes;
	size_t        visiting, next;

	struct step   step;         /* the call under way: the test sets it before the call */
	uint64_t      done, refused;
};

/* No slot got a new owner. */
#define EXPLORE_NOBODY UINT32_MAX

/* Brings an arena up over frames 0x1000 .. ; `key` is its first state. */
void explore_begin(struct explorer *e, unsigned frames, struct labyrinth_config config, struct canon canon,
                   const void *key, size_t key_bytes);
void explore_end(struct explorer *e);

/* Puts the arena into the next state that nobody has visited, checks its laws, copies its key; false after the last. */
bool explore_next(struct explorer *e, void *key);

/* After a call that was refused: everything is as it was. */
void explore_refused(struct explorer *e);

/*
 * After one that was not: `key` is the state now. The frame `claimed` has the next generation, and the slot `born` a
 * new owner; nothing else has. Then back to the state that is being visited.
 */
void explore_moved(struct explorer *e, const void *key, unsigned claimed, uint32_t born);

/* Fails, after the calls that lead here. */
_Noreturn void explore_fail(const struct explorer *e, const char *what, const char *found, const char *wanted);

#endif
