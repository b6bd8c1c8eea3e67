/*
 * word.h - the frame word: all that is known about a frame, in 64 bits that change in one step.
 *
 *	 63                      51 50        35 34  30 29          4 3   0
 *	+--------------------------+------------+------+-------------+-----+
 *	| 0                      |S| owner slot | order| generation  |state|  FREE OWNED LENT CACHED
 *	| CPU (12)               |0| owner slot | slot | generation  |state|  MAPPED: in that window slot of that CPU
 *	| 0                    |O|S| tag        | order| generation  |state|  SHARED
 *	+--------------------------+------------+------+-------------+-----+  FENCE WAITING
 *	| index of the next frame on the stack         | generation  |state|  RECYCLED DIRTY RESERVED
 *	+----------------------------------------------+-------------+-----+
 *
 * S: a shared block that is to be shredded when it is freed. O: a frame that a mover is being offered.
 * Only the first frame of an allocated block carries its state; interior frames read FREE. The generation counts the
 * claims on a frame (modulo 2^26), survives everything, and makes old copies of a claim differ from the word. The tag
 * says how a shared block came to be: 0 is the ordinary kind, the only one that magazines keep.
 */
#ifndef MM_WORD_H
#define MM_WORD_H

#include <labyrinth/types.h>

#include "atomic.h"

enum frame_state {
	FRAME_SHARED,   /* from labyrinth_alloc_pages(); a single frame's word is its generation   */
	FRAME_FREE,     /* in the buddy, interior of a block, or on its way in one context's hands */
	FRAME_OWNED,    /* claimed                                                                 */
	FRAME_LENT,     /* claimed, posted to a device                                             */
	FRAME_RECYCLED, /* released, unshredded, on its owner's stack                              */
	FRAME_DIRTY,    /* released, unshredded, nobody's: on the vault's other stack              */
	FRAME_RESERVED, /* on the stack of the reserve or of the vault                             */
	FRAME_CACHED,   /* in a magazine                                                           */
	FRAME_FENCE,    /* red zone of the shared block beside it                                  */
	FRAME_WAITING,  /* freed, in the quarantine                                                */
	FRAME_OFFLINE,  /* bad: never to be used again                                             */
	FRAME_MAPPED,   /* claimed, in a window of a CPU                                           */
	FRAME_HOLE,     /* in a page block of ours, but not usable memory                          */
};

struct page {
	_Atomic uint64_t word;
};

#define WORD_GENERATION_BITS 26
#define WORD_SHRED           (UINT64_C(1) << 51)
#define WORD_OFFERED         (UINT64_C(1) << 52)
#define WORD_NEXT_NONE       ((UINT64_C(1) << 34) - 1)

/* More frames than this (64 TiB) have no room in a stack's link. */
#define WORD_MAX_FRAMES WORD_NEXT_NONE

static inline enum frame_state word_state(uint64_t word)
{
	return (enum frame_state)(word & 15);
}

static inline uint32_t word_generation(uint64_t word)
{
	return (uint32_t)(word >> 4) & ((1u << WORD_GENERATION_BITS) - 1);
}

static inline unsigned word_order(uint64_t word)
{
	return (unsigned)(word >> 30) & 31;
}

static inline uint16_t word_owner(uint64_t word)
{
	return (uint16_t)(word >> 35);
}

/* Of a shared block. */
#define TAG_MOVABLE     1u /* asked for with this flag     */
#define TAG_RECLAIMABLE 2u
#define TAG_MOVER       3u /* of the mover in slot 0; and so on */

/* Does `now` differ from the word of a frame on offer only in what the end of the offer may change? */
static inline bool word_settles(uint64_t word, uint64_t now)
{
	return (word & WORD_OFFERED) && ((word ^ now) & ~(WORD_OFFERED | WORD_SHRED)) == 0;
}

static inline uint16_t word_tag(uint64_t word)
{
	return word_owner(word);
}

static inline uint64_t word_next(uint64_t word)
{
	return word >> 30;
}

static inline uint64_t word_make(enum frame_state state, uint32_t generation, unsigned order, uint16_t owner)
{
	return (uint64_t)state | ((uint64_t)(generation & ((1u << WORD_GENERATION_BITS) - 1)) << 4)
	       | ((uint64_t)order << 30) | ((uint64_t)owner << 35);
}

static inline uint64_t word_link(enum frame_state state, uint32_t generation, uint64_t next)
{
	return word_make(state, generation, 0, 0) | (next << 30);
}

static inline uint64_t word_load(const struct page *page)
{
	return atomic_load_explicit(&page->word, memory_order_acquire);
}

/* For a frame that only this context can see. */
static inline void word_store(struct page *page, uint64_t word)
{
	atomic_store_explicit(&page->word, word, memory_order_release);
}

/* The one step in which a frame changes hands. */
static inline bool word_swap(struct page *page, uint64_t expected, uint64_t desired)
{
	return atomic_compare_exchange_strong_explicit(&page->word, &expected, desired, memory_order_acq_rel,
	                                               memory_order_acquire);
}

/*
 * The same where no other CPU calls: on x86-64 one instruction without a bus lock, which an interrupt comes before or
 * after (SDM vol. 3 section 8.1), at a sixth of the time.
 */
static inline bool word_swap_alone(struct page *page, uint64_t expected, uint64_t desired)
{
#ifdef __x86_64__
	bool same;

	__asm__ volatile("cmpxchgq %3, %1" : "=@ccz"(same), "+m"(page->word), "+a"(expected) : "r"(desired) : "memory");
	return same;
#else
	return word_swap(page, expected, desired);
#endif
}

/* Where a mapped frame is mapped; nowhere as yet, or no more: it is on its way. */
#define WORD_CPU_SHIFT 52
#define WORD_CPUS      (1u << (64 - WORD_CPU_SHIFT))
#define WORD_NO_WINDOW 31u

static inline uint64_t word_mapped(uint64_t word, unsigned cpu, unsigned slot)
{
	return word | (uint64_t)slot << 30 | (uint64_t)cpu << WORD_CPU_SHIFT;
}

static inline unsigned word_cpu(uint64_t word)
{
	return (unsigned)(word >> WORD_CPU_SHIFT);
}

static inline unsigned word_window(uint64_t word)
{
	return word_order(word);
}

/* The same word, less where. */
static inline uint64_t word_anywhere(uint64_t word)
{
	return word_make(word_state(word), word_generation(word), 0, word_owner(word));
}

/* The same frame, free but not in the buddy. */
static inline uint64_t word_cached(uint64_t word)
{
	return word_make(FRAME_CACHED, word_generation(word), 0, 0);
}

/* The word of a frame with this one's generation, if it is shared, single and ordinary. */
static inline uint64_t word_single(uint64_t word)
{
	return word & word_make(FRAME_SHARED, UINT32_MAX, 0, 0);
}

/*
 * Changes bits of a word that only this context can see: on x86-64 in one instruction instead of three, with a constant
 * in it ("e"), or, when nothing is optimised, a register ("r"). Elsewhere, and for a tool that must see every access, a
 * load and a store.
 */
static inline void word_flip(struct page *page, uint32_t bits)
{
#if defined __x86_64__ && !defined __SANITIZE_THREAD__ && !defined __SANITIZE_ADDRESS__
	__asm__ volatile("xorq %1, %0" : "+m"(page->word) : "er"((uint64_t)bits) : "cc", "memory");
#else
	word_store(page, word_load(page) ^ bits);
#endif
}

/* The same frame, in nobody's hands but ours. */
static inline uint64_t word_loose(uint64_t word)
{
	return word_make(FRAME_FREE, word_generation(word), 0, 0);
}

#endif
