/*
 * main.c - the boot, from the first C instruction to the verdict.
 *
 * Idea    A table of contents: one call a step. What a step is given shows what it needs.
 */
#include <stddef.h>

#include <labyrinth/labyrinth.h>

#include "acpi/acpi.h"
#include "address_space.h"
#include "bench/bench.h"
#include "boot_info.h"
#include "call.h"
#include "canary.h"
#include "clocks.h"
#include "cmdline.h"
#include "cpus.h"
#include "display.h"
#include "fault.h"
#include "hooks.h"
#include "isolate.h"
#include "main.h"
#include "maintenance.h"
#include "memory.h"
#include "memory_report.h"
#include "net/demo.h"
#include "panic.h"
#include "port.h"
#include "power.h"
#include "provoke.h"
#include "stop_others.h"
#include "test/stress.h"
#include "test/tests.h"
#include "thread.h"
#include "view/print.h"
#include "view/serial.h"
#include "wires.h"
#include "x86/apic.h"
#include "x86/cpu.h"
#include "x86/paging.h"
#include "x86/percpu.h"
#include "x86/pic.h"
#include "x86/protect.h"
#include "x86/segments.h"
#include "x86/trap.h"

static void start_apic(const struct device_pages *devices)
{
	if (apic_in_memory() && !device_pages_have(devices, apic_registers()))
		refuse("the local APIC's registers are at %lx, where they cannot be mapped; load the firmware's "
		       "default settings, or use another machine", apic_registers().a);
	apic_init();
}

/* Stacks, and a place to start; without them one CPU is enough. */
static void take_for_cpus(struct memory *memory)
{
	const char *missing = memory_take_for_cpus(memory, cpus_found());

	if (missing)
		cpus_use_one(missing);
}

static void say_verdict(const char *failed)
{
	if (failed == NULL)
		kprintf("labyrinth: PASS\n");
	else
		kprintf("labyrinth: FAIL: %s\n", failed);
}

/* A machine that answers goes on after its verdict; that stands, unless something breaks. */
static _Noreturn void finish(struct labyrinth *lab, const struct demo_options *options, const char *failed)
{
	say_verdict(failed);
	if (failed == NULL) {
		failed = demo_answer(lab, options);
		if (failed != NULL)
			say_verdict(failed);
	}
	power_at_end();
	stop(failed == NULL ? VERDICT_PASS : VERDICT_FAIL);
}

void kernel_main(uint32_t boot_info_phys, uint64_t entered)
{
	struct memory memory;

	canary_init();                                          /* before any function that has one   */
	serial_init();                                          /* a voice, before anything can fail  */
	percpu_init(0);                                         /* which CPU this is                  */
	segments_init();                                        /* stacks for the faults that need one */
	trap_init(fault_report);                                /* a fault says what it is            */
	pic_disable();                                          /* nobody else raises interrupts      */
	paging_init();                                          /* what "uncached" means              */
	struct boot_info boot = boot_info_open(boot_info_phys); /* checked from end to end            */
	boot_info_read_cmdline(&boot);                          /* what the user wants                */
	struct display display = display_open(&boot);           /* a screen                           */
	boot_info_report(&boot);
	const struct acpi *acpi = acpi_read(&boot);             /* other CPUs, timers, power          */
	if (!apic_present())
		refuse("this CPU has no local APIC; enable it in the firmware's setup, or use another CPU");
	memory_find(&memory, &boot, &display);                  /* what the firmware says is there    */
	cpus_find(acpi);                                        /* how many will call                 */
	take_for_cpus(&memory);
	struct device_pages devices = device_pages_find(acpi, &memory, &display);
	address_space_build(&memory, &display, &devices);       /* write or execute, never both       */
	wires_open(acpi, &devices);                             /* interrupts by wire, masked         */
	protect_cpu();                                          /* and what else this CPU can refuse  */
	protect_report();
	struct labyrinth *lab = memory_hand_over(&memory, cpus_found()); /* the allocator                      */
	bench_note_boot(entered, cpu_tsc(), memory.cycles);     /* how long that took                 */
	panic_shows(lab);                                       /* its state, if it comes to that     */
	isolate_start(lab);                                     /* exclusive is a fact                */
	report_memory(&memory, lab);
	start_apic(&devices);                                   /* interrupts by this CPU's own       */
	clocks_start(acpi, &devices);                           /* and the time                       */
	stop_others_init();
	call_init();
	threads_init(lab);                                      /* this is one                        */
	cpus_start(memory.trampoline);                          /* the others                         */
	power_init(acpi);                                       /* what the end shall be              */
	struct demo_options options = demo_options();           /* what to receive, how fast          */
	port_interrupts_start();                                /* from here on anything may happen   */
	memory_reclaim(&memory, lab);                           /* what only the boot needed          */
	const char *failed = bench_if_asked(lab);               /* what calls cost, undisturbed       */
	hooks_start();                                          /* who sleeps can be woken            */
	maintenance_start(lab);                                 /* what is kept out of interrupts     */
	provoke_if_asked(lab);
	if (failed == NULL)
		failed = tests_run(lab);                        /* what is promised, touched          */
	if (failed == NULL)
		failed = stress_if_asked(lab);                  /* everything at once                 */
	cmdline_report_unknown();
	finish(lab, &options, failed != NULL ? failed : demo_run(lab, &options));
}
