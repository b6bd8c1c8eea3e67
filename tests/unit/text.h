/*
 * text.h - maps and lists of ranges as text, so that a table of cases can be read.
 *
 * Idea    A map is rows of "BASE BYTES TYPE", base and bytes in hex, as in tests/maps; ';' or a line end closes a row.
 *         A list is "BEGIN-END BEGIN-END", half-open frame numbers in hex.
 * Needs   cmocka. Arrays are exactly as large as their capacity, so that the sanitizer sees a step too far.
 */
#ifndef TESTS_TEXT_H
#define TESTS_TEXT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <labyrinth/memmap.h>

static inline void *text_array(size_t count, size_t size)
{
	void *array = calloc(count ? count : 1, size);

	assert_non_null(array);
	return array;
}

static inline size_t text_count(const char *text, const char *marks)
{
	size_t count = 0;

	for (; *text; text++)
		count += strchr(marks, *text) != NULL;
	return count;
}

static inline struct labyrinth_ranges ranges_empty(size_t capacity)
{
	return (struct labyrinth_ranges){ text_array(capacity, sizeof(struct labyrinth_range)), 0, capacity };
}

/* A list with room for `spare` ranges more. */
static inline struct labyrinth_ranges ranges_parse(const char *text, size_t spare)
{
	size_t count = text_count(text, "-");
	struct labyrinth_ranges ranges = ranges_empty(count + spare);
	char *end;

	for (; ranges.count < count; ranges.count++) {
		ranges.at[ranges.count].begin.n = strtoull(text, &end, 16);
		assert_int_equal(*end, '-');
		ranges.at[ranges.count].end.n = strtoull(end + 1, &end, 16);
		text = end;
	}
	return ranges;
}

/* The caller frees the text. */
static inline char *ranges_text(const struct labyrinth_ranges *ranges, const char *format)
{
	char *text = text_array(ranges->count + 1, 40);
	char *at = text;

	for (size_t i = 0; i < ranges->count; i++)
		at += sprintf(at, format, (unsigned long long)ranges->at[i].begin.n,
		              (unsigned long long)ranges->at[i].end.n);
	return text;
}

static inline void assert_ranges(const char *name, const struct labyrinth_ranges *ranges, const char *expected)
{
	struct labyrinth_ranges wanted = ranges_parse(expected, 0);
	char *found_text = ranges_text(ranges, "%llx-%llx ");
	char *wanted_text = ranges_text(&wanted, "%llx-%llx ");

	if (strcmp(found_text, wanted_text) != 0)
		fail_msg("%s: found %s, expected %s", name, found_text, wanted_text);
	free(found_text);
	free(wanted_text);
	free(wanted.at);
}

static inline bool memmap_parse_row(const char *row, struct labyrinth_memmap_entry *entry)
{
	unsigned long long base, bytes;
	unsigned long type;

	if (sscanf(row, "%llx %llx %lu", &base, &bytes, &type) != 3)
		return false;
	*entry = (struct labyrinth_memmap_entry){ { base }, bytes, (uint32_t)type };
	return true;
}

/* Rows that are comments are skipped; any other row that does not parse fails the test. */
static inline struct labyrinth_memmap memmap_parse(const char *text)
{
	size_t capacity = text_count(text, ";\n") + 1;
	struct labyrinth_memmap map = { text_array(capacity, sizeof(struct labyrinth_memmap_entry)), 0, capacity };

	while (*(text += strspn(text, " ;\n"))) {
		size_t length = strcspn(text, ";\n");

		if (*text != '#') {
			if (!memmap_parse_row(text, &map.at[map.count]))
				fail_msg("not a row: %.*s", (int)length, text);
			map.count++;
		}
		text += length;
	}
	return map;
}

#endif
