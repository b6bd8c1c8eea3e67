/*
 * test_blocks.c - every block in turn: the blocks tile the usable frames, and agree with all other numbers.
 */
#include "kit.h"

#include "dice.h"

/* Ragged edges, and a hole in the middle of a page block. */
static const uint64_t ragged[][2] = {
	{ 0x203, 0x5fb }, { 0x2000, 0x2400 }, { GIB4 + 1, GIB4 + 0x180 }, { GIB4 + 0x190, GIB4 + 0x400 }, { 0, 0 },
};

/* What the blocks of a walk add up to. */
struct tally {
	const struct labyrinth *lab;
	uint64_t next; /* the first frame that may come */
	uint64_t frames[LABYRINTH_BLOCK_STATES];
	uint64_t free_blocks[LABYRINTH_MAX_ORDER + 1];
	uint64_t out[8], lent[8], recycled[8]; /* by owner slot */
};

static void tally_owner(struct tally *t, const struct labyrinth_block *block)
{
	const labyrinth_owner_t owner = block->owner;

	switch (block->state) {
	case LABYRINTH_BLOCK_LENT:
		t->lent[owner.slot]++;
		t->out[owner.slot]++;
		break;
	case LABYRINTH_BLOCK_OWNED:
		t->out[owner.slot]++;
		break;
	case LABYRINTH_BLOCK_RECYCLED:
		t->recycled[owner.slot]++;
		break;
	default:
		assert_int_equal(owner.slot + owner.generation, 0);
	}
}

/* Between two blocks that are shown, and inside one, lie holes only, and none. */
static void assert_in_place(const struct tally *t, const struct labyrinth_block *block)
{
	uint64_t frames = UINT64_C(1) << block->order;

	assert_true(block->first.n >= t->next && block->first.n % frames == 0);
	for (uint64_t n = t->next < 0x200 ? 0x200 : t->next; n < block->first.n && n < block->first.n + 600; n++)
		assert_null(labyrinth_pfn_page(t->lab, (pfn_t){ n }));
	for (uint64_t n = block->first.n; n < block->first.n + frames; n++)
		assert_non_null(labyrinth_pfn_page(t->lab, (pfn_t){ n }));
}

static bool tally_block(const struct labyrinth_block *block, void *context)
{
	struct tally *t = context;

	assert_true(block->order <= LABYRINTH_MAX_ORDER && block->state < LABYRINTH_BLOCK_STATES);
	if (block->first.n - t->next < 0x1000) /* else between the ranges: too many holes to ask for each */
		assert_in_place(t, block);
	t->next = block->first.n + (UINT64_C(1) << block->order);
	t->frames[block->state] += UINT64_C(1) << block->order;
	if (block->state == LABYRINTH_BLOCK_FREE)
		t->free_blocks[block->order]++;
	tally_owner(t, block);
	return true;
}

static void assert_owners_agree(const struct tally *t)
{
	labyrinth_owner_t at = LABYRINTH_NOBODY;

	while (labyrinth_owner_next(t->lab, &at)) {
		struct labyrinth_owner_stats s = owner_stats(t->lab, at);

		assert_int_equal(t->out[at.slot], s.held);
		assert_int_equal(t->lent[at.slot], s.lent);
		assert_int_equal(t->recycled[at.slot], s.recycled);
	}
}

/* A walk agrees with the statistics, and changes nothing. */
static void assert_walk_agrees(const struct arena *a)
{
	struct tally t = { .lab = a->lab };
	struct labyrinth_stats s = stats_of(a->lab);
	void *before = arena_snapshot(a);
	uint64_t sum = 0;

	assert_true(labyrinth_for_each_block(a->lab, tally_block, &t));
	assert_unchanged(a, before);
	for (unsigned i = 0; i < LABYRINTH_BLOCK_STATES; i++)
		sum += t.frames[i];
	assert_int_equal(sum, s.usable);
	assert_int_equal(t.frames[LABYRINTH_BLOCK_FREE], s.free);
	assert_int_equal(t.frames[LABYRINTH_BLOCK_SHARED], s.shared);
	assert_int_equal(t.frames[LABYRINTH_BLOCK_OWNED], s.owned);
	assert_int_equal(t.frames[LABYRINTH_BLOCK_LENT], s.lent);
	assert_int_equal(t.frames[LABYRINTH_BLOCK_RECYCLED], s.recycled);
	assert_int_equal(t.frames[LABYRINTH_BLOCK_DIRTY], s.dirty);
	assert_int_equal(t.frames[LABYRINTH_BLOCK_ASIDE], s.reserve + s.vault);
	assert_int_equal(t.frames[LABYRINTH_BLOCK_CACHED], s.cached);
	assert_int_equal(t.frames[LABYRINTH_BLOCK_MOVING], 0);
	for (unsigned k = 0; k <= LABYRINTH_MAX_ORDER; k++)
		assert_int_equal(t.free_blocks[k], s.zone[0].free_blocks[k] + s.zone[1].free_blocks[k]
		                                   + s.zone[2].free_blocks[k]);
	assert_owners_agree(&t);
}

/* ---- Random users. */

struct crowd {
	struct arena a;
	labyrinth_owner_t owner[4];
	struct labyrinth_claim claim[24];
	struct { struct page *page; unsigned order; } block[24];
	struct dice dice;
};

static struct crowd crowd_new(const char *test)
{
	struct crowd c = { .a = arena_new(ragged, config_of(6, 8, 24)), .dice = dice_new(test) };

	for (uint32_t i = 0; i < COUNT(c.owner); i++)
		c.owner[i] = must_register(c.a.lab, i, 12, i);
	return c;
}

static void stir_claim(struct crowd *c, struct labyrinth_claim *claim)
{
	enum labyrinth_status status = LABYRINTH_OK;

	if (claim->page == NULL) {
		*claim = try_claim(c->a.lab, c->owner[dice_below(&c->dice, COUNT(c->owner))]);
		return;
	}
	switch (dice_below(&c->dice, 4)) {
	case 0:
		status = labyrinth_claim_lend(claim);
		break;
	case 1:
		status = labyrinth_claim_take_back(claim);
		break;
	case 2:
		status = labyrinth_claim_transfer(claim, c->owner[dice_below(&c->dice, COUNT(c->owner))]);
		break;
	default:
		status = labyrinth_claim_release(claim);
	}
	assert_true(status < LABYRINTH_STATUS_COUNT);
}

static void stir_block(struct crowd *c, unsigned i)
{
	if (c->block[i].page != NULL) {
		must_free(c->a.lab, c->block[i].page, c->block[i].order);
		c->block[i].page = NULL;
		return;
	}
	c->block[i].order = (unsigned)dice_below(&c->dice, LABYRINTH_MAX_ORDER + 1);
	c->block[i].page = labyrinth_alloc_pages(c->a.lab, LABYRINTH_GFP_ATOMIC, c->block[i].order).page;
}

static void stir(struct crowd *c)
{
	if (dice_below(&c->dice, 2) == 0)
		stir_claim(c, &c->claim[dice_below(&c->dice, COUNT(c->claim))]);
	else
		stir_block(c, (unsigned)dice_below(&c->dice, COUNT(c->block)));
}

static void agrees_in_every_state(void **state)
{
	struct crowd c = crowd_new("agrees_in_every_state");

	(void)state;
	assert_walk_agrees(&c.a);
	for (unsigned i = 0; i < 600; i++) {
		stir(&c);
		assert_walk_agrees(&c.a);
	}
	assert_lawful(c.a.lab);
	arena_end(&c.a);
}

/* The crowd goes on behind the walk's back, before every block. */
struct disturbed {
	struct crowd *crowd;
	uint64_t next, blocks;
};

static bool disturb(const struct labyrinth_block *block, void *context)
{
	struct disturbed *d = context;

	assert_true(block->first.n >= d->next && block->order <= LABYRINTH_MAX_ORDER);
	assert_non_null(labyrinth_pfn_page(d->crowd->a.lab, block->first));
	assert_true(block->state < LABYRINTH_BLOCK_STATES);
	d->next = block->first.n + (UINT64_C(1) << block->order);
	d->blocks++;
	stir(d->crowd);
	return true;
}

static void others_may_be_at_work(void **state)
{
	struct crowd c = crowd_new("others_may_be_at_work");

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		struct disturbed d = { .crowd = &c };

		assert_true(labyrinth_for_each_block(c.a.lab, disturb, &d));
		assert_true(d.blocks > 0 && d.next == GIB4 + 0x400);
		assert_lawful(c.a.lab);
	}
	arena_end(&c.a);
}

/* ---- As text. */

static bool describe(const struct labyrinth_block *block, void *context)
{
	char *text = context;

	sprintf(text + strlen(text), "%llx+%u %s", (unsigned long long)block->first.n, block->order,
	        labyrinth_block_state_name(block->state));
	if (block->owner.generation != 0)
		sprintf(text + strlen(text), " %u.%u", block->owner.slot, block->owner.generation);
	strcat(text, "\n");
	return true;
}

static void assert_described(const struct labyrinth *lab, const char *expected)
{
	char text[2000] = "";

	assert_true(labyrinth_for_each_block(lab, describe, text));
	assert_string_equal(text, expected);
}

static const uint64_t little[][2] = { { 0x2001, 0x2010 }, { 0, 0 } };

static void a_little_machine(void **state)
{
	struct arena a = arena_new(little, config_of(2, 1, 2));
	labyrinth_owner_t first = must_register(a.lab, 1, 4, 1), second = must_register(a.lab, 0, 4, 0);
	struct labyrinth_claim claims[4];
	struct labyrinth_owner_stats s;

	(void)state;
	assert_described(a.lab, "2001+0 aside\n2002+0 aside\n2003+0 aside\n2004+2 free\n2008+3 free\n");
	claims[0] = must_claim(a.lab, first);
	claims[1] = must_claim(a.lab, second);
	claims[2] = must_claim(a.lab, first);
	claims[3] = must_claim(a.lab, second);
	must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 2);
	assert_status(labyrinth_claim_lend(&claims[1]), LABYRINTH_OK);
	must_release(&claims[2]);
	assert_described(a.lab, "2001+0 aside\n2002+0 owned 0.1\n2003+0 aside\n2004+0 lent 1.1\n2005+0 recycled 0.1\n"
	                        "2006+0 owned 1.1\n2007+0 free\n2008+2 shared\n200c+2 free\n");
	assert_status(labyrinth_owner_retire(a.lab, first), LABYRINTH_OK);
	assert_described(a.lab, "2001+0 aside\n2002+0 dirty\n2003+0 aside\n2004+0 lent 1.1\n2005+0 dirty\n"
	                        "2006+0 owned 1.1\n2007+0 free\n2008+2 shared\n200c+2 free\n");
	assert_int_equal(labyrinth_maintain(a.lab, 10), 2);
	first = must_register(a.lab, 1, 4, 1);
	claims[0] = must_claim(a.lab, first);
	s = owner_stats(a.lab, first);
	assert_int_equal(s.held, 1);
	assert_described(a.lab, "2001+0 aside\n2002+0 free\n2003+0 aside\n2004+0 lent 1.1\n2005+0 owned 0.3\n"
	                        "2006+0 owned 1.1\n2007+0 free\n2008+2 shared\n200c+2 free\n");
	must_release(&claims[0]);
	must_release(&claims[3]); /* keeps none */
	assert_described(a.lab, "2001+0 aside\n2002+0 free\n2003+0 aside\n2004+0 lent 1.1\n2005+0 recycled 0.3\n"
	                        "2006+0 dirty\n2007+0 free\n2008+2 shared\n200c+2 free\n");
	arena_end(&a);
}

struct claimed {
	pfn_t    frame;
	uint32_t generation;
	unsigned seen;
};

static bool names_claim(const struct labyrinth_block *block, void *context)
{
	struct claimed *claimed = context;

	if (block->first.n != claimed->frame.n) {
		assert_int_equal(block->generation, 0);
		return true;
	}
	assert_int_equal(block->generation, claimed->generation);
	claimed->seen++;
	return true;
}

static void assert_names(const struct labyrinth_claim *claim)
{
	struct claimed claimed = { labyrinth_page_pfn(claim->lab, claim->page), claim->generation, 0 };

	assert_true(claim->generation != 0);
	assert_true(labyrinth_for_each_block(claim->lab, names_claim, &claimed));
	assert_int_equal(claimed.seen, 1);
}

/* Whose frame is it, and by which claim? */
static void the_claim_is_named(void **state)
{
	struct arena a = arena_new(little, config_of(2, 0, 0));
	labyrinth_owner_t owner = must_register(a.lab, 0, 4, 0);
	struct labyrinth_claim claim = must_claim(a.lab, owner);

	(void)state;
	must_release(&claim);
	labyrinth_maintain(a.lab, 100);
	claim = must_claim(a.lab, owner);
	assert_names(&claim);
	assert_status(labyrinth_claim_lend(&claim), LABYRINTH_OK);
	assert_names(&claim);
	assert_status(labyrinth_claim_take_back(&claim), LABYRINTH_OK);
	assert_non_null(labyrinth_claim_map(&claim));
	assert_names(&claim);
	assert_status(labyrinth_claim_unmap(&claim), LABYRINTH_OK);
	assert_status(labyrinth_claim_transfer(&claim, owner), LABYRINTH_OK);
	assert_names(&claim);
	arena_end(&a);
}

/* A frame in one context's hands; a claim whose owner has just ended; words that make no sense. */
static void between_two_states(void **state)
{
	struct arena a = arena_new(little, config_of(2, 0, 0));
	labyrinth_owner_t owner = must_register(a.lab, 0, 4, 0);
	struct page *loose = labyrinth_zone_take(&a.lab->zones[LABYRINTH_ZONE_DMA32], 0, MOBILITY_SHARED, ZONE_TRY);
	struct labyrinth_claim claim = must_claim(a.lab, owner);

	(void)state;
	assert_int_equal(labyrinth_page_pfn(a.lab, loose).n, 0x2001);
	a.lab->owners->at[0].word += OWNER_BORN;
	assert_described(a.lab, "2001+0 moving\n2002+0 owned 0.1\n2003+0 free\n2004+2 free\n2008+3 free\n");
	loose->word = word_make(FRAME_SHARED, 0, 3, 0); /* not a multiple of its size */
	claim.page->word = word_make(FRAME_OWNED, 0, 0, 2); /* no such slot */
	assert_described(a.lab, "2001+0 shared\n2002+0 owned\n2003+0 free\n2004+2 free\n2008+3 free\n");
	loose->word = word_make((enum frame_state)15, 0, 31, 0);
	claim.page->word = word_make(FRAME_RECYCLED, 0, 0, 0); /* on nobody's stack */
	assert_described(a.lab, "2001+0 moving\n2002+0 recycled\n2003+0 free\n2004+2 free\n2008+3 free\n");
	arena_end(&a);
}

static bool is_single(const struct labyrinth_block *block, void *context)
{
	unsigned *left = context;

	assert_int_equal(block->state, LABYRINTH_BLOCK_SHARED);
	assert_int_equal(block->order, 0);
	*left -= 1;
	return false;
}

/* A block of a size that does not exist, though there is room for it. */
static void an_impossible_order(void **state)
{
	static const uint64_t machine[][2] = { { GIB4, GIB4 + (2u << LABYRINTH_MAX_ORDER) }, { 0, 0 } };
	struct arena a = arena_new(machine, config_of(1, 0, 0));
	struct page *page = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 0);
	unsigned left = 1;

	(void)state;
	page->word = word_make(FRAME_SHARED, 0, LABYRINTH_MAX_ORDER + 1, 0);
	assert_false(labyrinth_for_each_block(a.lab, is_single, &left));
	assert_int_equal(left, 0);
	arena_end(&a);
}

static bool stop_at(const struct labyrinth_block *block, void *context)
{
	unsigned *left = context;

	(void)block;
	return --*left > 0;
}

static void the_visitor_may_stop(void **state)
{
	struct arena a = arena_new(little, config_of(2, 1, 2)); /* five blocks */
	unsigned left;

	(void)state;
	for (unsigned stop = 1; stop <= 5; stop++) {
		left = stop;
		assert_false(labyrinth_for_each_block(a.lab, stop_at, &left));
		assert_int_equal(left, 0);
	}
	left = 6;
	assert_true(labyrinth_for_each_block(a.lab, stop_at, &left));
	assert_int_equal(left, 1);
	assert_false(labyrinth_for_each_block(NULL, stop_at, &left));
	assert_false(labyrinth_for_each_block(a.lab, NULL, &left));
	assert_int_equal(left, 1);
	arena_end(&a);
}

static void names_of_states(void **state)
{
	(void)state;
	assert_string_equal(labyrinth_block_state_name(LABYRINTH_BLOCK_FREE), "free");
	assert_string_equal(labyrinth_block_state_name(LABYRINTH_BLOCK_MOVING), "moving");
	assert_string_equal(labyrinth_block_state_name(LABYRINTH_BLOCK_STATES), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(agrees_in_every_state),
		kit_test(others_may_be_at_work),
		kit_test(a_little_machine),
		kit_test(the_claim_is_named),
		kit_test(between_two_states),
		kit_test(an_impossible_order),
		kit_test(the_visitor_may_stop),
		kit_test(names_of_states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
