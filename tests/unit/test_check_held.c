/*
 * test_check_held.c - the same for the laws of who holds frames, what is set aside and promised, who is told, and the
 * sum of it all.
 */
#include "kit.h"

#include "bad.h"
#include "damage.h"
#include "inject.h"
#include "mover.h"
#include "particular.h"
#include "window.h"

/* ---- Damage to what is set aside. */

static uint64_t a_reserve_that_counts_wrong(struct world *w)
{
	w->lab->reserve->count--;
	return NOWHERE;
}

static uint64_t a_reserve_in_a_ring(struct world *w)
{
	struct page *top = labyrinth_stack_top(&w->lab->reserve->stack, w->lab->frames), *bottom = top, *below;

	while ((below = labyrinth_stack_below(w->lab->frames, bottom)) != NULL)
		bottom = below;
	word_store(bottom, word_link(FRAME_RESERVED, 0, page_index(w->lab->frames, top)));
	return NOWHERE;
}

static uint64_t a_vault_that_counts_wrong(struct world *w)
{
	w->lab->vault->stock.count++;
	return NOWHERE;
}

/* An index that is no frame's, under the top one: the walk may not follow it. */
static uint64_t a_link_out_of_the_memory(struct world *w)
{
	struct page *top = labyrinth_stack_top(&w->lab->vault->stock.stack, w->lab->frames);

	word_store(top, word_link(FRAME_RESERVED, 0, WORD_NEXT_NONE - 1));
	return NOWHERE;
}

static uint64_t a_shared_frame_on_the_vaults_stack(struct world *w)
{
	struct page *top = labyrinth_stack_top(&w->lab->vault->stock.stack, w->lab->frames);

	word_store(top, word_make(FRAME_SHARED, 0, 0, 0));
	return pfn(w, top);
}

static uint64_t a_dirty_frame_too_many(struct world *w)
{
	w->lab->vault->dirty.count++;
	return NOWHERE;
}

static uint64_t a_clean_frame_among_the_dirty(struct world *w)
{
	word_store(w->dirty, word_link(FRAME_RESERVED, 0, WORD_NEXT_NONE));
	return pfn(w, w->dirty);
}

static uint64_t a_frame_set_aside_nowhere(struct world *w)
{
	word_store(w->shared, word_link(FRAME_RESERVED, 0, WORD_NEXT_NONE));
	return NOWHERE;
}

/* ---- Damage to owners and the ledger. */

static uint64_t a_claim_too_many(struct world *w)
{
	w->owner->word += OWNER_OUT;
	return NOWHERE;
}

static uint64_t a_loan_too_many(struct world *w)
{
	w->owner->word += OWNER_LENT;
	return NOWHERE;
}

static uint64_t a_lent_frame_that_is_not(struct world *w)
{
	word_store(w->lent, word_make(FRAME_OWNED, word_generation(word_load(w->lent)), 0, w->name.slot));
	return NOWHERE;
}

static uint64_t a_mapped_frame_not_counted(struct world *w)
{
	w->owner->mapped--;
	return NOWHERE;
}

static uint64_t a_window_that_shows_nothing(struct world *w)
{
	w->lab->isolation->at[0].open |= 2;
	return 0; /* the CPU */
}

static uint64_t a_mapped_frame_in_no_window(struct world *w)
{
	window_leave(w->lab->isolation, 0, 0);
	return NOWHERE;
}

static uint64_t a_recycled_frame_too_few(struct world *w)
{
	labyrinth_stack_init(&w->owner->recycled);
	return NOWHERE;
}

static uint64_t a_kept_frame_in_use(struct world *w)
{
	w->owner->kept.word = (page_index(w->lab->frames, w->shared) + 1) << KEPT_SHIFT;
	return labyrinth_page_pfn(w->lab, w->shared).n;
}

static uint64_t a_kept_frame_beyond_the_memory(struct world *w)
{
	w->owner->kept.word = UINT64_MAX - KEPT_SHUT;
	return NOWHERE;
}

static uint64_t a_page_block_that_a_release_has_not_seen(struct world *w)
{
	w->owner->seen = page_block_of(w->lab->frames, w->lent).i + 1u;
	return w->name.slot;
}

static uint64_t a_page_block_of_releases_that_is_none(struct world *w)
{
	w->owner->seen = w->lab->frames->blocks;
	return w->name.slot;
}

static uint64_t a_watch_that_misses_claims(struct world *w)
{
	w->owner->watch.at = 3;
	return w->name.slot;
}

static uint64_t above_its_limit(struct world *w)
{
	w->owner->limit = 5;
	return w->name.slot;
}

static uint64_t above_what_it_may_keep(struct world *w)
{
	w->owner->recycle = 1;
	return w->name.slot;
}

static uint64_t a_claim_of_nobody(struct world *w)
{
	word_store(w->shared, word_make(FRAME_OWNED, 1, 0, 3));
	return NOWHERE;
}

static uint64_t a_dirty_frame_of_nobody(struct world *w)
{
	word_store(w->shared, word_link(FRAME_DIRTY, 1, WORD_NEXT_NONE));
	return NOWHERE;
}

static uint64_t a_recycled_frame_of_nobody(struct world *w)
{
	word_store(w->shared, word_link(FRAME_RECYCLED, 1, WORD_NEXT_NONE));
	return NOWHERE;
}

static uint64_t a_guarantee_too_many(struct world *w)
{
	w->lab->vault->guaranteed++;
	return NOWHERE;
}

static uint64_t more_guaranteed_than_there_is(struct world *w)
{
	w->owner->guarantee = VAULT + 1;
	w->lab->vault->guaranteed = VAULT + 1;
	return NOWHERE;
}

static uint64_t a_unit_of_surplus_too_many(struct world *w)
{
	w->lab->vault->surplus++;
	return NOWHERE;
}

static uint64_t a_vault_that_is_full_too_late(struct world *w)
{
	w->lab->vault->full++;
	return NOWHERE;
}

/* ---- Damage to what others are told. */

static uint64_t a_bad_frame_that_nobody_hears_of(struct world *w)
{
	assert_true(labyrinth_bad_mark(w->lab->frames, w->shared));
	return NOWHERE;
}

static uint64_t a_rule_that_is_not_in_force(struct world *w)
{
	w->lab->attention |= ATTEND_INJECTION;
	return NOWHERE;
}

static uint64_t a_rule_that_nobody_asks(struct world *w)
{
	w->lab->injector->version = 1;
	return NOWHERE;
}

static struct block_note *note_of_movable(struct world *w)
{
	return &w->lab->frames->note[page_block_of(w->lab->frames, w->movable).i];
}

static uint64_t a_movable_frame_not_counted(struct world *w)
{
	note_of_movable(w)->movable--;
	return pfn(w, w->movable) / BLOCK_FRAMES * BLOCK_FRAMES;
}

static uint64_t a_page_block_that_leaves_for_ever(struct world *w)
{
	labyrinth_zone_leave(w->zone, page_block_of(w->lab->frames, w->movable));
	return pfn(w, w->movable) / BLOCK_FRAMES * BLOCK_FRAMES;
}

static uint64_t a_frame_on_offer_for_ever(struct world *w)
{
	word_store(w->movable, word_load(w->movable) | WORD_OFFERED);
	return pfn(w, w->movable);
}

static uint64_t a_mover_that_counts_too_many(struct world *w)
{
	w->lab->movers->at[0].word++;
	return NOWHERE;
}

static uint64_t a_mover_that_nobody_counts(struct world *w)
{
	w->lab->movers->alive--;
	return NOWHERE;
}

static uint64_t a_frame_of_a_mover_that_is_gone(struct world *w)
{
	w->lab->movers->at[0].word += MOVER_BORN;
	return 0;
}

static uint64_t a_frame_too_many(struct world *w)
{
	w->lab->usable++;
	return NOWHERE;
}

static uint64_t a_frame_turned_into_a_hole(struct world *w)
{
	word_store(w->shared, word_make(FRAME_HOLE, 0, 0, 0));
	return NOWHERE;
}

/* ---- Damage to what happens when there is too little. */

static uint64_t a_low_zone_that_nobody_knows_of(struct world *w)
{
	w->zone->low = zone_free(w->zone) + 1;
	return LABYRINTH_ZONE_NORMAL;
}

static uint64_t a_zone_dug_into_that_nobody_knows_of(struct world *w)
{
	w->zone->protect = zone_free(w->zone) + 1;
	return LABYRINTH_ZONE_NORMAL;
}

static uint64_t a_reserve_that_nobody_refills(struct world *w)
{
	w->lab->reserve->target++;
	return NOWHERE;
}

static uint64_t a_claim_to_be_shredded_like_a_shared_block(struct world *w)
{
	word_store(w->lent, word_load(w->lent) | WORD_SHRED);
	return pfn(w, w->lent);
}

static uint64_t a_sleeper_nobody_wakes(struct world *w)
{
	w->lab->waiters->count++;
	return NOWHERE;
}

static uint64_t a_call_for_nobody(struct world *w)
{
	attend(w->lab, ATTEND_WAITERS);
	return NOWHERE;
}

static uint64_t a_shrinker_nobody_counts(struct world *w)
{
	w->lab->reclaimer->at[1].generation++;
	return NOWHERE;
}

static uint64_t a_scan_without_a_sweep(struct world *w)
{
	w->lab->reclaimer->at[0].running = true;
	return NOWHERE;
}

#define SUM "the frames of all states add up to what was usable"

static const struct damage cases[] = {
	{ "only a shared block says that it is to be shredded", a_claim_to_be_shredded_like_a_shared_block },
	{ "those who sleep are announced to those who free", a_sleeper_nobody_wakes },
	{ "those who sleep are announced to those who free", a_call_for_nobody },
	{ "a zone that is low is noted as low", a_low_zone_that_nobody_knows_of },
	{ "who frees is told that a zone has less than it protects", a_zone_dug_into_that_nobody_knows_of },
	{ "who frees is told that the reserve is short", a_reserve_that_nobody_refills },
	{ "the count of shrinkers is the number of slots taken", a_shrinker_nobody_counts },
	{ "one scan runs at a time, in a sweep", a_scan_without_a_sweep },
	{ "a zone's count of frames is what its page blocks have", a_frame_turned_into_a_hole },
	{ "the reserve's count is the number of frames on its stack", a_reserve_that_counts_wrong },
	{ "the reserve's count is the number of frames on its stack", a_reserve_in_a_ring },
	{ "the vault's count is the number of frames on its stack", a_vault_that_counts_wrong },
	{ "the vault's count is the number of frames on its stack", a_shared_frame_on_the_vaults_stack },
	{ "the vault's count is the number of frames on its stack", a_link_out_of_the_memory },
	{ "the count of dirty frames is the number of frames on their stack", a_dirty_frame_too_many },
	{ "the count of dirty frames is the number of frames on their stack", a_clean_frame_among_the_dirty },
	{ "every dirty frame waits in the vault to be shredded", a_dirty_frame_of_nobody },
	{ "every frame set aside is in the reserve or in the vault", a_frame_set_aside_nowhere },
	{ "an owner's count of claims is the number of frames that name it", a_claim_too_many },
	{ "an owner's count of lent frames is the number of frames that say so", a_loan_too_many },
	{ "an owner's count of lent frames is the number of frames that say so", a_lent_frame_that_is_not },
	{ "an owner's recycled frames are as many as it counts", a_recycled_frame_too_few },
	{ "the frame that an owner released last says that it is recycled", a_kept_frame_in_use },
	{ "the frame that an owner released last says that it is recycled", a_kept_frame_beyond_the_memory },
	{ "an owner releases to a page block whose words are valid", a_page_block_that_a_release_has_not_seen },
	{ "an owner releases to a page block whose words are valid", a_page_block_of_releases_that_is_none },
	{ "an owner that is watched keeps no frame but on its stack", a_watch_that_misses_claims },
	{ "an owner holds at most its limit", above_its_limit },
	{ "an owner keeps at most what it may recycle", above_what_it_may_keep },
	{ "every claimed frame belongs to an owner that counts it", a_claim_of_nobody },
	{ "every recycled frame is kept by an owner that counts it", a_recycled_frame_of_nobody },
	{ "an owner's count of mapped frames is the number of frames that say so", a_mapped_frame_not_counted },
	{ "every window slot in use shows a frame that says so", a_window_that_shows_nothing },
	{ "every mapped frame is in a window of its own", a_mapped_frame_in_no_window },
	{ "the sum of guarantees is what was admitted", a_guarantee_too_many },
	{ "the sum of guarantees is covered by the vault", more_guaranteed_than_there_is },
	{ "the surplus of a full vault follows from the guarantees", a_vault_that_is_full_too_late },
	{ "the vault holds a frame for every promise and every unit of surplus", a_unit_of_surplus_too_many },
	{ "a page block counts the frames in it that can move", a_movable_frame_not_counted },
	{ "only a compaction offers frames", a_frame_on_offer_for_ever },
	{ "only a compaction empties page blocks", a_page_block_that_leaves_for_ever },
	{ "a mover counts the frames that carry its tag", a_mover_that_counts_too_many },
	{ "a tag names a live mover", a_frame_of_a_mover_that_is_gone },
	{ "the count of movers is the number of slots taken", a_mover_that_nobody_counts },
	{ "who hands out frames is told that some are to go offline", a_bad_frame_that_nobody_hears_of },
	{ "an injection in force is announced to those who request", a_rule_that_is_not_in_force },
	{ "an injection in force is announced to those who request", a_rule_that_nobody_asks },
	{ SUM, a_frame_too_many },
};

static void every_law_can_be_broken(void **state)
{
	(void)state;
	damage_each(cases, COUNT(cases));
}

/* inspect.h: which numbers disagree. */
static void the_numbers_of_a_finding_disagree(void **state)
{
	(void)state;
	damage_disagrees(cases, COUNT(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(every_law_can_be_broken),
		kit_test(the_numbers_of_a_finding_disagree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
