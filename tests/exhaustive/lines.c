/*
 * lines.c - which lines of an arena's metadata ever change.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exhaustive/lines.h"
#include "exhaustive/mix.h"

static void gather(const struct lines *l, bool warm, struct spans *s)
{
	s->count = 0;
	for (size_t i = 0; i < l->count; i++) {
		if (l->is_warm[i] != warm)
			continue;
		if (i == 0 || l->is_warm[i - 1] != warm)
			s->span[s->count++] = (struct span){ i * LINE_BYTES, 0 };
		s->span[s->count - 1].bytes += LINE_BYTES;
	}
}

void lines_begin(struct lines *l, const uint8_t *base, size_t bytes)
{
	assert_true(bytes % LINE_BYTES == 0);
	*l = (struct lines){ .base = base, .count = bytes / LINE_BYTES };
	l->is_warm = calloc(l->count, sizeof(*l->is_warm));
	l->cold.span = calloc(l->count, sizeof(struct span));
	l->warm.span = calloc(l->count, sizeof(struct span));
	assert_true(l->is_warm != NULL && l->cold.span != NULL && l->warm.span != NULL);
	gather(l, false, &l->cold);
}

void lines_end(struct lines *l)
{
	free(l->is_warm);
	free(l->cold.span);
	free(l->warm.span);
}

bool spans_same(const struct spans *s, const uint8_t *a, const uint8_t *b)
{
	for (size_t i = 0; i < s->count; i++)
		if (memcmp(a + s->span[i].at, b + s->span[i].at, s->span[i].bytes) != 0)
			return false;
	return true;
}

void spans_copy(const struct spans *s, uint8_t *to, const uint8_t *from)
{
	for (size_t i = 0; i < s->count; i++)
		memcpy(to + s->span[i].at, from + s->span[i].at, s->span[i].bytes);
}

/* Of lines between warm ones that are as close as that the span is the same: a few long ones are compared faster. */
#define GAP 3u

static void close_gaps(struct lines *l)
{
	size_t last = l->count; /* warm line */

	for (size_t i = 0; i < l->count; i++) {
		if (!l->is_warm[i])
			continue;
		for (size_t j = last + 1; j < i && i - last <= GAP + 1; j++)
			l->is_warm[j] = true;
		last = i;
	}
}

void lines_warm_up(struct lines *l, const uint8_t *metadata)
{
	for (size_t i = 0; i < l->count; i++)
		if (memcmp(metadata + i * LINE_BYTES, l->base + i * LINE_BYTES, LINE_BYTES) != 0)
			l->is_warm[i] = true;
	close_gaps(l);
	gather(l, false, &l->cold);
	gather(l, true, &l->warm);
}

uint64_t lines_print(const struct lines *l, const uint8_t *metadata)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < l->warm.count; i++)
		for (size_t at = l->warm.span[i].at, end = at + l->warm.span[i].bytes; at < end; at += LINE_BYTES)
			if (memcmp(metadata + at, l->base + at, LINE_BYTES) != 0)
				sum += mix_bytes(at, metadata + at, LINE_BYTES);
	return sum;
}
