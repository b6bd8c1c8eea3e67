/*
 * reclaim.c - registering shrinkers, and asking them.
 */
#include "reclaim.h"

#include "instance.h"

void labyrinth_reclaimer_init(struct reclaimer *r, struct shrinker *at, uint32_t slots)
{
	*r = (struct reclaimer){ .at = at, .slots = slots };
	for (uint32_t i = 0; i < slots; i++)
		at[i] = (struct shrinker){ .generation = 0 };
}

static void count(struct reclaimer *r, int32_t more)
{
	uint32_t registered = atomic_load_explicit(&r->registered, memory_order_relaxed);

	atomic_store_explicit(&r->registered, registered + (uint32_t)more, memory_order_relaxed);
}

/* A slot that nobody has, and whose last scan is over; NULL when there is none. */
static struct shrinker *free_slot(struct reclaimer *r)
{
	for (uint32_t i = 0; i < r->slots; i++)
		if (r->at[i].generation % 2 == 0)
			return &r->at[i];
	return NULL;
}

enum labyrinth_status labyrinth_shrinker_register(struct labyrinth *lab, const struct labyrinth_shrinker *shrinker,
                                                  labyrinth_shrinker_t *id)
{
	struct shrinker *slot;
	labyrinth_irq_t was;

	if (lab == NULL || shrinker == NULL || id == NULL || shrinker->name == NULL || shrinker->scan == NULL)
		return LABYRINTH_NULL_POINTER;
	if (labyrinth_port_context() != LABYRINTH_TASK)
		return LABYRINTH_IN_INTERRUPT;
	was = lock_enter(&lab->reclaimer->lock);
	slot = free_slot(lab->reclaimer);
	if (slot != NULL) {
		*slot = (struct shrinker){ .what = *shrinker, .generation = (uint16_t)(slot->generation + 1) };
		*id = (labyrinth_shrinker_t){ (uint16_t)(slot - lab->reclaimer->at), slot->generation };
		count(lab->reclaimer, 1);
	}
	lock_leave(&lab->reclaimer->lock, was);
	return slot == NULL ? LABYRINTH_TOO_MANY_SHRINKERS : LABYRINTH_OK;
}

/* The slot of a registration; NULL when it is none, or has ended. */
static struct shrinker *find(const struct reclaimer *r, labyrinth_shrinker_t id)
{
	if (id.slot >= r->slots || id.generation % 2 == 0 || r->at[id.slot].generation != id.generation)
		return NULL;
	return &r->at[id.slot];
}

static enum labyrinth_status end_locked(struct reclaimer *r, struct shrinker *slot)
{
	if (slot == NULL)
		return LABYRINTH_BAD_SHRINKER;
	if (slot->running)
		return LABYRINTH_BUSY;
	slot->generation++;
	count(r, -1);
	return LABYRINTH_OK;
}

enum labyrinth_status labyrinth_shrinker_unregister(struct labyrinth *lab, labyrinth_shrinker_t id)
{
	enum labyrinth_status status;
	labyrinth_irq_t was;

	if (lab == NULL)
		return LABYRINTH_NULL_POINTER;
	if (labyrinth_port_context() != LABYRINTH_TASK)
		return LABYRINTH_IN_INTERRUPT;
	was = lock_enter(&lab->reclaimer->lock);
	status = end_locked(lab->reclaimer, find(lab->reclaimer, id));
	lock_leave(&lab->reclaimer->lock, was);
	return status;
}

enum labyrinth_status labyrinth_shrinker_stats(const struct labyrinth *lab, labyrinth_shrinker_t id,
                                               struct labyrinth_shrinker_stats *out)
{
	const struct shrinker *slot;
	labyrinth_irq_t was;

	if (lab == NULL || out == NULL)
		return LABYRINTH_NULL_POINTER;
	if (labyrinth_port_context() != LABYRINTH_TASK)
		return LABYRINTH_IN_INTERRUPT;
	was = lock_enter(&lab->reclaimer->lock);
	slot = find(lab->reclaimer, id);
	if (slot != NULL)
		*out = (struct labyrinth_shrinker_stats){ slot->what.name, slot->asked, slot->freed };
	lock_leave(&lab->reclaimer->lock, was);
	return slot == NULL ? LABYRINTH_BAD_SHRINKER : LABYRINTH_OK;
}

bool labyrinth_sweep_begin(struct reclaimer *r, struct sweep *s, uint64_t want, const void *self)
{
	labyrinth_irq_t was;
	bool begun;

	*s = (struct sweep){ .want = want };
	if (want == 0 || atomic_load_explicit(&r->registered, memory_order_relaxed) == 0)
		return false;
	was = lock_enter(&r->lock);
	begun = !r->sweeping;
	if (begun) {
		r->sweeping = true;
		r->sweeper = self;
	}
	lock_leave(&r->lock, was);
	return begun;
}

/* The next shrinker in turn, marked as running; NULL after the last round. */
static struct shrinker *next_locked(struct reclaimer *r, struct sweep *s, unsigned *priority)
{
	while (s->turn < r->slots * LABYRINTH_RECLAIM_ROUNDS) {
		struct shrinker *slot = &r->at[s->turn % r->slots];

		*priority = LABYRINTH_RECLAIM_ROUNDS - 1 - s->turn / r->slots;
		s->turn++;
		if (slot->generation % 2 == 0)
			continue;
		slot->running = true;
		slot->asked++;
		return slot;
	}
	return NULL;
}

/* While it runs its slot cannot be given to another, so what was read of it stays true. */
static uint64_t ask(const struct shrinker *slot, uint64_t want, unsigned priority)
{
	return slot->what.scan(((want - 1) >> priority) + 1, priority, slot->what.context);
}

bool labyrinth_sweep_next(struct reclaimer *r, struct sweep *s, uint64_t *freed)
{
	labyrinth_irq_t was = lock_enter(&r->lock);
	unsigned priority = 0;
	struct shrinker *slot = next_locked(r, s, &priority);

	lock_leave(&r->lock, was);
	*freed = 0;
	if (slot == NULL)
		return false;
	*freed = ask(slot, s->want, priority);

	was = lock_enter(&r->lock);
	slot->running = false;
	slot->freed += *freed;
	atomic_fetch_add_explicit(&r->reclaimed, *freed, memory_order_relaxed);
	lock_leave(&r->lock, was);
	return true;
}

void labyrinth_sweep_end(struct reclaimer *r)
{
	labyrinth_irq_t was = lock_enter(&r->lock);

	r->sweeping = false;
	r->sweeper = NULL;
	lock_leave(&r->lock, was);
}

bool labyrinth_sweeps(struct reclaimer *r, const void *self)
{
	labyrinth_irq_t was;
	bool sweeps;

	if (r->slots == 0)
		return false;
	was = lock_enter(&r->lock);
	sweeps = r->sweeping && r->sweeper == self;
	lock_leave(&r->lock, was);
	return sweeps;
}
