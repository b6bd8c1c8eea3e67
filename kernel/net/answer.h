/*
 * answer.h - a tiny network stack: what to send back for a frame that has arrived.
 *
 * Idea    A pure function from one Ethernet frame to the one that answers it, in the same bytes: the frame that arrived
 *         is the frame that leaves. It knows ARP, ICMP echo, UDP echo (port 7) and UDP discard (port 9), and keeps
 *         nothing between frames but counters. What is not right to the last length and checksum is dropped, and
 *         counted by reason: every frame is in exactly one counter.
 * Source  IEEE 802.3 (Ethernet), RFC 826 (ARP), RFC 791 and RFC 1122 (IPv4), RFC 792 (ICMP), RFC 768 (UDP), RFC 862
 *         (echo), RFC 863 (discard).
 */
#ifndef NET_ANSWER_H
#define NET_ANSWER_H

#include <stdint.h>

#define ETHERNET_LEAST 60u   /* bytes that a card sends at least, without the frame check sequence */
#define ETHERNET_MOST  1514u /* without a VLAN tag                                                 */
#define UDP_DATA       42u   /* where the data of a datagram begins in its frame          */
#define MAC_BYTES      6u

enum answer_outcome {
	/* Answered. */
	ANSWERED_ARP,
	ANSWERED_PING,
	ANSWERED_UDP,
	/* For us, and nothing to say. */
	DISCARDED,        /* UDP port 9                                                     */
	ARP_NOT_FOR_US,   /* another address is looked for, or it is a reply                */
	/* Not for us, or nothing that we speak. */
	OTHER_MAC,        /* of another card, or a group                                    */
	OTHER_ADDRESS,    /* IPv4: not ours; a broadcast is never answered                  */
	OTHER_TYPE,       /* neither ARP nor IPv4                                           */
	OTHER_PROTOCOL,   /* neither ICMP nor UDP                                           */
	OTHER_ICMP,       /* no echo request                                                */
	OTHER_PORT,
	/* Broken, or not to be answered. */
	BAD_LENGTH,       /* shorter than its own headers say, or longer than Ethernet's    */
	BAD_SOURCE,       /* from a group, from ourselves, or from nowhere                  */
	BAD_ARP,          /* not Ethernet and IPv4                                          */
	BAD_VERSION,      /* no IPv4 header                                                 */
	BAD_CHECKSUM,
	HAS_OPTIONS,      /* of IPv4: not supported                                         */
	FRAGMENT,         /* not supported                                                  */
	ECHO_LOOP,        /* from an echo port: two of them would talk for ever (RFC 862)   */
	ANSWER_OUTCOMES
};

/* A few words; "?" for a number that is none. */
const char *answer_outcome_text(enum answer_outcome outcome);

/* Who we are, and what has come of the frames so far. */
struct answerer {
	uint8_t  mac[MAC_BYTES];
	uint32_t address; /* IPv4; 10.0.2.15 is 0x0a00020f */
	uint64_t count[ANSWER_OUTCOMES];
};

/*
 * Answers a frame.
 *
 * frame    `bytes` bytes from the destination address on, without the frame check sequence; there is room for
 *          ETHERNET_LEAST. Bytes behind them are not looked at.
 * Returns  how many bytes are now to be sent, ETHERNET_LEAST to ETHERNET_MOST; 0: nothing, the frame is unchanged.
 * Context  any; one frame at a time for each answerer.
 * Cost     O(bytes): checksums.
 * Memory   Of an answer nothing but what was asked is sent back: what pads it to ETHERNET_LEAST is zeros.
 */
uint32_t answer(struct answerer *who, uint8_t *frame, uint32_t bytes);

#endif
