/*
 * nmi.c - asks the handlers of the non-maskable interrupt.
 *
 * Writes  The list, which only grows.
 */
#include <stdatomic.h>

#include "panic.h"
#include "x86/nmi.h"

static nmi_handler_t *list[NMI_HANDLERS];
static _Atomic unsigned registered;

void nmi_register(nmi_handler_t *handler)
{
	unsigned at = atomic_load(&registered);

	if (at == NMI_HANDLERS)
		panic("nmi_register: there are %u handlers already; raise NMI_HANDLERS in nmi.h", NMI_HANDLERS);
	list[at] = handler;
	atomic_store(&registered, at + 1);
}

bool nmi_entry(void)
{
	bool mine = false;

	for (unsigned i = 0; i < atomic_load(&registered); i++)
		mine |= list[i]();
	return mine;
}
