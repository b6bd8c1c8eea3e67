/*
 * supply.h - where the frame of a claim comes from.
 *
 * Idea    An owner's own, the vault's clean ones, a zone's, the vault's dirty ones. A claim beyond the guarantee has
 *         its backing in hand before it is granted; the others find a frame afterwards, because one was promised.
 */
#ifndef MM_SUPPLY_H
#define MM_SUPPLY_H

#include <labyrinth/port.h>

#include "instance.h"
#include "owner.h"
#include "vault.h"

/* A frame in hand, or the right to one of the vault's; and a token of the owner's pace, to take it. */
struct backing {
	struct page *page;
	bool         unit, token;
};

/* For a claim beyond the guarantee: the vault's frames are at hand, in constant time; maintenance replaces them. */
struct backing labyrinth_supply_back(struct labyrinth *lab, struct owner *o);

/* Not needed after all: the vault takes it, which is possible in any context. */
void labyrinth_supply_drop(struct labyrinth *lab, struct owner *o, struct backing b);

/* Units of surplus come back, or come new: somebody may have looked for them meanwhile, and sleep. Any context. */
void labyrinth_supply_return(struct labyrinth *lab, uint64_t units);

/* A unit of surplus; when the vault has none, for a free frame that it takes in. */
bool labyrinth_supply_unit(struct labyrinth *lab);

/* The vault has changed: is maintenance wanted? */
void labyrinth_supply_kick(struct labyrinth *lab);

/*
 * For a claim that has been granted, when the vault has nothing clean: a free frame, if one can be had at once, takes
 * the place of the vault's, which then has one more than it owes. Otherwise a dirty one, shredded here.
 */
struct page *labyrinth_supply_unclean(struct labyrinth *lab, struct owner *o);

#define OWNER_LOST "an owner's recycled frames are fewer than its word counts"

/* There is one, if the word says so. */
static inline struct page *supply_recycled(struct labyrinth *lab, struct owner *o)
{
	struct page *page = stack_pop(&o->recycled, lab->frames);

	if (__builtin_expect(page == NULL, 0))
		labyrinth_port_panic(OWNER_LOST, owner_load(o));
	return page;
}

#endif
