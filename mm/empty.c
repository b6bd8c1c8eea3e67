/*
 * empty.c - ask for each frame once, and take what comes back.
 */
#include "empty.h"

#include "debug.h"
#include "mover.h"
#include "particular.h"
#include "shred.h"
#include "watermark.h"

/* A frame that has this word comes back from its mover; unless that one has just freed it. */
static void drop(const struct effort *e, struct page *page, uint64_t word)
{
	if (!word_swap(page, word, word_loose(word)))
		return;
	labyrinth_mover_untag(e->lab->movers, e->zone->frames, page, word_tag(word));
	if (word & WORD_SHRED)
		labyrinth_shred(e->lab->shredder, labyrinth_page_phys(e->lab, page));
	if (debug_on(e->lab))
		labyrinth_debug_return(e->lab, page, 0, __builtin_return_address(0));
	labyrinth_zone_put(e->zone, page, 0, ZONE_WAIT);
}

/* Is this the word of a frame that the same mover has? It may have freed it meanwhile, and taken it again. */
static bool has(uint64_t word, uint64_t offered)
{
	return word_state(word) == FRAME_SHARED && word_tag(word) == word_tag(offered);
}

/*
 * The mover's word is what counts: it may have freed `from` since it was chosen, and taken it again with SHRED. So, as
 * long as nobody knows what it moves, `to` is to be shredded, also by whoever frees it before the mover has answered.
 * Then it is so if what was in `from` was, or may have been. Nobody else sets the mark of an offer: a frame that was
 * freed and taken again has none, and stays as it is.
 */
static uint64_t settle(uint64_t asked, uint64_t now, struct page *to, uint64_t offered)
{
	uint64_t settled = offered & ~WORD_OFFERED;

	if (has(now, offered) && !((asked | now) & WORD_SHRED))
		settled &= ~WORD_SHRED;
	word_swap(to, offered, settled);
	return settled;
}

/* Asks a mover, who counts one frame more already, to move a frame that has this word to another one. */
static void ask(struct effort *e, struct mover *m, struct page *from, uint64_t word, struct page *to)
{
	uint64_t offered, settled, now;
	bool moved;

	if (debug_on(e->lab))
		labyrinth_debug_offer(e->lab, from, to, __builtin_return_address(0));
	labyrinth_mover_tag(e->lab->movers, e->zone->frames, to, m, WORD_OFFERED | WORD_SHRED);
	offered = word_load(to);
	e->asked++;
	moved = m->relocate(m->context, from, to);
	now = word_load(from);
	settled = settle(word, now, to, offered);
	if (moved) {
		e->done.moved++;
		atomic_fetch_add_explicit(&m->moved, 1, memory_order_relaxed);
		if (has(now, offered))
			drop(e, from, now);
	} else {
		e->done.refused++;
		atomic_fetch_add_explicit(&m->refused, 1, memory_order_relaxed);
		if (debug_on(e->lab))
			labyrinth_debug_pass(e->lab, to, __builtin_return_address(0));
		drop(e, to, settled);
	}
}

/* False when there is nowhere to go. */
static bool move(struct effort *e, struct page *from, uint64_t word)
{
	struct mover *m = labyrinth_mover_enter_tag(e->lab->movers, word_tag(word));
	struct page *to;

	if (m == NULL)
		return true; /* its last frame has just been freed */
	to = labyrinth_zone_take_within(e->zone, MOBILITY_MOVABLE);
	if (to == NULL) {
		labyrinth_mover_leave(m);
		return false;
	}
	watermark_look(e->lab, e->zone);
	ask(e, m, from, word, to);
	return true;
}

/* Asks for every movable frame in a page block once. False when there is nowhere to go, or the budget is spent. */
static bool empty_block(struct effort *e, block_t b)
{
	for (unsigned i = 0; i < BLOCK_FRAMES && empty_movable(e->zone->frames, b) > 0; i++) {
		struct page *page = block_page(e->zone->frames, b, i);
		uint64_t word = frames_word(e->zone->frames, page);

		if (word_state(word) != FRAME_SHARED || !tag_moves(word_tag(word)))
			continue;
		if (e->asked == e->budget || !move(e, page, word))
			return false;
	}
	return true;
}

bool labyrinth_empty_group(struct effort *e, block_t first)
{
	bool going = true, whole = true;

	for (block_t b = first; b.i - first.i < e->size; b.i++)
		labyrinth_zone_leave(e->zone, b);
	for (block_t b = first; going && b.i - first.i < e->size; b.i++)
		going = empty_block(e, b);
	for (block_t b = first; b.i - first.i < e->size; b.i++) {
		labyrinth_zone_stay(e->zone, b);
		whole = labyrinth_zone_free_in(e->zone, b) == BLOCK_FRAMES && whole;
	}
	return whole;
}
