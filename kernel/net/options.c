/*
 * options.c - the demonstration's words on the kernel command line.
 *
 * Idea    Each has bounds and a default, and cmdline.h reports what is outside; what remains is checked here.
 */
#include "budgets.h"
#include "cmdline.h"
#include "demo.h"
#include "line.h"
#include "packet.h"
#include "view/print.h"

#define MOST_SECONDS  86400u
#define LEAST_PACKETS 100u
#define MOST_PACKETS  (UINT64_C(1) << 40)
#define MOST_WINDOW   1024u

static uint64_t number(const char *name, uint64_t least, uint64_t most, uint64_t fallback)
{
	uint64_t value;

	return cmdline_number(name, least, most, fallback, &value) ? value : fallback;
}

static bool simulated(void)
{
	const char *nic = cmdline_value("nic");

	if (nic && !word_is(nic, "sim") && !word_is(nic, "none"))
		kprintf("labyrinth: command line: nic=%s is not one of sim and none; using sim\n", nic);
	return !nic || !word_is(nic, "none");
}

/* What the interrupt line can do for this burst. */
static uint32_t feasible(uint32_t rate, uint32_t burst)
{
	uint32_t most = LINE_MAX_HERTZ * burst;

	if (rate <= most)
		return rate;
	kprintf("labyrinth: command line: rate=%u takes more than %u interrupts a second with burst=%u; using %u\n",
	        rate, LINE_MAX_HERTZ, burst, most);
	return most;
}

struct demo_options demo_options(void)
{
	struct demo_options options = {
		.sim    = simulated(),
		.rate   = (uint32_t)number("rate", 1, LINE_MAX_HERTZ * NIC_SLOTS, 2000),
		.burst  = (uint32_t)number("burst", 1, NIC_SLOTS, 8),
		.size   = (uint32_t)number("size", PACKET_MIN, PACKET_MAX, 1500),
		.window = (uint32_t)number("window", 0, MOST_WINDOW, RECEIVER_GUARANTEE),
	};
	uint64_t seconds = number("seconds", 1, MOST_SECONDS, 1);

	options.rate = feasible(options.rate, options.burst);
	uint64_t timed = seconds * options.rate;
	options.packets = number("packets", LEAST_PACKETS, MOST_PACKETS, timed > LEAST_PACKETS ? timed : LEAST_PACKETS);
	return options;
}
