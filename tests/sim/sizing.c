/*
 * sizing.c - the formula.
 */
#include "sim/sizing.h"

#include <math.h>

/* Of Poisson arrivals anything is possible; the formula leaves out what happens once in e^27.6 = 10^12 times. */
#define RARE 27.6

static double seconds(uint64_t time)
{
	return (double)time / (double)SECOND;
}

/* What comes back in the long run: the receiver between its pauses, or maintenance if that does less. */
static double service(const struct scenario *s)
{
	const struct receiver *r = s->receiver;
	double drained = 1 / seconds(s->drain) * (double)r->between / (double)(r->between + r->pause);

	return r->maintenance == 0 ? drained : fmin(drained, s->budget / seconds(r->maintenance));
}

static double burst(const struct scenario *s, const struct sizing *z)
{
	if (s->arrivals == ARRIVALS_BURSTS)
		return s->burst - z->load / z->line * (s->burst - 1);
	return sqrt(2 * RARE * z->load * z->latency) + RARE * z->service / (2 * (z->service - z->load));
}

struct sizing sizing_of(const struct scenario *s)
{
	struct sizing z = { 0 };

	z.line = 1 / seconds(s->wire);
	z.load = z.line * LOAD_PERCENT / 100;
	z.service = service(s);
	z.latency = seconds(s->moderation + s->receiver->pause + s->receiver->maintenance + s->drain);
	z.burst = burst(s, &z);
	z.in_flight = z.burst + z.load * z.latency;
	if (z.service >= z.line)
		z.in_flight = fmin(z.in_flight, 1 + z.line * z.latency);
	z.guarantee = s->ring + 1 + s->receiver->transfer + (uint32_t)ceil(z.in_flight);
	return z;
}
