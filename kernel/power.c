/*
 * power.c - switches the machine off by the ACPI registers, or restarts it.
 *
 * Idea    Switching off wants the values that the DSDT names; without them nothing is guessed. Restarting always works:
 *         a CPU that cannot deliver an exception shuts down, and a PC answers with a reset.
 * Manual  ACPI Specification 6.4 sections 4.8.3.2.1 (PM1 control), 4.8.3.6 (reset register), 16.3.1 (switching ACPI
 *         mode on); Intel SDM vol. 3 section 6.15 (interrupt 8: shutdown).
 */
#include "cmdline.h"
#include "power.h"
#include "view/print.h"
#include "view/serial.h"
#include "x86/apic.h"
#include "x86/cpu.h"
#include "x86/port_io.h"
#include "x86/segments.h"

#define PM1_SCI_EN     0x0001u
#define PM1_TYPE_SHIFT 10
#define PM1_TYPE       0x1c00u
#define PM1_SLEEP      0x2000u

#define PATIENCE 3u /* seconds: for firmware that has to switch modes, and for the power to go */

static const struct acpi *acpi;
static enum { HALT, POWER_OFF, RESTART } at_end;

void power_init(const struct acpi *from)
{
	const char *word = cmdline_value("at-end");

	acpi = from;
	if (word == NULL || word_is(word, "halt"))
		return;
	if (word_is(word, "poweroff"))
		at_end = POWER_OFF;
	else if (word_is(word, "reboot"))
		at_end = RESTART;
	else
		kprintf("labyrinth: command line: at-end=%s is none of halt, poweroff, reboot; it will halt\n", word);
}

static bool in_acpi_mode(void)
{
	return (port_read16(acpi->fadt.pm1a_control) & PM1_SCI_EN) != 0;
}

/* Waits until in ACPI mode, if that comes soon; without `enough` for the end. */
static void wait_for(bool (*enough)(void))
{
	uint64_t start = cpu_tsc();

	while (cpu_tsc() - start < PATIENCE * tsc_hertz() && (enough == NULL || !enough()))
		cpu_relax();
}

static void enter_acpi_mode(void)
{
	if (in_acpi_mode() || acpi->fadt.smi_command == 0 || acpi->fadt.acpi_enable == 0)
		return;
	port_write(acpi->fadt.smi_command, acpi->fadt.acpi_enable);
	wait_for(in_acpi_mode);
}

static void write_pm1(uint16_t port, uint8_t type, uint16_t sleep)
{
	uint16_t kept;

	if (port == 0)
		return;
	kept = port_read16(port) & (uint16_t)~(PM1_TYPE | PM1_SLEEP);
	port_write16(port, (uint16_t)(kept | type << PM1_TYPE_SHIFT | sleep));
}

/* The types first, then the bit that acts, PM1a before PM1b. */
static void power_off(void)
{
	const struct fadt *fadt = &acpi->fadt;
	const struct soft_off *off = &acpi->off;

	if (!off->known || fadt->pm1a_control == 0) {
		kprintf("labyrinth: the ACPI tables do not say how to switch this machine off\n");
		return;
	}
	kprintf("labyrinth: switching off\n");
	serial_drain();
	enter_acpi_mode();
	write_pm1(fadt->pm1a_control, off->a, 0);
	write_pm1(fadt->pm1b_control, off->b, 0);
	write_pm1(fadt->pm1a_control, off->a, PM1_SLEEP);
	write_pm1(fadt->pm1b_control, off->b, PM1_SLEEP);
	wait_for(NULL);
	kprintf("labyrinth: the machine did not switch off\n");
}

static _Noreturn void shut_down(void)
{
	static const struct table_pointer none = { 0, 0 };

	for (;;)
		__asm__ volatile("lidt %0\n\tint3" :: "m"(none));
}

static _Noreturn void restart(void)
{
	struct acpi_reset reset = acpi->fadt.reset;

	kprintf("labyrinth: restarting by %s\n", reset.port ? "the ACPI reset register" : "a shutdown of the CPU");
	serial_drain();
	if (reset.port) {
		port_write(reset.port, reset.value);
		wait_for(NULL);
	}
	shut_down();
}

void power_at_end(void)
{
	if (at_end == HALT)
		return;
	irq_off();
	if (at_end == POWER_OFF)
		power_off();
	else
		restart();
}
