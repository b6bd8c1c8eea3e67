/*
 * tests.c - the list of the kernel's tests of itself.
 */
#include "cmdline.h"
#include "test/calls.h"
#include "test/direct.h"
#include "test/sleep.h"
#include "test/tests.h"
#include "test/threads.h"
#include "view/print.h"

static const struct {
	const char *name;
	const char *(*run)(struct labyrinth *lab);
} tests[] = {
	{ "calls", test_calls },
	{ "direct", test_direct },
	{ "threads", test_threads },
	{ "sleep", test_sleep },
};

#define TESTS (sizeof(tests) / sizeof(tests[0]))

static bool known(const char *name)
{
	for (size_t i = 0; i < TESTS; i++)
		if (word_is(name, tests[i].name))
			return true;
	return word_is(name, "none");
}

const char *tests_run(struct labyrinth *lab)
{
	const char *asked = cmdline_value("test");

	if (asked != NULL && !known(asked)) {
		kprintf("labyrinth: command line: test=%s is not known; running all tests\n", asked);
		asked = NULL;
	}
	for (size_t i = 0; i < TESTS; i++) {
		if (asked != NULL && !word_is(asked, tests[i].name))
			continue;
		const char *broken = tests[i].run(lab);
		kprintf("test %s: %s\n", tests[i].name, broken == NULL ? "passed" : broken);
		if (broken != NULL)
			return broken;
	}
	return NULL;
}
