/*
 * sizing.h - the guarantee with which no packet is lost for want of a frame. docs/sizing.md derives it.
 */
#ifndef SIM_SIZING_H
#define SIM_SIZING_H

#include "sim/scenario.h"

struct sizing {
	double   line;      /* packets a second at most                                                       */
	double   load;      /* packets a second in the long run                                               */
	double   service;   /* packets a second that come back in the long run, pauses included; above load   */
	double   latency;   /* s: moderation + pause + maintenance + one packet's drain                       */
	double   burst;     /* packets by which a time may bring more than load x time                        */
	double   in_flight; /* packets at most between the interrupt and the release of their frames          */
	uint32_t guarantee; /* frames: the ring's, those in flight, one in hand for each owner                   */
};

struct sizing sizing_of(const struct scenario *s);

#endif
