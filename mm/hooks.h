/*
 * hooks.h - calling the kernel back, where it wants to be.
 *
 * Writes  The count of refusals, and the bit of lab->attention that says that the kernel has been kicked.
 */
#ifndef MM_HOOKS_H
#define MM_HOOKS_H

#include <labyrinth/hooks.h>

#include "instance.h"

struct hooks {
	struct labyrinth_hooks call;    /* constant after bring-up              */
	_Atomic uint64_t       refused; /* requests that warn() may be told of  */
};

void labyrinth_hooks_init(struct hooks *h, const struct labyrinth_hooks *call);

/* Maintenance is wanted; the kernel is told once until maintenance comes. Any context; an NMI leaves it to others. */
void labyrinth_kick(struct labyrinth *lab);

/* Would it be of use? Then it is worth a look whether it is. */
static inline bool kick_wanted(const struct labyrinth *lab)
{
	return lab->hooks->call.kick != NULL && (attention(lab) & ATTEND_KICKED) == 0;
}

/* A request is refused. free, reserve: for the record. Any context. */
void labyrinth_warn(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order, uint64_t free, uint64_t reserve);

static inline bool hooks_warn(const struct labyrinth *lab, labyrinth_gfp_t gfp)
{
	return lab->hooks->call.warn != NULL && (gfp & LABYRINTH_GFP_NOWARN) == 0;
}

#endif
