/*
 * shared_slow.h - shared blocks, the slow way.
 */
#ifndef MM_SHARED_SLOW_H
#define MM_SHARED_SLOW_H

#include <labyrinth/alloc.h>
#include <labyrinth/port.h>

#include "instance.h"
#include "page.h"

#define SLOW_WAY __attribute__((noinline, cold))

/* Why a word is not that of a block shared with this order; OK when it is. */
enum labyrinth_status labyrinth_why_not_shared(uint64_t word, unsigned order);

/* A block for a request that has been judged; NULL when there is none. site: who called, for the debug aids. */
struct page *labyrinth_shared_grant(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order,
                                    enum labyrinth_context context, const void *site);

/* The public calls, whatever is handed to them. site: taken by the public call. */
SLOW_WAY struct labyrinth_grant labyrinth_alloc_slowly(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order,
                                                       const void *site);
SLOW_WAY enum labyrinth_status labyrinth_free_slowly(struct labyrinth *lab, struct page *page, unsigned order,
                                                     const void *site);

#endif
