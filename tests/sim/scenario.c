/*
 * scenario.c - what follows from the speed of a line and the size of its packets.
 */
#include "sim/scenario.h"

#define WIRE_OVERHEAD 20                 /* bytes: preamble and start 8, gap 12; IEEE 802.3 */
#define MODERATION    (20 * MICROSECOND)
#define BURST         MILLISECOND        /* at line rate */
#define SMALLEST_RING 64

const char *arrivals_name(enum arrivals arrivals)
{
	static const char *const names[ARRIVALS_KINDS] = { "Poisson", "bursts" };

	return names[arrivals];
}

uint32_t scenario_packets(const struct scenario *s, uint64_t time)
{
	return (uint32_t)((time + s->wire - 1) / s->wire);
}

/* Slots for all that can arrive before the interrupt comes; a power of two, as cards have it. */
static uint32_t ring_for(const struct scenario *s)
{
	uint32_t slots = SMALLEST_RING;

	while (slots < 1 + scenario_packets(s, s->moderation))
		slots *= 2;
	return slots;
}

struct scenario scenario_of(unsigned gbps, unsigned bytes, enum arrivals arrivals, const struct receiver *receiver)
{
	struct scenario s = { .gbps = gbps, .bytes = bytes, .arrivals = arrivals, .receiver = receiver };

	s.wire = (bytes + WIRE_OVERHEAD) * 8 * (UINT64_C(1000) / gbps);
	s.drain = s.wire * receiver->wire_percent / 100;
	s.moderation = MODERATION;
	s.ring = ring_for(&s);
	s.burst = arrivals == ARRIVALS_BURSTS ? scenario_packets(&s, BURST) : 0;
	s.budget = scenario_packets(&s, receiver->maintenance != 0 ? receiver->maintenance : MILLISECOND);
	return s;
}
