/*
 * irq.c - runs the handler of a vector, and knows whether one is running.
 *
 * Idea    A vector without a handler is counted and returned from; it never stops the machine.
 * Writes  The handler table, which all CPUs share; each CPU's depth and count.
 */
#include <stddef.h>

#include "panic.h"
#include "x86/apic.h"
#include "x86/irq.h"
#include "x86/irq_entry.h"
#include "x86/percpu.h"

static struct {
	irq_handler_t *handler;
	void          *context;
} table[IRQ_LAST_VECTOR + 1];

void irq_register(uint8_t vector, irq_handler_t *handler, void *context)
{
	if (vector < IRQ_FIRST_VECTOR || vector > IRQ_LAST_VECTOR)
		panic("irq_register: vector %u is not one of %u..%u", vector, IRQ_FIRST_VECTOR, IRQ_LAST_VECTOR);
	/* Off first: an interrupt in between must not meet the new handler with the old context. */
	*(irq_handler_t *volatile *)&table[vector].handler = NULL;
	*(void *volatile *)&table[vector].context = context;
	*(irq_handler_t *volatile *)&table[vector].handler = handler;
}

static void (*at_exit)(void);

void irq_at_exit(void (*preempt)(void))
{
	at_exit = preempt;
}

/* Looked at once: a task on another CPU may take the handler away between two looks. */
static void run(struct cpu *cpu, uint8_t vector)
{
	irq_handler_t *handler = *(irq_handler_t *volatile *)&table[vector].handler;

	if (handler != NULL)
		handler(table[vector].context);
	else
		cpu->spurious++;
}

/*
 * Above IRQ_LAST_VECTOR are only the two PICs' vectors and the APIC's spurious one: these are not to be acknowledged
 * (SDM vol. 3 section 10.9; 8259A data sheet, "default IR7").
 */
void irq_entry(uint8_t vector)
{
	struct cpu *cpu = this_cpu();

	if (vector > IRQ_LAST_VECTOR) {
		cpu->spurious++;
		return;
	}
	cpu->handlers++;
	run(cpu, vector);
	cpu->handlers--;
	apic_eoi();
	if (cpu->resched != 0 && cpu->preempt_off == 0)
		at_exit();
}

uint64_t irq_spurious(void)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < CPUS_MOST; i++)
		sum += *(volatile uint64_t *)&percpu[i].spurious;
	return sum;
}
