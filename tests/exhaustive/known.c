/*
 * known.c - the set of states that are known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exhaustive/known.h"
#include "exhaustive/mix.h"

static size_t slots(const struct known *k)
{
	return k->capacity * 2;
}

/* The slot that the key is in, or else should be. */
static size_t slot_of(const struct known *k, const uint8_t *key)
{
	size_t at = mix_bytes(0, key, k->key_bytes) % slots(k);

	while (k->slot[at] != 0 && memcmp(known_key(k, k->slot[at] - 1), key, k->key_bytes) != 0)
		at = (at + 1) % slots(k);
	return at;
}

static void grow(struct known *k)
{
	k->capacity *= 2;
	k->state = realloc(k->state, k->capacity * sizeof(*k->state));
	k->key = realloc(k->key, k->capacity * k->key_bytes);
	free(k->slot);
	k->slot = calloc(slots(k), sizeof(*k->slot));
	assert_true(k->state != NULL && k->key != NULL && k->slot != NULL && k->capacity < UINT32_MAX);
	for (size_t i = 0; i < k->states; i++)
		k->slot[slot_of(k, known_key(k, i))] = (uint32_t)i + 1;
}

void known_begin(struct known *k, size_t key_bytes)
{
	*k = (struct known){ .key_bytes = key_bytes, .capacity = 512 };
	grow(k);
}

void known_end(struct known *k)
{
	free(k->state);
	free(k->key);
	free(k->slot);
}

size_t known_find(struct known *k, const void *key)
{
	size_t at;

	if (k->states == k->capacity)
		grow(k);
	at = slot_of(k, key);
	if (k->slot[at] != 0)
		return k->slot[at] - 1;
	k->slot[at] = (uint32_t)k->states + 1;
	memcpy(k->key + k->states * k->key_bytes, key, k->key_bytes);
	return k->states;
}
