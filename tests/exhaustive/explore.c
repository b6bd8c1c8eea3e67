/*
 * explore.c - breadth-first search over the states of an arena.
 *
 * Idea    A state that waits for its visit is kept as the words of metadata that differ from the start; a visited one
 *         as its key, its fingerprint, and the call that first led to it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "exhaustive/explore.h"

#define FIRST_FRAME 0x1000u

/* Words that differ from the start. */
struct changes {
	size_t count;
	struct { size_t at; uint64_t value; } word[];
};

struct state {
	struct changes *changes; /* NULL once visited */
	uint64_t        print;   /* of the metadata   */
	uint32_t        from;
	struct step     step;
};

#define LANES 8

/* Any good mixing will do (this one: FNV-1a over words, then a shift so that high bits reach the low ones). */
static uint64_t mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * UINT64_C(0x100000001b3);
	return h ^ h >> 29;
}

static uint64_t hash_key(const struct explorer *e, const uint8_t *key)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < e->key_bytes; i += 8) {
		uint64_t word = 0;

		memcpy(&word, key + i, e->key_bytes - i < 8 ? e->key_bytes - i : 8);
		h = mix(h, word);
	}
	return h;
}

/* Several hashes side by side, each of every eighth word: no multiplication waits for the one before. */
static void hash_words(uint64_t lane[LANES], const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count / 8; i++) {
		uint64_t word;

		memcpy(&word, bytes + 8 * i, 8);
		lane[i % LANES] = mix(lane[i % LANES], word);
	}
}

/* ---- What of the metadata may change: the structures at its start, and the words of the frames. */

static uint8_t *metadata(const struct explorer *e)
{
	return e->arena.metadata;
}

static size_t words_end(const struct explorer *e)
{
	return e->words + e->frames * sizeof(struct page);
}

static uint64_t fingerprint(const struct explorer *e)
{
	uint64_t lane[LANES] = { 0 }, h = 0;

	hash_words(lane, metadata(e), e->fixed);
	hash_words(lane, metadata(e) + e->words, words_end(e) - e->words);
	for (unsigned i = 0; i < LANES; i++)
		h = mix(h, lane[i]);
	return h;
}

static bool unchanged(const struct explorer *e)
{
	return memcmp(metadata(e), e->here, e->fixed) == 0
	       && memcmp(metadata(e) + e->words, e->here + e->words, words_end(e) - e->words) == 0;
}

/* What may not change at all: between those two, and the words of the holes. */
static bool rest_unchanged(const struct explorer *e)
{
	return memcmp(metadata(e) + e->fixed, e->base + e->fixed, e->words - e->fixed) == 0
	       && memcmp(metadata(e) + words_end(e), e->base + words_end(e), e->arena.bytes - words_end(e)) == 0;
}

/* The next word from `at` on that differs from the start; words_end() after the last. */
static size_t next_change(const struct explorer *e, size_t at)
{
	while (at < words_end(e) && memcmp(metadata(e) + at, e->base + at, 8) == 0)
		at += 8;
	return at;
}

static void print_path(const struct explorer *e, size_t state)
{
	const struct step *s = &e->state[state].step;

	if (state == 0)
		return;
	print_path(e, e->state[state].from);
	print_error("  %s %d %d %d %d\n", s->call, s->a, s->b, s->c, s->d);
}

_Noreturn void explore_fail(const struct explorer *e, const char *what, const char *found, const char *wanted)
{
	print_error("from the start:\n");
	print_path(e, e->visiting);
	print_error("then %s %d %d %d %d\n", e->step.call, e->step.a, e->step.b, e->step.c, e->step.d);
	fail_msg("%s: %s, but it should be %s", what, found, wanted);
	abort();
}

/* ---- The set of known states. */

static void grow(struct explorer *e)
{
	size_t slots = e->capacity * 4;

	e->capacity *= 2;
	e->state = realloc(e->state, e->capacity * sizeof(*e->state));
	e->key = realloc(e->key, e->capacity * e->key_bytes);
	free(e->slot);
	e->slot = calloc(slots, sizeof(*e->slot));
	assert_true(e->state != NULL && e->key != NULL && e->slot != NULL);
	for (size_t i = 0; i < e->states; i++) {
		size_t at = hash_key(e, e->key + i * e->key_bytes) % slots;

		while (e->slot[at] != 0)
			at = (at + 1) % slots;
		e->slot[at] = (uint32_t)i + 1;
	}
}

/* The state's index; e->states when it is new, which it then is no longer to the table. */
static size_t look_up(struct explorer *e, const void *key)
{
	size_t slots, at;

	if (e->states == e->capacity)
		grow(e);
	slots = e->capacity * 2;
	for (at = hash_key(e, key) % slots; e->slot[at] != 0; at = (at + 1) % slots)
		if (memcmp(e->key + (e->slot[at] - 1) * e->key_bytes, key, e->key_bytes) == 0)
			return e->slot[at] - 1;
	e->slot[at] = (uint32_t)e->states + 1;
	memcpy(e->key + e->states * e->key_bytes, key, e->key_bytes);
	return e->states;
}

static struct changes *changes_from_base(const struct explorer *e)
{
	struct changes *c;
	size_t count = 0;

	for (size_t at = next_change(e, 0); at < words_end(e); at = next_change(e, at + 8))
		count++;
	c = malloc(sizeof(*c) + count * sizeof(c->word[0]));
	assert_non_null(c);
	c->count = 0;
	for (size_t at = next_change(e, 0); at < words_end(e); at = next_change(e, at + 8)) {
		c->word[c->count].at = at;
		memcpy(&c->word[c->count++].value, metadata(e) + at, 8);
	}
	return c;
}

static void arrive(struct explorer *e, const void *key)
{
	uint64_t print = fingerprint(e);
	size_t state = look_up(e, key);

	if (state < e->states) {
		if (e->state[state].print != print)
			explore_fail(e, "the metadata, in a state that was reached before", "different", "the same");
		return;
	}
	e->state[e->states++] = (struct state){ changes_from_base(e), print, (uint32_t)e->visiting, e->step };
}

/* ---- The arena. */

static void check_generations(struct explorer *e, unsigned claimed, uint32_t born)
{
	struct owners *owners = e->arena.lab->owners;

	for (unsigned f = 0; f < e->frames; f++)
		if (canon_frame(&e->page[f], e->canon) != ((e->canon.frame + (f == claimed)) & CANON_FRAME_MASK))
			explore_fail(e, "the generation of a frame", "another", f == claimed ? "the next" : "the same");
	for (uint32_t i = 0; i < owners->slots; i++) {
		bool alive = owner_alive(owner_load(&owners->at[i]));
		uint32_t wanted = alive && i != born ? e->canon.owner : canon_retired(e->canon) + (uint32_t)(i == born);

		if (canon_owner(&owners->at[i], e->canon) != (wanted & CANON_OWNER_MASK))
			explore_fail(e, "the generation of an owner", "another", i == born ? "the next" : "the same");
	}
}

static void restore(struct explorer *e)
{
	memcpy(metadata(e), e->here, words_end(e));
}

void explore_begin(struct explorer *e, unsigned frames, struct labyrinth_config config, struct canon canon,
                   const void *key, size_t key_bytes)
{
	const uint64_t range[][2] = { { FIRST_FRAME, FIRST_FRAME + frames }, { 0, 0 } };

	*e = (struct explorer){ .frames = frames, .canon = canon, .key_bytes = key_bytes, .capacity = 512 };
	e->arena = arena_new(range, config);
	e->page = labyrinth_pfn_page(e->arena.lab, (pfn_t){ FIRST_FRAME });
	e->words = (size_t)((uint8_t *)e->page - metadata(e));
	e->fixed = (size_t)((uint8_t *)(e->arena.lab->frames->block + 1) - metadata(e));
	assert_true(e->fixed % 8 == 0 && e->fixed <= e->words);
	canon_counters(e->arena.lab);
	for (unsigned f = 0; f < frames; f++)
		canon_frame(&e->page[f], canon);
	for (uint32_t i = 0; i < config.owners; i++)
		canon_owner(&e->arena.lab->owners->at[i], canon);
	e->base = arena_snapshot(&e->arena);
	e->here = arena_snapshot(&e->arena);
	grow(e);
	arrive(e, key);
}

void explore_end(struct explorer *e)
{
	while (e->next < e->states)
		free(e->state[e->next++].changes);
	free(e->state);
	free(e->key);
	free(e->slot);
	free(e->here);
	free(e->base);
	arena_end(&e->arena);
}

bool explore_next(struct explorer *e, void *key)
{
	struct changes *c;
	const char *law;

	if (!rest_unchanged(e))
		explore_fail(e, "holes and padding, after all these calls", "different", "as at the start");
	if (e->next == e->states)
		return false;
	e->visiting = e->next++;
	c = e->state[e->visiting].changes;
	memcpy(e->here, e->base, e->arena.bytes);
	for (size_t i = 0; i < c->count; i++)
		memcpy(e->here + c->word[i].at, &c->word[i].value, 8);
	free(c);
	e->state[e->visiting].changes = NULL;
	restore(e);
	e->step = (struct step){ .call = "check" };
	law = labyrinth_check(e->arena.lab, NULL);
	if (law != NULL)
		explore_fail(e, law, "broken", "kept");
	memcpy(key, e->key + e->visiting * e->key_bytes, e->key_bytes);
	return true;
}

void explore_refused(struct explorer *e)
{
	e->refused++;
	canon_all_statistics(e->arena.lab->owners);
	if (unchanged(e))
		return;
	canon_counters(e->arena.lab);
	if (!unchanged(e))
		explore_fail(e, "the metadata, after a refused call", "different", "as before");
}

void explore_moved(struct explorer *e, const void *key, unsigned claimed, uint32_t born)
{
	e->done++;
	canon_counters(e->arena.lab);
	check_generations(e, claimed, born);
	arrive(e, key);
	restore(e);
}
