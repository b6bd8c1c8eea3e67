/*
 * test_apart.c - claims and the vault, the reserve and each kind of shared frame live in page blocks of their own,
 * through any churn, as long as there is room; what the vault gives back comes from its emptiest page block.
 */
#include "kit.h"

#include "claims.h"
#include "dice.h"
#include "particular.h"

#define BLOCKS 12u
#define RESERVE 40u
#define VAULT   100u
#define HELD    500u

static const uint64_t machine[][2] = { { GIB4, GIB4 + BLOCKS * BLOCK_FRAMES }, { 0, 0 } };

static enum mobility kind_around(const struct labyrinth *lab, const struct page *page)
{
	return (enum mobility)lab->frames->note[page_block_of(lab->frames, page).i].mobility;
}

/* Every frame on a stack is in a page block of this kind. */
static void assert_stack_in(const struct labyrinth *lab, const struct stack *s, enum mobility kind)
{
	for (const struct page *p = labyrinth_stack_top(s, lab->frames); p != NULL;
	     p = labyrinth_stack_below(lab->frames, p))
		assert_int_equal(kind_around(lab, p), kind);
}

static bool in_its_place(const struct labyrinth_block *block, void *context)
{
	const struct labyrinth *lab = context;
	const struct page *page = labyrinth_pfn_page(lab, block->first);
	bool claimed = block->state == LABYRINTH_BLOCK_OWNED || block->state == LABYRINTH_BLOCK_LENT
	               || block->state == LABYRINTH_BLOCK_RECYCLED;
	uint16_t tag = word_tag(word_load(page));

	if (claimed)
		assert_int_equal(kind_around(lab, page), MOBILITY_EXCLUSIVE);
	else if (block->state == LABYRINTH_BLOCK_SHARED)
		assert_int_equal(kind_around(lab, page), tag == TAG_MOVABLE ? MOBILITY_MOVABLE
		                                         : tag == TAG_RECLAIMABLE ? MOBILITY_RECLAIMABLE
		                                                                  : MOBILITY_SHARED);
	return true;
}

static void assert_apart(struct labyrinth *lab)
{
	assert_lawful(lab);
	assert_true(labyrinth_for_each_block(lab, in_its_place, lab));
	assert_stack_in(lab, &lab->vault->stock.stack, MOBILITY_EXCLUSIVE);
	assert_stack_in(lab, &lab->reserve->stack, MOBILITY_SHARED);
}

/* Takes from the reserve while the zones' locks are held, as an interrupt in the middle of them would. */
static struct page *from_reserve(struct labyrinth *lab)
{
	struct page *page;

	lock_all_zones(lab);
	page = must_alloc(lab, LABYRINTH_GFP_ATOMIC, 0);
	unlock_all_zones(lab);
	return page;
}

static struct labyrinth_claim from_vault(struct labyrinth *lab, labyrinth_owner_t owner)
{
	struct labyrinth_claim claim;

	lock_all_zones(lab);
	claim = must_claim(lab, owner);
	unlock_all_zones(lab);
	return claim;
}

static void through_any_churn(void **state)
{
	static const labyrinth_gfp_t kinds[] = { 0, LABYRINTH_GFP_MOVABLE, LABYRINTH_GFP_RECLAIMABLE };
	struct dice dice = dice_new("apart");
	struct arena a = arena_new(machine, config_of(2, RESERVE, VAULT));
	labyrinth_owner_t owner = must_register(a.lab, 30, HELD, 5);
	static struct labyrinth_claim claim[HELD];
	static struct page *page[HELD];
	size_t claims = 0, pages = 0;

	(void)state;
	for (unsigned step = 0; step < 20000; step++) {
		uint64_t what = dice_below(&dice, 9);

		if (what < 2 && claims < HELD) {
			claim[claims++] = must_claim(a.lab, owner);
		} else if (what < 3 && claims < HELD && owner_stats(a.lab, owner).held < 30) {
			claim[claims++] = from_vault(a.lab, owner);
		} else if (what < 5 && claims > 0) {
			size_t i = (size_t)dice_below(&dice, claims);

			must_release(&claim[i]);
			claim[i] = claim[--claims];
		} else if (what < 6 && pages < HELD) {
			page[pages++] = must_alloc(a.lab, LABYRINTH_GFP_KERNEL | kinds[dice_below(&dice, 3)], 0);
		} else if (what < 7 && pages < HELD && stats_of(a.lab).reserve > 0) {
			page[pages++] = from_reserve(a.lab);
		} else if (what < 8 && pages > 0) {
			size_t i = (size_t)dice_below(&dice, pages);

			must_free(a.lab, page[i], 0);
			page[i] = page[--pages];
		} else {
			labyrinth_maintain(a.lab, dice_below(&dice, 20));
		}
		if (step % 50 == 0)
			assert_apart(a.lab);
	}
	release_many(claim, claims);
	while (pages-- > 0)
		must_free(a.lab, page[pages], 0);
	assert_status(labyrinth_owner_retire(a.lab, owner), LABYRINTH_OK);
	labyrinth_maintain(a.lab, UINT64_MAX);
	assert_apart(a.lab);
	/* 140 frames that are set aside fit into two page blocks. */
	assert_int_equal(whole_blocks(a.lab), BLOCKS - 2);
	arena_end(&a);
}

/* More than a page block, but not whole ones: what is left of the last is for those who ask for the same kind. */
static void what_is_divided(void **state)
{
	static const labyrinth_gfp_t kinds[] = { LABYRINTH_GFP_MOVABLE, 0, LABYRINTH_GFP_RECLAIMABLE };
	static const struct labyrinth_contiguous want = { .frames = 600, .limit = { UINT64_MAX }, .alignment = 1 };
	struct arena a = arena_new(machine, config_of(2, RESERVE, VAULT));
	struct labyrinth_grant grant;

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		grant = labyrinth_alloc_pages_exact(a.lab, LABYRINTH_GFP_NOWAIT | kinds[i], want.frames);
		assert_status(grant.status, LABYRINTH_OK);
		assert_apart(a.lab);
		assert_status(labyrinth_free_pages_exact(a.lab, grant.page, want.frames), LABYRINTH_OK);
	}
	grant = labyrinth_alloc_contiguous(a.lab, LABYRINTH_GFP_NOWAIT, &want);
	assert_status(grant.status, LABYRINTH_OK);
	assert_apart(a.lab);
	assert_status(labyrinth_free_contiguous(a.lab, grant.page, want.frames), LABYRINTH_OK);
	arena_end(&a);
}

/* Frames of two page blocks in the vault's excess: those of the emptier one leave first, and it is whole again. */
static void the_emptiest_page_block_first(void **state)
{
	struct arena a = arena_new(machine, config_of(2, 0, 4));
	struct zone *zone = &a.lab->zones[LABYRINTH_ZONE_NORMAL];
	struct page *page[BLOCK_FRAMES + 4];
	block_t full, other;

	(void)state;
	for (unsigned i = 0; i < BLOCK_FRAMES + 4; i++)
		page[i] = labyrinth_zone_take(zone, 0, MOBILITY_EXCLUSIVE, ZONE_WAIT);
	full = page_block_of(a.lab->frames, page[0]);
	other = page_block_of(a.lab->frames, page[BLOCK_FRAMES + 3]);
	for (unsigned i = 0; i < 6; i++) { /* the vault has 4; one page block is full, in the other are 8 frames */
		struct page *next = i % 2 ? page[i] : page[BLOCK_FRAMES - 4 + i];

		vault_push(a.lab->vault, next);
		vault_earn(a.lab->vault, 1);
	}
	assert_int_equal(labyrinth_maintain(a.lab, 3), 3);
	assert_int_equal(stats_of(a.lab).vault, 7);
	assert_int_equal(labyrinth_zone_free_in(zone, full), 0);
	assert_int_equal(labyrinth_zone_free_in(zone, other), BLOCK_FRAMES - 8 + 3);
	assert_int_equal(labyrinth_maintain(a.lab, 100), 3);
	assert_int_equal(stats_of(a.lab).vault, 4);
	assert_int_equal(labyrinth_zone_free_in(zone, full), 3);
	arena_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(through_any_churn),
		kit_test(what_is_divided),
		kit_test(the_emptiest_page_block_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
