/*
 * test_kept.c - the word for the frame that an owner released last.
 */
#include "kit.h"

#include "kept.h"

static struct page pages[8];
static const struct frames frames = { .page = pages };

static void one_frame(void **state)
{
	struct kept k = { 0 };
	uint64_t kept, before;

	(void)state;
	kept_begin(&k, true);
	kept = kept_load(&k);
	for (uint64_t i = 0; i < COUNT(pages); i++) {
		assert_true(kept_free(kept) && !kept_any(kept) && !kept_shut(kept));
		before = kept;
		assert_true(kept_put(&k, &kept, i));
		assert_true(kept == kept_load(&k) && kept_any(kept) && !kept_free(kept) && !kept_shut(kept));
		assert_ptr_equal(kept_page(&frames, kept), &pages[i]);
		assert_false(kept_take(&k, &before)); /* seen too early */
		assert_true(before == kept);
		assert_true(kept_take(&k, &kept));
		assert_true(kept == kept_load(&k));
	}
}

static void one_instead_of_another(void **state)
{
	struct kept k = { 0 };
	uint64_t kept = 0;

	(void)state;
	assert_true(kept_put(&k, &kept, 3) && kept_put(&k, &kept, WORD_MAX_FRAMES - 1));
	assert_int_equal(kept >> KEPT_SHIFT, WORD_MAX_FRAMES);
	assert_true(kept_any(kept) && !kept_shut(kept));
}

/* What is shut keeps what it has, until that is taken. */
static void shut(void **state)
{
	struct kept k = { 0 };
	uint64_t kept = 0;

	(void)state;
	assert_true(kept_put(&k, &kept, 5));
	for (unsigned i = 0; i < 2; i++)
		kept_shut_for_good(&k);
	kept = kept_load(&k);
	assert_true(kept_shut(kept) && kept_any(kept) && !kept_free(kept));
	assert_ptr_equal(kept_page(&frames, kept), &pages[5]);
	assert_true(kept_take(&k, &kept));
	assert_true(kept_shut(kept) && !kept_any(kept) && !kept_free(kept));
	kept_begin(&k, false);
	assert_false(kept_free(kept_load(&k)) || kept_any(kept_load(&k)));
	kept_begin(&k, true);
	assert_true(kept_free(kept_load(&k)));
}

static void every_change_is_seen(void **state)
{
	struct kept k = { .word = KEPT_TAG - 1 };
	uint64_t kept = KEPT_TAG - 1, was;

	(void)state;
	assert_true(kept_put(&k, &kept, 0));
	was = kept;
	assert_true(kept_take(&k, &kept)); /* the tag wraps, and nothing else changes */
	assert_int_equal(kept, 0);
	assert_true(kept_put(&k, &kept, 0));
	assert_true(kept_page(&frames, kept) == kept_page(&frames, was) && kept != was);
	kept = was;
	k.word = was;
	assert_true(kept_put(&k, &kept, 0)); /* likewise, with another frame at once */
	assert_int_equal(kept, UINT64_C(1) << KEPT_SHIFT | 1);
	kept = UINT64_C(3) << KEPT_SHIFT | KEPT_SHUT | KEPT_TAG;
	k.word = kept;
	assert_true(kept_take(&k, &kept));
	assert_int_equal(kept, KEPT_SHUT);
	was = kept;
	kept_begin(&k, false);
	assert_true(kept_load(&k) != was);
}

/* What has gone, taken or replaced; half the tag, that is: nothing is lost when an owner begins anew. */
static void what_has_gone_is_counted(void **state)
{
	struct kept k = { 0 };
	uint64_t kept = 0;

	(void)state;
	for (uint64_t n = 0; n < 20; n += 2) {
		assert_int_equal(kept_gone(kept), n);
		assert_true(kept_put(&k, &kept, 1));
		assert_int_equal(kept_gone(kept), n);
		assert_true(kept_put(&k, &kept, 2));
		assert_int_equal(kept_gone(kept), n + 1);
		assert_true(kept_take(&k, &kept));
	}
	kept_begin(&k, true);
	assert_int_equal(kept_load(&k) % 2, 0);
	kept_shut_for_good(&k);
	assert_int_equal(kept_load(&k) % 2, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(one_frame),
		kit_test(one_instead_of_another),
		kit_test(shut),
		kit_test(every_change_is_seen),
		kit_test(what_has_gone_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
