/*
 * greedy.h - a second driver, which claims whatever it can in every interrupt.
 *
 * Idea    It exhausts its own budget and nobody else's: it gets its guarantee at least and its limit at most.
 * Writes  struct greedy, in the interrupt while it is active.
 */
#ifndef NET_GREEDY_H
#define NET_GREEDY_H

#include <labyrinth/owner.h>

#include "budgets.h"
#include "unexpected.h"

struct greedy {
	struct labyrinth      *lab;
	labyrinth_owner_t      owner;
	struct labyrinth_claim claim[GREEDY_LIMIT];
	uint32_t               held; /* frames in claim[]                         */
	uint32_t               most; /* of them since greedy_start()              */
	uint64_t               refused_over_limit, refused_no_memory;
	struct unexpected unexpected;
};

/* Registers the owner "greedy". lab is set by the caller, all else is zero. */
enum labyrinth_status greedy_open(struct greedy *greedy) LABYRINTH_MUST_USE;

/* Retires it. */
enum labyrinth_status greedy_close(struct greedy *greedy);

/* Joins the shared interrupt line, and leaves it and releases everything; both while the line is stopped. Task. */
void greedy_start(struct greedy *greedy);
void greedy_stop(struct greedy *greedy);

#endif
