/*
 * nic.h - a network card that receives: what all drivers share, and what a kind of card adds.
 *
 * Idea    The driver's half is the same for every card: a slot of the ring always holds a frame lent to the card, and
 *         the replacement is claimed before the filled frame leaves. A card adds how a frame is posted, and how it is
 *         seen to be filled.
 * Writes  struct nic, in the card's interrupt or with interrupts off.
 */
#ifndef NET_NIC_H
#define NET_NIC_H

#include <labyrinth/owner.h>

#include "budgets.h"
#include "unexpected.h"
#include "histogram.h"

/* What has become of a frame that was to be sent. */
enum nic_way {
	NIC_ON_ITS_WAY,
	NIC_FULL,    /* no place in the ring: frames before it have yet to leave   */
	NIC_NO_LINK, /* nobody is at the other end of the wire, or the card is gone */
};

/*
 * What a kind of card does; `card` is its own structure. Slots are posted and filled in turn, after the last the first.
 *
 * start    from now on it writes to posted frames, and interrupts. Task.
 * stop     on return it has done either for the last time. Task.
 * post     the frame is the card's from here on. Interrupts off.
 * filled   is the slot's frame the driver's again, and how many bytes of it were written? Interrupts off.
 * missed   packets for which no frame was posted. Any context.
 * transmit the frame, lent to the card, is to be sent, or why it is not. Task. NULL: this card sends nothing.
 * sent     has the oldest frame that is being sent left? true once for each. Task.
 */
struct nic_operations {
	void (*start)(void *card);
	void (*stop)(void *card);
	void (*post)(void *card, uint32_t slot, phys_addr_t frame);
	bool (*filled)(void *card, uint32_t slot, uint32_t *bytes);
	uint64_t (*missed)(const void *card);
	enum nic_way (*transmit)(void *card, phys_addr_t frame, uint32_t bytes);
	bool (*sent)(void *card);
};

struct nic_packet {
	struct labyrinth_claim claim;
	uint32_t               bytes;
};

/* Who gets the packets. The frame is the receiver's when receive() is called, interrupts off; it may not refuse. */
struct nic_receiver {
	labyrinth_owner_t owner;
	void (*receive)(void *context, const struct nic_packet *packet);
	void *context;
};

struct nic_counters {
	uint64_t interrupts;         /* that found packets                                              */
	uint64_t polled;             /* packets taken in by nic_poll()                                  */
	uint64_t received;           /* handed to the receiver                                          */
	uint64_t bytes;              /* in them                                                         */
	uint64_t dropped_over_limit; /* replacement refused: this driver holds all that it may          */
	uint64_t dropped_no_memory;  /* replacement refused: beyond the guarantee, and nothing was left */
	uint64_t waited;             /* the receiver could not take a frame yet                         */
};

struct nic {
	struct labyrinth            *lab;
	labyrinth_owner_t            owner;
	const struct nic_operations *operations;
	void                        *card;
	struct nic_receiver          receiver;
	struct labyrinth_claim       slot[NIC_SLOTS]; /* lent to the card, every one */
	uint32_t                     next;            /* slot that is filled next    */
	/* Filled frames that the receiver has yet to take, oldest first. With the ring NIC_LIMIT at most. */
	struct nic_packet            backlog[NIC_LIMIT];
	uint32_t                     backlog_head, backlog_tail; /* count up for ever */
	struct nic_counters          counters;
	struct histogram             cost; /* of an interrupt that found packets, TSC ticks */
	struct unexpected unexpected;
};

/*
 * Registers the owner "nic" and posts a frame to every slot. lab, operations, card and receiver are set by the caller,
 * all else is zero. On an error everything is given back.
 */
enum labyrinth_status nic_open(struct nic *nic) LABYRINTH_MUST_USE;

/* The card has stopped: takes back and releases all frames, retires the owner. */
enum labyrinth_status nic_close(struct nic *nic);

/*
 * Takes in what the card has filled, `most` packets at most; returns how many. The driver's interrupt handler, and the
 * same for a task, with interrupts off.
 */
uint32_t nic_interrupt(struct nic *nic, uint32_t most);
uint32_t nic_poll(struct nic *nic, uint32_t most);

/* Hands over what the receiver can take by now, in order; false: nothing. Any context but NMI. */
bool nic_deliver(struct nic *nic);

static inline uint32_t nic_backlog(const struct nic *nic)
{
	return nic->backlog_tail - nic->backlog_head;
}

static inline uint64_t nic_dropped(const struct nic *nic)
{
	return nic->counters.dropped_over_limit + nic->counters.dropped_no_memory;
}

#endif
