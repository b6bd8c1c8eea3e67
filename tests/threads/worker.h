/*
 * worker.h - what one thread holds, and the steps that it takes.
 *
 * Idea    A worker has hands of its own for each level (task, interrupt, NMI), so that no level sees another's half
 *         done step. What goes from one worker to another goes through boxes that are tried, never waited for.
 *         "sure" is shared by all workers, each of which holds no more of it than its share of the guarantee: such a
 *         claim must never be refused. "wild" owners compete. Each worker's "own" owner comes and goes.
 */
#ifndef TESTS_THREADS_WORKER_H
#define TESTS_THREADS_WORKER_H

#include <labyrinth/labyrinth.h>

#include "threads/crew.h"
#include "unit/dice.h"

#define HANDS 12
#define WILDS 3
#define BOXES 16
#define SURE_SHARE LEVELS /* frames of "sure" that a worker may hold: one a level */

enum kind { NOTHING, CLAIM, LENT, BLOCK };

struct holding {
	enum kind kind;
	struct labyrinth_claim claim; /* CLAIM, LENT                 */
	struct page *page;            /* BLOCK                       */
	unsigned order;
	uint64_t token;               /* what its frames are stamped with */
};

/* Busy while somebody looks into it. */
struct box {
	atomic_flag    busy;
	struct holding content;
};

struct party {
	labyrinth_owner_t handle;
	uint64_t          id; /* never used twice; 0 is nobody */
};

struct worker {
	unsigned       number;
	struct dice    dice[LEVELS];
	struct holding hands[LEVELS][HANDS];
	struct box     mail;        /* claims that others have transferred to `own`               */
	struct party   own;
	uint32_t       own_guarantee;
	_Atomic uint32_t published; /* handle of `own` when others may transfer to it; 0 otherwise */
	volatile bool  retiring;    /* interrupts leave what `own` holds alone                    */
	unsigned       sure[LEVELS];
	uint64_t       serial[LEVELS];
	uint64_t       steps, granted, refused;
};

struct yard {
	struct labyrinth *lab;
	unsigned          threads;
	struct party      sure, wild[WILDS];
	struct box        box[BOXES];
	struct worker     worker[CREW_MAX];
};

extern struct yard yard;

/* One random step of one worker at a level. */
void worker_step(struct worker *w, enum level level);

/* Registers an owner; id is 0 when refused. */
struct party party_new(const char *name, uint32_t guarantee, uint32_t limit, uint32_t recycle);

/* Gives a holding back, whatever it is, after looking at its stamps. */
void holding_end(struct holding *h);

#endif
