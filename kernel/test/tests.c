/*
 * tests.c - the list of the kernel's tests of itself.
 */
#include "cmdline.h"
#include "test/calls.h"
#include "test/direct.h"
#include "test/hiders.h"
#include "test/isolation.h"
#include "test/others.h"
#include "test/protect.h"
#include "test/sleep.h"
#include "test/tables.h"
#include "test/tests.h"
#include "test/threads.h"
#include "test/vault.h"
#include "view/print.h"

static const struct {
	const char *name;
	const char *(*run)(struct labyrinth *lab);
	bool only_when_asked;
} tests[] = {
	{ "calls",     test_calls,     false },
	{ "direct",    test_direct,    false },
	{ "others",    test_others,    false },
	{ "protect",   test_protect,   false },
	{ "isolation", test_isolation, false },
	{ "vault",     test_vault,     false },
	{ "threads",   test_threads,   false },
	{ "hiders",    test_hiders,    false },
	{ "sleep",     test_sleep,     false },
	{ "tables",    test_tables,    true  },
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
		if (asked != NULL ? !word_is(asked, tests[i].name) : tests[i].only_when_asked)
			continue;
		const char *broken = tests[i].run(lab);
		kprintf("test %s: %s\n", tests[i].name, broken == NULL ? "passed" : broken);
		if (broken != NULL)
			return broken;
	}
	return NULL;
}
