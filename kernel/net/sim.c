/*
 * sim.c - posts frames to the simulated card and sees which are filled.
 *
 * Idea    The order of writes is that of a real card: descriptor, status, then the doorbell; status first when reading.
 */
#include <labyrinth/alloc.h>
#include <labyrinth/owner.h>
#include <labyrinth/page.h>

#include "line.h"
#include "sim.h"
#include "x86/cpu.h"

_Static_assert(NIC_SLOTS * sizeof(struct sim_descriptor) <= LABYRINTH_PAGE_SIZE, "the ring lies in one frame");

/* A tick of the shared line: what the wire brings, and, if that makes the card ask for it, the driver's interrupt. */
static void sim_interrupt(void *context)
{
	struct sim *sim = context;
	uint64_t first = sim->sender.sequence;
	uint32_t due = sender_due(&sim->sender, cpu_tsc());

	for (uint32_t i = 0; i < due; i++)
		sim_device_receive(&sim->device, first + i, sim->sender.bytes);
	if (sim_device_cause(&sim->device))
		nic_interrupt(sim->nic, NIC_SLOTS);
}

/* As many ticks as bursts make up the rate, rounded up. */
static void sim_start(void *card)
{
	struct sim *sim = card;

	line_join(sim_interrupt, sim);
	line_start((sim->sender.rate + sim->sender.burst - 1) / sim->sender.burst);
}

static void sim_stop(void *card)
{
	line_stop();
	line_leave(sim_interrupt, card);
}

static void sim_post(void *card, uint32_t slot, phys_addr_t frame)
{
	struct sim *sim = card;
	struct sim_descriptor *descriptor = &sim->ring[slot];

	descriptor->frame = frame;
	descriptor->bytes = 0;
	atomic_store_explicit(&descriptor->status, SIM_POSTED, memory_order_release);
	atomic_fetch_add_explicit(&sim->device.tail, 1, memory_order_release);
}

static bool sim_filled(void *card, uint32_t slot, uint32_t *bytes)
{
	struct sim *sim = card;
	struct sim_descriptor *descriptor = &sim->ring[slot];

	if (atomic_load_explicit(&descriptor->status, memory_order_acquire) != SIM_DONE)
		return false;
	*bytes = descriptor->bytes;
	return true;
}

static uint64_t sim_missed(const void *card)
{
	return ((const struct sim *)card)->device.missed;
}

const struct nic_operations sim_operations = {
	.start = sim_start, .stop = sim_stop, .post = sim_post, .filled = sim_filled, .missed = sim_missed,
};

enum labyrinth_status sim_open(struct sim *sim)
{
	struct labyrinth *lab = sim->nic->lab;
	struct labyrinth_grant grant = labyrinth_alloc_pages(lab, LABYRINTH_GFP_KERNEL | LABYRINTH_GFP_ZERO, 0);

	if (!grant.page)
		return grant.status;
	sim->page = grant.page;
	sim->ring = labyrinth_page_address(lab, grant.page);
	sim->device = (struct sim_device){ .ring = labyrinth_page_phys(lab, grant.page), .descriptors = NIC_SLOTS };
	return LABYRINTH_OK;
}

enum labyrinth_status sim_close(struct sim *sim)
{
	return labyrinth_free_pages(sim->nic->lab, sim->page, 0);
}
