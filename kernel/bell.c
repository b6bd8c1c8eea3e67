/*
 * bell.c - a count, and those who wait for another one.
 */
#include "bell.h"

void bell_ring(struct bell *bell)
{
	bell->rings++;
	wake_all(&bell->waiters);
}

struct sight {
	const struct bell *bell;
	uint64_t           seen;
};

static bool rung(void *context)
{
	const struct sight *sight = context;

	return sight->bell->rings != sight->seen;
}

void bell_wait(struct bell *bell, uint64_t seen, uint64_t deadline)
{
	struct sight sight = { bell, seen };

	wait_until(&bell->waiters, rung, &sight, deadline);
}
