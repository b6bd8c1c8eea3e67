/*
 * known.h - the set of states that are known, each by its key, in the order in which they were found.
 */
#ifndef TESTS_KNOWN_H
#define TESTS_KNOWN_H

#include <stddef.h>
#include <stdint.h>

/* Beside the key: what led there first, and what the metadata was like. */
struct state {
	uint64_t print;
	uint32_t from;
	int16_t  step[4];
	uint8_t  call, form;
};

struct known {
	struct state *state;
	uint8_t      *key;   /* key_bytes of each           */
	uint32_t     *slot;  /* hash table: 1 + index, or 0 */
	size_t        states, capacity, key_bytes;
};

void known_begin(struct known *k, size_t key_bytes);
void known_end(struct known *k);

/* The state's index. If that is k->states, it is new, and the caller has to fill it in: known_add(). */
size_t known_find(struct known *k, const void *key);

static inline void known_add(struct known *k, struct state state)
{
	k->state[k->states++] = state;
}

static inline const uint8_t *known_key(const struct known *k, size_t state)
{
	return k->key + state * k->key_bytes;
}

#endif
