/*
 * test_claim_recycle.c - what is left in a frame: kept for the owner who wrote it, gone for everybody else.
 */
#include "kit.h"

#include "claims.h"
#include "dice.h"
#include "dies.h"

#define TARGET 32u

static struct arena machine_new(void)
{
	return arena_new(small_machine, config_of(8, 8, TARGET));
}

static void a_recycled_frame_comes_back_as_it_was(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 1, 3, 2);
	struct labyrinth_claim claims[3], again;
	struct page *page[3];

	(void)state;
	assert_int_equal(claim_many(a.lab, owner, claims, 3), 3);
	for (unsigned i = 0; i < 3; i++) {
		page[i] = claims[i].page;
		write_secret(a.lab, page[i]);
		must_release(&claims[i]);
		assert_lawful(a.lab);
	}
	assert_int_equal(stats_of(a.lab).dirty, 1); /* one more than it may keep */
	maintain_all(a.lab);
	assert_true(holds_secret(a.lab, page[0]) && holds_secret(a.lab, page[1]));
	assert_false(holds_secret(a.lab, page[2]));
	assert_int_equal(owner_stats(a.lab, owner).recycled, 2);
	assert_int_equal(stats_of(a.lab).recycled, 2);
	assert_int_equal(stats_of(a.lab).shredded, 1);
	for (unsigned i = 2; i-- > 0;) {
		again = must_claim(a.lab, owner);
		assert_ptr_equal(again.page, page[i]); /* the one it released last */
		assert_true(holds_secret(a.lab, page[i]));
	}
	assert_int_equal(owner_stats(a.lab, owner).from_recycled, 2);
	machine_end(&a);
}

/* Also when the tag that counts for them turns over: when a claim takes the frame, or another frame replaces it. */
static void each_is_counted_once(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 2, 3, 2);
	struct owner *o = &a.lab->owners->at[owner.slot];
	struct labyrinth_claim claims[2];
	uint64_t recycled = 0;

	(void)state;
	for (unsigned from_end = 2; from_end < 20; from_end += 2) {
		o->from_recycled = recycled - KEPT_TURN + from_end / 2;
		o->kept.word = KEPT_TAG + 1 - from_end;
		for (unsigned round = 0; round < 12; round++) {
			assert_int_equal(owner_stats(a.lab, owner).from_recycled, recycled);
			recycled += owner_stats(a.lab, owner).recycled;
			assert_int_equal(claim_many(a.lab, owner, claims, 2), 2);
			assert_int_equal(owner_stats(a.lab, owner).from_recycled, recycled);
			release_many(claims, 2);
			if (round % 3 == 0) {
				claims[0] = must_claim(a.lab, owner);
				must_release(&claims[0]);
				recycled++;
			}
			assert_lawful(a.lab);
		}
		assert_status(labyrinth_owner_retire(a.lab, owner), LABYRINTH_OK);
		maintain_all(a.lab);
		owner = must_register(a.lab, 2, 3, 2);
		assert_ptr_equal(o, &a.lab->owners->at[owner.slot]);
		recycled = 0;
		assert_int_equal(owner_stats(a.lab, owner).from_recycled, recycled);
	}
	machine_end(&a);
}

/* Frames that an owner keeps count towards its limit, and serve it when nothing else does. */
static void recycled_frames_are_held(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 0, 2, 2);
	struct labyrinth_claim claims[2];
	struct hog *hog = hog_new(a.lab);

	(void)state;
	assert_int_equal(claim_many(a.lab, owner, claims, 2), 2);
	release_many(claims, 2);
	assert_int_equal(owner_stats(a.lab, owner).held, 0);
	assert_int_equal(stats_of(a.lab).vault, TARGET - 2);
	lock_all_zones(a.lab);
	host_context = LABYRINTH_NMI;
	assert_int_equal(claim_many(a.lab, owner, claims, 2), 2);
	ASSERT_REFUSED_COUNTED(&a, try_claim(a.lab, owner).status, LABYRINTH_OVER_LIMIT);
	assert_int_equal(owner_stats(a.lab, owner).high_water, 2);
	unlock_all_zones(a.lab);
	host_context = LABYRINTH_TASK;
	hog_end(a.lab, hog);
	machine_end(&a);
}

/* Released, kept and passed on in every way: no other owner and no shared user ever sees a secret. */
static void secrets_stay_with_their_owner(void **state)
{
	static const uint64_t one_block[][2] = { { GIB4, GIB4 + 512 }, { 0, 0 } };
	struct arena a = arena_new(one_block, config_of(2, 8, TARGET));
	labyrinth_owner_t owner = must_register(a.lab, 16, 100, 4), other = must_register(a.lab, 0, 512, 0);
	struct labyrinth_claim claims[48], others[512];
	size_t count;

	(void)state;
	wipe_memory(a.lab);
	assert_int_equal(claim_many(a.lab, owner, claims, COUNT(claims)), COUNT(claims));
	for (size_t i = 0; i < COUNT(claims); i++)
		write_secret(a.lab, claims[i].page);
	release_many(claims, 24);
	assert_nobody_sees_secrets(a.lab);
	lock_all_zones(a.lab);
	release_many(claims + 24, 23); /* into the vault */
	unlock_all_zones(a.lab);
	count = claim_many(a.lab, other, others, COUNT(others));
	for (size_t i = 0; i < count; i++)
		assert_false(holds_secret(a.lab, others[i].page));
	release_many(others, count);
	assert_true(holds_secret(a.lab, claims[47].page));
	assert_status(labyrinth_owner_retire(a.lab, owner), LABYRINTH_OK);
	labyrinth_maintain(a.lab, 1000);
	assert_nobody_sees_secrets(a.lab);
	machine_end(&a);
}

/* Whatever the order of claims and releases: the frame that was released last, and never more than it may keep. */
static void last_out_first_in(void **state)
{
	struct dice dice = dice_new("kept");

	(void)state;
	for (uint32_t recycle = 0; recycle <= 4; recycle++) {
		struct arena a = machine_new();
		labyrinth_owner_t owner = must_register(a.lab, 2, 8, recycle);
		struct page *kept[4];
		struct labyrinth_claim held[8];
		uint32_t keeps = 0, holds = 0;

		for (unsigned step = 0; step < 400; step++) {
			if (holds < 8 && (holds == 0 || dice_below(&dice, 2) == 0)) {
				held[holds] = must_claim(a.lab, owner);
				if (keeps > 0)
					assert_ptr_equal(held[holds].page, kept[--keeps]);
				holds++;
			} else {
				if (keeps < recycle)
					kept[keeps++] = held[holds - 1].page;
				must_release(&held[--holds]);
			}
			assert_int_equal(owner_stats(a.lab, owner).recycled, keeps);
			assert_int_equal(owner_stats(a.lab, owner).held, holds);
			assert_lawful(a.lab);
			maintain_all(a.lab);
		}
		machine_end(&a);
	}
}

static void claim_once(void *claim)
{
	labyrinth_void_alloc_page_gfp_atomic_exclusive(claim);
}

static void a_lost_recycled_frame_is_corruption(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 0, 2, 2);
	struct labyrinth_claim claims[2], claim;

	(void)state;
	claim_many(a.lab, owner, claims, 2);
	release_many(claims, 2);
	claim = must_claim(a.lab, owner);
	labyrinth_stack_pop(&a.lab->owners->at[owner.slot].recycled, a.lab->frames);
	assert_dies(claim_once, &claim, "an owner's recycled frames are fewer than its word counts");
	arena_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(each_is_counted_once),
		kit_test(a_recycled_frame_comes_back_as_it_was),
		kit_test(recycled_frames_are_held),
		kit_test(secrets_stay_with_their_owner),
		kit_test(last_out_first_in),
		kit_test(a_lost_recycled_frame_is_corruption),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
