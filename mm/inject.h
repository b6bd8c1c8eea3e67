/*
 * inject.h - refusals on demand, for those who test how their code takes one.
 *
 * Idea    A version that is odd while an injection is in force; a bit of lab->attention says so where requests look.
 *         The rule changes only while the version is even, and a request that sees the version change while it reads
 *         the rule is left alone; so it needs no lock, in any context.
 * Writes  Its own words.
 */
#ifndef MM_INJECT_H
#define MM_INJECT_H

#include <labyrinth/inspect.h>

#include "instance.h"
#include "lock.h"

struct injector {
	_Alignas(64) _Atomic uint32_t version; /* odd: in force; away from what others write to */
	struct lock lock;                      /* held while the rule is changed                */

	/* The rule. */
	_Atomic uint32_t gfp;
	_Atomic uint32_t owner;            /* slot, and generation << 16; 0 for anyone */
	_Atomic uint64_t every;
	_Atomic bool     break_guarantees;

	_Atomic uint64_t left;     /* requests up to the next refusal, itself included; 0: there is none; */
	                           /* and above 48 bits the rule's version                                */
	_Atomic uint64_t requests; /* that the rule concerns                                              */
	_Atomic uint64_t refused;
};

void labyrinth_injector_init(struct injector *j);

/*
 * One request that could be granted; true if it is to be refused all the same. `owed`: a promise or a frame of its own
 * stands behind it, so that in earnest it would never be refused.
 */
bool labyrinth_injector_draw(struct injector *j, labyrinth_gfp_t gfp, labyrinth_owner_t owner, bool owed);

static inline bool inject_on(const struct labyrinth *lab)
{
	return __builtin_expect(attention(lab) & ATTEND_INJECTION, 0);
}

#endif
