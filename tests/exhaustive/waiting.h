/*
 * waiting.h - the metadata of states that wait for their visit, first come first served.
 *
 * Idea    Of each the bytes that differ from the start: a word's number, which of its bytes, those bytes. A hundred
 *         bytes or so; millions wait at a time.
 */
#ifndef TESTS_WAITING_H
#define TESTS_WAITING_H

#include "exhaustive/lines.h"

struct chunk;

/* All zero: nobody waits. */
struct waiting {
	struct chunk *first, *last;
	size_t        read; /* bytes of the first */
};

/* The last in the row; its cold lines are as at the start. */
void waiting_put(struct waiting *w, const struct lines *l, const uint8_t *metadata);

/* Writes what the first in the row has changed into `metadata`, which is as at the start; there is one. */
void waiting_get(struct waiting *w, uint8_t *metadata);

void waiting_end(struct waiting *w);

#endif
