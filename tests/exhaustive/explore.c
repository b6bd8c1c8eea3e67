/*
 * explore.c - breadth-first search over the states of an arena.
 *
 * Idea    After a call that was refused only the warm lines of metadata are compared, those that some call has changed
 *         before. The cold ones are compared with the start after each call that was not refused, and when all calls
 *         have been made: if one has changed, it is warm from now on, and the visit is repeated, with everything
 *         compared after every call. So a refused call that writes where nothing was ever written is found, too,
 *         unless another one takes that back before the next comparison.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "exhaustive/explore.h"

#define FIRST_FRAME 0x1000u

/* ---- What of the metadata may change: the structures at its start, and the words of the frames. */

static uint8_t *metadata(const struct explorer *e)
{
	return e->arena.metadata;
}

static size_t words_end(const struct explorer *e)
{
	return e->words + e->frames * sizeof(struct page);
}

/* What may not change at all: between those two ... */
static bool rest_unchanged(const struct explorer *e)
{
	return memcmp(metadata(e) + e->fixed, e->base + e->fixed, e->words - e->fixed) == 0;
}

/* ... and the words of the holes. The first ones share a line with the words of the frames. */
static bool holes_unchanged(const struct explorer *e, size_t end)
{
	return memcmp(metadata(e) + words_end(e), e->base + words_end(e), end - words_end(e)) == 0;
}

static bool cold_unchanged(const struct explorer *e)
{
	return spans_same(&e->lines.cold, metadata(e), e->base);
}

static bool unchanged(const struct explorer *e)
{
	return spans_same(&e->lines.warm, metadata(e), e->here) && (!e->thorough || cold_unchanged(e));
}

/* ---- The path that leads here. */

static void print_step(const struct explorer *e, const char *before, struct step s)
{
	print_error("%s %s %d %d %d %d\n", before, s.call < 0 ? "check" : e->calls[s.call], s.a, s.b, s.c, s.d);
}

static void print_path(const struct explorer *e, size_t state)
{
	const struct state *s = &e->known.state[state];

	if (state == 0)
		return;
	print_path(e, s->from);
	print_step(e, " ", (struct step){ s->call, s->step[0], s->step[1], s->step[2], s->step[3] });
}

_Noreturn void explore_fail(const struct explorer *e, const char *what, const char *found, const char *wanted)
{
	print_error("from the start:\n");
	print_path(e, e->visiting);
	print_step(e, "then", e->step);
	fail_msg("%s: %s, but it should be %s", what, found, wanted);
	abort();
}

/* ---- The set of known states. */

static void arrive(struct explorer *e, struct place now)
{
	size_t state = known_find(&e->known, now.key);
	const struct state *old = &e->known.state[state];
	const struct step *s = &e->step;
	uint64_t print;

	if (state < e->known.states && old->form != now.form)
		return;
	print = lines_print(&e->lines, metadata(e));
	if (state < e->known.states) {
		if (old->print != print)
			explore_fail(e, "the metadata, in a state that was reached before", "different", "the same");
		return;
	}
	known_add(&e->known, (struct state){ print, (uint32_t)e->visiting,
	                                     { (int16_t)s->a, (int16_t)s->b, (int16_t)s->c, (int16_t)s->d },
	                                     (uint8_t)s->call, (uint8_t)now.form });
	waiting_put(&e->waiting, &e->lines, metadata(e));
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

void explore_begin(struct explorer *e, unsigned frames, struct labyrinth_config config, struct canon canon,
                   const char *const *calls, struct place start, size_t key_bytes)
{
	const uint64_t range[][2] = { { FIRST_FRAME, FIRST_FRAME + frames }, { 0, 0 } };

	*e = (struct explorer){ .frames = frames, .canon = canon, .calls = calls };
	e->arena = arena_new(range, config);
	e->page = labyrinth_pfn_page(e->arena.lab, (pfn_t){ FIRST_FRAME });
	e->words = (size_t)((uint8_t *)e->page - metadata(e));
	e->fixed = (size_t)((uint8_t *)(e->arena.lab->frames->block + 1) - metadata(e));
	assert_true(e->fixed % LINE_BYTES == 0 && e->fixed <= e->words);
	canon_all_trees(e->arena.lab);
	canon_counters(e->arena.lab);
	for (unsigned f = 0; f < frames; f++)
		canon_frame(&e->page[f], canon);
	for (uint32_t i = 0; i < config.owners; i++)
		canon_owner(&e->arena.lab->owners->at[i], canon);
	e->base = arena_snapshot(&e->arena);
	e->here = arena_snapshot(&e->arena);
	lines_begin(&e->lines, e->base, e->arena.bytes);
	known_begin(&e->known, key_bytes);
	arrive(e, start);
}

void explore_end(struct explorer *e)
{
	known_end(&e->known);
	waiting_end(&e->waiting);
	lines_end(&e->lines);
	free(e->here);
	free(e->base);
	arena_end(&e->arena);
}

/* The same state once more, or the next one; false when there is none. */
static bool choose(struct explorer *e)
{
	e->thorough = e->again;
	e->again = false;
	if (e->thorough) {
		e->calls_made = e->before;
		return true;
	}
	if (e->next == e->known.states)
		return false;
	e->visiting = e->next++;
	e->before = e->calls_made;
	spans_copy(&e->lines.warm, e->here, e->base);
	waiting_get(&e->waiting, e->here);
	return true;
}

bool explore_next(struct explorer *e, void *key, unsigned *form)
{
	const char *law;

	e->again = e->again || !cold_unchanged(e);
	if (!choose(e))
		return false;
	memcpy(metadata(e), e->here, e->arena.bytes);
	e->step = (struct step){ .call = -1 };
	law = labyrinth_check(e->arena.lab, NULL);
	if (law != NULL)
		explore_fail(e, law, "broken", "kept");
	memcpy(key, known_key(&e->known, e->visiting), e->known.key_bytes);
	*form = e->known.state[e->visiting].form;
	return true;
}

void explore_refused(struct explorer *e)
{
	e->calls_made.refused++;
	canon_all_statistics(e->arena.lab->owners);
	if (unchanged(e))
		return;
	canon_counters(e->arena.lab);
	if (!unchanged(e))
		explore_fail(e, "the metadata, after a refused call", "different", "as before");
}

/* A call has changed what was cold: one that was allowed to, or else the repeated visit finds it. */
static void warm_up(struct explorer *e)
{
	if (!rest_unchanged(e) || !holes_unchanged(e, e->arena.bytes))
		explore_fail(e, "holes and padding", "different", "as at the start");
	e->again = !e->thorough;
	lines_warm_up(&e->lines, metadata(e));
}

void explore_moved(struct explorer *e, struct place now, unsigned claimed, uint32_t born)
{
	e->calls_made.done++;
	canon_counters(e->arena.lab);
	check_generations(e, claimed, born);
	if (!holes_unchanged(e, (words_end(e) + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES))
		explore_fail(e, "the words of holes", "different", "as at the start");
	if (!cold_unchanged(e))
		warm_up(e);
	if (!e->again)
		arrive(e, now);
	spans_copy(&e->lines.warm, metadata(e), e->here);
}
