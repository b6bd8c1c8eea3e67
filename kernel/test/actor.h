/*
 * actor.h - one who uses the allocator at random, in one context of one CPU, and watches what comes of it.
 *
 * Idea    Each CPU has three, for its task, its interrupts and its NMIs. Nobody else touches an actor's hands; frames
 *         go from one to another through boxes, which are only ever tried. Every frame that is held is stamped, so one
 *         that has two holders, or comes with what another owner left in it, shows. What may be refused is known for
 *         each call; all else is a violation.
 */
#ifndef TEST_ACTOR_H
#define TEST_ACTOR_H

#include <labyrinth/owner.h>

#define HANDS 12u
#define SURE  2u /* claims that an actor holds at most for the owner who is never refused */

enum level { LEVEL_TASK, LEVEL_INTERRUPT, LEVEL_NMI, LEVELS };

struct holding {
	enum { NOTHING, BLOCK, CLAIM, LENT } kind;
	unsigned     order; /* of a block                                */
	struct page *page;  /* its first page                            */
	struct labyrinth_claim claim;
	uint64_t     token; /* what is stamped on every frame            */
};

struct actor {
	uint32_t       cpu;
	enum level     level;
	uint64_t       dice;
	uint64_t       serial;
	uint64_t       steps, refused;
	unsigned       sure; /* how many of `sure` are held */
	struct holding hand[HANDS];
};

/* The owners: `sure` has a guarantee for all that actors claim for it, the wild ones have none and share a limit. */
#define WILD 3u
struct stress_owners {
	labyrinth_owner_t sure, wild[WILD];
};

/* Who they all work for. Before the first step. */
void actors_init(struct labyrinth *lab, const struct stress_owners *owners);

/* A new actor with empty hands. */
struct actor actor_new(uint32_t cpu, enum level level);

/* Does one thing, whatever comes to its mind. In the actor's context, on its CPU. */
void actor_step(struct actor *actor);

/* Gives back all that it holds. Task, on any CPU, while the actor does nothing. */
void actor_let_go(struct actor *actor);

/* The same for what lies in the boxes. Nobody else acts. */
void actors_empty_boxes(void);

/* The first violation since actors_init(), as a sentence; NULL: none. *number: a status or a stamp that shows it. */
const char *actors_wrong(uint64_t *number);

#endif
