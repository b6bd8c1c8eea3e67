/*
 * explore.h - every state that a small arena can get into, each once.
 *
 * Idea    Breadth first, from the arena as it was brought up. A state is known by the model's (the key); beside it
 *         lies a fingerprint of all of the allocator's metadata. Whichever way a known state is reached again, the
 *         metadata must be the same, bit by bit (counters apart: canon.h). So the metadata has no state that the model
 *         does not know of, and one visit to each state covers all.
 *         A key may also stand for several states, which are told apart by their form: then one of them is visited,
 *         the first that is found, and only its own metadata is compared.
 *         What goes wrong prints the shortest sequence of calls that leads to it.
 * Needs   cmocka included before. One page block, frames 0 .. frames - 1 of it, and holes.
 */
#ifndef TESTS_EXPLORE_H
#define TESTS_EXPLORE_H

#include "arena.h"
#include "exhaustive/canon.h"
#include "exhaustive/known.h"
#include "exhaustive/waiting.h"

/* One call, for people: its number among `calls`, below 0 for none; and its arguments. */
struct step {
	int call, a, b, c, d;
};

struct tally {
	uint64_t done, refused; /* calls */
};

struct explorer {
	struct arena       arena;
	struct canon       canon;
	struct page       *page;         /* of frame 0 */
	unsigned           frames;
	size_t             fixed, words; /* bytes of metadata before the structures end, and before frame 0's word */
	uint8_t           *base, *here;  /* the metadata at the start, and in the state that is being visited      */
	struct lines       lines;

	struct known       known;
	struct waiting     waiting;
	size_t             visiting, next;

	const char *const *calls;        /* their names                                          */
	struct step        step;         /* the call under way: the test sets it before the call */
	struct tally       calls_made, before; /* before: without this visit's */
	bool               again;        /* a line has become warm: the visit is to be repeated ...             */
	bool               thorough;     /* ... and it is: whatever is cold is compared as well, after each call */
};

/* No slot got a new owner. */
#define EXPLORE_NOBODY UINT32_MAX

/* A state, as the model knows it. */
struct place {
	const void *key;
	unsigned    form; /* below 256; 0 where each key is one state */
};

/* Brings an arena up over frames 0x1000 .. ; `start` is its first state. */
void explore_begin(struct explorer *e, unsigned frames, struct labyrinth_config config, struct canon canon,
                   const char *const *calls, struct place start, size_t key_bytes);
void explore_end(struct explorer *e);

/*
 * Puts the arena into the next state that nobody has visited, checks its laws, copies its key, says its form; false
 * after the last. Some states are visited twice: all calls are to be made again.
 */
bool explore_next(struct explorer *e, void *key, unsigned *form);

/* After a call that was refused: everything is as it was. */
void explore_refused(struct explorer *e);

/*
 * After one that was not: `now` is the state. The frame `claimed` has the next generation, and the slot `born` a new
 * owner; nothing else has. Then back to the state that is being visited.
 */
void explore_moved(struct explorer *e, struct place now, unsigned claimed, uint32_t born);

/* Fails, after the calls that lead here. */
_Noreturn void explore_fail(const struct explorer *e, const char *what, const char *found, const char *wanted);

#endif
