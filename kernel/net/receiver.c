/*
 * receiver.c - the queue, and what is done with a packet.
 */
#include <labyrinth/page.h>

#include "packet.h"
#include "receiver.h"

enum labyrinth_status receiver_open(struct receiver *receiver)
{
	static const struct labyrinth_budget budget = { "receiver", RECEIVER_GUARANTEE, RECEIVER_LIMIT, 0 };

	return labyrinth_owner_register(receiver->lab, &budget, &receiver->owner);
}

static void release(struct receiver *receiver, struct labyrinth_claim *claim)
{
	enum labyrinth_status status = labyrinth_claim_release(claim);

	if (status != LABYRINTH_OK)
		unexpected_note(&receiver->unexpected, "the receiver releases a frame of its own", status);
}

enum labyrinth_status receiver_close(struct receiver *receiver)
{
	receiver_let_go(receiver);
	return labyrinth_owner_retire(receiver->lab, receiver->owner);
}

void receiver_receive(void *context, const struct nic_packet *packet)
{
	struct receiver *receiver = context;

	/* Each packet queued is a frame held: the transfer of one more is OVER_LIMIT. Retire frees one lost here. */
	if (!packets_put(&receiver->queue, packet))
		unexpected_note(&receiver->overrun, "the receiver is given more frames than its limit", LABYRINTH_OK);
}

static void account(struct receiver *receiver, uint64_t sequence)
{
	if (sequence < receiver->next) {
		receiver->disordered++;
		return;
	}
	receiver->gaps += sequence - receiver->next;
	receiver->next = sequence + 1;
	receiver->intact++;
}

static void look_at(struct receiver *receiver, const struct packet *packet, uint32_t bytes)
{
	if (packet_intact(packet, bytes))
		account(receiver, packet->sequence);
	else
		receiver->corrupt++;
}

/* The frame is in nobody's reach but through a window of this CPU. */
static void verify(struct receiver *receiver, struct nic_packet *received)
{
	const struct packet *packet = labyrinth_claim_map(&received->claim);

	if (packet == NULL) {
		unexpected_note(&receiver->unexpected, "the receiver maps a frame of its own", received->claim.status);
		return;
	}
	look_at(receiver, packet, received->bytes);
	enum labyrinth_status status = labyrinth_claim_unmap(&received->claim);
	if (status != LABYRINTH_OK)
		unexpected_note(&receiver->unexpected, "the receiver unmaps a frame of its own", status);
}

static void keep_or_release(struct receiver *receiver, struct labyrinth_claim *claim)
{
	if (receiver->holding && receiver->holds < RECEIVER_LIMIT)
		receiver->held[receiver->holds++] = *claim;
	else
		release(receiver, claim);
}

bool receiver_poll(struct receiver *receiver)
{
	struct nic_packet packet;

	if (!packets_take(&receiver->queue, &packet))
		return false;
	verify(receiver, &packet);
	keep_or_release(receiver, &packet.claim);
	return true;
}

void receiver_let_go(struct receiver *receiver)
{
	while (receiver->holds)
		release(receiver, &receiver->held[--receiver->holds]);
}

void receiver_expect(struct receiver *receiver, uint64_t sequence)
{
	if (sequence <= receiver->next)
		return;
	receiver->gaps += sequence - receiver->next;
	receiver->next = sequence;
}
