/*
 * network.c - the thread's turns, and its rest.
 */
#include "network.h"
#include "thread.h"
#include "x86/apic.h"
#include "x86/cpu.h"

#define CPU         0u   /* which gets the card's interrupts: e1000_open.c */
#define POLL_HERTZ  200u

/* Answers all that is queued before more is taken in: of what is too much, the card gets rid for nothing. */
static bool turn(struct network *network)
{
	bool busy = false;

	while (echo_poll(network->echo))
		busy = true;
	busy |= e1000_poll(network->card);
	busy |= nic_deliver(network->nic);
	return busy;
}

/* Nobody rings for a card without interrupts, or when somebody else has freed what a packet waits for. */
static uint64_t deadline(const struct network *network)
{
	if (network->is == NETWORK_OPEN && (network->card->polled || nic_backlog(network->nic) > 0))
		return cpu_tsc() + tsc_hertz() / POLL_HERTZ;
	return FOR_EVER;
}

static void rest(struct network *network, uint64_t seen)
{
	network->resting = true;
	bell_ring(&network->rest);
	bell_wait(&network->work, seen, deadline(network));
	network->resting = false;
}

static void body(void *context)
{
	struct network *network = context;

	for (;;) {
		uint64_t seen = network->work.rings;

		network->is = network->wanted;
		if (network->is == NETWORK_LEFT)
			return;
		if (network->is == NETWORK_CLOSED || !turn(network))
			rest(network, seen);
	}
}

static void become(struct network *network, enum network_state state)
{
	network->wanted = state;
	bell_ring(&network->work);
	for (;;) {
		uint64_t seen = network->rest.rings;

		if (network->is == state)
			return;
		bell_wait(&network->rest, seen, FOR_EVER);
	}
}

bool network_start(struct network *network)
{
	network->thread = thread_start("network", CPU, body, network);
	return network->thread != NULL;
}

void network_open(struct network *network)
{
	become(network, NETWORK_OPEN);
}

void network_close(struct network *network)
{
	become(network, NETWORK_CLOSED);
}

void network_stop(struct network *network)
{
	network->wanted = NETWORK_LEFT;
	bell_ring(&network->work);
	thread_join(network->thread);
}

/* A packet in the thread's hands is in no queue. */
bool network_settled(const struct network *network)
{
	uintptr_t flags = irq_save();
	bool settled = network->resting && echo_queued(network->echo) == 0 && echo_sending(network->echo) == 0 &&
	               nic_backlog(network->nic) == 0;

	irq_restore(flags);
	return settled;
}
