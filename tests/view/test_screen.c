/*
 * test_screen.c - what stands on a screen, cell by cell, and that nothing is ever painted beside it.
 *
 * Idea    The surface is an array of characters that checks every cell it is told to paint. While it paints it may
 *         print, as an interrupt handler does that comes in the middle of a print.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "view/screen.h"

static struct surface surface;
static char seen[SCREEN_MOST_ROWS][SCREEN_MOST_COLUMNS];
static const char *to_say; /* at the next cell in the last column, in the middle of a print */

static void say(const char *text)
{
	while (*text != '\0')
		screen_put(*text++);
}

static void paint(uint32_t x, uint32_t y, char c)
{
	const char *said = to_say;

	assert_true(x < surface.columns && y < surface.rows);
	seen[y][x] = c;
	if (said == NULL || x + 1 < surface.columns)
		return;
	to_say = NULL;
	say(said);
}

/* A new surface with nothing on it: what was printed before is scrolled away. */
static void use(uint32_t columns, uint32_t rows)
{
	surface = (struct surface){ columns, rows, paint };
	memset(seen, '#', sizeof(seen));
	screen_use(&surface);
	for (uint32_t i = 0; i < 2 * rows; i++)
		screen_put('\n');
}

static void shows(uint32_t row, const char *text)
{
	size_t length = strlen(text);

	assert_memory_equal(seen[row], text, length);
	for (size_t x = length; x < surface.columns; x++)
		assert_int_equal(seen[row][x], ' ');
}

static void test_wraps_and_scrolls(void **state)
{
	(void)state;
	use(8, 3);
	say("one\n12345678");
	shows(1, "one");
	shows(2, "12345678");
	say("9\n");
	shows(0, "12345678");
	shows(1, "9");
	shows(2, "");
}

static void test_keeps_what_was_printed(void **state)
{
	(void)state;
	use(40, 5);
	say("first\nsecond\nthird\n");
	surface = (struct surface){ 20, 3, paint };
	screen_use(&surface);
	shows(0, "second");
	shows(1, "third");
	shows(2, "");
}

/* In the middle of a line, which is longer than the new surface is wide. */
static void test_narrower(void **state)
{
	(void)state;
	use(40, 5);
	say("a line of more than twenty characters");
	surface = (struct surface){ 20, 5, paint };
	screen_use(&surface);
	say("and more, again more than twenty characters");
	shows(2, "and more, again more");
	shows(3, " than twenty charact");
	shows(4, "ers");
}

/* Whoever prints in between may tear a line apart, but never leaves the screen. */
static void test_print_in_a_print(void **state)
{
	(void)state;
	use(8, 3);
	to_say = "!";
	say("12345678");
	assert_null(to_say);
	for (unsigned i = 0; i < 3 * SCREEN_MOST_COLUMNS; i++)
		screen_put('x');
	shows(1, "xxxxxxxx");
	use(8, 3);
	to_say = "in\nbetween\n";
	say("12345678");
	say("abc");
	shows(2, "abc");
}

/* The arrays end where the largest surface does. */
static void test_largest(void **state)
{
	(void)state;
	use(SCREEN_MOST_COLUMNS, SCREEN_MOST_ROWS);
	to_say = "!";
	for (unsigned i = 0; i < 3 * SCREEN_MOST_COLUMNS * SCREEN_MOST_ROWS; i++)
		screen_put('x');
	assert_null(to_say);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wraps_and_scrolls),
		cmocka_unit_test(test_keeps_what_was_printed),
		cmocka_unit_test(test_narrower),
		cmocka_unit_test(test_print_in_a_print),
		cmocka_unit_test(test_largest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
