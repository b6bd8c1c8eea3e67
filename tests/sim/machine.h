/*
 * machine.h - an instance of the allocator with a vault of a given size, and a hog that takes all it can get.
 */
#ifndef SIM_MACHINE_H
#define SIM_MACHINE_H

#include <labyrinth/labyrinth.h>

struct machine {
	struct labyrinth *lab;
	void             *metadata;
	labyrinth_owner_t hog; /* guaranteed nothing, hardly limited */
};

/* Memory enough for a vault of `vault` frames, and as much again. */
void machine_new(struct machine *m, uint64_t vault);

/* The hog takes all that nobody is promised: zones, magazines, reserve, the vault's surplus. It gives nothing back. */
void machine_eat(struct machine *m);

/* Checks every law, and ends the instance. */
void machine_end(struct machine *m);

#endif
