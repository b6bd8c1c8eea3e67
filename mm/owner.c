/*
 * owner.c - registration: a budget is admitted when the vault can cover its guarantee, or refused.
 */
#include "owner.h"

#include <labyrinth/port.h>

#include "instance.h"
#include "vault.h"

void labyrinth_owners_init(struct owners *owners, struct owner *at, uint32_t slots)
{
	*owners = (struct owners){ .at = at, .slots = slots };
	for (uint32_t i = 0; i < slots; i++) {
		at[i] = (struct owner){ .name = NULL };
		labyrinth_stack_init(&at[i].recycled);
	}
}

void labyrinth_owner_mark(struct owner *o, uint32_t held)
{
	uint32_t most = atomic_load_explicit(&o->high_water, memory_order_relaxed);

	while (held > most && !atomic_compare_exchange_weak_explicit(&o->high_water, &most, held, memory_order_relaxed,
	                                                             memory_order_relaxed))
		;
}

/* A slot whose last owner is gone, with every frame back; NULL when all are in use. */
static struct owner *free_slot(struct owners *owners)
{
	for (uint32_t i = 0; i < owners->slots; i++) {
		uint64_t word = owner_load(&owners->at[i]);

		if (!owner_alive(word) && word % OWNER_BORN == 0)
			return &owners->at[i];
	}
	return NULL;
}

/* Moves a guarantee from the surplus to the promised part of the vault. */
static enum labyrinth_status admit(struct vault *v, uint32_t guarantee)
{
	if (guarantee > v->stock.target - vault_guaranteed(v))
		return LABYRINTH_NOT_COVERED;
	if (!labyrinth_vault_spend(v, guarantee))
		return LABYRINTH_BUSY;
	atomic_fetch_add_explicit(&v->guaranteed, guarantee, memory_order_acq_rel);
	return LABYRINTH_OK;
}

/* The counters of the last owner in a slot. */
static void forget(struct owner *o)
{
	_Atomic uint64_t *const counters[] = { &o->from_recycled, &o->from_zone, &o->from_vault, &o->received,
		                               &o->over_limit, &o->no_memory, &o->misused };

	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		atomic_store_explicit(counters[i], 0, memory_order_relaxed);
	atomic_store_explicit(&o->high_water, 0, memory_order_relaxed);
}

/* Field by field: others may look at the slot through the handle of an owner that is long gone. */
static labyrinth_owner_t enrol(struct owners *owners, struct owner *o, const struct labyrinth_budget *budget)
{
	uint64_t word = owner_load(o) + OWNER_BORN;

	o->name = budget->name;
	o->guarantee = budget->guarantee;
	o->limit = budget->limit;
	o->recycle = budget->recycle;
	forget(o);
	atomic_store_explicit(&o->word, word, memory_order_release);
	return (labyrinth_owner_t){ (uint16_t)(o - owners->at), owner_generation(word) };
}

static enum labyrinth_status register_locked(struct labyrinth *lab, const struct labyrinth_budget *budget,
                                             labyrinth_owner_t *out)
{
	struct owner *o = free_slot(lab->owners);
	enum labyrinth_status status;

	if (o == NULL)
		return LABYRINTH_TOO_MANY_OWNERS;
	status = admit(lab->vault, budget->guarantee);
	if (status == LABYRINTH_OK)
		*out = enrol(lab->owners, o, budget);
	return status;
}

static bool budget_sound(const struct labyrinth_budget *b)
{
	return b->limit > 0 && b->limit >= b->guarantee && b->limit <= LABYRINTH_MAX_BUDGET && b->recycle <= b->limit
	       && b->recycle <= LABYRINTH_MAX_RECYCLE;
}

enum labyrinth_status labyrinth_owner_register(struct labyrinth *lab, const struct labyrinth_budget *budget,
                                               labyrinth_owner_t *out)
{
	enum labyrinth_status status;
	labyrinth_irq_t was;

	if (lab == NULL || budget == NULL || out == NULL || budget->name == NULL)
		return LABYRINTH_NULL_POINTER;
	if (labyrinth_port_context() != LABYRINTH_TASK)
		return LABYRINTH_IN_INTERRUPT;
	if (!budget_sound(budget))
		return LABYRINTH_BAD_BUDGET;

	was = labyrinth_port_irq_off();
	lock_take(&lab->owners->lock);
	status = register_locked(lab, budget, out);
	lock_drop(&lab->owners->lock);
	labyrinth_port_irq_back(was);
	return status;
}
