/*
 * pm_timer.c - reads the ACPI timer.
 *
 * Manual  ACPI Specification 6.4 section 4.8.3.3: 3.579545 MHz, of which 24 bits count everywhere.
 */
#include "x86/pm_timer.h"
#include "x86/port_io.h"
#include "x86/reference.h"

#define HERTZ 3579545u
#define BITS  0xffffffu

static uint16_t port;
static uint32_t first;

void pm_timer_init(uint16_t at)
{
	port = at;
}

static uint64_t hertz(void)
{
	return port != 0 ? HERTZ : 0;
}

static bool start(void)
{
	first = port_read32(port);
	return true;
}

/* It wraps after 4.7 seconds. */
static uint32_t passed(void)
{
	return (port_read32(port) - first) & BITS;
}

const struct reference pm_timer_reference = { "pm", hertz, start, passed };
