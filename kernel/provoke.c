/*
 * provoke.c - commits faults on purpose, so that protection and decoding can be seen to work on the machine at hand.
 */
#include <stddef.h>

#include <labyrinth/owner.h>
#include <labyrinth/page.h>

#include "acpi/spoil.h"
#include "boot_info.h"
#include "call.h"
#include "cmdline.h"
#include "cpus.h"
#include "image.h"
#include "memory.h"
#include "panic.h"
#include "provoke.h"
#include "thread.h"
#include "view/print.h"
#include "x86/apic.h"
#include "x86/cpu.h"
#include "x86/ipi.h"
#include "x86/paging.h"
#include "x86/percpu.h"
#include "x86/user_page.h"

#define UNMAPPED  UINT64_C(0x0000000000001000) /* in the low half, where nothing is mapped any more */
#define TOO_MANY  64u                          /* bytes, for an array of 8 on the stack               */

static uint8_t return_instruction[] = { 0xc3 }; /* writable, so in .data */

static const uint8_t user_frame[LABYRINTH_PAGE_SIZE] __attribute__((aligned(LABYRINTH_PAGE_SIZE))) = { 0xc3 };

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

	ipi_nmi(percpu[cpu_index()].apic_id);
	while (cpu_tsc() - start < tsc_hertz() / 10)
		cpu_relax();
}

static void overflow_stack(void)
{
	__asm__ volatile("1: pushq %rax\n\tjmp 1b");
}

static void overflow(void *context)
{
	(void)context;
	overflow_stack();
}

static void overflow_thread(void)
{
	struct thread *thread = thread_start("bottomless", ANY_CPU, overflow, NULL);

	if (thread != NULL)
		thread_join(thread);
}

static void write_text(void)
{
	*(volatile uint8_t *)(uintptr_t)text_begin = 0;
}

/* The entry of the first page of memory, where a stray pointer into the direct map would find it. */
static void write_tables(void)
{
	phys_addr_t root = { cr3_read() & ~(LABYRINTH_PAGE_SIZE - 1) };
	volatile uint64_t *entries = phys_virt(root);

	entries[DIRECT_BASE >> 39 & 511] = 0;
}

static void run_data(void)
{
	((void (*)(void))(uintptr_t)return_instruction)();
}

/* A structure that is not there, and a field of it. */
static void use_null(void)
{
	volatile struct boot_info *volatile nowhere = NULL;

	nowhere->bytes = 0;
}

static __attribute__((noinline)) void clear(volatile uint8_t *at, unsigned bytes)
{
	while (bytes-- > 0)
		*at++ = 0;
}

static __attribute__((noinline)) void smash_stack(void)
{
	uint8_t small[8];

	clear(small, TOO_MANY);
}

/* A page that user code may use, with an instruction in it. Interrupts off: it is this CPU's alone. */
static volatile uint8_t *user_page(void)
{
	volatile uint8_t *page;

	irq_off();
	page = user_page_show(image_phys(user_frame));
	if (page == NULL)
		panic("no page for user code can be made");
	return page;
}

static void touch_user(void)
{
	*user_page() = 0;
}

static void run_user(void)
{
	((void (*)(void))(uintptr_t)user_page())();
}

static void divide_there(void *context)
{
	(void)context;
	divide();
}

/* On all CPUs at the same time: one of them is heard. */
static void divide_everywhere(void)
{
	call_all(divide_there, NULL);
}

/* Where a frame that somebody has claimed would be, if it were in reach. */
static volatile uint8_t *others_frame;

static void claim_for_other(struct labyrinth *lab)
{
	static const struct labyrinth_budget budget = { "victim", 1, 1, 0 };
	struct labyrinth_claim claim = { .lab = lab };

	if (labyrinth_owner_register(lab, &budget, &claim.owner) != LABYRINTH_OK)
		panic("fault=stray: no owner can be registered");
	labyrinth_void_alloc_page_gfp_atomic_exclusive(&claim);
	if (claim.page == NULL)
		panic("fault=stray: no frame can be claimed");
	others_frame = phys_virt(labyrinth_page_phys(lab, claim.page));
}

static void write_stray(void)
{
	*others_frame = 0;
}

/* What another CPU asks of this one from now on is not answered. */
static void be_deaf(void *context)
{
	(void)context;
	irq_off();
	for (;;)
		cpu_relax();
}

static void nothing(void *context)
{
	(void)context;
}

/* A thread on the last CPU, and then a call to all. */
static void call_the_deaf(void)
{
	if (thread_start("deaf", cpus_found() - 1, be_deaf, NULL) == NULL)
		panic("fault=deaf: no thread can be started");
	thread_sleep(1000);
	for (;;)
		call_all(nothing, NULL);
}

static const struct {
	const char *name;
	void (*commit)(void);
} faults[] = {
	{ "divide", divide },
	{ "everywhere", divide_everywhere },
	{ "deaf", call_the_deaf },
	{ "page", read_unmapped },
	{ "null", use_null },
	{ "double", no_stack },
	{ "nmi", nmi },
	{ "stack-guard", overflow_stack },
	{ "thread-stack", overflow_thread },
	{ "stack-smash", smash_stack },
	{ "write-text", write_text },
	{ "write-tables", write_tables },
	{ "exec-data", run_data },
	{ "touch-user", touch_user },
	{ "run-user", run_user },
	{ "stray", write_stray },
};

struct commitment {
	void   (*commit)(void);
	uint64_t cpu;
};

static void commit_there(void *context)
{
	const struct commitment *c = context;

	if (cpu_index() == c->cpu)
		c->commit();
}

/* As a task on this CPU, in an interrupt on another: the word cpu=N. */
static void commit(void (*fault)(void))
{
	struct commitment there = { .commit = fault };

	cmdline_number("cpu", 0, cpus_found() - 1, 0, &there.cpu);
	if (there.cpu == 0)
		fault();
	else
		call_all(commit_there, &there);
}

void provoke_if_asked(struct labyrinth *lab)
{
	const char *name = cmdline_value("fault");

	if (name == NULL || acpi_spoil_done() || memory_falls_short()) /* when tables were read, or memory taken */
		return;
	if (acpi_spoil_knows(name)) {
		kprintf("labyrinth: command line: fault=%s: the firmware has no such table; ignoring it\n", name);
		return;
	}
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (!word_is(name, faults[i].name))
			continue;
		kprintf("committing fault=%s, as asked\n", name);
		claim_for_other(lab);
		commit(faults[i].commit);
		panic("fault=%s went unnoticed", name);
	}
	kprintf("labyrinth: command line: fault=%s is none of", name);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		kprintf(" %s", faults[i].name);
	kprintf(" metadata");
	acpi_spoil_print_names();
	kprintf("; ignoring it\n");
}
