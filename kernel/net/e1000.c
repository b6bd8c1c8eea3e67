/*
 * e1000.c - the rings of the card, and its interrupt.
 *
 * Idea    An interrupt fetches at most a ring of packets. If there are more, it leaves the card's receive interrupts
 *         masked and the rest to e1000_poll(): a storm of packets cannot keep the CPU in the handler.
 *         The card stops when its head meets the tail, so one of the posted frames always waits.
 * Manual  e1000_registers.h; 317453 sections 14.4 (receive), 14.5 (transmit).
 */
#include <labyrinth/alloc.h>
#include <labyrinth/page.h>

#include "e1000.h"
#include "e1000_card.h"
#include "x86/cpu.h"

#define MODERATION 200u /* interrupts at least 51 microseconds apart: section 13.4.18 */

static void e1000_start(void *context)
{
	struct e1000 *card = context;

	card->running = true;
	e1000_write(card, E1000_RCTL, RCTL_ENABLE | RCTL_BROADCAST | RCTL_STRIP_CRC);
	e1000_write(card, E1000_TCTL, TCTL_ENABLE | TCTL_PAD | TCTL_COLLISIONS);
	e1000_write(card, E1000_RDT, card->tail);
	e1000_write(card, E1000_ITR, MODERATION);
	e1000_write(card, E1000_IMS, CAUSES_RECEIVE | CAUSE_SENT | CAUSE_LINK);
}

static void e1000_stop(void *context)
{
	struct e1000 *card = context;

	card->running = false;
	e1000_write(card, E1000_IMC, CAUSES_ALL);
	e1000_write(card, E1000_RCTL, 0);
	if (card->gone)
		pci_disable(&card->at); /* should it come back, it finds no way to memory */
	e1000_quiet(card); /* section 14.4: packets on their way get where they are going */
}

static void e1000_post(void *context, uint32_t slot, phys_addr_t frame)
{
	struct e1000 *card = context;
	struct e1000_received *descriptor = &card->received[slot];

	descriptor->frame = frame.a;
	atomic_store_explicit(&descriptor->status, 0, memory_order_release);
	card->tail = slot;
	if (card->running)
		e1000_write(card, E1000_RDT, slot);
}

/* A packet that does not end in its frame is longer than the card was told to accept: nobody gets to see that. */
static bool e1000_filled(void *context, uint32_t slot, uint32_t *bytes)
{
	struct e1000 *card = context;
	struct e1000_received *descriptor = &card->received[slot];
	uint8_t status = atomic_load_explicit(&descriptor->status, memory_order_acquire);

	if (!(status & RECEIVED_DONE))
		return false;
	*bytes = status & RECEIVED_END ? descriptor->bytes : 0;
	return true;
}

static uint64_t e1000_missed(const void *context)
{
	return ((const struct e1000 *)context)->missed;
}

static bool e1000_transmit(void *context, phys_addr_t frame, uint32_t bytes)
{
	struct e1000 *card = context;
	struct e1000_transmit *descriptor = &card->transmit[card->sending % NIC_SLOTS];

	if (card->sending - card->sent >= NIC_SLOTS - 1 || card->gone)
		return false;
	descriptor->frame = frame.a;
	descriptor->bytes = (uint16_t)bytes;
	descriptor->command = TRANSMIT_END | TRANSMIT_CRC | TRANSMIT_REPORT;
	atomic_store_explicit(&descriptor->status, 0, memory_order_release);
	card->sending++;
	e1000_write(card, E1000_TDT, card->sending % NIC_SLOTS);
	return true;
}

static bool e1000_sent(void *context)
{
	struct e1000 *card = context;
	struct e1000_transmit *descriptor = &card->transmit[card->sent % NIC_SLOTS];

	if (card->sent == card->sending)
		return false;
	if (!(atomic_load_explicit(&descriptor->status, memory_order_acquire) & TRANSMIT_DONE))
		return false;
	card->sent++;
	return true;
}

const struct nic_operations e1000_operations = {
	.start = e1000_start, .stop = e1000_stop, .post = e1000_post, .filled = e1000_filled, .missed = e1000_missed,
	.transmit = e1000_transmit, .sent = e1000_sent,
};

/* A full ring of packets is as much as one interrupt does. */
static bool more(const struct e1000 *card)
{
	uint32_t bytes;

	return e1000_filled((void *)(uintptr_t)card, card->nic->next, &bytes);
}

static void look_at_link(struct e1000 *card)
{
	card->link = (e1000_read(card, E1000_STATUS) & STATUS_LINK_UP) != 0;
}

static void serve(struct e1000 *card)
{
	uint32_t cause = e1000_read(card, E1000_ICR);

	if (cause == STATUS_GONE)
		return; /* e1000_poll() finds out */
	e1000_write(card, E1000_ICR, cause);
	if (cause & CAUSE_LINK)
		look_at_link(card);
	if (!card->running || !(cause & (CAUSES_RECEIVE | CAUSE_SENT))) {
		card->idle += cause == 0;
		return;
	}
	nic_interrupt(card->nic);
	if (more(card)) {
		card->masked = true;
		e1000_write(card, E1000_IMC, CAUSES_RECEIVE);
	}
}

void e1000_interrupt(void *context)
{
	struct e1000 *card = context;

	serve(card);
	card->interrupts++;
	wake_all(&card->waiters);
}

struct sight {
	const struct e1000 *card;
	uint64_t            seen;
};

static bool interrupted(void *context)
{
	const struct sight *sight = context;

	return sight->card->interrupts != sight->seen;
}

void e1000_wait(struct e1000 *card, uint64_t seen, uint64_t deadline)
{
	struct sight sight = { card, seen };

	wait_until(&card->waiters, interrupted, &sight, deadline);
}

/* A card that is there still has the address that it was given. One that is not may read as anything. */
static void look_at_card(struct e1000 *card)
{
	uint32_t missed = e1000_read(card, E1000_MPC);

	if (e1000_read(card, E1000_RAL) == e1000_mac_low(card))
		card->missed += missed;
	else
		card->gone = true;
}

/*
 * Once the interrupts are on again, the card raises one for what came in between only if its cause was not read yet: so
 * look after that, too.
 */
bool e1000_poll(struct e1000 *card)
{
	uintptr_t flags = irq_save();
	bool found = card->running && more(card);

	if (!found)
		look_at_card(card);
	if (found)
		nic_interrupt(card->nic);
	if (card->masked && !more(card)) {
		card->masked = false;
		e1000_write(card, E1000_IMS, CAUSES_RECEIVE);
	}
	irq_restore(flags);
	return found;
}
