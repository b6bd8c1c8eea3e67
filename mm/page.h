/*
 * page.h - the frames of one instance: their words, their page blocks, and where those lie in physical memory.
 *
 * Idea    Only page blocks (2 MiB) that hold usable memory are described. They are numbered densely, in physical order;
 *         a table of runs, physically contiguous page blocks of one zone, says where the numbers lie. So bring-up costs
 *         time by the run, and a hole costs nothing.
 *         A page block is *opened* when a frame in it is first handed out: then its note is valid, and its number is
 *         one load from there. Its frame words are *settled* in rows, 16 frames at a time, when a frame of theirs is
 *         handed out. A frame whose word is not settled is free, or inside a larger block.
 *         The trees of a zone number page blocks otherwise: each run begins in a section of its own, 512 bits, at its
 *         place inside 1 GiB. So bits are as aligned as the memory.
 * Writes  opened, note[] and the words: whoever has the block to himself, under the lock of the zone or because he has
 *         just taken it. A bit of `opened` or `settled` is set after what it vouches for has been written.
 */
#ifndef MM_PAGE_H
#define MM_PAGE_H

#include <labyrinth/page.h>

#include "bits.h"
#include "word.h"

#define BLOCK_ORDER   9
#define BLOCK_FRAMES  512u /* frames in a page block            */
#define ROW_FRAMES    16u  /* frames that are settled together  */
#define ROW_ORDER     4u
#define BLOCK_ROWS    (BLOCK_FRAMES / ROW_FRAMES)
#define ROWS_ALL      UINT32_MAX
#define SECTION_BITS  512u /* page blocks in 1 GiB: a largest block */

typedef struct { uint32_t i; } block_t;  /* index of a page block, dense */

/* The kinds of page block: whose frames gather in it. */
enum mobility {
	MOBILITY_SHARED,      /* shared frames that stay where they are: the default           */
	MOBILITY_MOVABLE,     /* shared frames that their user can do without, or lets us move */
	MOBILITY_RECLAIMABLE, /* shared frames that come back when memory is short             */
	MOBILITY_EXCLUSIVE,   /* frames of claims                                              */
	MOBILITY_LEAVING,     /* nobody's: compaction is emptying the page block               */
	MOBILITIES
};

/* What is known of a page block once it has been opened. */
struct block_note {
	uint32_t         at;       /* physical page block: frame number / 512                   */
	uint32_t         bit;      /* its number in trees                                       */
	_Atomic uint32_t settled;  /* bit i: words 16 * i to 16 * i + 15 are valid              */
	_Atomic uint16_t room;     /* order of its largest free block + 1; 0: there is none     */
	uint8_t          mobility; /* enum mobility; of use while it is broken into smaller blocks */
	_Atomic uint32_t movable;  /* frames in it that name a mover                            */
};

/* Written under the lock of the zone; who reads it without sees what was so a moment ago. */
static inline unsigned note_room(const struct block_note *note)
{
	return atomic_load_explicit(&note->room, memory_order_relaxed);
}

static inline void note_set_room(struct block_note *note, unsigned room)
{
	atomic_store_explicit(&note->room, (uint16_t)room, memory_order_relaxed);
}

/* Page blocks that follow each other in physical memory, in one zone. */
struct run {
	uint32_t at;     /* the first, physical           */
	uint32_t first;  /* its index                     */
	uint32_t bit;    /* its number in trees           */
	uint32_t blocks;
};

/* The order of the largest block that can begin at a frame and ends within so many frames; there is at least one. */
static inline unsigned pfn_fit(pfn_t pfn, uint64_t frames)
{
	unsigned order = LABYRINTH_MAX_ORDER;

	while ((pfn.n & ((UINT64_C(1) << order) - 1)) != 0 || frames >> order == 0)
		order--;
	return order;
}

struct page_block;

struct bad;

struct frames {
	struct page       *page;   /* blocks * 512 words, a 4 KiB page for each page block */
	struct page_block *block;
	struct block_note *note;
	_Atomic uint32_t  *opened; /* a bit a page block                                   */
	_Atomic uint32_t  *absent; /* likewise: of no use yet; NULL when there are none      */
	struct run        *run;    /* ascending                                            */
	uint32_t          *behind; /* by section: number in trees - index                  */
	struct bad        *bad;    /* those that go offline                                  */
	uint32_t           runs;
	uint32_t           sections;
	uint32_t           blocks;
};

/* How many frames above another one a frame is; huge when it is below, or does not point to a frame's word. */
static inline uintptr_t page_above(const struct page *base, const struct page *page)
{
	uintptr_t bytes = (uintptr_t)page - (uintptr_t)base;

	return bytes / sizeof(*page) | bytes << (sizeof(bytes) * 8 - 3); /* 8 bytes a word: turned right by 3 bits */
}

static inline uint64_t page_index(const struct frames *f, const struct page *page)
{
	return (uint64_t)(page - f->page);
}

static inline block_t page_block_of(const struct frames *f, const struct page *page)
{
	return (block_t){ (uint32_t)(page_index(f, page) / BLOCK_FRAMES) };
}

static inline struct page *block_page(const struct frames *f, block_t b, unsigned offset)
{
	return &f->page[(uint64_t)b.i * BLOCK_FRAMES + offset];
}

static inline bool block_opened(const struct frames *f, block_t b)
{
	return (atomic_load_explicit(&f->opened[b.i / 32], memory_order_acquire) >> b.i % 32) & 1;
}

/* Is all of it memory that may be used later? */
static inline bool block_absent(const struct frames *f, block_t b)
{
	return f->absent != NULL
	       && ((atomic_load_explicit(&f->absent[b.i / 32], memory_order_acquire) >> b.i % 32) & 1);
}

/* Words that the bits of so many page blocks take. */
static inline uint64_t opened_words(uint32_t blocks)
{
	return ((uint64_t)blocks + 31) / 32;
}

/* Is this pointer the word of a frame? NULL and pointers from anywhere may be asked about. */
static inline bool frames_known(const struct frames *f, const struct page *page)
{
	return page_above(f->page, page) < (uint64_t)f->blocks * BLOCK_FRAMES;
}

/* Is the word of a frame of this index, which is one of ours, valid? */
static inline bool frames_settled_at(const struct frames *f, uint64_t index)
{
	uint64_t row = index / ROW_FRAMES;
	block_t b = { (uint32_t)(row / BLOCK_ROWS) };

	return block_opened(f, b)
	       && ((atomic_load_explicit(&f->note[b.i].settled, memory_order_acquire) >> row % BLOCK_ROWS) & 1);
}

/* Is the word of a frame that is known valid? */
static inline bool frames_settled(const struct frames *f, const struct page *page)
{
	return frames_settled_at(f, page_index(f, page));
}

/* Are all words of its page block valid? For a frame that is known, and whose own word is. */
static inline bool frames_settled_all(const struct frames *f, uint64_t index)
{
	return atomic_load_explicit(&f->note[index / BLOCK_FRAMES].settled, memory_order_acquire) == ROWS_ALL;
}

/* How many words, from the first of a row on to the end of its page block at most, are valid. */
static inline uint32_t frames_settled_from(const struct frames *f, const struct page *page)
{
	uint64_t row = page_index(f, page) / ROW_FRAMES;
	block_t b = { (uint32_t)(row / BLOCK_ROWS) };
	uint32_t settled;

	if (!frames_known(f, page) || !block_opened(f, b))
		return 0;
	settled = atomic_load_explicit(&f->note[b.i].settled, memory_order_acquire) >> row % BLOCK_ROWS;
	return bits_lowest(~(uint64_t)settled) * ROW_FRAMES;
}

/* Any pointer may be asked about: is it the word of a frame, and valid? */
static inline bool frames_written(const struct frames *f, const struct page *page)
{
	uintptr_t index = page_above(f->page, page);

	return index < (uint64_t)f->blocks * BLOCK_FRAMES && frames_settled_at(f, index);
}

/* What the word of a frame says, or would say. */
static inline uint64_t frames_word(const struct frames *f, const struct page *page)
{
	if (frames_settled(f, page))
		return word_load(page);
	return word_make(block_absent(f, page_block_of(f, page)) ? FRAME_HOLE : FRAME_FREE, 0, 0, 0);
}

/* The run that a page block is in. */
const struct run *labyrinth_frames_run(const struct frames *f, block_t b);

/* The number of a page block in trees, and the way back for one that is there. */
static inline uint32_t block_bit(const struct frames *f, block_t b)
{
	const struct run *r;

	if (block_opened(f, b))
		return f->note[b.i].bit;
	r = labyrinth_frames_run(f, b);
	return r->bit + (b.i - r->first);
}

static inline block_t block_of_bit(const struct frames *f, uint32_t bit)
{
	return (block_t){ bit - f->behind[bit / SECTION_BITS] };
}

pfn_t labyrinth_frames_pfn(const struct frames *f, const struct page *page);

/* NULL when the frame's page block is not ours, or the frame is a hole in it. */
struct page *labyrinth_frames_find(const struct frames *f, pfn_t pfn);

/* The index of a physical page block; false when it is not ours. */
bool labyrinth_frames_index(const struct frames *f, uint64_t at, block_t *b);

/* Sections that a run of page blocks takes, by where it begins. */
static inline uint32_t run_sections(uint64_t at, uint64_t blocks)
{
	return (uint32_t)((at % SECTION_BITS + blocks + SECTION_BITS - 1) / SECTION_BITS);
}

/* Frames that nobody has used, in no page blocks as yet; then a run of them, in ascending order. */
void labyrinth_frames_init(struct frames *f, uint32_t blocks);
void labyrinth_frames_add(struct frames *f, uint64_t at, uint32_t blocks);

/* Writes the note of a page block, and its first row of words: no other is settled, no tree knows it. Once. */
void labyrinth_frames_open(struct frames *f, block_t b);

/* The same for one of which not all may be used: all its words, as holes, before anybody can look. */
void labyrinth_frames_bore(struct frames *f, block_t b);

/* Makes the words of a row valid, which is not: those of free frames. For a page block that is opened. */
void labyrinth_frames_settle_row(struct frames *f, block_t b, unsigned row);

/* Makes the words valid that this one is settled with: those of free frames. For a page block that is opened. */
void labyrinth_frames_settle(struct frames *f, struct page *page);

/* Page blocks of which nothing may be used as yet, at bring-up; and when they may. */
void labyrinth_frames_absent(struct frames *f, block_t b, uint32_t blocks);
void labyrinth_frames_appear(struct frames *f, block_t b, uint32_t blocks);

#endif
