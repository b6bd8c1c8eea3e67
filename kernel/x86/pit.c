/*
 * pit.c - counts down once on channel 2, whose gate and output are bits of port 61h; no interrupt is involved.
 *
 * Manual  Intel 82C54 data sheet, "Mode 0: interrupt on terminal count"; port 61h: Intel ICH10 data sheet section
 *         13.7.1 (NMI_SC).
 */
#include "x86/port_io.h"
#include "x86/reference.h"

#define HERTZ     1193182u
#define CHANNEL_2 0x42
#define CONTROL   0x43
#define NMI_SC    0x61

#define CHANNEL_2_MODE_0 0xb0 /* channel 2, low byte then high byte, mode 0, binary */
#define GATE             0x01
#define OUTPUT           0x20

/* What port 61h keeps of itself on a write: its upper half is read-only status. */
#define NMI_SC_KEEP 0x0c

static uint64_t hertz(void)
{
	return HERTZ;
}

/* At most 65535. */
static void start(uint32_t ticks)
{
	uint8_t base = port_read(NMI_SC) & NMI_SC_KEEP;

	port_write(NMI_SC, base); /* gate and speaker off */
	port_write(CONTROL, CHANNEL_2_MODE_0);
	port_write(CHANNEL_2, (uint8_t)ticks);
	port_write(CHANNEL_2, (uint8_t)(ticks >> 8));
	port_write(NMI_SC, base | GATE);
}

static bool over(void)
{
	return (port_read(NMI_SC) & OUTPUT) != 0;
}

const struct reference pit_reference = { "pit", hertz, start, over };
