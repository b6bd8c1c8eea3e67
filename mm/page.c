/*
 * page.c - from a page to its frame number and back, and the describing of page blocks.
 */
#include "page.h"

#include <labyrinth/port.h>

#include "instance.h"

const struct run *labyrinth_frames_run(const struct frames *f, block_t b)
{
	uint32_t low = 0, high = f->runs;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (f->run[middle].first <= b.i)
			low = middle;
		else
			high = middle;
	}
	return &f->run[low];
}

bool labyrinth_frames_index(const struct frames *f, uint64_t at, block_t *b)
{
	uint32_t low = 0, high = f->runs;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct run *r = &f->run[middle];

		if (at < r->at) {
			high = middle;
		} else if (at - r->at >= r->blocks) {
			low = middle + 1;
		} else {
			b->i = r->first + (uint32_t)(at - r->at);
			return true;
		}
	}
	return false;
}

pfn_t labyrinth_frames_pfn(const struct frames *f, const struct page *page)
{
	uint64_t offset = page_index(f, page) % BLOCK_FRAMES;
	block_t b = page_block_of(f, page);
	const struct run *r;

	if (block_opened(f, b))
		return (pfn_t){ (uint64_t)f->note[b.i].at * BLOCK_FRAMES + offset };
	r = labyrinth_frames_run(f, b);
	return (pfn_t){ ((uint64_t)r->at + (b.i - r->first)) * BLOCK_FRAMES + offset };
}

struct page *labyrinth_frames_find(const struct frames *f, pfn_t pfn)
{
	struct page *page;
	block_t b;

	if (!labyrinth_frames_index(f, pfn.n / BLOCK_FRAMES, &b))
		return NULL;
	page = block_page(f, b, (unsigned)(pfn.n % BLOCK_FRAMES));
	return word_state(frames_word(f, page)) == FRAME_HOLE ? NULL : page;
}

void labyrinth_frames_init(struct frames *f, uint32_t blocks)
{
	f->runs = f->sections = 0;
	f->blocks = blocks;
	__builtin_memset((void *)f->opened, 0, (size_t)opened_words(blocks) * sizeof(*f->opened));
}

void labyrinth_frames_add(struct frames *f, uint64_t at, uint32_t blocks)
{
	struct run r = { .at = (uint32_t)at, .blocks = blocks };

	r.first = f->runs == 0 ? 0 : f->run[f->runs - 1].first + f->run[f->runs - 1].blocks;
	r.bit = f->sections * SECTION_BITS + r.at % SECTION_BITS;
	for (uint32_t n = run_sections(at, blocks); n > 0; n--)
		f->behind[f->sections++] = r.bit - r.first;
	f->run[f->runs++] = r;
}

/* Without a loop: this is most of the first use of a row. */
static inline void free_row(struct page *at)
{
	const uint64_t word = word_make(FRAME_FREE, 0, 0, 0);

	word_store(&at[0], word);
	word_store(&at[1], word);
	word_store(&at[2], word);
	word_store(&at[3], word);
	word_store(&at[4], word);
	word_store(&at[5], word);
	word_store(&at[6], word);
	word_store(&at[7], word);
	word_store(&at[8], word);
	word_store(&at[9], word);
	word_store(&at[10], word);
	word_store(&at[11], word);
	word_store(&at[12], word);
	word_store(&at[13], word);
	word_store(&at[14], word);
	word_store(&at[15], word);
}

/* From here on a page block is looked into: rows have valid words, a bit each. */
static inline void begin(struct frames *f, block_t b, uint32_t settled)
{
	const struct run *r = labyrinth_frames_run(f, b);
	struct block_note *note = &f->note[b.i];

	note->at = r->at + (b.i - r->first);
	note->bit = r->bit + (b.i - r->first);
	note_set_room(note, 0);
	note->mobility = MOBILITY_SHARED;
	atomic_store_explicit(&note->movable, 0, memory_order_relaxed);
	atomic_store_explicit(&note->settled, settled, memory_order_relaxed);
	atomic_fetch_or_explicit(&f->opened[b.i / 32], UINT32_C(1) << b.i % 32, memory_order_release);
}

void labyrinth_frames_open(struct frames *f, block_t b)
{
	free_row(block_page(f, b, 0));
	begin(f, b, 1);
}

void labyrinth_frames_settle_row(struct frames *f, block_t b, unsigned row)
{
	free_row(block_page(f, b, row * ROW_FRAMES));
	atomic_fetch_or_explicit(&f->note[b.i].settled, UINT32_C(1) << row, memory_order_release);
}

void labyrinth_frames_settle(struct frames *f, struct page *page)
{
	if (!frames_settled(f, page))
		labyrinth_frames_settle_row(f, page_block_of(f, page),
		                            (unsigned)(page_index(f, page) % BLOCK_FRAMES / ROW_FRAMES));
}

/* The bits in a word of those of `left` page blocks from b on. */
static uint32_t bits_of(block_t b, uint32_t left)
{
	uint32_t bits = left < 32 ? (UINT32_C(1) << left) - 1 : UINT32_MAX;

	return bits << b.i % 32;
}

void labyrinth_frames_absent(struct frames *f, block_t b, uint32_t blocks)
{
	for (uint32_t step; blocks > 0; b.i += step, blocks -= step) {
		step = 32 - b.i % 32 < blocks ? 32 - b.i % 32 : blocks;
		atomic_fetch_or_explicit(&f->absent[b.i / 32], bits_of(b, blocks), memory_order_release);
	}
}

void labyrinth_frames_appear(struct frames *f, block_t b, uint32_t blocks)
{
	for (uint32_t step; f->absent != NULL && blocks > 0; b.i += step, blocks -= step) {
		step = 32 - b.i % 32 < blocks ? 32 - b.i % 32 : blocks;
		atomic_fetch_and_explicit(&f->absent[b.i / 32], ~bits_of(b, blocks), memory_order_release);
	}
}

void labyrinth_frames_bore(struct frames *f, block_t b)
{
	for (unsigned i = 0; i < BLOCK_FRAMES; i++)
		word_store(block_page(f, b, i), word_make(FRAME_HOLE, 0, 0, 0));
	begin(f, b, ROWS_ALL);
}

bool labyrinth_page_known(const struct labyrinth *lab, const struct page *page)
{
	if (lab == NULL || page == NULL || !frames_known(lab->frames, page))
		return false;
	return word_state(frames_word(lab->frames, page)) != FRAME_HOLE;
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
