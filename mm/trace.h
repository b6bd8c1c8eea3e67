/*
 * trace.h - who took a frame and who gave it back last: 24 bytes a frame.
 *
 * Idea    Call site and CPU share a word: 48 bits say how far the site is from the allocator's own code, and 16 which
 *         CPU. So an address may have 57 bits (x86-64 with five levels of page tables), or any that a CPU has.
 * Limits  A site 2^47 bytes away, or farther, is not told: 0.
 * Writes  The records of a block: by whoever has it in hand. Anybody may read.
 */
#ifndef MM_TRACE_H
#define MM_TRACE_H

#include <labyrinth/debug.h>

#include "page.h"

enum trace_end { TRACE_TAKEN, TRACE_GIVEN, TRACE_ENDS };

struct trace_record {
	_Atomic uint64_t at[TRACE_ENDS];       /* bits 0..47 distance, 48..63 CPU */
	_Atomic uint32_t sequence[TRACE_ENDS];
};

struct trace {
	const struct frames *frames; /* constant after bring-up         */
	struct trace_record *record; /* one a frame; NULL: none is kept */
	_Atomic uint32_t     sequence;
};

/* An event of all frames of a block. Any context. */
void labyrinth_trace_note(struct trace *t, const struct page *page, unsigned order, enum trace_end end,
                          const void *site);

/* What is in a frame has moved to another one, and its record with it. */
void labyrinth_trace_follow(struct trace *t, const struct page *from, const struct page *to);

/* All zeros where none is kept. */
struct labyrinth_debug_trace labyrinth_trace_of(const struct trace *t, const struct page *page);

#endif
