/*
 * dump.c - the stages, in the order in which frames flow, and between them those who hold frames.
 */
#include "dump.h"

#include <labyrinth/inspect.h>

#include "buddy.h"
#include "debug.h"
#include "inject.h"
#include "quarantine.h"
#include "reach.h"
#include "reclaim.h"
#include "vault.h"
#include "wait.h"
#include "zone.h"

#define BLOCKS_PIECE 11 /* characters that one order takes, as in "123456*2^10" */

/* Adds up the free blocks of a zone that can be reached. */
static void count_free(const struct frames *f, const struct zone *z, uint64_t count[LABYRINTH_MAX_ORDER + 1])
{
	for (unsigned k = BLOCK_ORDER; k <= LABYRINTH_MAX_ORDER; k++)
		count[k] = labyrinth_large_count(&z->large, k);
	for (block_t b = z->first; b.i - z->first.i < z->blocks; b.i++)
		for (unsigned k = 0; k < BLOCK_ORDER && block_opened(f, b); k++)
			count[k] += labyrinth_buddy_count(&f->block[b.i], k);
}

static void say_blocks(struct lines *t, const uint64_t count[LABYRINTH_MAX_ORDER + 1])
{
	const char *words = "; blocks: ";

	for (unsigned k = 0; k <= LABYRINTH_MAX_ORDER; k++) {
		if (count[k] == 0)
			continue;
		labyrinth_lines_words_with_room(t, words, BLOCKS_PIECE);
		labyrinth_lines_say(t, "", count[k]);
		labyrinth_lines_say(t, "*2^", k);
		words = " ";
	}
}

static void say_zone(struct lines *t, const struct labyrinth *lab, const struct frames *f, unsigned which)
{
	uint64_t count[LABYRINTH_MAX_ORDER + 1] = { 0 };
	struct zone z;
	bool sound = reach_large(lab, f, which, &z);

	if (z.blocks == 0)
		return;
	labyrinth_lines_words(t, "zone ");
	labyrinth_lines_words(t, labyrinth_zone_name((enum labyrinth_zone)which));
	if (!sound) {
		labyrinth_lines_last(t, ": its record is overwritten");
		return;
	}
	count_free(f, &z, count);
	labyrinth_lines_say(t, ": free ", zone_free(&lab->zones[which]));
	labyrinth_lines_say(t, " of ", zone_managed(&z));
	if (z.low > 0) {
		labyrinth_lines_say(t, ", low below ", z.low);
		labyrinth_lines_say(t, " until ", z.high);
	}
	if (z.protect > 0)
		labyrinth_lines_say(t, ", protects ", z.protect);
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
		say_zone(t, lab, &f, z);
}

static void say_aside(struct lines *t, const struct labyrinth *lab)
{
	uint64_t target;

	if (!REACH(lab, lab->reserve, 1) || !REACH(lab, lab->vault, 1)) {
		labyrinth_lines_last(t, "reserve, vault: their record is overwritten");
		return;
	}
	/* Not through the reserve's pointer, which may be overwritten. */
	target = lab->reserve->target + share_of(vault_guaranteed(lab->vault), lab->reserve->share);
	labyrinth_lines_say(t, "reserve: ", reserve_count(lab->reserve));
	labyrinth_lines_say(t, " of ", target);
	labyrinth_lines_say(t, "; vault: ", reserve_count(&lab->vault->stock));
	labyrinth_lines_say(t, " of ", labyrinth_vault_target(lab->vault));
	labyrinth_lines_say(t, ", dirty ", reserve_count(&lab->vault->dirty));
	labyrinth_lines_say(t, ", surplus ", vault_surplus(lab->vault));
	labyrinth_lines_say(t, ", guaranteed ", vault_guaranteed(lab->vault));
}

/* Where shrinkers can be registered, and where tasks can sleep. */
static void say_pressure(struct lines *t, const struct labyrinth *lab)
{
	if (!REACH(lab, lab->reclaimer, 1) || !REACH(lab, lab->waiters, 1)) {
		labyrinth_lines_last(t, "shrinkers, sleepers: their record is overwritten");
		return;
	}
	if (lab->reclaimer->slots > 0) {
		labyrinth_lines_say(t, "shrinkers: slots ", lab->reclaimer->slots);
		labyrinth_lines_say(t, ", taken ",
		                    atomic_load_explicit(&lab->reclaimer->registered, memory_order_relaxed));
		dump_counter(t, ", freed ", &lab->reclaimer->reclaimed);
		labyrinth_lines_end(t);
	}
	if (lab->waiters->ticks > 0) {
		labyrinth_lines_say(t, "sleepers: ", lab->waiters->count);
		dump_counter(t, ", so far ", &lab->waiters->slept);
		dump_counter(t, ", in vain ", &lab->waiters->timeouts);
		labyrinth_lines_say(t, ", woken ", labyrinth_wakes(lab));
		labyrinth_lines_end(t);
	}
}

/* Frames that somebody took out of use, if there are any. */
static void say_bad(struct lines *t, const struct labyrinth *lab)
{
	const struct bad *bad = lab->frames->bad;
	uint64_t pending, offline;

	if (!REACH(lab, bad, 1)) {
		labyrinth_lines_last(t, "offline: the list is overwritten");
		return;
	}
	pending = atomic_load_explicit(&bad->marked, memory_order_relaxed);
	offline = bad_count(&bad->offline);
	if (pending + offline == 0)
		return;
	labyrinth_lines_say(t, "offline: frames ", offline);
	labyrinth_lines_say(t, ", in use and pending ", pending);
	labyrinth_lines_end(t);
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

static void say_debug(struct lines *t, const struct labyrinth *lab)
{
	if (lab->debug == NULL)
		return;
	if (!REACH(lab, lab->debug, 1) || (lab->quarantine != NULL && !REACH(lab, lab->quarantine, 1))) {
		labyrinth_lines_last(t, "debug aids: their record is overwritten");
		return;
	}
	labyrinth_lines_say(t, "debug aids: frames in quarantine ", labyrinth_quarantine_frames(lab->quarantine));
	labyrinth_lines_say(t, ", in red zones ", debug_fenced(lab));
	labyrinth_lines_say(t, ", reported ", labyrinth_debug_reports(lab));
	labyrinth_lines_end(t);
}

void labyrinth_dump(const struct labyrinth *lab, void (*print)(const char *line, void *context), void *context)
{
	struct lines t = { .print = print, .context = context };

	if (lab == NULL || print == NULL)
		return;
	if (!reach(lab, lab, 1, sizeof(*lab), 1)) {
		labyrinth_lines_last(&t, "labyrinth: the instance is overwritten");
		return;
	}
	labyrinth_lines_say(&t, "labyrinth: usable ", instance_usable(lab));
	labyrinth_lines_say(&t, " frames, metadata ", lab->metadata_bytes);
	labyrinth_lines_last(&t, " bytes");
	say_zones(&t, lab);
	say_aside(&t, lab);
	labyrinth_dump_owners(&t, lab);
	say_pressure(&t, lab);
	labyrinth_dump_movers(&t, lab);
	if (REACH(lab, lab->frames, 1))
		say_bad(&t, lab);
	say_injection(&t, lab);
	say_debug(&t, lab);
}
