/*
 * dump_owners.c - owners and movers: what each holds, and how it has fared.
 */
#include "dump.h"

#include "reach.h"

#define MOST_NAME 24

static uint32_t owed(const struct owner *o, uint64_t word)
{
	uint32_t guarantee = owner_guarantee(o, word);

	return guarantee > owner_held(word) ? guarantee - owner_held(word) : 0;
}

/* What the owners' words say that the vault owes: with its surplus, as much as the vault holds. */
static void say_promised(struct lines *t, const struct owners *owners)
{
	uint64_t promised = 0;

	for (uint32_t i = 0; i < owners->slots; i++)
		promised += owed(&owners->at[i], owner_load(&owners->at[i]));
	labyrinth_lines_say(t, ", promised ", promised);
}

/* Could registration have made this record? */
static bool sound(const struct owner *o)
{
	return o->limit > 0 && o->limit <= LABYRINTH_MAX_BUDGET && o->guarantee <= o->limit
	       && o->recycle <= o->limit && o->recycle <= LABYRINTH_MAX_RECYCLE;
}

static void say_name(struct lines *t, const char *name)
{
	labyrinth_lines_words(t, " \"");
	for (unsigned i = 0; i < MOST_NAME && name[i] != '\0'; i++)
		labyrinth_lines_put(t, name[i] >= ' ' && name[i] <= '~' ? name[i] : '?');
	labyrinth_lines_put(t, '"');
}

static void say_counters(struct lines *t, const struct owner *o)
{
	labyrinth_lines_say(t, ", at most ", atomic_load_explicit(&o->high_water, memory_order_relaxed));
	labyrinth_lines_say(t, "; got from recycled ", owner_from_recycled(o));
	dump_counter(t, ", zones ", &o->from_zone);
	dump_counter(t, ", vault ", &o->from_vault);
	dump_counter(t, ", others ", &o->received);
	dump_counter(t, "; refused over limit ", &o->over_limit);
	if (pace_on(&o->pace))
		dump_counter(t, ", over rate ", &o->over_rate);
	dump_counter(t, ", no memory ", &o->no_memory);
	dump_counter(t, ", misused ", &o->misused);
	if (atomic_load_explicit(&o->worst_ticks, memory_order_relaxed) > 0)
		dump_counter(t, "; longest claim ", &o->worst_ticks);
}

static void say_owner(struct lines *t, const struct owner *o, uint32_t slot)
{
	uint64_t word = owner_view(o);
	char name[LABYRINTH_NAME_BYTES];

	if (!owner_alive(word) && word % OWNER_BORN == 0)
		return;
	labyrinth_lines_say(t, "owner ", slot);
	if (!sound(o)) {
		labyrinth_lines_last(t, ": its record is overwritten");
		return;
	}
	labyrinth_owner_name(o, name);
	say_name(t, name);
	if (!owner_alive(word))
		labyrinth_lines_words(t, " (retired)");
	labyrinth_lines_say(t, ": guarantee ", o->guarantee);
	labyrinth_lines_say(t, ", limit ", o->limit);
	labyrinth_lines_say(t, ", holds ", owner_out(word));
	labyrinth_lines_say(t, ", of them lent ", owner_lent(word) - owner_mapped(o, word));
	if (owner_mapped(o, word) > 0)
		labyrinth_lines_say(t, ", mapped ", owner_mapped(o, word));
	labyrinth_lines_say(t, ", keeps ", owner_recycled(word));
	say_counters(t, o);
	labyrinth_lines_end(t);
}

void labyrinth_dump_owners(struct lines *t, const struct labyrinth *lab)
{
	struct owners owners;

	if (!reach_owners(lab, &owners)) {
		labyrinth_lines_end(t);
		labyrinth_lines_last(t, "owners: their record is overwritten");
		return;
	}
	say_promised(t, &owners);
	labyrinth_lines_end(t);
	for (uint32_t i = 0; i < owners.slots; i++)
		say_owner(t, &owners.at[i], i);
}

/* Could registration have made this record? */
static bool mover_sound(const struct mover *m, uint64_t usable)
{
	return m->name != NULL && m->relocate != NULL && mover_frames(mover_load(m)) <= 2 * usable;
}

static void say_mover(struct lines *t, const struct labyrinth *lab, uint32_t slot)
{
	const struct mover *m = &lab->movers->at[slot];
	uint64_t word = mover_load(m);

	if (!mover_alive(word))
		return;
	labyrinth_lines_say(t, "mover ", slot);
	if (!mover_sound(m, instance_usable(lab))) {
		labyrinth_lines_last(t, ": its record is overwritten");
		return;
	}
	say_name(t, m->name);
	labyrinth_lines_say(t, ": frames ", mover_frames(word));
	dump_counter(t, ", moved ", &m->moved);
	dump_counter(t, ", refused to move ", &m->refused);
	labyrinth_lines_end(t);
}

void labyrinth_dump_movers(struct lines *t, const struct labyrinth *lab)
{
	if (!REACH(lab, lab->movers, 1)) {
		labyrinth_lines_last(t, "movers: their record is overwritten");
		return;
	}
	for (uint32_t i = 0; i < LABYRINTH_MAX_MOVERS; i++)
		say_mover(t, lab, i);
}
