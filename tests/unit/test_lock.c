/*
 * test_lock.c - the ticket lock: taken once, tried without waiting, and sound when its tickets wrap.
 */
#include "kit.h"

#include "dies.h"
#include "lock.h"

static const uint32_t starts[] = { 0, 1, 1000, UINT32_MAX - 1, UINT32_MAX };

static void assert_lock(const struct lock *l, uint32_t next, uint32_t serving)
{
	assert_int_equal(l->next, next);
	assert_int_equal(l->serving, serving);
}

static void take_and_drop(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(starts); i++) {
		struct lock l = { starts[i], starts[i] };

		lock_take(&l);
		assert_lock(&l, starts[i] + 1, starts[i]);
		lock_drop(&l);
		assert_lock(&l, starts[i] + 1, starts[i] + 1);
	}
}

static void try_and_drop(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(starts); i++) {
		struct lock l = { starts[i], starts[i] };

		assert_true(lock_try(&l));
		assert_lock(&l, starts[i] + 1, starts[i]);
		lock_drop(&l);
		assert_lock(&l, starts[i] + 1, starts[i] + 1);
	}
}

static void a_held_lock_refuses_a_try(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(starts); i++) {
		struct lock l = { starts[i], starts[i] };

		lock_take(&l);
		for (unsigned n = 0; n < 3; n++)
			assert_false(lock_try(&l));
		assert_lock(&l, starts[i] + 1, starts[i]);
		lock_drop(&l);
		assert_true(lock_try(&l));
		assert_false(lock_try(&l));
	}
}

static void a_try_does_not_overtake_the_queue(void **state)
{
	struct lock l = { UINT32_MAX, UINT32_MAX };

	(void)state;
	lock_take(&l);
	l.next++; /* somebody else waits */
	lock_drop(&l);
	assert_false(lock_try(&l));
	lock_drop(&l); /* by that somebody */
	assert_true(lock_try(&l));
}

static void take_anew(void *l)
{
	lock_take(l);
}

static void who_takes_a_held_lock_waits(void **state)
{
	struct lock l = { 7, 7 };

	(void)state;
	lock_take(&l);
	assert_dies(take_anew, &l, "a single CPU waits for itself");
	assert_lock(&l, 8, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(take_and_drop),
		kit_test(try_and_drop),
		kit_test(a_held_lock_refuses_a_try),
		kit_test(a_try_does_not_overtake_the_queue),
		kit_test(who_takes_a_held_lock_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
