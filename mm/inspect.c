/*
 * inspect.c - what is where, in numbers. Looks, changes nothing but tickets of the zones' locks.
 */
#include <labyrinth/inspect.h>

#include "compact.h"
#include "debug.h"
#include "instance.h"
#include "magazine.h"
#include "owner.h"
#include "particular.h"
#include "quarantine.h"
#include "reclaim.h"
#include "shred.h"
#include "vault.h"
#include "wait.h"
#include "window.h"
#include "zone.h"

const char *labyrinth_zone_name(enum labyrinth_zone zone)
{
	static const char *const names[LABYRINTH_ZONES] = { "DMA", "DMA32", "NORMAL" };

	return (unsigned)zone < LABYRINTH_ZONES ? names[zone] : "?";
}

/* A lock is waited for only in a task: elsewhere its holder may be who was interrupted, by a panic for one. */
static void zone_stats(struct zone *z, struct labyrinth_zone_stats *out)
{
	enum patience patience = labyrinth_port_context() == LABYRINTH_TASK ? ZONE_WAIT : ZONE_TRY;

	*out = (struct labyrinth_zone_stats){ .frames = zone_managed(z), .free = zone_free(z), .low = z->low,
	                                      .high = z->high, .protect = z->protect };
	labyrinth_zone_count_blocks(z, patience, out->free_blocks);
}

/* What the owners have, by what can be done with it. */
static void add_claims(const struct owners *owners, struct labyrinth_stats *out)
{
	for (uint32_t i = 0; i < owners->slots; i++) {
		const struct owner *o = &owners->at[i];
		uint64_t word = owner_view(o);
		uint32_t mapped = owner_mapped(o, word);

		out->owned += owner_out(word) - owner_lent(word);
		out->lent += owner_lent(word) - mapped;
		out->mapped += mapped;
		out->recycled += owner_recycled(word);
	}
}

static uint64_t counted(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

void labyrinth_stats(const struct labyrinth *lab, struct labyrinth_stats *out)
{
	struct magazine_traffic traffic;
	uint64_t known;

	if (lab == NULL || out == NULL)
		return;
	traffic = labyrinth_magazines_traffic(lab->magazines);
	*out = (struct labyrinth_stats){
		.usable     = instance_usable(lab),
		.cached     = labyrinth_magazines_count(lab->magazines),
		.quarantined = labyrinth_quarantine_frames(lab->quarantine),
		.fenced     = debug_fenced(lab),
		.offline    = bad_count(&lab->frames->bad->offline),
		.isolated   = lab->isolation->on,
		.shootdowns = counted(&lab->isolation->shootdowns),
		.not_hidden = counted(&lab->isolation->refused),
		.pending    = atomic_load_explicit(&lab->frames->bad->marked, memory_order_relaxed),
		.reserve    = reserve_count(lab->reserve),
		.vault      = reserve_count(&lab->vault->stock),
		.dirty      = reserve_count(&lab->vault->dirty),
		.guaranteed = vault_guaranteed(lab->vault),
		.shredded   = atomic_load_explicit(&lab->shredder->serial, memory_order_relaxed),
		.movable        = labyrinth_movers_frames(lab->movers),
		.moved          = counted(&lab->compactor->moved),
		.move_refused   = counted(&lab->compactor->refused),
		.compacted      = counted(&lab->compactor->built),
		.reserve_target = reserve_target(lab->reserve),
		.vault_target   = labyrinth_vault_target(lab->vault),
		.metadata_bytes = lab->metadata_bytes,
		.reclaimed  = counted(&lab->reclaimer->reclaimed),
		.slept      = counted(&lab->waiters->slept),
		.timeouts   = counted(&lab->waiters->timeouts),
		.wakes      = labyrinth_wakes(lab),
		.refills    = traffic.refills,
		.flushes    = traffic.flushes,
		.drains     = traffic.drains,
	};
	add_claims(lab->owners, out);
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++) {
		zone_stats(&lab->zones[z], &out->zone[z]);
		out->free += out->zone[z].free;
	}
	known = out->free + out->cached + out->reserve + out->vault + out->dirty + out->owned + out->lent
	        + out->mapped + out->recycled + out->quarantined + out->fenced + out->offline;
	out->shared = known < out->usable ? out->usable - known : 0;
}

enum labyrinth_status labyrinth_owner_stats(const struct labyrinth *lab, labyrinth_owner_t owner,
                                            struct labyrinth_owner_stats *out)
{
	struct labyrinth_owner_stats stats;
	const struct owner *o;
	uint64_t word;

	if (lab == NULL || out == NULL)
		return LABYRINTH_NULL_POINTER;
	o = owner_slot(lab->owners, owner);
	if (o == NULL)
		return LABYRINTH_BAD_OWNER;
	word = owner_view(o);
	stats = (struct labyrinth_owner_stats){
		.guarantee     = o->guarantee,
		.limit         = o->limit,
		.held          = owner_out(word),
		.lent          = owner_lent(word) - owner_mapped(o, word),
		.mapped        = owner_mapped(o, word),
		.recycled      = owner_recycled(word),
		.high_water    = atomic_load_explicit(&o->high_water, memory_order_relaxed),
		.from_recycled = owner_from_recycled(o),
		.from_zone     = counted(&o->from_zone),
		.from_vault    = counted(&o->from_vault),
		.received      = counted(&o->received),
		.over_limit    = counted(&o->over_limit),
		.over_rate     = counted(&o->over_rate),
		.no_memory     = counted(&o->no_memory),
		.misused       = counted(&o->misused),
		.worst_ticks   = counted(&o->worst_ticks),
	};
	labyrinth_owner_name(o, stats.name);
	if (!owner_is(word, owner) || !owner_is(owner_load(o), owner))
		return LABYRINTH_BAD_OWNER; /* or what was read may be of the next owner in the slot */
	*out = stats;
	return LABYRINTH_OK;
}

enum labyrinth_status labyrinth_mover_stats(const struct labyrinth *lab, labyrinth_mover_t mover,
                                            struct labyrinth_mover_stats *out)
{
	struct labyrinth_mover_stats stats;
	const struct mover *m;
	uint64_t word;

	if (lab == NULL || out == NULL)
		return LABYRINTH_NULL_POINTER;
	if (mover.slot >= LABYRINTH_MAX_MOVERS)
		return LABYRINTH_BAD_MOVER;
	m = &lab->movers->at[mover.slot];
	word = mover_load(m);
	stats = (struct labyrinth_mover_stats){
		.name = m->name, .frames = mover_frames(word), .moved = counted(&m->moved),
		.refused = counted(&m->refused),
	};
	if (!mover_alive(word) || mover_generation(word) != mover.generation
	    || mover_generation(mover_load(m)) != mover.generation)
		return LABYRINTH_BAD_MOVER; /* or what was read may be of the next mover in the slot */
	*out = stats;
	return LABYRINTH_OK;
}

bool labyrinth_owner_next(const struct labyrinth *lab, labyrinth_owner_t *at)
{
	uint32_t i;

	if (lab == NULL || at == NULL)
		return false;
	/* A live owner's generation is odd, so {0, 0} is before the first. */
	i = at->generation == 0 ? 0 : (uint32_t)at->slot + 1;
	for (; i < lab->owners->slots; i++) {
		uint64_t word = owner_load(&lab->owners->at[i]);

		if (owner_alive(word)) {
			*at = (labyrinth_owner_t){ (uint16_t)i, owner_generation(word) };
			return true;
		}
	}
	return false;
}
