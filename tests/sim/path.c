/*
 * path.c - the receive path in calls of the allocator.
 */
#include "sim/path.h"

#include <stdlib.h>

#include "port/host.h"
#include "sim/die.h"

/* Refused for want of frames, which is only allowed when all that are guaranteed are held. */
static bool refused(const struct path *p, const char *what, enum labyrinth_status status, uint64_t held,
                    uint64_t frames)
{
	if (status == LABYRINTH_OK)
		return false;
	if (status != LABYRINTH_OVER_LIMIT && status != LABYRINTH_NO_MEMORY)
		die(what, labyrinth_status_name(status));
	if (p->budget.guaranteed && held < frames)
		die("refused within a guarantee", what);
	return true;
}

static uint32_t drivers_frames(const struct budget *b)
{
	return b->transfer ? b->ring + 1 : b->frames;
}

static uint64_t in_flight(const struct path *p)
{
	return p->accepted - p->released;
}

static bool claim(struct path *p, struct labyrinth_claim *claim)
{
	uint64_t held = p->budget.ring + (p->budget.transfer ? 0 : in_flight(p));

	*claim = (struct labyrinth_claim){ .lab = p->lab, .owner = p->driver };
	labyrinth_void_alloc_page_gfp_atomic_exclusive(claim);
	return !refused(p, "claim", claim->status, held, drivers_frames(&p->budget));
}

static bool transfer(struct path *p, struct labyrinth_claim *claim)
{
	if (!p->budget.transfer)
		return true;
	return !refused(p, "transfer", labyrinth_claim_transfer(claim, p->receiver), in_flight(p),
	                p->budget.frames - drivers_frames(&p->budget));
}

static labyrinth_owner_t owner_new(const struct path *p, const char *name, uint32_t frames)
{
	struct labyrinth_budget budget = { .name = name, .limit = frames };
	labyrinth_owner_t owner;

	budget.guarantee = p->budget.guaranteed ? frames : 0;
	must("register", labyrinth_owner_register(p->lab, &budget, &owner));
	return owner;
}

uint32_t path_fewest(uint32_t ring)
{
	return ring + 2;
}

void path_open(struct path *p, struct labyrinth *lab, struct budget budget)
{
	*p = (struct path){ .lab = lab, .budget = budget };
	p->driver = p->receiver = owner_new(p, "driver", drivers_frames(&budget));
	if (budget.transfer)
		p->receiver = owner_new(p, "receiver", budget.frames - drivers_frames(&budget));
	p->slot = must_have(calloc(budget.ring, sizeof(*p->slot)));
	p->queue = must_have(calloc(budget.frames, sizeof(*p->queue)));
	for (uint32_t i = 0; i < budget.ring; i++) {
		if (!claim(p, &p->slot[i]))
			die("a claim for the ring", labyrinth_status_name(p->slot[i].status));
		must("lend", labyrinth_claim_lend(&p->slot[i]));
	}
}

void path_arrive(struct path *p)
{
	p->sent++;
	if (p->filled == p->budget.ring)
		p->overrun++;
	else
		p->filled++;
}

/* False when the packet is lost. The slot holds a lent frame before and after. */
static bool receive(struct path *p, struct labyrinth_claim *slot)
{
	struct labyrinth_claim spare;
	bool received;

	if (!claim(p, &spare))
		return false;
	must("take back", labyrinth_claim_take_back(slot));
	received = transfer(p, slot);
	if (received) {
		p->queue[p->accepted++ % p->budget.frames] = *slot;
		*slot = spare;
	} else {
		must("release", labyrinth_claim_release(&spare));
	}
	must("lend", labyrinth_claim_lend(slot));
	return received;
}

void path_interrupt(struct path *p)
{
	host_context = LABYRINTH_INTERRUPT;
	for (; p->filled > 0; p->filled--) {
		p->lost += !receive(p, &p->slot[p->next]);
		p->next = (p->next + 1) % p->budget.ring;
	}
	host_context = LABYRINTH_TASK;
}

void path_drain(struct path *p)
{
	p->drained++;
}

void path_release(struct path *p, uint64_t most)
{
	for (; most > 0 && p->released != p->drained; most--)
		must("release", labyrinth_claim_release(&p->queue[p->released++ % p->budget.frames]));
}

uint32_t path_needed(const struct path *p)
{
	struct labyrinth_owner_stats stats;

	must("statistics", labyrinth_owner_stats(p->lab, p->receiver, &stats));
	return stats.high_water + (p->budget.transfer ? drivers_frames(&p->budget) : 0);
}

void path_close(struct path *p)
{
	path_release(p, UINT64_MAX);
	for (uint32_t i = 0; i < p->budget.ring; i++) {
		must("take back", labyrinth_claim_take_back(&p->slot[i]));
		must("release", labyrinth_claim_release(&p->slot[i]));
	}
	must("retire the driver", labyrinth_owner_retire(p->lab, p->driver));
	if (p->budget.transfer)
		must("retire the receiver", labyrinth_owner_retire(p->lab, p->receiver));
	free(p->slot);
	free(p->queue);
}
