/*
 * actor.h - one who uses the allocator at random, in one context of one CPU, and watches what comes of it.
 *
 * Idea    Each CPU has three, for its task, its interrupts and its NMIs. Nobody else touches an actor's hands. What may
 *         be refused is known for each call; all else is a violation: holding.h.
 */
#ifndef TEST_ACTOR_H
#define TEST_ACTOR_H

#include "test/holding.h"

#define HANDS 12u
#define SURE  2u /* claims that an actor holds at most for the owner who is never refused */

enum level { LEVEL_TASK, LEVEL_INTERRUPT, LEVEL_NMI, LEVELS };

struct actor {
	uint32_t       cpu;
	enum level     level;
	uint64_t       dice;
	uint64_t       serial;
	uint64_t       steps, refused;
	unsigned       sure; /* how many of `sure` are held */
	struct holding hand[HANDS];
};

/* Who they all work for. Before the first step. */
void actors_init(struct labyrinth *lab, const struct stress_owners *owners);

/* A new actor with empty hands. */
struct actor actor_new(uint32_t cpu, enum level level);

/* Does one thing, whatever comes to its mind. In the actor's context, on its CPU. */
void actor_step(struct actor *actor);

/* Gives back all that it holds. Task, on any CPU, while the actor does nothing. */
void actor_let_go(struct actor *actor);

#endif
