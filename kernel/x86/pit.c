/*
 * pit.c - the legacy interval timer's channel 2, whose gate is a bit of port 61h; no interrupt is involved.
 *
 * Manual  Intel 82C54 data sheet, "Mode 0: interrupt on terminal count" (it counts on after that) and "Counter latch
 *         command"; port 61h: Intel ICH10 data sheet section 13.7.1 (NMI_SC).
 */
#include "x86/port_io.h"
#include "x86/reference.h"

#define HERTZ     1193182u
#define CHANNEL_2 0x42
#define CONTROL   0x43
#define NMI_SC    0x61

#define CHANNEL_2_MODE_0 0xb0 /* channel 2, low byte then high byte, mode 0, binary */
#define CHANNEL_2_LATCH  0x80
#define GATE             0x01
#define FIRST            0xffffu
#define JUST_BEGUN       0xff00u
#define PATIENCE         1000u  /* looks at the count: it is there within a microsecond */

/* What port 61h keeps of itself on a write: its upper half is read-only status. */
#define NMI_SC_KEEP 0x0c

static uint64_t hertz(void)
{
	return HERTZ;
}

/* Down from FIRST, and round. */
static uint32_t count(void)
{
	uint32_t low;

	port_write(CONTROL, CHANNEL_2_LATCH);
	low = port_read(CHANNEL_2);
	return low | (uint32_t)port_read(CHANNEL_2) << 8;
}

static bool start(void)
{
	uint8_t base = port_read(NMI_SC) & NMI_SC_KEEP;

	port_write(NMI_SC, base); /* gate and speaker off */
	port_write(CONTROL, CHANNEL_2_MODE_0);
	port_write(CHANNEL_2, (uint8_t)FIRST);
	port_write(CHANNEL_2, (uint8_t)(FIRST >> 8));
	port_write(NMI_SC, base | GATE);
	for (unsigned i = 0; i < PATIENCE; i++)
		if (count() >= JUST_BEGUN)
			return true;
	return false;
}

static uint32_t passed(void)
{
	return FIRST - count();
}

const struct reference pit_reference = { "pit", hertz, start, passed };
