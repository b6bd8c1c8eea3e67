/*
 * hog.h - somebody who takes all that nobody else is promised: memory, reserve, and the vault's surplus.
 *
 * Idea    It needs no memory of its own to remember what it took. The first bytes of each shared block are the link to
 *         the block taken before; exclusive frames come back when their owner is retired. So terabytes are like 32 MiB.
 * Writes  The blocks that it holds. Context: task, interrupts on.
 */
#ifndef NET_HOG_H
#define NET_HOG_H

#include <labyrinth/owner.h>

#include "unexpected.h"

struct hog_block;

/* What there was when it came, and what was left; frames. */
struct hog_catch {
	uint64_t free_left;      /* in zones and magazines, when GFP_NOWAIT was refused one frame           */
	uint64_t reserve, taken; /* in the reserve; of it, before GFP_ATOMIC was refused          */
	uint64_t vault, kept;    /* in the vault; of it, when a claim beyond a guarantee was refused */
};

struct hog {
	struct labyrinth *lab;
	bool              here;
	labyrinth_owner_t owner;  /* guaranteed nothing, hardly limited        */
	struct hog_block *last;   /* the shared block taken last, NULL for none */
	uint64_t          frames; /* shared ones held, the reserve's included   */
	struct unexpected unexpected;
};

/* Registers the owner "hog" and takes everything. lab is set by the caller, all else is zero. */
enum labyrinth_status hog_come(struct hog *hog, struct hog_catch *catch) LABYRINTH_MUST_USE;

/* Takes what has become free since. */
void hog_eat(struct hog *hog);

/* Frees all that it holds, and retires it; nothing to do if it is not here. */
enum labyrinth_status hog_go(struct hog *hog);

#endif
