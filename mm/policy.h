/*
 * policy.h - who may take what, from where, in which order.
 */
#ifndef MM_POLICY_H
#define MM_POLICY_H

#include <labyrinth/alloc.h>

#include "instance.h"
#include "zone.h"

/*
 * A block from the highest zone that has one, starting at `from` and going down. NULL when none has, or would without
 * waiting.
 */
struct page *labyrinth_zones_take(struct labyrinth *lab, enum labyrinth_zone from, unsigned order,
                                  enum mobility mobility, enum patience patience);

/* Why a word is not that of a block shared with this order; OK when it is. */
enum labyrinth_status labyrinth_why_not_shared(uint64_t word, unsigned order);

#endif
