/*
 * run.h - one scenario with one budget, from the first packet until the last frame is back.
 */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include "sim/path.h"
#include "sim/scenario.h"

/* How long: until there have been that many of both. */
struct span {
	uint64_t packets, pauses;
};

struct outcome {
	uint64_t sent, lost;  /* packets; lost for want of a frame          */
	uint64_t overrun;     /* packets lost because the ring is too short */
	uint32_t needed;      /* frames: the smallest budget that allows for what was held at once */
};

/* On a machine that keeps `vault` frames for claims. The same seed is the same run. */
struct outcome run(const struct scenario *s, struct budget budget, uint32_t vault, struct span span, uint64_t seed);

#endif
