/*
 * packets.h - packets on their way from the interrupt to a task: a ring of one producer and one consumer.
 *
 * Idea    It has a place for every frame that the receiver may hold: the allocator's limit keeps it from overflowing.
 * Writes  packets_put(): the tail and the place; packets_take(): the head.
 */
#ifndef NET_PACKETS_H
#define NET_PACKETS_H

#include <stdatomic.h>

#include "nic.h"

/* Zero is empty. */
struct packets {
	struct nic_packet place[RECEIVER_LIMIT];
	_Atomic uint32_t  head, tail; /* count up for ever */
};

_Static_assert((RECEIVER_LIMIT & (RECEIVER_LIMIT - 1)) == 0, "the counters wrap at 2^32");

static inline uint32_t packets_count(const struct packets *packets)
{
	return packets->tail - packets->head;
}

/* false: there is no place. */
static inline bool packets_put(struct packets *packets, const struct nic_packet *packet)
{
	uint32_t tail = atomic_load_explicit(&packets->tail, memory_order_relaxed);

	if (tail - atomic_load_explicit(&packets->head, memory_order_acquire) == RECEIVER_LIMIT)
		return false;
	packets->place[tail % RECEIVER_LIMIT] = *packet;
	atomic_store_explicit(&packets->tail, tail + 1, memory_order_release);
	return true;
}

/*
 * The oldest; false: there is none. Its place is free before its frame is: a frame freed makes room for a transfer, and
 * that needs a place.
 */
static inline bool packets_take(struct packets *packets, struct nic_packet *packet)
{
	uint32_t head = atomic_load_explicit(&packets->head, memory_order_relaxed);

	if (head == atomic_load_explicit(&packets->tail, memory_order_acquire))
		return false;
	*packet = packets->place[head % RECEIVER_LIMIT];
	atomic_store_explicit(&packets->head, head + 1, memory_order_release);
	return true;
}

#endif
