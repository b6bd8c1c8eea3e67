/*
 * sender.c - the token bucket and the window.
 *
 * Idea    The bucket holds two bursts: one that is due, one to catch up with after a late tick. What overflows is never
 *         sent: a machine that was held up is not flooded afterwards.
 */
#include "sender.h"
#include "x86/apic.h"
#include "x86/cpu.h"

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void sender_offer(struct sender *sender, uint64_t packets, uint32_t window)
{
	sender->window = window;
	sender->remaining = packets;
	sender->tokens = 0;
	sender->filled_at = cpu_tsc();
}

static void fill_bucket(struct sender *sender, uint64_t now)
{
	uint64_t second = tsc_hertz();
	uint64_t elapsed = least(now - sender->filled_at, 2 * second); /* a tick is at most a second apart */

	sender->tokens = least(sender->tokens + elapsed * sender->rate, 2 * second * sender->burst);
	sender->filled_at = now;
}

/* What the window lets through of `wanted` packets. */
static uint64_t windowed(struct sender *sender, uint64_t wanted)
{
	uint64_t under_way = sender->sequence - sender->acknowledged;

	if (!sender->window || under_way + wanted <= sender->window)
		return wanted;
	sender->held_back++;
	return sender->window > under_way ? sender->window - under_way : 0;
}

uint32_t sender_due(struct sender *sender, uint64_t now)
{
	fill_bucket(sender, now);
	uint64_t due = least(sender->tokens / tsc_hertz(), sender->burst);
	due = windowed(sender, least(due, sender->remaining));
	sender->tokens -= due * tsc_hertz();
	sender->remaining -= due;
	sender->sequence += due;
	return (uint32_t)due;
}
