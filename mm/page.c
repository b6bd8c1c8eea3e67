/*
 * page.c - from a page to its frame number and back, and the describing of page blocks.
 */
#include "page.h"

#include <labyrinth/port.h>

#include "bits.h"
#include "instance.h"

pfn_t labyrinth_frames_pfn(const struct frames *f, const struct page *page)
{
	uint64_t index = page_index(f, page);

	return (pfn_t){ block_pfn(f, (block_t){ (uint32_t)(index / BLOCK_FRAMES) }).n + index % BLOCK_FRAMES };
}

struct page *labyrinth_frames_find(const struct frames *f, pfn_t pfn)
{
	uint64_t at = pfn.n / BLOCK_FRAMES;
	const struct section *s;
	uint64_t bit = UINT64_C(1) << at % SECTION_BLOCKS;
	struct page *page;
	block_t b;

	if (at / SECTION_BLOCKS >= f->sections)
		return NULL;
	s = &f->section[at / SECTION_BLOCKS];
	if (!(s->present & bit))
		return NULL;
	b.i = s->first + bits_count(s->present & (bit - 1));
	page = block_page(f, b, (unsigned)(pfn.n % BLOCK_FRAMES));
	if (!block_virgin(f, b) && word_state(word_load(page)) == FRAME_HOLE)
		return NULL;
	return page;
}

block_t labyrinth_frames_add(struct frames *f, uint32_t at)
{
	struct section *s = &f->section[at / SECTION_BLOCKS];
	block_t b = { f->blocks++ };

	if (s->present == 0)
		s->first = b.i;
	s->present |= UINT64_C(1) << at % SECTION_BLOCKS;
	f->note[b.i].at = at;
	f->note[b.i].mobility = MOBILITY_SHARED;
	atomic_store_explicit(&f->note[b.i].virgin, 1, memory_order_relaxed);
	return b;
}

void labyrinth_frames_settle(struct frames *f, block_t b, enum frame_state state)
{
	struct page *page = block_page(f, b, 0);
	uint64_t word = word_make(state, 0, 0, 0);

	for (unsigned i = 0; i < BLOCK_FRAMES; i++)
		atomic_store_explicit(&page[i].word, word, memory_order_relaxed);
	atomic_store_explicit(&f->note[b.i].virgin, 0, memory_order_release);
}

bool labyrinth_page_known(const struct labyrinth *lab, const struct page *page)
{
	if (lab == NULL || page == NULL || !frames_known(lab->frames, page))
		return false;
	return block_virgin(lab->frames, page_block_of(lab->frames, page)) || word_state(word_load(page)) != FRAME_HOLE;
}

pfn_t labyrinth_page_pfn(const struct labyrinth *lab, const struct page *page)
{
	return labyrinth_frames_pfn(lab->frames, page);
}

phys_addr_t labyrinth_page_phys(const struct labyrinth *lab, const struct page *page)
{
	return labyrinth_pfn_phys(labyrinth_page_pfn(lab, page));
}

struct page *labyrinth_pfn_page(const struct labyrinth *lab, pfn_t pfn)
{
	return labyrinth_frames_find(lab->frames, pfn);
}

void *labyrinth_page_address(const struct labyrinth *lab, const struct page *page)
{
	return labyrinth_port_virt(labyrinth_page_phys(lab, page));
}
