/*
 * test_status.c - every outcome has a name and a sentence of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <labyrinth/types.h>

static void names_are_the_enumerators(void **state)
{
	(void)state;
#define ASSERT_WORDS(name, text) \
	assert_string_equal(labyrinth_status_name(LABYRINTH_##name), #name); \
	assert_string_equal(labyrinth_status_text(LABYRINTH_##name), text);
	LABYRINTH_STATUSES(ASSERT_WORDS)
#undef ASSERT_WORDS
	assert_int_equal(LABYRINTH_OK, 0);
}

static void no_two_share_words(void **state)
{
	(void)state;
	for (unsigned i = 0; i < LABYRINTH_STATUS_COUNT; i++) {
		const char *text = labyrinth_status_text((enum labyrinth_status)i);

		assert_true(strlen(text) > 0);
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(text, labyrinth_status_text((enum labyrinth_status)j));
	}
}

static void a_number_that_is_none(void **state)
{
	static const unsigned none[] = { LABYRINTH_STATUS_COUNT, LABYRINTH_STATUS_COUNT + 1, 0x7fffffff, 0xffffffff };

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		enum labyrinth_status status;

		memcpy(&status, &none[i], sizeof(status)); /* a conversion would be undefined */
		assert_string_equal(labyrinth_status_name(status), "?");
		assert_string_equal(labyrinth_status_text(status), "?");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_the_enumerators),
		cmocka_unit_test(no_two_share_words),
		cmocka_unit_test(a_number_that_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
