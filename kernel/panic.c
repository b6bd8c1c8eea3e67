/*
 * panic.c - prints one line, and what the allocator holds, and stops the machine.
 *
 * Idea    The exit port belongs to QEMU's isa-debug-exit; on a real machine it may be anything. So it is written only
 *         when `exit` on the command line says so, or, while the command line is not known yet, when CPUID says that
 *         this is a virtual machine.
 */
#include <stddef.h>

#include <labyrinth/inspect.h>

#include "cmdline.h"
#include "cpus.h"
#include "panic.h"
#include "stop_others.h"
#include "view/print.h"
#include "x86/cpu.h"
#include "x86/port_io.h"

#define DEBUG_EXIT_PORT          0xf4
#define CPUID_1_ECX_HYPERVISOR   (1u << 31) /* zero on real CPUs: SDM vol. 2, CPUID */

static enum { NOT_KNOWN, EXIT, HALT } at_end;

static const struct labyrinth *allocator; /* NULL until there is one */

void panic_shows(const struct labyrinth *lab)
{
	allocator = lab;
}

void panic_obeys_cmdline(void)
{
	at_end = cmdline_has("exit") ? EXIT : HALT;
}

static bool exit_wanted(void)
{
	if (at_end == NOT_KNOWN)
		return (cpu_id(1).ecx & CPUID_1_ECX_HYPERVISOR) != 0;
	return at_end == EXIT;
}

void stop(enum verdict verdict)
{
	irq_off();
	if (exit_wanted())
		port_write(DEBUG_EXIT_PORT, (uint8_t)verdict);
	for (;;)
		cpu_halt();
}

static void say(const char *start, const char *format, va_list args)
{
	kprintf("labyrinth: %s: ", start);
	kvprintf(format, args);
	kprintf("\n");
}

/* A panic while printing a panic says no more. One CPU comes as far as this. */
static bool first_to_speak(void)
{
	static bool speaking;
	bool first;

	stop_others();
	first = !speaking;
	speaking = true;
	return first;
}

static void print_line(const char *line, void *context)
{
	(void)context;
	kprintf("  %s\n", line);
}

/* The line comes first, because what follows may panic, and last, because there the reader looks. */
static void say_with_dump(const char *format, va_list args)
{
	if (cpus_found() > 1)
		kprintf("  on CPU %u\n", cpu_index());
	say("PANIC", format, args);
	if (allocator == NULL)
		return;
	labyrinth_dump(allocator, print_line, NULL);
	say("PANIC", format, args);
}

void panic(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (first_to_speak())
		say_with_dump(format, args);
	va_end(args);
	stop(VERDICT_PANIC);
}

void refuse(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (first_to_speak())
		say("cannot boot", format, args);
	va_end(args);
	stop(VERDICT_PANIC);
}
