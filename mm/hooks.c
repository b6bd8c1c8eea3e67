/*
 * hooks.c - calling the kernel back: maintenance is wanted, a request was refused.
 */
#include "hooks.h"

void labyrinth_hooks_init(struct hooks *h, const struct labyrinth_hooks *call)
{
	h->call = *call;
	atomic_store_explicit(&h->refused, 0, memory_order_relaxed);
}

void labyrinth_kick(struct labyrinth *lab)
{
	const struct labyrinth_hooks *call = &lab->hooks->call;

	if (call->kick == NULL || labyrinth_port_context() == LABYRINTH_NMI)
		return;
	if (attend_first(lab, ATTEND_KICKED))
		call->kick(lab, call->context);
}

void labyrinth_warn(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order, uint64_t free, uint64_t reserve)
{
	struct hooks *h = lab->hooks;
	const struct labyrinth_warning warning = {
		.lab     = lab,
		.gfp     = gfp,
		.order   = order,
		.context = labyrinth_port_context(),
		.refused = atomic_fetch_add_explicit(&h->refused, 1, memory_order_relaxed) + 1,
		.free    = free,
		.reserve = reserve,
	};

	if ((warning.refused & (warning.refused - 1)) == 0)
		h->call.warn(&warning, h->call.context);
}
