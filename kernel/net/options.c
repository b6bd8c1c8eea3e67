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
#include "protocols.h"
#include "view/print.h"

#define MOST_SECONDS  86400u
#define LEAST_PACKETS 100u
#define MOST_PACKETS  (UINT64_C(1) << 40)
#define MOST_WINDOW   1024u
#define MOST_PORT     65535u

#define DEFAULT_ADDRESS 0x0a00020fu /* 10.0.2.15, what QEMU's own network gives out */

static uint64_t number(const char *name, uint64_t least, uint64_t most, uint64_t fallback)
{
	uint64_t value;

	return cmdline_number(name, least, most, fallback, &value) ? value : fallback;
}

const char nic_simulated[] = "sim";

/* NULL: there is no driver for it. */
static const char *real_card(const char *name)
{
	static const char *const cards[] = { "e1000e", "e1000" };

	for (size_t i = 0; i < sizeof(cards) / sizeof(cards[0]); i++)
		if (word_is(name, cards[i]))
			return cards[i];
	return NULL;
}

/* NULL: none. */
static const char *which_nic(void)
{
	const char *nic = cmdline_value("nic");

	if (nic && real_card(nic))
		return real_card(nic);
	if (nic && word_is(nic, "none"))
		return NULL;
	if (nic && !word_is(nic, nic_simulated))
		kprintf("labyrinth: command line: nic=%s is none of sim, e1000e, e1000 and none; using sim\n", nic);
	return nic_simulated;
}

/* Whom the demonstration does not use: a card is opened once. */
static const char *which_answers(const char *nic)
{
	const char *name = cmdline_value("answer"), *card = name ? real_card(name) : NULL;

	if (name && !card)
		kprintf("labyrinth: command line: answer=%s is neither e1000e nor e1000; nobody is answered\n", name);
	if (card == NULL || card != nic)
		return card;
	kprintf("labyrinth: command line: answer=%s is the card of nic= and answers already; ignoring it\n", name);
	return NULL;
}

/* Four numbers of 0 to 255 with dots between; false: it is not. */
static bool parse_address(const char *text, uint32_t *out)
{
	uint32_t address = 0;

	for (unsigned i = 0; i < 4; i++) {
		uint32_t number = 0, digits = 0;

		for (; *text >= '0' && *text <= '9' && digits < 4; digits++)
			number = number * 10 + (uint32_t)(*text++ - '0');
		if (digits == 0 || number > 255 || *text != (i < 3 ? '.' : '\0'))
			return false;
		text += i < 3;
		address = address << 8 | number;
	}
	*out = address;
	return true;
}

static uint32_t own_address(void)
{
	const char *text = cmdline_value("address");
	uint32_t address = DEFAULT_ADDRESS;

	if (text && (!parse_address(text, &address) || !ipv4_is_host(address))) {
		kprintf("labyrinth: command line: address=%s is not a host's IPv4 address; using 10.0.2.15\n", text);
		return DEFAULT_ADDRESS;
	}
	return address;
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
		.nic    = which_nic(),
		.rate   = (uint32_t)number("rate", 1, LINE_MAX_HERTZ * NIC_SLOTS, 2000),
		.burst  = (uint32_t)number("burst", 1, NIC_SLOTS, 8),
		.size   = (uint32_t)number("size", PACKET_MIN, PACKET_MAX, 1500),
		.window = (uint32_t)number("window", 0, MOST_WINDOW, RECEIVER_GUARANTEE),
	};
	uint64_t seconds = number("seconds", 1, MOST_SECONDS, 1);

	options.answer = which_answers(options.nic);
	options.phases = cmdline_has("phases");
	options.seconds = cmdline_value("seconds") ? seconds : 0;
	options.address = own_address();
	options.host_port = (uint32_t)number("host-port", 1, MOST_PORT, 0);
	options.trouble = cmdline_has("trouble");
	options.orders = cmdline_has("orders") || options.trouble;
	options.vanish = cmdline_has("card-gone");

	options.rate = feasible(options.rate, options.burst);
	uint64_t timed = seconds * options.rate;
	options.packets = number("packets", LEAST_PACKETS, MOST_PACKETS, timed > LEAST_PACKETS ? timed : LEAST_PACKETS);
	return options;
}
