/*
 * budgets.h - how many frames each owner of the demonstration is promised, and how many it may hold.
 *
 * Idea    Guaranteed are the card's ring, one replacement and a short backlog, and a full window at the receiver: then
 *         no packet of a sender that keeps to the window can be lost, whatever anybody else does.
 *         The sum of the guarantees is 80: a machine of 32 MiB covers it from its vault.
 */
#ifndef NET_BUDGETS_H
#define NET_BUDGETS_H

#include "demo.h"

#define NIC_SLOTS 32 /* frames posted to the card: a power of two */

#define NIC_GUARANTEE (NIC_SLOTS + 8)
#define NIC_LIMIT     64
#define NIC_RECYCLE   16 /* frames that come back from the wire, for the next packets */
#define NIC_GUST      16 /* packets that interrupts take in before the network thread has its turn, and it at once */

#define RECEIVER_GUARANTEE 32
#define RECEIVER_LIMIT     64

#define GREEDY_GUARANTEE 8
#define GREEDY_LIMIT     128
#define GREEDY_RECYCLE   4

/* Packets that ring, backlog and receiver take in while nobody releases a frame: what comes after is dropped. */
#define PACKETS_ABSORBED (NIC_LIMIT - NIC_SLOTS + RECEIVER_LIMIT)

_Static_assert(2 * NIC_GUST <= RECEIVER_GUARANTEE, "who keeps to the window is not held up by what both have taken in");
_Static_assert(NIC_GUARANTEE > NIC_SLOTS, "the replacement is claimed while the whole ring is posted");
_Static_assert(NIC_LIMIT + RECEIVER_LIMIT + GREEDY_LIMIT < DEMO_VAULT_FRAMES, "the vault covers it");

#endif
