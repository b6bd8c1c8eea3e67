/*
 * waiting.c - the metadata of states that wait for their visit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exhaustive/waiting.h"

#define CHUNK_BYTES (1u << 20)
#define WORD_MOST   11u     /* bytes that a changed word takes: number, mask, all of it */
#define NO_WORD     0xffffu

struct chunk {
	struct chunk *next;
	size_t        used;
	uint8_t       byte[CHUNK_BYTES];
};

static void add_chunk(struct waiting *w)
{
	struct chunk *c = malloc(sizeof(*c));

	assert_non_null(c);
	c->next = NULL;
	c->used = 0;
	if (w->last == NULL)
		w->first = c;
	else
		w->last->next = c;
	w->last = c;
}

static uint8_t *put_number(uint8_t *to, size_t word)
{
	*to++ = (uint8_t)word;
	*to++ = (uint8_t)(word >> 8);
	return to;
}

static uint8_t *put_word(uint8_t *to, size_t word, const uint8_t *now, const uint8_t *then)
{
	uint8_t *mask = put_number(to, word);

	*mask = 0;
	to = mask + 1;
	for (unsigned i = 0; i < 8; i++)
		if (now[i] != then[i]) {
			*mask |= (uint8_t)(1u << i);
			*to++ = now[i];
		}
	return to;
}

void waiting_put(struct waiting *w, const struct lines *l, const uint8_t *metadata)
{
	size_t most = l->count * (LINE_BYTES / 8) * WORD_MOST + 2;
	uint8_t *to;

	assert_true(most <= CHUNK_BYTES && l->count * (LINE_BYTES / 8) < NO_WORD);
	if (w->last == NULL || w->last->used + most > CHUNK_BYTES)
		add_chunk(w);
	to = w->last->byte + w->last->used;
	for (size_t i = 0; i < l->warm.count; i++)
		for (size_t at = l->warm.span[i].at, end = at + l->warm.span[i].bytes; at < end; at += 8)
			if (memcmp(metadata + at, l->base + at, 8) != 0)
				to = put_word(to, at / 8, metadata + at, l->base + at);
	to = put_number(to, NO_WORD);
	w->last->used = (size_t)(to - w->last->byte);
}

static void drop_first(struct waiting *w)
{
	struct chunk *c = w->first;

	w->first = c->next;
	if (w->first == NULL)
		w->last = NULL;
	w->read = 0;
	free(c);
}

void waiting_get(struct waiting *w, uint8_t *metadata)
{
	const uint8_t *from;

	if (w->read == w->first->used)
		drop_first(w);
	from = w->first->byte + w->read;
	for (size_t word; (word = from[0] | (size_t)from[1] << 8) != NO_WORD;) {
		unsigned mask = from[2];

		from += 3;
		for (unsigned i = 0; i < 8; i++)
			if (mask >> i & 1)
				metadata[8 * word + i] = *from++;
	}
	w->read = (size_t)(from + 2 - w->first->byte);
}

void waiting_end(struct waiting *w)
{
	while (w->first != NULL)
		drop_first(w);
}
