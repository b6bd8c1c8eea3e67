/*
 * later.h - which frames may come into use after bring-up.
 *
 * Idea    The declared ranges, as they were; constant. Which parts of them have come already is told by the frames:
 *         one that has not is a hole. So nothing has to be kept in step.
 */
#ifndef MM_LATER_H
#define MM_LATER_H

#include <labyrinth/range.h>

struct later {
	struct labyrinth_range *at;    /* constant after bring-up */
	uint64_t                count; /* likewise                */
};

#endif
