/*
 * unexpected.h - a note of refusals that cannot happen.
 *
 * Idea    Whoever gets one goes on as well as it can, and the phase that sees the note fails with its first entry.
 * Writes  The note; its owner's context is the only writer.
 */
#ifndef NET_UNEXPECTED_H
#define NET_UNEXPECTED_H

#include <labyrinth/types.h>

struct unexpected {
	uint64_t              count;
	const char           *what;   /* the first one: what was tried, as a sentence that says who refused */
	enum labyrinth_status status; /* and why it was refused                                             */
};

static inline void unexpected_note(struct unexpected *unexpected, const char *what, enum labyrinth_status status)
{
	if (unexpected->count++)
		return;
	unexpected->what = what;
	unexpected->status = status;
}

#endif
