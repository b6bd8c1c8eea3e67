/*
 * holdings.c - what a worker holds: stamps in its frames, hands, boxes.
 */
#include "threads/steps.h"

#include "threads/stamp.h"
#include "threads/tables.h"

/* ---- Stamps of a holding's frames. */

static struct page *first_page(const struct holding *h)
{
	return h->kind == BLOCK ? h->page : h->claim.page;
}

uint64_t *holding_frame(const struct holding *h, unsigned i)
{
	uint8_t *at = labyrinth_page_address(yard.lab, first_page(h));

	return (uint64_t *)(void *)(at + i * LABYRINTH_PAGE_SIZE);
}

static unsigned frames_in(const struct holding *h)
{
	return h->kind == BLOCK ? 1u << h->order : 1;
}

void holding_stamp(struct worker *w, enum level level, struct holding *h, uint64_t owner)
{
	h->token = owner << STAMP_OWNER_SHIFT | (uint64_t)w->number << 36 | (uint64_t)level << 34
	           | (w->serial[level]++ & ((UINT64_C(1) << 34) - 1));
	for (unsigned i = 0; i < frames_in(h); i++)
		stamp_write(holding_frame(h, i), h->token);
}

void holding_verify(const struct holding *h)
{
	for (unsigned i = 0; i < frames_in(h); i++)
		if (!stamp_there(holding_frame(h, i), h->token))
			crew_wrong("a frame has two holders: its stamp is gone", h->token);
}

/* Frames just granted: nothing of another owner is in them, and they are hidden or not, as they should be. */
void holding_inspect(const struct holding *h, uint64_t owner)
{
	phys_addr_t at = labyrinth_page_phys(yard.lab, first_page(h));

	for (unsigned i = 0; i < frames_in(h); i++, at.a += LABYRINTH_PAGE_SIZE) {
		if (stamp_leaks(holding_frame(h, i), owner))
			crew_wrong("a frame was granted with what an owner left in it", *holding_frame(h, i));
		tables_expect(at, h->kind != BLOCK);
	}
}

/* ---- Hands and boxes. */

/* A random hand of this kind; NULL when the few that are looked at hold something else. */
struct holding *holding_pick(struct worker *w, enum level level, enum kind kind)
{
	unsigned from = (unsigned)roll(w, level, HANDS);

	for (unsigned i = 0; i < HANDS; i++) {
		struct holding *h = &w->hands[level][(from + i) % HANDS];

		if (h->kind == kind && !(w->retiring && kind != NOTHING && kind != BLOCK
		                         && same_owner(h->claim.owner, w->own.handle)))
			return h;
	}
	return NULL;
}

bool box_open(struct box *b)
{
	return !atomic_flag_test_and_set_explicit(&b->busy, memory_order_acquire);
}

void box_close(struct box *b)
{
	atomic_flag_clear_explicit(&b->busy, memory_order_release);
}

bool holding_belongs(const struct holding *h, const struct party *p)
{
	return h->kind != BLOCK && p->id != 0 && same_owner(h->claim.owner, p->handle);
}

/* Something that any worker may give back: not of "sure", whose shares are counted, nor of an owner that may go. */
bool holding_public(const struct worker *w, const struct holding *h)
{
	return h->kind == BLOCK || (!holding_belongs(h, &yard.sure) && !holding_belongs(h, &w->own));
}
