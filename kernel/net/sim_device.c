/*
 * sim_device.c - what the simulated card does with a packet.
 */
#include "packet.h"
#include "sim_device.h"
#include "x86/paging.h"
#include "x86/window.h"

static struct sim_descriptor *descriptor_at(const struct sim_device *device, uint32_t count)
{
	struct sim_descriptor *ring = phys_virt(device->ring);

	return &ring[count & (device->descriptors - 1)];
}

/* The next descriptor that the device owns, or NULL. */
static struct sim_descriptor *next_posted(const struct sim_device *device)
{
	if (device->head == atomic_load_explicit(&device->tail, memory_order_acquire))
		return NULL;
	struct sim_descriptor *descriptor = descriptor_at(device, device->head);
	return atomic_load_explicit(&descriptor->status, memory_order_acquire) == SIM_POSTED ? descriptor : NULL;
}

void sim_device_receive(struct sim_device *device, uint64_t sequence, uint32_t bytes)
{
	struct sim_descriptor *descriptor = next_posted(device);

	if (!descriptor) {
		device->missed++;
		return;
	}
	packet_write(window_map(WINDOW_DEVICE, descriptor->frame), sequence, bytes);
	window_unmap(WINDOW_DEVICE);
	descriptor->bytes = bytes;
	atomic_store_explicit(&descriptor->status, SIM_DONE, memory_order_release);
	device->head++;
	device->cause = true;
}

bool sim_device_cause(struct sim_device *device)
{
	bool cause = device->cause;

	device->cause = false;
	return cause;
}
