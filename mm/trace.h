/*
 * trace.h - who took a frame and who gave it back last: 24 bytes a frame.
 *
 * Idea    Call site and CPU share a word: 48 bits of address, from which the rest follows by its sign, and 16 of CPU.
 * Writes  The records of a block: by whoever has it in hand. Anybody may read.
 */
#ifndef MM_TRACE_H
#define MM_TRACE_H

#include <labyrinth/debug.h>

#include "page.h"

enum trace_end { TRACE_TAKEN, TRACE_GIVEN, TRACE_ENDS };

struct trace_record {
	_Atomic uint64_t at[TRACE_ENDS];       /* bits 0..47 call site, 48..63 CPU */
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

/* All zeros where none is kept. */
struct labyrinth_debug_trace labyrinth_trace_of(const struct trace *t, const struct page *page);

#endif
