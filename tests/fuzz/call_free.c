/*
 * call_free.c - shared frames go back: as they came, in parts, all at once, or as they must not.
 *
 * Idea    Whatever was granted is blocks, so it may be given back block by block, or as a whole while none is missing.
 *         What nobody holds, or holds otherwise, is refused with the reason that the books give, and changes nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "port/host.h"

#define BULK 24u

/* Out of the books: from here on it is the allocator's. */
static struct block take_out(unsigned i)
{
	struct block b = fuzz.block[i];
	uint64_t frames = UINT64_C(1) << b.order;

	must(shadow_reads(b.pfn, frames, b.mark), "a block was written to", b.pfn);
	shadow_drop(b.pfn, frames);
	fuzz.block[i] = fuzz.block[--fuzz.blocks];
	return b;
}

/* Back into them: it was refused. */
static void put_back(const struct block *b)
{
	for (uint64_t n = b->pfn; n < b->pfn + (UINT64_C(1) << b->order); n++)
		shadow_find(n)->held = true;
	fuzz.block[fuzz.blocks++] = *b;
}

static void must_be_gone(const struct block *b, uint64_t disturbed)
{
	must(!b->shred || disturbed != fuzz.disturbed || !shadow_reads(b->pfn, UINT64_C(1) << b->order, b->mark),
	     "a block that was to be shredded is not", b->pfn);
}

void block_free(unsigned i)
{
	struct block b = take_out(i);
	uint64_t disturbed = fuzz.disturbed;
	enum labyrinth_status status = labyrinth_free_pages(fuzz.lab, b.page, b.order);

	if (host_context == LABYRINTH_NMI) {
		must(status == LABYRINTH_IN_INTERRUPT, "a free in an NMI is not refused", status);
		put_back(&b);
		return;
	}
	must(status == LABYRINTH_OK, "a block that is held cannot be freed", status);
	must_be_gone(&b, disturbed);
}

/* The first block of a request of which nothing is missing; BLOCKS: none. */
static unsigned whole_group(uint32_t group)
{
	uint64_t frames = 0;
	unsigned first = BLOCKS;

	for (unsigned i = 0; i < fuzz.blocks; i++)
		if (fuzz.block[i].group == group) {
			frames += UINT64_C(1) << fuzz.block[i].order;
			if (first == BLOCKS || fuzz.block[i].pfn < fuzz.block[first].pfn)
				first = i;
		}
	return first < BLOCKS && frames == fuzz.block[first].frames ? first : BLOCKS;
}

static void free_group(unsigned first)
{
	struct block head = fuzz.block[first], part[40];
	uint64_t align = 1;
	unsigned parts = 0;
	bool exact;
	enum labyrinth_status status;

	for (unsigned i = fuzz.blocks; i-- > 0;)
		if (fuzz.block[i].group == head.group)
			part[parts++] = take_out(i);
	while (align < head.frames)
		align *= 2;
	exact = one_in(2) && head.pfn % align == 0;
	status = exact ? labyrinth_free_pages_exact(fuzz.lab, head.page, head.frames)
	               : labyrinth_free_contiguous(fuzz.lab, head.page, head.frames);
	must((status == LABYRINTH_OK) == (host_context != LABYRINTH_NMI), "a range that is held is not freed", status);
	while (status != LABYRINTH_OK && parts > 0)
		put_back(&part[--parts]);
}

void call_free(void)
{
	unsigned i = (unsigned)below(fuzz.blocks + 1), first;

	if (i == fuzz.blocks)
		return;
	first = fuzz.block[i].frames > 1 && !fuzz.block[i].moves ? whole_group(fuzz.block[i].group) : BLOCKS;
	if (first < BLOCKS && one_in(2))
		free_group(first);
	else
		block_free(i);
}

void call_free_bulk(void)
{
	unsigned most = (unsigned)below(BULK + 1), count = 0;
	struct page *page[BULK];
	struct block was[BULK];
	struct labyrinth_bulk bulk;

	for (unsigned i = fuzz.blocks; i-- > 0 && count < most;)
		if (fuzz.block[i].order == 0) {
			was[count] = take_out(i);
			page[count] = was[count].page;
			count++;
		}
	bulk = labyrinth_free_bulk(fuzz.lab, page, count);
	if (host_context == LABYRINTH_NMI) {
		must(bulk.count == 0 && (count == 0 || bulk.status == LABYRINTH_IN_INTERRUPT), "an NMI frees", count);
		while (count > 0)
			put_back(&was[--count]);
		return;
	}
	must(bulk.count == count && bulk.status == LABYRINTH_OK, "frames that are held cannot be freed", bulk.count);
}

/* ---- What must not be. */

static const struct block *block_at(uint64_t pfn)
{
	for (const struct block *b = fuzz.block; b < fuzz.block + fuzz.blocks; b++)
		if (b->pfn == pfn)
			return b;
	return NULL;
}

static bool claimed(uint64_t pfn)
{
	for (const struct held *h = fuzz.claim; h < fuzz.claim + fuzz.claims; h++)
		if (h->pfn == pfn)
			return true;
	return false;
}

static enum labyrinth_status reason(const struct page *page, uint64_t pfn, unsigned order)
{
	const struct block *b = block_at(pfn);

	if (order > LABYRINTH_MAX_ORDER)
		return LABYRINTH_BAD_ORDER;
	if (!shadow_known(page))
		return LABYRINTH_FOREIGN_PAGE;
	if (claimed(pfn))
		return LABYRINTH_NOT_SHARED;
	if (b == NULL)
		return LABYRINTH_NOT_ALLOCATED;
	return b->order != order ? LABYRINTH_WRONG_ORDER : LABYRINTH_OK;
}

/* Some frame: of a block or a claim, or anywhere. */
static uint64_t some_frame(void)
{
	const struct area *a = &fuzz.area[below(fuzz.areas)];

	if (fuzz.blocks > 0 && one_in(3))
		return fuzz.block[below(fuzz.blocks)].pfn + below(3);
	if (fuzz.claims > 0 && one_in(3))
		return fuzz.claim[below(fuzz.claims)].pfn;
	return a->begin + below(a->end - a->begin + 1);
}

static void wild_block(struct page *page, uint64_t pfn)
{
	unsigned order = one_in(8) ? (unsigned)below(24) : one_in(2) ? 0 : (unsigned)below(10);
	enum labyrinth_status wanted = reason(page, pfn, order), status;

	if (wanted == LABYRINTH_OK)
		return;
	status = labyrinth_free_pages(fuzz.lab, page, order);
	must(status == wanted, "a wrong free is refused for another reason", status * 256 + wanted);
}

static void wild_range(struct page *page, uint64_t pfn)
{
	uint32_t frames = (uint32_t)below(300);
	enum labyrinth_status status;

	for (uint64_t n = pfn; n < pfn + frames; n++)
		if (block_at(n) != NULL)
			return; /* it may be right */
	status = one_in(2) ? labyrinth_free_pages_exact(fuzz.lab, page, frames)
	                   : labyrinth_free_contiguous(fuzz.lab, page, frames);
	must(status != LABYRINTH_OK, "frames are freed that nobody holds", pfn);
}

/* A pointer that is no page's. */
static struct page *foreign(const struct page *page)
{
	const uintptr_t at[] = { 0, (uintptr_t)fuzz.metadata, (uintptr_t)page + 1, (uintptr_t)&fuzz,
		                 (uintptr_t)fuzz.metadata + fuzz.bytes };

	return (struct page *)at[below(5)];
}

void call_free_wild(void)
{
	uint64_t pfn = some_frame();
	struct page *page = shadow_page(pfn);
	void *before = NULL;

	fuzz.quiet++;
	must((page != NULL) == shadow_there(pfn), "a page is there that should not be, or is not", pfn);
	if (page == NULL || one_in(16))
		page = foreign(page);
	if (fuzz.bytes < 1 << 17 && one_in(4) && fuzz.config.debug.aids == 0) {
		before = malloc(fuzz.bytes);
		memcpy(before, fuzz.metadata, fuzz.bytes);
	}
	if (page == NULL || !shadow_known(page))
		must(labyrinth_free_pages(fuzz.lab, page, 0) == (page == NULL ? LABYRINTH_NULL_POINTER
		     : LABYRINTH_FOREIGN_PAGE), "a foreign page is taken", (uintptr_t)page);
	else if (one_in(4))
		wild_range(page, pfn);
	else
		wild_block(page, pfn);
	must(before == NULL || memcmp(before, fuzz.metadata, fuzz.bytes) == 0, "a refusal changes the metadata", pfn);
	free(before);
	fuzz.quiet--;
}
