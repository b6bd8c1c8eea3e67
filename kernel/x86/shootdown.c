/*
 * shootdown.c - invalidates translations.
 *
 * Manual  Intel SDM vol. 3 sections 4.10.4.1 (INVLPG forgets global translations, too, and all that leads to them;
 *         changing PGE forgets everything), 4.10.5 (other CPUs).
 */
#include "call.h"
#include "x86/cpu.h"
#include "x86/shootdown.h"

#define CR4_PGE UINT64_C(0x80)

void shootdown_add(struct shootdown *shootdown, uint64_t virt, bool all)
{
	if (shootdown->count < SHOOTDOWN_MOST)
		shootdown->virt[shootdown->count++] = virt;
	else
		shootdown->all = true;
	shootdown->all |= all;
}

bool shootdown_may_have(const struct shootdown *shootdown, uint64_t virt, uint64_t bytes)
{
	for (unsigned i = 0; i < shootdown->count; i++)
		if (shootdown->virt[i] - virt < bytes)
			return true;
	return shootdown->count == SHOOTDOWN_MOST;
}

static void forget_all(void)
{
	uintptr_t flags = irq_save();

	cr4_write(cr4_read() & ~CR4_PGE);
	cr4_write(cr4_read() | CR4_PGE);
	irq_restore(flags);
}

static void forget(const struct shootdown *shootdown)
{
	if (shootdown->all) {
		forget_all();
		return;
	}
	for (unsigned i = 0; i < shootdown->count; i++)
		page_forget(shootdown->virt[i]);
}

static void forget_here(void *context)
{
	forget(context);
}

void shootdown_run(struct shootdown *shootdown)
{
	call_all(forget_here, shootdown);
}
