/*
 * shared.h - what the word of a shared block reads.
 */
#ifndef MM_SHARED_H
#define MM_SHARED_H

#include <labyrinth/alloc.h>

#include "page.h"

/* Why a word is not that of a block shared with this order; OK when it is. */
enum labyrinth_status labyrinth_why_not_shared(uint64_t word, unsigned order);

#endif
