/*
 * clocks.c - which clock the others are measured by.
 */
#include <stddef.h>

#include "clocks.h"
#include "cmdline.h"
#include "panic.h"
#include "view/print.h"
#include "x86/apic.h"
#include "x86/hpet.h"
#include "x86/pm_timer.h"
#include "x86/timer.h"

static const char *asked; /* the word clock=; NULL: whatever there is */

/* `none` is nobody's name, and asks for what a machine without clocks gets to see. */
static bool known(const char *name)
{
	static const char *const names[] = { "hpet", "pm", "pit", "cpuid", "none" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (word_is(name, names[i]))
			return true;
	return false;
}

static void read_word(void)
{
	asked = cmdline_value("clock");
	if (asked == NULL || known(asked))
		return;
	kprintf("labyrinth: command line: clock=%s is none of hpet, pm, pit, cpuid; using the first that works\n",
	        asked);
	asked = NULL;
}

static bool wanted(const char *name)
{
	return asked == NULL || word_is(asked, name);
}

void clocks_start(const struct acpi *acpi, const struct device_pages *devices)
{
	const char *measured_by;

	read_word();
	if (device_pages_have(devices, (phys_addr_t){ acpi->hpet }))
		hpet_init((phys_addr_t){ acpi->hpet });
	pm_timer_init(acpi->fadt.pm_timer);
	measured_by = apic_calibrate(wanted);
	if (measured_by == NULL && asked != NULL)
		refuse("no clock to measure by: clock=%s does not count here; leave out clock=", asked);
	if (measured_by == NULL)
		refuse("no clock to measure by: neither PIT, HPET nor ACPI timer counts, and CPUID has no leaf 15h; "
		       "enable the PIT (8254 timer) or the HPET in the firmware's setup");
	kprintf("local APIC in %s mode; %lu MHz cycle counter, by %s\n", apic_mode_name(), tsc_hertz() / 1000000,
	        measured_by);
	timers_init();
	timers_init_cpu();
}
