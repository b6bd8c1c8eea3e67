/*
 * inject.c - the rule of an injection, and which request it hits.
 */
#include "inject.h"

#include <labyrinth/port.h>

static inline uint32_t packed(labyrinth_owner_t owner)
{
	return owner.slot | (uint32_t)owner.generation << 16;
}

void labyrinth_injector_init(struct injector *j)
{
	*j = (struct injector){ .version = 0 };
}

/* Acquire, here and for `every`: so the version is read again only after the rule. */
static bool concerns(const struct injector *j, labyrinth_gfp_t gfp, labyrinth_owner_t owner, bool owed)
{
	uint32_t flags = atomic_load_explicit(&j->gfp, memory_order_acquire);
	uint32_t only = atomic_load_explicit(&j->owner, memory_order_acquire);
	bool broken = atomic_load_explicit(&j->break_guarantees, memory_order_acquire);

	return (gfp & flags) == flags && (only == 0 || only == packed(owner)) && (broken || !owed);
}

/* More requests than this are not made: three days of nothing else, one a nanosecond. */
#define LEFT_BITS 48
#define LEFT_MOST ((UINT64_C(1) << LEFT_BITS) - 1)

static uint64_t left_of(uint32_t version, uint64_t requests)
{
	return (uint64_t)version << LEFT_BITS | (requests < LEFT_MOST ? requests : LEFT_MOST);
}

/*
 * Counts down to the next refusal by the rule of this version: a division would be a library call on 32-bit CPUs. What
 * is left names its version, so nobody who goes by an old rule steps on what is left of the new one.
 */
static bool due(struct injector *j, uint32_t version, uint64_t every)
{
	uint64_t left = atomic_load_explicit(&j->left, memory_order_relaxed), next;

	do {
		if ((left & LEFT_MOST) == 0 || left >> LEFT_BITS != (version & UINT16_MAX))
			return false;
		next = (left & LEFT_MOST) == 1 ? left_of(version, every) : left - 1;
	} while (!atomic_compare_exchange_weak_explicit(&j->left, &left, next, memory_order_relaxed,
	                                                memory_order_relaxed));
	return (left & LEFT_MOST) == 1;
}

bool labyrinth_injector_draw(struct injector *j, labyrinth_gfp_t gfp, labyrinth_owner_t owner, bool owed)
{
	uint32_t version = atomic_load_explicit(&j->version, memory_order_acquire);
	bool concerned = concerns(j, gfp, owner, owed);
	uint64_t every = atomic_load_explicit(&j->every, memory_order_acquire);

	if (!(version & 1) || !concerned || atomic_load_explicit(&j->version, memory_order_relaxed) != version)
		return false;
	atomic_fetch_add_explicit(&j->requests, 1, memory_order_relaxed);
	if (!due(j, version, every))
		return false;
	atomic_fetch_add_explicit(&j->refused, 1, memory_order_relaxed);
	return true;
}

/* Release: whoever reads a part of the new rule sees the version changed, too. */
static void begin(struct injector *j, const struct labyrinth_injection *rule)
{
	uint32_t version = atomic_load_explicit(&j->version, memory_order_relaxed) + 1;

	atomic_store_explicit(&j->gfp, rule->gfp, memory_order_release);
	atomic_store_explicit(&j->owner, packed(rule->owner), memory_order_release);
	atomic_store_explicit(&j->break_guarantees, rule->break_guarantees, memory_order_release);
	atomic_store_explicit(&j->every, rule->every, memory_order_release);
	atomic_store_explicit(&j->left, left_of(version, rule->first > 0 ? rule->first : rule->every),
	                      memory_order_relaxed);
	atomic_store_explicit(&j->requests, 0, memory_order_relaxed);
	atomic_store_explicit(&j->refused, 0, memory_order_relaxed);
	atomic_store_explicit(&j->version, version, memory_order_release);
}

/* Flags that a request may have; which of them go together is for later stages to judge. */
#define FLAGS ((LABYRINTH_GFP_RECLAIMABLE << 1) - 1)

enum labyrinth_status labyrinth_inject(struct labyrinth *lab, const struct labyrinth_injection *injection)
{
	struct injector *j;
	labyrinth_irq_t was;

	if (lab == NULL)
		return LABYRINTH_NULL_POINTER;
	if (labyrinth_port_context() != LABYRINTH_TASK)
		return LABYRINTH_IN_INTERRUPT;
	if (injection != NULL && (injection->gfp & ~FLAGS) != 0)
		return LABYRINTH_BAD_FLAGS;
	j = lab->injector;
	was = lock_enter(&j->lock);
	if (inject_on(lab)) {
		unattend(lab, ATTEND_INJECTION);
		atomic_fetch_add_explicit(&j->version, 1, memory_order_relaxed);
	}
	if (injection != NULL) {
		begin(j, injection);
		attend(lab, ATTEND_INJECTION);
	}
	lock_leave(&j->lock, was);
	return LABYRINTH_OK;
}

void labyrinth_injection_stats(const struct labyrinth *lab, struct labyrinth_injection_stats *out)
{
	if (lab == NULL || out == NULL)
		return;
	*out = (struct labyrinth_injection_stats){
		.requests = atomic_load_explicit(&lab->injector->requests, memory_order_relaxed),
		.refused  = atomic_load_explicit(&lab->injector->refused, memory_order_relaxed),
		.on       = inject_on(lab),
	};
}
