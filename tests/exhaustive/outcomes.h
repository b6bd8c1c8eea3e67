/*
 * outcomes.h - which outcomes each call must have had, or the states that were explored show less than they seem to.
 */
#ifndef TESTS_OUTCOMES_H
#define TESTS_OUTCOMES_H

#include <labyrinth/labyrinth.h>

enum call { REGISTER, RETIRE, CLAIM, RELEASE, TRANSFER, LEND, TAKE_BACK, MAP, UNMAP, ALLOC, FREE_PAGES, MAINTAIN,
            CALLS };

static const char *const call_name[CALLS] = { "register", "retire", "claim", "release", "transfer", "lend",
	                                      "take back", "map", "unmap", "alloc", "free", "maintain" };

#define MET(status) (UINT64_C(1) << LABYRINTH_##status)

/* Sets of statuses: what must be met, and what was. */
static const uint64_t outcomes_wanted[CALLS] = {
	[REGISTER]   = MET(OK) | MET(NOT_COVERED) | MET(BUSY) | MET(TOO_MANY_OWNERS),
	[RETIRE]     = MET(OK) | MET(BAD_OWNER) | MET(BUSY),
	[CLAIM]      = MET(OK) | MET(BAD_OWNER) | MET(OVER_LIMIT) | MET(NO_MEMORY),
	[RELEASE]    = MET(OK) | MET(BAD_OWNER) | MET(FOREIGN_PAGE) | MET(STALE_CLAIM) | MET(FRAME_LENT)
	               | MET(FRAME_MAPPED),
	[TRANSFER]   = MET(OK) | MET(BAD_OWNER) | MET(FOREIGN_PAGE) | MET(STALE_CLAIM) | MET(FRAME_LENT)
	               | MET(FRAME_MAPPED) | MET(OVER_LIMIT) | MET(NO_MEMORY),
	[LEND]       = MET(OK) | MET(BAD_OWNER) | MET(FOREIGN_PAGE) | MET(STALE_CLAIM) | MET(FRAME_LENT)
	               | MET(FRAME_MAPPED),
	[TAKE_BACK]  = MET(OK) | MET(BAD_OWNER) | MET(FOREIGN_PAGE) | MET(STALE_CLAIM) | MET(NOT_LENT),
	[MAP]        = MET(OK) | MET(BAD_OWNER) | MET(FOREIGN_PAGE) | MET(STALE_CLAIM) | MET(FRAME_LENT)
	               | MET(FRAME_MAPPED),
	[UNMAP]      = MET(OK) | MET(BAD_OWNER) | MET(FOREIGN_PAGE) | MET(STALE_CLAIM) | MET(NOT_MAPPED)
	               | MET(NOT_INNERMOST),
	[ALLOC]      = MET(OK) | MET(NO_MEMORY),
	[FREE_PAGES] = MET(OK) | MET(FOREIGN_PAGE) | MET(NOT_ALLOCATED) | MET(WRONG_ORDER) | MET(NOT_SHARED),
	[MAINTAIN]   = MET(OK),
};

static uint64_t outcomes_met[CALLS];

static inline void outcome_met(enum call call, enum labyrinth_status status)
{
	outcomes_met[call] |= UINT64_C(1) << status;
}

static inline void outcomes_all_met(void)
{
	for (unsigned call = 0; call < CALLS; call++)
		for (unsigned s = 0; s < LABYRINTH_STATUS_COUNT; s++)
			if ((outcomes_wanted[call] & ~outcomes_met[call]) >> s & 1)
				fail_msg("no state had %s: %s", call_name[call],
				         labyrinth_status_name((enum labyrinth_status)s));
}

#endif
