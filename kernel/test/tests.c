/*
 * tests.c - the list of the kernel's tests of itself.
 */
#include "cmdline.h"
#include "test/direct.h"
#include "test/tests.h"
#include "view/print.h"

static const struct {
	const char *name;
	const char *(*run)(struct labyrinth *lab);
} tests[] = {
	{ "direct", test_direct },
};

#define TESTS (sizeof(tests) / sizeof(tests[0]))

static bool same(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static bool known(const char *name)
{
	for (size_t i = 0; i < TESTS; i++)
		if (same(name, tests[i].name))
			return true;
	return same(name, "none");
}

const char *tests_run(struct labyrinth *lab)
{
	const char *asked = cmdline_value("test");

	if (asked != NULL && !known(asked)) {
		kprintf("labyrinth: command line: test=%s is not known; running all tests\n", asked);
		asked = NULL;
	}
	for (size_t i = 0; i < TESTS; i++) {
		if (asked != NULL && !same(asked, tests[i].name))
			continue;
		const char *broken = tests[i].run(lab);
		kprintf("test %s: %s\n", tests[i].name, broken == NULL ? "passed" : broken);
		if (broken != NULL)
			return broken;
	}
	return NULL;
}
