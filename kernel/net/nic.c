/*
 * nic.c - the receive path of every driver: claim first, then let go.
 *
 * Idea    A packet whose replacement is refused is dropped and its frame posted again: the ring never loses a slot.
 *         A packet that the receiver cannot take yet stays the driver's own, so a slow receiver uses up the driver's
 *         budget and nobody else's.
 * Needs   One card a struct nic, one CPU that takes its interrupt.
 */
#include <labyrinth/page.h>

#include "nic.h"
#include "x86/cpu.h"

_Static_assert((NIC_SLOTS & (NIC_SLOTS - 1)) == 0 && (NIC_LIMIT & (NIC_LIMIT - 1)) == 0, "counters wrap at 2^32");

static void post(struct nic *nic, uint32_t slot)
{
	nic->operations->post(nic->card, slot, labyrinth_page_phys(nic->lab, nic->slot[slot].page));
}

static void release(struct nic *nic, struct labyrinth_claim *claim)
{
	enum labyrinth_status status = labyrinth_claim_release(claim);

	if (status != LABYRINTH_OK)
		unexpected_note(&nic->unexpected, "the nic releases a frame of its own", status);
}

/* Claims a frame and lends it to the card; when that is refused, nothing is held. */
static enum labyrinth_status claim_lent(struct nic *nic, struct labyrinth_claim *claim)
{
	*claim = (struct labyrinth_claim){ .lab = nic->lab, .owner = nic->owner };
	labyrinth_void_alloc_page_gfp_atomic_exclusive(claim);
	if (!claim->page)
		return claim->status;
	enum labyrinth_status status = labyrinth_claim_lend(claim);
	if (status != LABYRINTH_OK) {
		unexpected_note(&nic->unexpected, "the nic lends a frame that it has just claimed", status);
		release(nic, claim);
	}
	return status;
}

static void count_drop(struct nic *nic, enum labyrinth_status why)
{
	uint32_t held = NIC_SLOTS + nic_backlog(nic);

	if (why == LABYRINTH_OVER_LIMIT && held == NIC_LIMIT)
		nic->counters.dropped_over_limit++;
	else if (why == LABYRINTH_NO_MEMORY && held >= NIC_GUARANTEE)
		nic->counters.dropped_no_memory++;
	else
		unexpected_note(&nic->unexpected, "the nic claims within its guarantee or below its limit", why);
}

static void push_backlog(struct nic *nic, const struct labyrinth_claim *claim, uint32_t bytes)
{
	nic->backlog[nic->backlog_tail++ % NIC_LIMIT] = (struct nic_packet){ *claim, bytes };
}

/* The next slot is filled. It holds a lent frame before and after. */
static void receive_one(struct nic *nic, uint32_t bytes)
{
	uint32_t slot = nic->next;
	struct labyrinth_claim spare, *filled = &nic->slot[slot];
	enum labyrinth_status status = claim_lent(nic, &spare);

	nic->next = (slot + 1) % NIC_SLOTS;
	if (status != LABYRINTH_OK) {
		count_drop(nic, status);
		post(nic, slot);
		return;
	}
	status = labyrinth_claim_take_back(filled);
	if (status == LABYRINTH_OK)
		push_backlog(nic, filled, bytes);
	else
		unexpected_note(&nic->unexpected, "the nic takes a filled frame back", status);
	nic->slot[slot] = spare;
	post(nic, slot);
}

static bool deliver_one(struct nic *nic)
{
	struct nic_packet *packet = &nic->backlog[nic->backlog_head % NIC_LIMIT];
	enum labyrinth_status status = labyrinth_claim_transfer(&packet->claim, nic->receiver.owner);

	if (status == LABYRINTH_OVER_LIMIT || status == LABYRINTH_NO_MEMORY) {
		nic->counters.waited++;
		return false;
	}
	nic->backlog_head++;
	if (status != LABYRINTH_OK) {
		unexpected_note(&nic->unexpected, "the nic transfers a frame of its own", status);
		return true;
	}
	nic->counters.received++;
	nic->counters.bytes += packet->bytes;
	nic->receiver.receive(nic->receiver.context, packet);
	return true;
}

bool nic_deliver(struct nic *nic)
{
	uintptr_t flags = irq_save();
	bool any = false;

	while (nic_backlog(nic) && deliver_one(nic))
		any = true;
	irq_restore(flags);
	return any;
}

static uint32_t take_in(struct nic *nic, uint32_t most)
{
	uint32_t packets = 0, bytes;

	while (packets < most && nic->operations->filled(nic->card, nic->next, &bytes)) {
		receive_one(nic, bytes);
		nic_deliver(nic);
		packets++;
	}
	return packets;
}

uint32_t nic_interrupt(struct nic *nic, uint32_t most)
{
	uint64_t began = cpu_tsc();
	uint32_t packets = take_in(nic, most);

	if (packets > 0) {
		nic->counters.interrupts++;
		histogram_add(&nic->cost, cpu_tsc() - began);
	}
	return packets;
}

uint32_t nic_poll(struct nic *nic, uint32_t most)
{
	uint32_t packets = take_in(nic, most);

	nic->counters.polled += packets;
	return packets;
}

enum labyrinth_status nic_open(struct nic *nic)
{
	static const struct labyrinth_budget budget = { "nic", NIC_GUARANTEE, NIC_LIMIT, NIC_RECYCLE };
	enum labyrinth_status status = labyrinth_owner_register(nic->lab, &budget, &nic->owner);

	if (status != LABYRINTH_OK)
		return status;
	for (uint32_t slot = 0; slot < NIC_SLOTS && status == LABYRINTH_OK; slot++) {
		status = claim_lent(nic, &nic->slot[slot]);
		if (status == LABYRINTH_OK)
			post(nic, slot);
	}
	if (status != LABYRINTH_OK)
		nic_close(nic); /* cannot fail: the card has not started, nothing stays lent */
	return status;
}

enum labyrinth_status nic_close(struct nic *nic)
{
	for (uint32_t slot = 0; slot < NIC_SLOTS; slot++) {
		if (!nic->slot[slot].page)
			continue;
		enum labyrinth_status status = labyrinth_claim_take_back(&nic->slot[slot]);
		if (status != LABYRINTH_OK)
			unexpected_note(&nic->unexpected, "the nic takes a posted frame back", status);
		release(nic, &nic->slot[slot]);
	}
	while (nic_backlog(nic))
		release(nic, &nic->backlog[nic->backlog_head++ % NIC_LIMIT].claim);
	return labyrinth_owner_retire(nic->lab, nic->owner);
}
