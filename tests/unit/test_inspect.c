/*
 * test_inspect.c - the numbers: they add up in every state of the machine, and asking changes nothing.
 */
#include "kit.h"

#include "claims.h"

#define RESERVE 8u
#define VAULT   16u

static struct arena machine_new(void)
{
	return arena_new(three_zones, config_of(6, RESERVE, VAULT));
}

/* Each place holds what it should; all places add up; the free blocks of a zone are its free frames. */
static void assert_sums(const struct labyrinth *lab, uint64_t owned, uint64_t lent, uint64_t recycled, uint64_t shared)
{
	struct labyrinth_stats s = stats_of(lab);
	uint64_t free = 0;

	assert_int_equal(s.owned, owned);
	assert_int_equal(s.lent, lent);
	assert_int_equal(s.recycled, recycled);
	assert_int_equal(s.shared, shared);
	assert_int_equal(s.usable, s.free + s.reserve + s.vault + s.dirty + s.owned + s.lent + s.recycled + s.shared);
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++) {
		uint64_t in_blocks = 0;

		for (unsigned k = 0; k <= LABYRINTH_MAX_ORDER; k++)
			in_blocks += s.zone[z].free_blocks[k] << k;
		assert_int_equal(in_blocks, s.zone[z].free);
		free += s.zone[z].free;
	}
	assert_int_equal(s.free, free);
	assert_lawful(lab);
}

static void names_of_zones(void **state)
{
	(void)state;
	assert_string_equal(labyrinth_zone_name(LABYRINTH_ZONE_DMA), "DMA");
	assert_string_equal(labyrinth_zone_name(LABYRINTH_ZONE_DMA32), "DMA32");
	assert_string_equal(labyrinth_zone_name(LABYRINTH_ZONE_NORMAL), "NORMAL");
	assert_string_equal(labyrinth_zone_name(LABYRINTH_ZONES), "?");
}

static void a_fresh_machine(void **state)
{
	struct arena a = machine_new();
	struct labyrinth_stats s = stats_of(a.lab);

	(void)state;
	assert_sums(a.lab, 0, 0, 0, 0);
	assert_int_equal(s.usable, 3 * 1024);
	assert_int_equal(s.reserve, RESERVE);
	assert_int_equal(s.reserve_target, RESERVE);
	assert_int_equal(s.vault, VAULT);
	assert_int_equal(s.vault_target, VAULT);
	assert_int_equal(s.guaranteed + s.shredded, 0);
	assert_int_equal(s.metadata_bytes, a.bytes);
	for (unsigned z = 0; z < LABYRINTH_ZONE_NORMAL; z++) {
		assert_int_equal(s.zone[z].frames, 1024);
		assert_int_equal(s.zone[z].free_blocks[9], z == LABYRINTH_ZONE_DMA ? 2 : 0); /* at 2 MiB: no twins */
		assert_int_equal(s.zone[z].free_blocks[10], z == LABYRINTH_ZONE_DMA ? 0 : 1);
	}
	assert_int_equal(s.zone[LABYRINTH_ZONE_NORMAL].free, 1024 - RESERVE - VAULT);
	arena_end(&a);
}

static void as_frames_move(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 3, 40, 2);
	struct labyrinth_claim claims[10];
	struct page *block = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 6);

	(void)state;
	assert_sums(a.lab, 0, 0, 0, 64);
	assert_int_equal(stats_of(a.lab).guaranteed, 3);
	assert_int_equal(claim_many(a.lab, owner, claims, 10), 10);
	assert_sums(a.lab, 10, 0, 0, 64);
	for (unsigned i = 0; i < 4; i++)
		assert_status(labyrinth_claim_lend(&claims[i]), LABYRINTH_OK);
	assert_sums(a.lab, 6, 4, 0, 64);
	release_many(claims + 4, 5);
	assert_sums(a.lab, 1, 4, 2, 64);
	assert_int_equal(stats_of(a.lab).dirty, 3);
	assert_int_equal(stats_of(a.lab).shredded, 0);
	assert_int_equal(labyrinth_maintain(a.lab, 2), 2);
	assert_sums(a.lab, 1, 4, 2, 64);
	assert_int_equal(stats_of(a.lab).dirty, 1);
	assert_int_equal(stats_of(a.lab).shredded, 2);
	must_free(a.lab, block, 6);
	assert_sums(a.lab, 1, 4, 2, 0);
	for (unsigned i = 0; i < 4; i++)
		assert_status(labyrinth_claim_take_back(&claims[i]), LABYRINTH_OK);
	assert_status(labyrinth_owner_retire(a.lab, owner), LABYRINTH_OK);
	assert_sums(a.lab, 0, 0, 0, 0);
	maintain_all(a.lab);
	assert_sums(a.lab, 0, 0, 0, 0);
	assert_int_equal(stats_of(a.lab).shredded, 10);
	arena_end(&a);
}

static void with_everything_taken(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 0, 100, 0);
	struct labyrinth_claim claims[VAULT];
	struct hog *hog = hog_new(a.lab);

	(void)state;
	assert_sums(a.lab, 0, 0, 0, 3 * 1024 - RESERVE - VAULT);
	assert_int_equal(claim_many(a.lab, owner, claims, VAULT), VAULT - LEFT);
	assert_sums(a.lab, VAULT - LEFT, 0, 0, 3 * 1024 - RESERVE - VAULT);
	hog_end(a.lab, hog);
	arena_end(&a);
}

static void free_blocks_by_order(void **state)
{
	static const uint64_t machine[][2] = { { GIB4 + 1, GIB4 + 1024 }, { 0, 0 } };
	struct arena a = arena_new(machine, config_of(1, 0, 0));
	struct labyrinth_stats s = stats_of(a.lab);

	(void)state;
	for (unsigned k = 0; k <= LABYRINTH_MAX_ORDER; k++)
		assert_int_equal(s.zone[LABYRINTH_ZONE_NORMAL].free_blocks[k], k <= 9);
	must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 3);
	s = stats_of(a.lab);
	for (unsigned k = 0; k <= LABYRINTH_MAX_ORDER; k++)
		assert_int_equal(s.zone[LABYRINTH_ZONE_NORMAL].free_blocks[k], k <= 9 && k != 3);
	assert_sums(a.lab, 0, 0, 0, 8);
	arena_end(&a);
}

static void stats_of_an_owner(void **state)
{
	struct arena a = machine_new();
	const struct labyrinth_budget budget = { "driver", 2, 4, 1 };
	labyrinth_owner_t owner, other = must_register(a.lab, 0, 4, 0);
	struct labyrinth_claim claims[4], extra;
	struct labyrinth_owner_stats s;

	(void)state;
	assert_status(labyrinth_owner_register(a.lab, &budget, &owner), LABYRINTH_OK);
	assert_int_equal(claim_many(a.lab, owner, claims, 4), 4);
	try_claim(a.lab, owner);
	assert_status(labyrinth_claim_lend(&claims[0]), LABYRINTH_OK);
	assert_status(labyrinth_claim_release(&claims[0]), LABYRINTH_FRAME_LENT);
	release_many(claims + 2, 2);
	claims[2] = must_claim(a.lab, owner);
	must_release(&claims[2]);
	extra = must_claim(a.lab, other);
	assert_status(labyrinth_claim_transfer(&extra, owner), LABYRINTH_OK);
	s = owner_stats(a.lab, owner);
	assert_string_equal(s.name, "driver");
	assert_int_equal(s.guarantee, 2);
	assert_int_equal(s.limit, 4);
	assert_int_equal(s.held, 3);
	assert_int_equal(s.lent, 1);
	assert_int_equal(s.recycled, 1);
	assert_int_equal(s.high_water, 4);
	assert_int_equal(s.from_zone, 0);
	assert_int_equal(s.from_recycled, 1);
	assert_int_equal(s.from_vault, 4);
	assert_int_equal(s.received, 1);
	assert_int_equal(s.over_limit, 1);
	assert_int_equal(s.no_memory, 0);
	assert_int_equal(s.misused, 1);
	arena_end(&a);
}

static void stats_of_nobody(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 0, 1, 0);
	const labyrinth_owner_t bad[] = {
		LABYRINTH_NOBODY, { 1, 0 }, { 1, 1 }, { 6, 1 }, { UINT16_MAX, 1 },
		{ owner.slot, (uint16_t)(owner.generation + 1) }, { owner.slot, (uint16_t)(owner.generation + 1024) },
	};
	struct labyrinth_owner_stats s, before;

	(void)state;
	memset(&s, 0xa5, sizeof(s));
	before = s;
	for (size_t i = 0; i < COUNT(bad); i++)
		ASSERT_REFUSED(&a, labyrinth_owner_stats(a.lab, bad[i], &s), LABYRINTH_BAD_OWNER);
	ASSERT_REFUSED(&a, labyrinth_owner_stats(a.lab, owner, NULL), LABYRINTH_NULL_POINTER);
	assert_status(labyrinth_owner_stats(NULL, owner, &s), LABYRINTH_NULL_POINTER);
	assert_memory_equal(&s, &before, sizeof(s));
	labyrinth_stats(a.lab, NULL);
	labyrinth_stats(NULL, NULL);
	arena_end(&a);
}

/* The slots of all live owners, one bit each; every handle that is given is good. */
static unsigned enumerate(const struct labyrinth *lab)
{
	labyrinth_owner_t at = LABYRINTH_NOBODY;
	unsigned slots = 0;

	while (labyrinth_owner_next(lab, &at)) {
		assert_true(slots >> at.slot == 0); /* ascending, so none twice */
		slots |= 1u << at.slot;
		owner_stats(lab, at);
	}
	return slots;
}

static void every_live_owner_in_turn(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner[6];

	(void)state;
	assert_int_equal(enumerate(a.lab), 0);
	for (unsigned i = 0; i < 6; i++) {
		owner[i] = must_register(a.lab, 1, 1, 0);
		assert_int_equal(enumerate(a.lab), (2u << i) - 1);
	}
	assert_status(labyrinth_owner_retire(a.lab, owner[0]), LABYRINTH_OK);
	assert_status(labyrinth_owner_retire(a.lab, owner[3]), LABYRINTH_OK);
	assert_status(labyrinth_owner_retire(a.lab, owner[5]), LABYRINTH_OK);
	assert_int_equal(enumerate(a.lab), 0x16);
	must_register(a.lab, 1, 1, 0);
	assert_int_equal(enumerate(a.lab), 0x17);
	assert_false(labyrinth_owner_next(NULL, &owner[1]));
	assert_false(labyrinth_owner_next(a.lab, NULL));
	arena_end(&a);
}

/* The walk goes on from an owner that has ended meanwhile. */
static void a_walk_survives_retirement(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t first = must_register(a.lab, 0, 1, 0), second = must_register(a.lab, 0, 1, 0), at = first;

	(void)state;
	assert_status(labyrinth_owner_retire(a.lab, first), LABYRINTH_OK);
	assert_true(labyrinth_owner_next(a.lab, &at));
	assert_int_equal(at.slot, second.slot);
	assert_false(labyrinth_owner_next(a.lab, &at));
	arena_end(&a);
}

/* Where a lock is not waited for, nobody in it is disturbed, and with nobody at work the numbers are the same. */
static void in_every_context(void **state)
{
	struct arena a = arena_new(three_zones, config_of(1, 8, 8));
	struct page *page = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 3);
	struct labyrinth_stats task, other;

	(void)state;
	labyrinth_stats(a.lab, &task);
	lock_all_zones(a.lab);
	for (unsigned c = LABYRINTH_INTERRUPT; c <= LABYRINTH_NMI; c++) {
		host_context = (enum labyrinth_context)c;
		ASSERT_REFUSED(&a, (labyrinth_stats(a.lab, &other), LABYRINTH_OK), LABYRINTH_OK);
		assert_memory_equal(&other, &task, sizeof(task));
	}
	unlock_all_zones(a.lab);
	host_context = LABYRINTH_TASK;
	labyrinth_stats(NULL, &other);
	labyrinth_stats(a.lab, NULL);
	assert_memory_equal(&other, &task, sizeof(task));
	must_free(a.lab, page, 3);
	assert_lawful(a.lab);
	arena_end(&a);
}

static void asking_changes_nothing(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 1, 4, 1), at = LABYRINTH_NOBODY;
	struct labyrinth_claim claim = must_claim(a.lab, owner);
	void *before = arena_snapshot(&a);
	struct labyrinth_stats stats;

	(void)state;
	labyrinth_stats(a.lab, &stats);
	owner_stats(a.lab, owner);
	assert_lawful(a.lab);
	labyrinth_owner_next(a.lab, &at);
	labyrinth_page_pfn(a.lab, claim.page);
	assert_only_counted(&a, before);
	arena_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(names_of_zones),
		kit_test(a_fresh_machine),
		kit_test(as_frames_move),
		kit_test(with_everything_taken),
		kit_test(free_blocks_by_order),
		kit_test(stats_of_an_owner),
		kit_test(stats_of_nobody),
		kit_test(every_live_owner_in_turn),
		kit_test(a_walk_survives_retirement),
		kit_test(in_every_context),
		kit_test(asking_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
