/*
 * shared_block.h - shared blocks of orders above 0, the short way.
 */
#ifndef MM_SHARED_BLOCK_H
#define MM_SHARED_BLOCK_H

#include <labyrinth/alloc.h>

#include "page.h"

/*
 * The public calls for an order above 0, on the CPU of the front end at this place, of which each lets go. Any lab,
 * place, page and order: the slow way when anything is out of the ordinary. site: taken by the public call.
 */
struct labyrinth_grant labyrinth_alloc_block(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order,
                                             uint64_t place, const void *site);
enum labyrinth_status labyrinth_free_block(struct labyrinth *lab, struct page *page, unsigned order, uint64_t place,
                                           const void *site);

#endif
