/*
 * owner.c - registration: a budget is admitted when the vault can cover its guarantee, or refused.
 */
#include "owner.h"

#include <labyrinth/port.h>

#include "policy.h"
#include "vault.h"
#include "wait.h"

void labyrinth_owners_init(struct owners *owners, struct owner *at, uint32_t slots)
{
	*owners = (struct owners){ .at = at, .slots = slots };
	for (uint32_t i = 0; i < slots; i++) {
		at[i] = (struct owner){ .limit = 0 };
		labyrinth_stack_init(&at[i].recycled);
		kept_begin(&at[i].kept, false);
		atomic_store_explicit(&at[i].seen, UINTPTR_MAX, memory_order_relaxed);
	}
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
	labyrinth_vault_guarantee(v, guarantee);
	return LABYRINTH_OK;
}

/* The counters of the last owner in a slot. */
static void forget(struct owner *o)
{
	_Atomic uint64_t *const counters[] = {
		&o->from_zone, &o->from_vault, &o->received, &o->over_limit,
		&o->over_rate, &o->no_memory, &o->misused, &o->worst_ticks,
	};

	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		atomic_store_explicit(counters[i], 0, memory_order_relaxed);
	atomic_store_explicit(&o->high_water, 0, memory_order_relaxed);
	atomic_store_explicit(&o->from_recycled, -kept_gone(kept_load(&o->kept)), memory_order_relaxed);
}

/* As words: whoever reads them meanwhile through an old handle sees wrong bytes, but ends where they end. */
static void christen(struct owner *o, const char *name)
{
	char bytes[LABYRINTH_NAME_BYTES] = { 0 };

	for (size_t i = 0; i < sizeof(bytes) - 1 && name[i] != '\0'; i++)
		bytes[i] = name[i];
	for (size_t i = 0; i < LABYRINTH_NAME_BYTES / 8; i++) {
		uint64_t word;

		__builtin_memcpy(&word, bytes + 8 * i, sizeof(word));
		atomic_store_explicit(&o->name[i], word, memory_order_relaxed);
	}
}

void labyrinth_owner_name(const struct owner *o, char name[LABYRINTH_NAME_BYTES])
{
	for (size_t i = 0; i < LABYRINTH_NAME_BYTES / 8; i++) {
		uint64_t word = atomic_load_explicit(&o->name[i], memory_order_relaxed);

		__builtin_memcpy(name + 8 * i, &word, sizeof(word));
	}
	name[LABYRINTH_NAME_BYTES - 1] = '\0';
}

/* Field by field: others may look at the slot through the handle of an owner that is long gone. */
static labyrinth_owner_t enrol(struct owners *owners, struct owner *o, const struct labyrinth_budget *budget)
{
	uint64_t word = owner_load(o) + OWNER_BORN;

	christen(o, budget->name);
	o->guarantee = budget->guarantee;
	o->limit = budget->limit;
	o->recycle = budget->recycle;
	kept_begin(&o->kept, budget->recycle > 0);
	pace_set(&o->pace, 0, 0, &owners->ticks);
	if (!watch_due(&o->watch, 0))
		watch_set(&o->watch, 0, NULL, NULL);
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

	was = lock_enter(&lab->owners->lock);
	status = register_locked(lab, budget, out);
	lock_leave(&lab->owners->lock, was);
	if (status != LABYRINTH_OK)
		return status;
	labyrinth_policy_missing(lab); /* reserve and vault may have to be larger now */
	wait_wake_in_turn(lab);        /* for a moment the vault seemed to have less to spare */
	return LABYRINTH_OK;
}

static enum labyrinth_status pace_locked(struct owners *owners, labyrinth_owner_t who, uint32_t rate, uint32_t burst)
{
	struct owner *o = owner_slot(owners, who);

	if (o == NULL || !owner_is(owner_load(o), who))
		return LABYRINTH_BAD_OWNER;
	pace_set(&o->pace, rate, burst, &owners->ticks);
	return LABYRINTH_OK;
}

enum labyrinth_status labyrinth_owner_pace(struct labyrinth *lab, labyrinth_owner_t owner, uint32_t rate,
                                           uint32_t burst)
{
	enum labyrinth_status status;
	labyrinth_irq_t was;

	if (lab == NULL)
		return LABYRINTH_NULL_POINTER;
	if (labyrinth_port_context() != LABYRINTH_TASK)
		return LABYRINTH_IN_INTERRUPT;
	if (rate > burst || (rate == 0 && burst > 0) || burst > LABYRINTH_MAX_BUDGET)
		return LABYRINTH_BAD_BUDGET;

	was = lock_enter(&lab->owners->lock);
	status = pace_locked(lab->owners, owner, rate, burst);
	lock_leave(&lab->owners->lock, was);
	return status;
}

static enum labyrinth_status watch_locked(struct owners *owners, labyrinth_owner_t who, uint32_t low_water,
                                          watch_low *low, void *context)
{
	struct owner *o = owner_slot(owners, who);

	if (o == NULL || !owner_is(owner_load(o), who))
		return LABYRINTH_BAD_OWNER;
	if (low != NULL && (low_water == 0 || low_water >= o->limit))
		return LABYRINTH_BAD_BUDGET;
	if (low != NULL)
		kept_shut_for_good(&o->kept);
	watch_set(&o->watch, low != NULL ? o->limit - low_water : 0, low, context);
	return LABYRINTH_OK;
}

enum labyrinth_status labyrinth_owner_watch(struct labyrinth *lab, labyrinth_owner_t owner, uint32_t low_water,
                                            void (*low)(void *context, labyrinth_owner_t owner, uint32_t left),
                                            void *context)
{
	enum labyrinth_status status;
	labyrinth_irq_t was;

	if (lab == NULL)
		return LABYRINTH_NULL_POINTER;
	if (labyrinth_port_context() != LABYRINTH_TASK)
		return LABYRINTH_IN_INTERRUPT;

	was = lock_enter(&lab->owners->lock);
	status = watch_locked(lab->owners, owner, low_water, low, context);
	lock_leave(&lab->owners->lock, was);
	return status;
}

void labyrinth_tick(struct labyrinth *lab)
{
	if (lab != NULL)
		atomic_fetch_add_explicit(&lab->owners->ticks, 1, memory_order_release);
}
