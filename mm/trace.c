/*
 * trace.c - packing and unpacking.
 */
#include "trace.h"

#include <labyrinth/port.h>

#define SITE_BITS 48

/* An address of the allocator's own code: who calls it is not far from there. */
static uintptr_t here(void)
{
	return (uintptr_t)labyrinth_trace_note;
}

/* The lowest bits, and what they stand for if all above them are as the highest. */
static uint64_t low_bits(uint64_t x)
{
	return x & ((UINT64_C(1) << SITE_BITS) - 1);
}

static uintptr_t with_sign(uint64_t x)
{
	return (uintptr_t)((int64_t)(x << (64 - SITE_BITS)) >> (64 - SITE_BITS));
}

/* A call site as the record has it; 0 when it is too far away for that. */
static uint64_t pack_site(const void *site)
{
	uintptr_t distance = (uintptr_t)site - here();

	return with_sign(distance) == distance ? low_bits(distance) : 0;
}

static uintptr_t unpack_site(uint64_t at)
{
	return low_bits(at) == 0 ? 0 : here() + with_sign(at);
}

/*
 * An NMI may have interrupted somebody who is pinned. A number that a record has no room for is too high for magazines
 * (4096 CPUs), so only seen without them.
 */
static uint32_t cpu_of_caller(void)
{
	uint32_t cpu = LABYRINTH_DEBUG_NO_CPU;

	if (labyrinth_port_context() == LABYRINTH_NMI)
		return cpu;
	cpu = labyrinth_port_pin();
	labyrinth_port_unpin();
	return cpu < LABYRINTH_DEBUG_NO_CPU ? cpu : LABYRINTH_DEBUG_NO_CPU;
}

/* The next number; 0 is for "never". */
static uint32_t draw(struct trace *t)
{
	uint32_t was = atomic_fetch_add_explicit(&t->sequence, 1, memory_order_relaxed);

	return was == UINT32_MAX ? draw(t) : was + 1;
}

void labyrinth_trace_note(struct trace *t, const struct page *page, unsigned order, enum trace_end end,
                          const void *site)
{
	uint64_t at = pack_site(site) | (uint64_t)cpu_of_caller() << SITE_BITS;
	struct trace_record *r;
	uint32_t sequence;

	if (t->record == NULL)
		return;
	sequence = draw(t);
	r = &t->record[page_index(t->frames, page)];
	for (size_t i = 0; i < (size_t)1 << order; i++) {
		atomic_store_explicit(&r[i].at[end], at, memory_order_relaxed);
		atomic_store_explicit(&r[i].sequence[end], sequence, memory_order_relaxed);
	}
}

void labyrinth_trace_follow(struct trace *t, const struct page *from, const struct page *to)
{
	const struct trace_record *r;
	struct trace_record *now;

	if (t->record == NULL)
		return;
	r = &t->record[page_index(t->frames, from)];
	now = &t->record[page_index(t->frames, to)];
	for (unsigned end = 0; end < TRACE_ENDS; end++) {
		atomic_store_explicit(&now->at[end], atomic_load_explicit(&r->at[end], memory_order_relaxed),
		                      memory_order_relaxed);
		atomic_store_explicit(&now->sequence[end],
		                      atomic_load_explicit(&r->sequence[end], memory_order_relaxed),
		                      memory_order_relaxed);
	}
}

static struct labyrinth_debug_event event(const struct trace_record *r, enum trace_end end)
{
	uint64_t at = atomic_load_explicit(&r->at[end], memory_order_relaxed);

	return (struct labyrinth_debug_event){
		.site     = unpack_site(at),
		.cpu      = (uint32_t)(at >> SITE_BITS),
		.sequence = atomic_load_explicit(&r->sequence[end], memory_order_relaxed),
	};
}

struct labyrinth_debug_trace labyrinth_trace_of(const struct trace *t, const struct page *page)
{
	const struct trace_record *r;

	if (t->record == NULL)
		return (struct labyrinth_debug_trace){ .taken = { .site = 0 } };
	r = &t->record[page_index(t->frames, page)];
	return (struct labyrinth_debug_trace){ event(r, TRACE_TAKEN), event(r, TRACE_GIVEN) };
}
