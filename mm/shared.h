/*
 * shared.h - a shared frame that is freed and not kept at hand by the short way.
 */
#ifndef MM_SHARED_H
#define MM_SHARED_H

#include <labyrinth/alloc.h>

#include "magazine.h"

/*
 * A frame that the magazine does not see or has no room for, or nothing of the kind: the slow way says what. On this
 * front end's CPU, which it lets go of.
 */
__attribute__((noinline)) enum labyrinth_status labyrinth_free_farther(struct labyrinth *lab, struct page *page,
                                                                       struct magazine *own, const void *site);

#endif
