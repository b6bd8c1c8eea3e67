/*
 * page.h - the frames of one instance: their words, their page blocks, and where those lie in physical memory.
 *
 * Idea    Only page blocks (2 MiB) that hold usable memory are described. They are numbered densely, in physical order,
 *         so a hole costs nothing but its bits in a directory: 16 bytes for 128 MiB. page -> number is one load, number
 *         -> page one directory entry and a count of bits.
 *         A page block's frame words and free bits are written when it is first used ("virgin" until then).
 * Writes  note[].mobility under the lock of the block's zone; note[].virgin likewise, once, before the first frame is
 *         handed out.
 */
#ifndef MM_PAGE_H
#define MM_PAGE_H

#include <labyrinth/page.h>

#include "word.h"

#define BLOCK_ORDER  9
#define BLOCK_FRAMES 512u                /* frames in a page block                         */
#define SECTION_BLOCKS 64u               /* page blocks that one directory entry describes */

typedef struct { uint32_t i; } block_t;  /* index of a page block, dense */

enum mobility {
	MOBILITY_SHARED,    /* frames that cannot move                       */
	MOBILITY_EXCLUSIVE, /* frames of claims, in page blocks of their own */
	MOBILITIES
};

/* What is known of a page block whatever happens inside it. */
struct block_note {
	uint32_t        at;       /* physical page block: frame number / 512            */
	_Atomic uint8_t virgin;   /* its words were never written: wholly free or never split */
	uint8_t         mobility; /* enum mobility; of use while it is not wholly free  */
};

/* 64 physical page blocks: which of them are ours, and the dense index of the first that is. */
struct section {
	uint64_t present;
	uint32_t first;
};

struct page_block;

struct frames {
	struct page       *page;  /* blocks * 512 words, a 4 KiB page for each page block */
	struct page_block *block;
	struct block_note *note;
	struct section    *section;
	uint64_t           sections;
	uint32_t           blocks;
};

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

static inline pfn_t block_pfn(const struct frames *f, block_t b)
{
	return (pfn_t){ (uint64_t)f->note[b.i].at * BLOCK_FRAMES };
}

static inline bool block_virgin(const struct frames *f, block_t b)
{
	return atomic_load_explicit(&f->note[b.i].virgin, memory_order_acquire) != 0;
}

pfn_t labyrinth_frames_pfn(const struct frames *f, const struct page *page);

/* Is this pointer the word of a frame? NULL and pointers from anywhere may be asked about. */
static inline bool frames_known(const struct frames *f, const struct page *page)
{
	uintptr_t offset = (uintptr_t)page - (uintptr_t)f->page; /* wraps for pointers below: then it is too large */

	return offset / sizeof(struct page) < (uint64_t)f->blocks * BLOCK_FRAMES && offset % sizeof(struct page) == 0;
}

/* NULL when the frame's page block is not ours, or the frame is a hole in it. */
struct page *labyrinth_frames_find(const struct frames *f, pfn_t pfn);

/* Adds a physical page block; they come in ascending order. Returns its dense index. */
block_t labyrinth_frames_add(struct frames *f, uint32_t at);

/* Writes the frame words of a virgin block, all in one state. Its first frame may then be handed out. */
void labyrinth_frames_settle(struct frames *f, block_t b, enum frame_state state);

#endif
