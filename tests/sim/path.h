/*
 * path.h - a driver and what follows it: ring, packets that wait, packets that are done with, release.
 *
 * Idea    Each slot of the ring holds a frame that is lent to the card. The interrupt claims the replacement first; if
 *         that is refused, the packet is lost and its frame posted again. Filled frames stay the driver's own, or are
 *         transferred to a receiver with a budget of its own; they are released in the order of their arrival: accepted
 *         >= drained >= released.
 * Needs   Only include/labyrinth/. Whatever the allocator says that it must not say ends the program.
 */
#ifndef SIM_PATH_H
#define SIM_PATH_H

#include <labyrinth/labyrinth.h>

/* How many frames for whom. Guaranteed, or only allowed. */
struct budget {
	uint32_t ring;     /* slots, a frame in each                                                         */
	uint32_t frames;   /* in all                                                                         */
	bool     transfer; /* the driver gets ring + 1 of them, its receiver the others; else all are one's */
	bool     guaranteed;
};

struct path {
	struct labyrinth       *lab;
	labyrinth_owner_t       driver, receiver; /* the same, or not                        */
	struct budget           budget;
	struct labyrinth_claim *slot;  /* each lent                                          */
	uint32_t                next, filled;
	struct labyrinth_claim *queue; /* a circle of budget.frames                          */
	uint64_t accepted, drained, released; /* packets so far                              */
	uint64_t sent, lost;           /* packets; lost: a claim or a transfer was refused   */
	uint64_t overrun;              /* packets that found every slot of the ring filled   */
};

/* The fewest frames with which a path can be opened. */
uint32_t path_fewest(uint32_t ring);

/* Its owners, and a ring full of frames. */
void path_open(struct path *p, struct labyrinth *lab, struct budget budget);

void path_arrive(struct path *p);    /* the card: a packet fills the next slot */
void path_interrupt(struct path *p); /* the card's interrupt: all filled slots  */
void path_drain(struct path *p);     /* the receiver is done with one           */

/* Releases the frames of packets that are done with, `most` at most. */
void path_release(struct path *p, uint64_t most);

static inline bool path_waiting(const struct path *p)
{
	return p->drained != p->accepted;
}

/* The smallest budget of this kind that allows for what was held at once. */
uint32_t path_needed(const struct path *p);

/* Everything back, the owners retired. */
void path_close(struct path *p);

#endif
