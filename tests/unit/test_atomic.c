/*
 * test_atomic.c - the steps that mm/ takes on 64 bits and on 32: each result, and none lost to a signal handler.
 */
#define _GNU_SOURCE
#include "kit.h"

#include <signal.h>
#include <sys/time.h>

#include "atomic.h"

#define HIGH UINT64_C(0x123456789abcdef0)

static const uint64_t numbers[] = { 0, 1, UINT32_MAX, UINT64_C(1) << 32, HIGH, UINT64_MAX - 1, UINT64_MAX };

static void load_and_store(void **state)
{
	struct { uint64_t before; _Atomic uint64_t word; uint64_t after; } s = { HIGH, 0, HIGH };

	(void)state;
	for (size_t i = 0; i < COUNT(numbers); i++) {
		atomic_store_explicit(&s.word, numbers[i], memory_order_release);
		assert_true(atomic_load_explicit(&s.word, memory_order_acquire) == numbers[i]);
	}
	assert_true(s.before == HIGH && s.after == HIGH);
}

static void add_and_subtract(void **state)
{
	_Atomic uint64_t word;
	_Atomic uint32_t half = UINT32_MAX;

	(void)state;
	for (size_t i = 0; i < COUNT(numbers); i++)
		for (size_t k = 0; k < COUNT(numbers); k++) {
			atomic_store_explicit(&word, numbers[i], memory_order_relaxed);
			assert_true(atomic_fetch_add_explicit(&word, numbers[k], memory_order_relaxed) == numbers[i]);
			assert_true(atomic_fetch_sub_explicit(&word, 1, memory_order_relaxed)
			            == numbers[i] + numbers[k]);
			assert_true(atomic_load_explicit(&word, memory_order_relaxed) == numbers[i] + numbers[k] - 1);
		}
	assert_true(atomic_fetch_add_explicit(&half, 2, memory_order_relaxed) == UINT32_MAX);
	assert_true(atomic_load_explicit(&half, memory_order_relaxed) == 1);
}

static void compare_and_swap(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(numbers); i++)
		for (size_t k = 0; k < COUNT(numbers); k++) {
			_Atomic uint64_t word = numbers[i];
			uint64_t expected = numbers[k];
			bool swapped = atomic_compare_exchange_strong_explicit(&word, &expected, HIGH + 1,
			                                                       memory_order_acq_rel,
			                                                       memory_order_acquire);

			assert_true(swapped == (i == k));
			assert_true(expected == numbers[i]);
			assert_true(atomic_load_explicit(&word, memory_order_relaxed)
			            == (swapped ? HIGH + 1 : numbers[i]));
		}
}

static _Atomic uint64_t shared;
static volatile uint64_t from_handler;

/* Steps over the border between the halves, in either direction: a step in two halves would be seen. */
static void handler(int signal)
{
	(void)signal;
	atomic_fetch_add_explicit(&shared, UINT32_MAX, memory_order_relaxed);
	from_handler++;
}

static void nothing_is_lost_to_a_handler(void **state)
{
	const struct itimerval often = { { 0, 50 }, { 0, 50 } }, never = { { 0, 0 }, { 0, 0 } };
	uint64_t steps = 0;

	(void)state;
	atomic_store_explicit(&shared, 0, memory_order_relaxed);
	from_handler = 0;
	signal(SIGALRM, handler);
	setitimer(ITIMER_REAL, &often, NULL);
	while (from_handler < 500) {
		atomic_fetch_add_explicit(&shared, 1, memory_order_relaxed);
		steps++;
	}
	setitimer(ITIMER_REAL, &never, NULL);
	signal(SIGALRM, SIG_DFL);
	assert_true(atomic_load_explicit(&shared, memory_order_relaxed) == steps + from_handler * UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(load_and_store),
		kit_test(add_and_subtract),
		kit_test(compare_and_swap),
		kit_test(nothing_is_lost_to_a_handler),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
