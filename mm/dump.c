/*
 * dump.c - the instance in a few lines of text, in a panic too.
 *
 * Idea    Each stage in the order in which frames flow, then each owner. A pointer is followed when reach.h allows it.
 * Writes  Its own stack.
 */
#include <labyrinth/inspect.h>

#include "buddy.h"
#include "inject.h"
#include "lines.h"
#include "reach.h"
#include "vault.h"
#include "zone.h"

#define MOST_NAME 24
#define BLOCKS_PIECE 10 /* characters that one order takes, as in "123456*2^9" */

/* Adds up the free blocks of a run of page blocks. */
static void count_free(const struct frames *f, uint32_t first, uint32_t blocks, uint64_t count[BLOCK_ORDER + 1])
{
	for (block_t b = { first }; b.i - first < blocks; b.i++) {
		if (block_virgin(f, b)) {
			count[BLOCK_ORDER]++;
			continue;
		}
		for (unsigned k = 0; k <= BLOCK_ORDER; k++)
			count[k] += labyrinth_buddy_count(&f->block[b.i], k);
	}
}

static void say_blocks(struct lines *t, const uint64_t count[BLOCK_ORDER + 1])
{
	const char *words = "; blocks: ";

	for (unsigned k = 0; k <= BLOCK_ORDER; k++) {
		if (count[k] == 0)
			continue;
		labyrinth_lines_words_with_room(t, words, BLOCKS_PIECE);
		labyrinth_lines_say(t, "", count[k]);
		labyrinth_lines_say(t, "*2^", k);
		words = " ";
	}
}

static void say_zone(struct lines *t, const struct frames *f, const struct zone *z, enum labyrinth_zone which)
{
	uint32_t first = z->first.i, blocks = z->blocks;
	uint64_t count[BLOCK_ORDER + 1] = { 0 };

	if (blocks == 0)
		return;
	labyrinth_lines_words(t, "zone ");
	labyrinth_lines_words(t, labyrinth_zone_name(which));
	if (first > f->blocks || blocks > f->blocks - first) {
		labyrinth_lines_last(t, ": its record is overwritten");
		return;
	}
	count_free(f, first, blocks, count);
	labyrinth_lines_say(t, ": free ", zone_free(z));
	labyrinth_lines_say(t, " of ", z->managed);
	say_blocks(t, count);
	labyrinth_lines_end(t);
}

static void say_zones(struct lines *t, const struct labyrinth *lab)
{
	struct frames f;

	if (!reach_frames(lab, &f) || !REACH(lab, lab->zones, LABYRINTH_ZONES)) {
		labyrinth_lines_last(t, "zones: their record is overwritten");
		return;
	}
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++)
		say_zone(t, &f, &lab->zones[z], (enum labyrinth_zone)z);
}

static void say_aside(struct lines *t, const struct labyrinth *lab)
{
	if (!REACH(lab, lab->reserve, 1) || !REACH(lab, lab->vault, 1)) {
		labyrinth_lines_last(t, "reserve, vault: their record is overwritten");
		return;
	}
	labyrinth_lines_say(t, "reserve: ", reserve_count(lab->reserve));
	labyrinth_lines_say(t, " of ", lab->reserve->target);
	labyrinth_lines_say(t, "; vault: ", reserve_count(&lab->vault->stock));
	labyrinth_lines_say(t, " of ", lab->vault->stock.target);
	labyrinth_lines_say(t, ", surplus ", vault_surplus(lab->vault));
	labyrinth_lines_say(t, ", guaranteed ", vault_guaranteed(lab->vault));
}

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
	return o->name != NULL && o->limit > 0 && o->limit <= LABYRINTH_MAX_BUDGET && o->guarantee <= o->limit
	       && o->recycle <= o->limit && o->recycle <= LABYRINTH_MAX_RECYCLE;
}

static void say_name(struct lines *t, const char *name)
{
	labyrinth_lines_words(t, " \"");
	for (unsigned i = 0; i < MOST_NAME && name[i] != '\0'; i++)
		labyrinth_lines_put(t, name[i] >= ' ' && name[i] <= '~' ? name[i] : '?');
	labyrinth_lines_put(t, '"');
}

static void say_counter(struct lines *t, const char *words, const _Atomic uint64_t *counter)
{
	labyrinth_lines_say(t, words, atomic_load_explicit(counter, memory_order_relaxed));
}

static void say_counters(struct lines *t, const struct owner *o)
{
	labyrinth_lines_say(t, ", at most ", atomic_load_explicit(&o->high_water, memory_order_relaxed));
	say_counter(t, "; got from recycled ", &o->from_recycled);
	say_counter(t, ", zones ", &o->from_zone);
	say_counter(t, ", vault ", &o->from_vault);
	say_counter(t, ", others ", &o->received);
	say_counter(t, "; refused over limit ", &o->over_limit);
	say_counter(t, ", no memory ", &o->no_memory);
	say_counter(t, ", misused ", &o->misused);
}

static void say_owner(struct lines *t, const struct owner *o, uint32_t slot)
{
	uint64_t word = owner_load(o);

	if (!owner_alive(word) && word % OWNER_BORN == 0)
		return;
	labyrinth_lines_say(t, "owner ", slot);
	if (!sound(o)) {
		labyrinth_lines_last(t, ": its record is overwritten");
		return;
	}
	say_name(t, o->name);
	if (!owner_alive(word))
		labyrinth_lines_words(t, " (retired)");
	labyrinth_lines_say(t, ": guarantee ", o->guarantee);
	labyrinth_lines_say(t, ", limit ", o->limit);
	labyrinth_lines_say(t, ", holds ", owner_out(word));
	labyrinth_lines_say(t, ", of them lent ", owner_lent(word));
	labyrinth_lines_say(t, ", keeps ", owner_recycled(word));
	say_counters(t, o);
	labyrinth_lines_end(t);
}

static void say_owners(struct lines *t, const struct owners *owners)
{
	for (uint32_t i = 0; i < owners->slots; i++)
		say_owner(t, &owners->at[i], i);
}

static void say_injection(struct lines *t, const struct labyrinth *lab)
{
	struct labyrinth_injection_stats stats;

	if (!REACH(lab, lab->injector, 1))
		return;
	labyrinth_injection_stats(lab, &stats);
	if (!stats.on)
		return;
	labyrinth_lines_say(t, "injection in force: refused ", stats.refused);
	labyrinth_lines_say(t, " requests of ", stats.requests);
	labyrinth_lines_end(t);
}

void labyrinth_dump(const struct labyrinth *lab, void (*print)(const char *line, void *context), void *context)
{
	struct lines t = { .print = print, .context = context };
	struct owners owners;

	if (lab == NULL || print == NULL)
		return;
	if (!reach(lab, lab, 1, sizeof(*lab), 1)) {
		labyrinth_lines_last(&t, "labyrinth: the instance is overwritten");
		return;
	}
	labyrinth_lines_say(&t, "labyrinth: usable ", lab->usable);
	labyrinth_lines_say(&t, " frames, metadata ", lab->metadata_bytes);
	labyrinth_lines_last(&t, " bytes");
	say_zones(&t, lab);
	say_aside(&t, lab);
	if (reach_owners(lab, &owners)) {
		say_promised(&t, &owners);
		labyrinth_lines_end(&t);
		say_owners(&t, &owners);
	} else {
		labyrinth_lines_end(&t);
		labyrinth_lines_last(&t, "owners: their record is overwritten");
	}
	say_injection(&t, lab);
}
