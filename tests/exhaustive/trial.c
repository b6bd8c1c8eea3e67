/*
 * trial.c - one call in one state: before it, and after it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "exhaustive/packed.h"
#include "exhaustive/trial.h"

struct trial trial;

void trial_begin(enum call call, int a, int b, int c, int d)
{
	memcpy(&trial.then, &trial.here, sizeof(trial.then));
	trial.then.shredded = 0;
	trial.then.claimed = BLOCKS_NONE;
	trial.then.born = EXPLORE_NOBODY;
	trial.e.step = (struct step){ (int)call, a, b, c, d };
}

void trial_maintain_promptly(enum labyrinth_status released)
{
	if ((trial.row->how & PROMPT) && released == LABYRINTH_OK
	    && labyrinth_maintain(trial.e.arena.lab, WORLD_FRAMES)
	               != world_maintain(&trial.then, &trial.row->rules, WORLD_FRAMES))
		explore_fail(&trial.e, "frames moved", "another number", "the model's");
}

/* The key of a state of the world, and its form: which twins have changed places. */
static unsigned key_of(const struct world *w, uint64_t *key)
{
	struct world same = *w;
	unsigned form = trial.one_of_twins ? world_represent(&same) : 0;

	*key = world_pack(&same);
	return form;
}

static void world_of(uint64_t key, unsigned form, struct world *w)
{
	world_unpack(key, trial.row->frames, w);
	for (unsigned pair = 0; pair < PACKED_PAIRS; pair++)
		if (form >> pair & 1)
			world_swap(w, pair);
}

static void moved(void)
{
	uint64_t key;
	unsigned form = key_of(&trial.then, &key);
	struct world copy;

	world_of(key, form, &copy);
	assert_memory_equal(&copy, &trial.then, WORLD_KEY);
	explore_moved(&trial.e, (struct place){ &key, form }, trial.then.claimed, trial.then.born);
}

void trial_end(enum call call, enum labyrinth_status found, enum labyrinth_status wanted)
{
	outcome_met(call, found);
	if (found != wanted)
		explore_fail(&trial.e, "status", labyrinth_status_name(found), labyrinth_status_name(wanted));
	if (canon_get(&trial.e.arena.lab->shredder->serial) != trial.then.shredded)
		explore_fail(&trial.e, "frames shredded", "another number", "the model's");
	if (found == LABYRINTH_OK)
		moved();
	else
		explore_refused(&trial.e);
}

void trial_page(const struct page *found, unsigned wanted)
{
	if (found != (wanted == BLOCKS_NONE ? NULL : trial.e.page + wanted))
		explore_fail(&trial.e, "the frame that was granted", "another", "the model's");
}

labyrinth_owner_t trial_handle(unsigned h)
{
	uint16_t live = trial.row->canon.owner;

	switch (h) {
	case RETIRED:
		return (labyrinth_owner_t){ 0, (live - 2u) & CANON_OWNER_MASK };
	case UNBORN:
		return (labyrinth_owner_t){ 0, canon_retired(trial.row->canon) };
	case NO_SLOT:
		return (labyrinth_owner_t){ WORLD_OWNERS, live };
	default:
		return (labyrinth_owner_t){ (uint16_t)h, live };
	}
}

bool trial_alive(unsigned h)
{
	return h < WORLD_OWNERS && trial.here.budget[h] > 0;
}

bool trial_next(void)
{
	uint64_t key;
	unsigned form;

	if (!explore_next(&trial.e, &key, &form))
		return false;
	world_of(key, form, &trial.here);
	return true;
}

void trial_first(const struct owners_row *row, bool one_of_twins)
{
	const struct labyrinth_config config = { .owners = WORLD_OWNERS, .reserve_frames = row->rules.reserve,
	                                         .vault_frames = row->rules.vault };
	uint64_t key;
	unsigned form;

	trial.row = row;
	trial.one_of_twins = one_of_twins;
	trial.here = world_new(row->frames, &row->rules);
	form = key_of(&trial.here, &key);
	explore_begin(&trial.e, row->frames, config, row->canon, call_name, (struct place){ &key, form }, sizeof(key));
}

uint64_t trial_representatives(void)
{
	struct known known;
	uint64_t key, count;

	known_begin(&known, sizeof(key));
	for (size_t i = 0; i < trial.e.known.states; i++) {
		struct world w;

		memcpy(&key, known_key(&trial.e.known, i), sizeof(key));
		world_unpack(key, trial.row->frames, &w);
		world_represent(&w);
		key = world_pack(&w);
		if (known_find(&known, &key) == known.states)
			known_add(&known, (struct state){ 0 });
	}
	count = known.states;
	known_end(&known);
	return count;
}

void owners_met_every_outcome(void)
{
	outcomes_all_met();
}
