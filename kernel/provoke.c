/*
 * provoke.c - commits faults on purpose, so that protection and decoding can be seen to work on the machine at hand.
 */
#include <stddef.h>

#include "cmdline.h"
#include "image.h"
#include "panic.h"
#include "provoke.h"
#include "view/print.h"
#include "x86/apic.h"
#include "x86/cpu.h"

#define UNMAPPED UINT64_C(0x0000000000001000) /* in the low half, where nothing is mapped any more */

static uint8_t return_instruction[] = { 0xc3 }; /* writable, so in .data */

static void divide(void)
{
	__asm__ volatile("divl %0" :: "r"(0), "a"(1), "d"(0));
}

static void read_unmapped(void)
{
	__asm__ volatile("movb (%0), %%al" :: "r"(UNMAPPED) : "al");
}

/* Its own exception cannot be delivered without a stack. */
static void no_stack(void)
{
	__asm__ volatile("movq %0, %%rsp\n\tud2" :: "r"(UNMAPPED));
}

static void nmi(void)
{
	uint64_t start = cpu_tsc();

	apic_nmi_self();
	while (cpu_tsc() - start < tsc_hertz() / 10)
		cpu_relax();
}

static void overflow_stack(void)
{
	__asm__ volatile("1: pushq %rax\n\tjmp 1b");
}

static void write_text(void)
{
	*(volatile uint8_t *)(uintptr_t)text_begin = 0;
}

static void run_data(void)
{
	((void (*)(void))(uintptr_t)return_instruction)();
}

static const struct {
	const char *name;
	void (*commit)(void);
} faults[] = {
	{ "divide", divide },
	{ "page", read_unmapped },
	{ "double", no_stack },
	{ "nmi", nmi },
	{ "stack-guard", overflow_stack },
	{ "write-text", write_text },
	{ "exec-data", run_data },
};

static bool same(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

void provoke_if_asked(void)
{
	const char *name = cmdline_value("fault");

	if (name == NULL)
		return;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (!same(name, faults[i].name))
			continue;
		kprintf("committing fault=%s, as asked\n", name);
		faults[i].commit();
		panic("fault=%s went unnoticed", name);
	}
	kprintf("labyrinth: command line: fault=%s is none of", name);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		kprintf(" %s", faults[i].name);
	kprintf("; ignoring it\n");
}
