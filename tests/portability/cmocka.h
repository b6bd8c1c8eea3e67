/*
 * cmocka.h - as much of cmocka's interface as the tests use, for processors for which cmocka is not installed.
 *
 * Idea    Debian has cmocka for a foreign processor only to whoever adds that architecture to the whole system. The
 *         names and what they mean are cmocka's, and so are the lines that tests/run.sh counts; the code is not. A test
 *         that uses more of cmocka does not compile here.
 * Needs   One program, one group. A signal ends the program, which tests/run.sh counts as a failure.
 */
#ifndef TESTS_PORTABILITY_CMOCKA_H
#define TESTS_PORTABILITY_CMOCKA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { SHIM_RUNS, SHIM_FAILS, SHIM_SKIPS };

typedef void (*shim_test)(void **state);
typedef int (*shim_fixture)(void **state);

struct CMUnitTest {
	const char  *name;
	shim_test    test;
	shim_fixture setup;
};

static jmp_buf shim_end; /* of the test that runs; value SHIM_FAILS or SHIM_SKIPS */

#define cmocka_unit_test(function)              { #function, function, NULL }
#define cmocka_unit_test_setup(function, setup) { #function, function, setup }

__attribute__((format(printf, 1, 2))) static inline void print_message(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
}

#define print_error print_message

static inline _Noreturn void shim_leave(int how, const char *file, int line)
{
	printf("%s:%d: %s\n", file, line, how == SHIM_SKIPS ? "skipped" : "error: Failure!");
	longjmp(shim_end, how);
}

#define fail()        shim_leave(SHIM_FAILS, __FILE__, __LINE__)
#define skip()        shim_leave(SHIM_SKIPS, __FILE__, __LINE__)
#define fail_msg(...) (print_message("ERROR: " __VA_ARGS__), print_message("\n"), fail())

static inline void shim_number(uint64_t a, uint64_t b, int equal, const char *what, const char *file, int line)
{
	if ((a == b) == equal)
		return;
	printf("%s: %#llx, %#llx\n", what, (unsigned long long)a, (unsigned long long)b);
	shim_leave(SHIM_FAILS, file, line);
}

static inline void shim_bytes(const void *a, const void *b, size_t n, int equal, const char *what, const char *file,
                              int line)
{
	const unsigned char *x = a, *y = b;
	size_t at = 0;

	if ((memcmp(a, b, n) == 0) == equal)
		return;
	while (at < n && x[at] == y[at])
		at++;
	printf("%s: %zu bytes, the first difference at %zu\n", what, n, at);
	shim_leave(SHIM_FAILS, file, line);
}

static inline void shim_string(const char *a, const char *b, int equal, const char *what, const char *file, int line)
{
	if ((strcmp(a, b) == 0) == equal)
		return;
	printf("%s: \"%s\", \"%s\"\n", what, a, b);
	shim_leave(SHIM_FAILS, file, line);
}

#define SHIM_HERE __FILE__, __LINE__

#define assert_true(x)                   shim_number(!(x), 0, 1, #x, SHIM_HERE)
#define assert_false(x)                  shim_number(!(x), 1, 1, "not " #x, SHIM_HERE)
#define assert_null(p)                   assert_true((p) == NULL)
#define assert_non_null(p)               assert_true((p) != NULL)
#define assert_int_equal(a, b)           shim_number((uint64_t)(a), (uint64_t)(b), 1, #a " == " #b, SHIM_HERE)
#define assert_int_not_equal(a, b)       shim_number((uint64_t)(a), (uint64_t)(b), 0, #a " != " #b, SHIM_HERE)
#define assert_ptr_equal(a, b)           shim_number((uintptr_t)(a), (uintptr_t)(b), 1, #a " == " #b, SHIM_HERE)
#define assert_ptr_not_equal(a, b)       shim_number((uintptr_t)(a), (uintptr_t)(b), 0, #a " != " #b, SHIM_HERE)
#define assert_string_equal(a, b)        shim_string(a, b, 1, #a " == " #b, SHIM_HERE)
#define assert_string_not_equal(a, b)    shim_string(a, b, 0, #a " != " #b, SHIM_HERE)
#define assert_memory_equal(a, b, n)     shim_bytes(a, b, n, 1, #a " == " #b, SHIM_HERE)
#define assert_memory_not_equal(a, b, n) shim_bytes(a, b, n, 0, #a " != " #b, SHIM_HERE)

/* How the test ended. */
static inline int shim_run(const struct CMUnitTest *test)
{
	void *state = NULL;
	int how = setjmp(shim_end);

	if (how != SHIM_RUNS)
		return how;
	if (test->setup != NULL && test->setup(&state) != 0)
		return SHIM_FAILS;
	test->test(&state);
	return SHIM_RUNS;
}

/* Before the first test, or after the last. */
static inline int shim_around(shim_fixture fixture)
{
	void *state = NULL;
	int how = setjmp(shim_end);

	if (how != SHIM_RUNS)
		return how;
	return fixture != NULL && fixture(&state) != 0 ? SHIM_FAILS : SHIM_RUNS;
}

static inline int shim_group(const char *group, const struct CMUnitTest *tests, size_t count, shim_fixture setup,
                             shim_fixture teardown)
{
	static const char *const outcome[] = { "[       OK ]", "[  FAILED  ]", "[  SKIPPED ]" };
	int ended[3] = { 0, 0, 0 };

	setvbuf(stdout, NULL, _IONBF, 0);
	if (shim_around(setup) != SHIM_RUNS) {
		printf("[  FAILED  ] %s: the set-up of 1 test(s)\n", group);
		return 1;
	}
	for (size_t i = 0; i < count; i++) {
		printf("[ RUN      ] %s\n", tests[i].name);
		int how = shim_run(&tests[i]);

		ended[how]++;
		printf("%s %s\n", outcome[how], tests[i].name);
	}
	ended[SHIM_FAILS] += shim_around(teardown) != SHIM_RUNS;
	printf("[  PASSED  ] %d test(s).\n", ended[SHIM_RUNS]);
	if (ended[SHIM_FAILS] > 0)
		printf("[  FAILED  ] %s: %d test(s)\n", group, ended[SHIM_FAILS]);
	return ended[SHIM_FAILS];
}

#define cmocka_run_group_tests(tests, setup, teardown) \
	shim_group(#tests, tests, sizeof(tests) / sizeof((tests)[0]), setup, teardown)

#endif
