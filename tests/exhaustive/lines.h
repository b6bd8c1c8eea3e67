/*
 * lines.h - which lines of an arena's metadata ever change, so that those alone are compared after each call.
 *
 * Idea    A line, 64 bytes, is cold while nobody has seen it differ from the start; then it is warm, for good. Lines
 *         that follow each other are one span.
 */
#ifndef TESTS_LINES_H
#define TESTS_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_BYTES 64u

struct span {
	size_t at, bytes;
};

struct spans {
	size_t       count;
	struct span *span;
};

struct lines {
	const uint8_t *base;  /* the metadata at the start */
	size_t         count;
	bool          *is_warm;
	struct spans   cold, warm;
};

/* All cold. `base` stays the caller's. */
void lines_begin(struct lines *l, const uint8_t *base, size_t bytes);
void lines_end(struct lines *l);

/* Is it the same in both, in all of these spans? */
bool spans_same(const struct spans *s, const uint8_t *a, const uint8_t *b);
void spans_copy(const struct spans *s, uint8_t *to, const uint8_t *from);

/* Every line that differs from the start is warm now. */
void lines_warm_up(struct lines *l, const uint8_t *metadata);

/* A fingerprint of metadata whose cold lines are as at the start. It does not depend on which lines are warm. */
uint64_t lines_print(const struct lines *l, const uint8_t *metadata);

#endif
