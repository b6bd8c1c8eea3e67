/*
 * echo.c - one packet after the other: answered, lent to the card, taken back, released.
 */
#include <labyrinth/page.h>

#include "echo.h"
#include "x86/cpu.h"

enum labyrinth_status echo_open(struct echo *echo)
{
	static const struct labyrinth_budget budget = { "echo", RECEIVER_GUARANTEE, RECEIVER_LIMIT, 0 };

	return labyrinth_owner_register(echo->lab, &budget, &echo->owner);
}

static void release(struct echo *echo, struct labyrinth_claim *claim)
{
	enum labyrinth_status status = labyrinth_claim_release(claim);

	if (status != LABYRINTH_OK)
		unexpected_note(&echo->unexpected, "the echo releases a frame of its own", status);
}

/*
 * What is done with goes home to the card's driver, for its next packet: it came from there, so nobody has to shred it
 * in between. If the driver has all that it may have, or an interrupt has taken the last surplus, it is released here.
 * An interrupt in the middle would find one frame of the driver's limit taken that is in none of its places.
 */
static void go_home(struct echo *echo, struct labyrinth_claim *claim)
{
	uintptr_t flags = irq_save();
	enum labyrinth_status status = labyrinth_claim_transfer(claim, echo->nic->owner);

	if (status != LABYRINTH_OK && status != LABYRINTH_OVER_LIMIT && status != LABYRINTH_NO_MEMORY)
		unexpected_note(&echo->unexpected, "the echo gives a frame back to the driver", status);
	release(echo, claim);
	irq_restore(flags);
}

static void take_back(struct echo *echo)
{
	struct labyrinth_claim *claim = &echo->sending[echo->returned++ % NIC_SLOTS];
	enum labyrinth_status status = labyrinth_claim_take_back(claim);

	if (status != LABYRINTH_OK)
		unexpected_note(&echo->unexpected, "the echo takes back a frame that was sent", status);
	go_home(echo, claim);
}

static bool take_back_sent(struct echo *echo)
{
	bool any = false;

	while (echo_sending(echo) > 0 && echo->nic->operations->sent(echo->nic->card)) {
		take_back(echo);
		any = true;
	}
	return any;
}

void echo_receive(void *context, const struct nic_packet *packet)
{
	struct echo *echo = context;

	/* Each packet queued is a frame held: the transfer of one more is OVER_LIMIT. Retire frees one lost here. */
	if (!packets_put(&echo->queue, packet))
		unexpected_note(&echo->overrun, "the echo is given more frames than its limit", LABYRINTH_OK);
}

static void count_unsent(struct echo *echo, enum nic_way way)
{
	if (way == NIC_NO_LINK)
		echo->unsent++;
	else
		unexpected_note(&echo->unexpected, "the card has room for one more", LABYRINTH_BUSY);
}

static void send(struct echo *echo, struct labyrinth_claim *claim, uint32_t bytes)
{
	enum nic_way way;
	phys_addr_t frame = labyrinth_page_phys(echo->lab, claim->page);
	enum labyrinth_status status = labyrinth_claim_lend(claim);

	if (status != LABYRINTH_OK) {
		unexpected_note(&echo->unexpected, "the echo lends a frame of its own", status);
		release(echo, claim);
		return;
	}
	way = echo->nic->operations->transmit(echo->nic->card, frame, bytes);
	if (way == NIC_ON_ITS_WAY) {
		echo->sending[echo->lent++ % NIC_SLOTS] = *claim;
		echo->answered++;
		return;
	}
	count_unsent(echo, way);
	status = labyrinth_claim_take_back(claim);
	if (status != LABYRINTH_OK)
		unexpected_note(&echo->unexpected, "the echo takes back a frame that was not sent", status);
	go_home(echo, claim);
}

/* The frame is in nobody's reach but through a window of this CPU. */
static uint32_t write_answer(struct echo *echo, struct nic_packet *packet)
{
	uint64_t discarded = echo->who.count[DISCARDED];
	uint8_t *frame = labyrinth_claim_map(&packet->claim);
	enum labyrinth_status status;
	uint32_t bytes;

	if (frame == NULL) {
		unexpected_note(&echo->unexpected, "the echo maps a frame of its own", packet->claim.status);
		return 0;
	}
	bytes = answer(&echo->who, frame, packet->bytes);
	if (echo->who.count[DISCARDED] != discarded && packet->bytes > UDP_DATA)
		echo->mark = frame[UDP_DATA];
	status = labyrinth_claim_unmap(&packet->claim);
	if (status != LABYRINTH_OK)
		unexpected_note(&echo->unexpected, "the echo unmaps a frame of its own", status);
	return bytes;
}

static void answer_one(struct echo *echo, struct nic_packet *packet)
{
	uint32_t bytes = write_answer(echo, packet);

	if (bytes > 0)
		send(echo, &packet->claim, bytes);
	else
		go_home(echo, &packet->claim);
}

/* A packet is taken out only when there is room to send its answer. */
static bool answer_next(struct echo *echo)
{
	struct nic_packet packet;

	if (echo->holding || echo_sending(echo) >= NIC_SLOTS - 1 || !packets_take(&echo->queue, &packet))
		return false;
	answer_one(echo, &packet);
	return true;
}

bool echo_poll(struct echo *echo)
{
	bool sent = take_back_sent(echo);

	return answer_next(echo) || sent;
}

enum labyrinth_status echo_close(struct echo *echo)
{
	struct nic_packet packet;

	while (echo_sending(echo) > 0)
		take_back(echo);
	while (packets_take(&echo->queue, &packet))
		release(echo, &packet.claim);
	return labyrinth_owner_retire(echo->lab, echo->owner);
}
