/*
 * scenario.h - one network card, one sender, one receiver: everything that does not depend on chance or on a budget.
 *
 * Idea    Times are whole picoseconds: a bit takes 10 of them at 100 Gb/s. Every time below is the longest one; the
 *         simulation draws from what is below it, and now and then exactly it.
 */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>

#define MICROSECOND UINT64_C(1000000)
#define MILLISECOND (1000 * MICROSECOND)
#define SECOND      (1000 * MILLISECOND)

enum arrivals {
	ARRIVALS_POISSON, /* at random moments, as the wire lets them through         */
	ARRIVALS_BURSTS,  /* back to back for a while, then nothing                   */
	ARRIVALS_KINDS
};

/* Who takes packets out of the driver's hands. */
struct receiver {
	const char *name;
	uint64_t pause;           /* it does not run: another task does                                      */
	uint64_t between;         /* it runs at least that long between two pauses                           */
	uint64_t wire_percent;    /* time it takes for a packet, of the time that the packet is on the wire  */
	uint64_t maintenance;     /* a task releases what it is done with, that often; 0: it does so at once */
	bool     transfer;        /* it has a budget of its own, and packets are transferred to it          */
};

struct scenario {
	unsigned      gbps;       /* of the line                                              */
	unsigned      bytes;      /* of a packet, its checksum included                       */
	enum arrivals arrivals;
	const struct receiver *receiver;

	uint64_t wire;            /* ps from the start of a packet to the next possible start */
	uint64_t drain;           /* ps for a packet in the receiver                          */
	uint64_t moderation;      /* ps from a packet's arrival to the card's interrupt       */
	uint32_t ring;            /* slots of the card                                        */
	uint32_t burst;           /* packets back to back; 0: at random                       */
	uint32_t budget;          /* frames that one run of maintenance releases              */
};

#define LOAD_PERCENT 50 /* of what the line can carry, in the long run */

const char *arrivals_name(enum arrivals arrivals);

/* The rest of a scenario from its first four fields. */
struct scenario scenario_of(unsigned gbps, unsigned bytes, enum arrivals arrivals, const struct receiver *receiver);

/* Packets that the wire can bring in a time, rounded up. */
uint32_t scenario_packets(const struct scenario *s, uint64_t time);

#endif
