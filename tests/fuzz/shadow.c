/*
 * shadow.c - who holds which frame, and what is in it.
 *
 * Idea    Whoever is granted frames writes a number that was never written before at the start and the end of each,
 *         and finds it there when he gives them back. Of large blocks a few frames are written to. What an exclusive
 *         owner wrote must never be seen by another.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/fuzz.h"
#include "port/host.h"

#define WORDS (LABYRINTH_PAGE_SIZE / sizeof(uint64_t))
#define UNSEEN __attribute__((no_sanitize("address"))) /* looks at what is hidden, too */

static uint64_t marks; /* of all inputs: memory outlives them */

void must(bool holds, const char *what, uint64_t number)
{
	if (holds)
		return;
	fprintf(stderr, "fuzz: %s (%llx)\n", what, (unsigned long long)number);
	abort();
}

struct frame *shadow_find(uint64_t pfn)
{
	for (const struct area *a = fuzz.area; a < fuzz.area + fuzz.areas; a++)
		if (pfn >= a->begin && pfn < a->end)
			return &fuzz.frame[a->first + (pfn - a->begin)];
	return NULL;
}

bool shadow_there(uint64_t pfn)
{
	const struct frame *f = shadow_find(pfn);

	return f != NULL && f->there;
}

/* The allocator's own answers, asked while nothing comes between: the books may be half written. */
uint64_t shadow_pfn(const struct page *page)
{
	uint64_t pfn;

	fuzz.quiet++;
	pfn = labyrinth_page_pfn(fuzz.lab, page).n;
	fuzz.quiet--;
	return pfn;
}

struct page *shadow_page(uint64_t pfn)
{
	struct page *page;

	fuzz.quiet++;
	page = labyrinth_pfn_page(fuzz.lab, (pfn_t){ pfn });
	fuzz.quiet--;
	return page;
}

bool shadow_known(const struct page *page)
{
	bool known;

	fuzz.quiet++;
	known = labyrinth_page_known(fuzz.lab, page);
	fuzz.quiet--;
	return known;
}

static volatile uint64_t *words_of(uint64_t pfn)
{
	return (volatile uint64_t *)(void *)host_bytes(labyrinth_pfn_phys((pfn_t){ pfn }));
}

UNSEEN static uint64_t peek(uint64_t pfn, size_t word)
{
	return words_of(pfn)[word];
}

UNSEEN static void poke(uint64_t pfn, size_t word, uint64_t value)
{
	words_of(pfn)[word] = value;
}

/* From one frame to the next that is looked at. */
static uint64_t stride(uint64_t frames)
{
	return frames <= 64 ? 1 : frames / 8;
}

void shadow_grant(uint64_t pfn, uint64_t frames, uint32_t serial)
{
	for (uint64_t n = pfn; n < pfn + frames; n++) {
		struct frame *f = shadow_find(n);

		must(f != NULL && f->there, "a frame is granted that is not there", n);
		must(!f->held, "a frame is granted to a second holder", n);
		must(!f->bad, "a frame is granted that is to go offline", n);
		must(serial > 0 || !hidden_from_all(n), "a shared frame is granted that is hidden", n);
		if (f->secret != 0 && (serial == 0 || serial != f->keeper))
			must(peek(n, 0) != f->secret && peek(n, WORDS - 1) != f->secret,
			     "a frame is granted that holds what another owner left", n);
		f->held = true;
		f->secret = 0;
	}
}

void shadow_drop(uint64_t pfn, uint64_t frames)
{
	for (uint64_t n = pfn; n < pfn + frames; n++)
		shadow_find(n)->held = false;
}

uint64_t shadow_write(uint64_t pfn, uint64_t frames)
{
	uint64_t mark = marks += UINT64_C(1) << 20;

	for (uint64_t i = 0; i < frames; i += stride(frames)) {
		poke(pfn + i, 0, mark + i);
		poke(pfn + i, WORDS - 1, mark + i);
	}
	return mark;
}

void shadow_copy(uint64_t from, uint64_t to)
{
	poke(to, 0, peek(from, 0));
	poke(to, WORDS - 1, peek(from, WORDS - 1));
}

bool shadow_reads(uint64_t pfn, uint64_t frames, uint64_t mark)
{
	for (uint64_t i = 0; i < frames; i += stride(frames))
		if (peek(pfn + i, 0) != mark + i || peek(pfn + i, WORDS - 1) != mark + i)
			return false;
	return true;
}

void shadow_must_be_zero(uint64_t pfn, uint64_t frames)
{
	for (uint64_t i = 0; i < frames; i += stride(frames))
		for (size_t w = 0; w < WORDS; w++)
			must(peek(pfn + i, w) == 0, "a frame that was asked for as ZERO is not", pfn + i);
}

/* ---- The whole. */

void shadow_audit(void)
{
	struct labyrinth_finding finding;

	if (labyrinth_check(fuzz.lab, &finding) == NULL)
		return;
	fprintf(stderr, "fuzz: law broken: %s (frame %llx: found %llx, expected %llx)\n", finding.law,
	        (unsigned long long)finding.pfn.n, (unsigned long long)finding.found,
	        (unsigned long long)finding.expected);
	abort();
}

static void compare_counts(uint64_t shared, uint64_t movable)
{
	struct labyrinth_stats s;
	uint64_t by_state[3] = { 0 };

	for (unsigned i = 0; i < fuzz.claims; i++)
		by_state[fuzz.claim[i].state]++;
	labyrinth_stats(fuzz.lab, &s);
	must(s.owned == by_state[OWNED], "the count of claimed frames is wrong", s.owned);
	must(s.lent == by_state[LENT], "the count of lent frames is wrong", s.lent);
	must(s.mapped == by_state[MAPPED], "the count of mapped frames is wrong", s.mapped);
	must(s.shared == shared, "the count of shared frames is wrong", s.shared);
	must(s.movable == movable, "the count of movable frames is wrong", s.movable);
	must(s.free + s.reserve + s.vault + s.owned + s.lent + s.mapped + s.recycled + s.dirty + s.cached
	     + s.quarantined + s.fenced + s.offline + s.shared == s.usable, "the frames do not add up", s.usable);
}

static bool see_block(const struct labyrinth_block *block, void *context)
{
	uint64_t *after = context, end = block->first.n + (UINT64_C(1) << block->order);
	bool out = block->state == LABYRINTH_BLOCK_SHARED || block->state == LABYRINTH_BLOCK_OWNED
	           || block->state == LABYRINTH_BLOCK_LENT || block->state == LABYRINTH_BLOCK_MAPPED;

	must(block->first.n >= *after, "blocks are shown out of turn", block->first.n);
	must(block->state != LABYRINTH_BLOCK_MOVING, "a block is lost on its way", block->first.n);
	for (uint64_t n = block->first.n; n < end; n++) {
		const struct frame *f = shadow_find(n);

		must(f != NULL && f->there, "a block is shown where nothing is", n);
		must(f->held == out, "a block is held as the books do not say", n);
		must(!f->bad || block->state != LABYRINTH_BLOCK_FREE, "a frame that is to go offline is free", n);
	}
	*after = end;
	return true;
}

void shadow_compare(void)
{
	uint64_t shared = 0, movable = 0, after = 0;

	for (const struct block *b = fuzz.block; b < fuzz.block + fuzz.blocks; b++) {
		must(shadow_reads(b->pfn, UINT64_C(1) << b->order, b->mark), "a block was written to", b->pfn);
		shared += UINT64_C(1) << b->order;
		movable += b->moves;
	}
	for (const struct held *h = fuzz.claim; h < fuzz.claim + fuzz.claims; h++)
		must(shadow_reads(h->pfn, 1, h->mark), "a claimed frame was written to", h->pfn);
	compare_counts(shared, movable);
	must(labyrinth_for_each_block(fuzz.lab, see_block, &after), "the walk over all blocks ends early", after);
}
