/*
 * e1000.c - the rings of the card, and its interrupt.
 *
 * Idea    Interrupts fetch a gust of packets, together. Then the receive interrupts are masked until e1000_poll() has
 *         found the ring empty: a storm of packets cannot keep the CPU in the handler, only a thread busy, and threads
 *         take turns.
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
	e1000_write(card, E1000_TCTL, 0); /* what has not left by now stays: nobody was there to take it */
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
	return ((const struct e1000 *)context)->count[COUNT_MISSED];
}

static enum nic_way e1000_transmit(void *context, phys_addr_t frame, uint32_t bytes)
{
	struct e1000 *card = context;
	struct e1000_transmit *descriptor = &card->transmit[card->sending % NIC_SLOTS];

	if (!card->link || card->gone)
		return NIC_NO_LINK;
	if (card->sending - card->sent >= NIC_SLOTS - 1)
		return NIC_FULL;
	descriptor->frame = frame.a;
	descriptor->bytes = (uint16_t)bytes;
	descriptor->command = TRANSMIT_END | TRANSMIT_CRC | TRANSMIT_REPORT;
	atomic_store_explicit(&descriptor->status, 0, memory_order_release);
	card->sending++;
	e1000_write(card, E1000_TDT, card->sending % NIC_SLOTS);
	return NIC_ON_ITS_WAY;
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

/* What is left of the gust; when it is used up, the rest is e1000_poll()'s. */
static uint32_t take_in(struct e1000 *card)
{
	uint32_t packets = nic_interrupt(card->nic, NIC_GUST - card->taken);

	card->taken += packets;
	if (card->taken == NIC_GUST && !card->masked) {
		card->masked = true;
		e1000_write(card, E1000_IMC, CAUSES_RECEIVE);
	}
	return packets;
}

/* What the interrupt was for; 0: for somebody else, or the card is gone, which e1000_look() finds out. */
static uint32_t serve(struct e1000 *card)
{
	uint32_t cause = e1000_read(card, E1000_ICR), packets = 0;

	if (cause == STATUS_GONE)
		return 0;
	e1000_write(card, E1000_ICR, cause);
	if (cause & CAUSE_LINK)
		e1000_look_at_link(card);
	if (card->running && cause & (CAUSES_RECEIVE | CAUSE_SENT))
		packets = take_in(card);
	card->idle += packets == 0 && !(cause & (CAUSE_SENT | CAUSE_LINK));
	return cause & (CAUSES_RECEIVE | CAUSE_SENT | CAUSE_LINK);
}

void e1000_interrupt(void *context)
{
	struct e1000 *card = context;

	bool claimed = serve(card) != 0;

	if (card->by_wire && wires_storm(&card->wire, claimed))
		card->polled = true;
	bell_ring(card->bell);
}

/* What has come since the ring was found empty raises an interrupt: no cause was read in between. */
static void listen(struct e1000 *card)
{
	card->taken = 0;
	if (!card->masked)
		return;
	card->masked = false;
	e1000_write(card, E1000_IMS, CAUSES_RECEIVE);
}

bool e1000_poll(struct e1000 *card)
{
	uintptr_t flags = irq_save();
	uint32_t packets = card->running ? nic_poll(card->nic, NIC_GUST) : 0;

	if (packets == 0 && card->running)
		listen(card);
	irq_restore(flags);
	return packets > 0;
}

/* The last posted is where the card stops. */
bool e1000_full(const struct e1000 *card)
{
	const struct e1000_received *last = &card->received[(card->tail + NIC_SLOTS - 1) % NIC_SLOTS];

	return (atomic_load_explicit(&last->status, memory_order_acquire) & RECEIVED_DONE) != 0;
}

void e1000_provoke(struct e1000 *card, uint32_t cause)
{
	e1000_write(card, E1000_ICS, cause);
}
