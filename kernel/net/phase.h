/*
 * phase.h - one part of the demonstration: who else wants memory while packets arrive, and what came of it.
 */
#ifndef NET_PHASE_H
#define NET_PHASE_H

#include "rig.h"

struct phase {
	const char *name;
	bool        hog;    /* all is taken that nobody is promised                               */
	bool        greedy; /* the greedy driver is active                                        */
	bool        flood;  /* the receiver holds its frames and the sender waits for nobody: drops */
};

/* Counters that only go up; a phase is the difference of two. */
struct counts {
	uint64_t sent, received, gaps, spoilt; /* spoilt: with a wrong checksum, or out of order */
	uint64_t dropped, missed;              /* by the driver; by the device                   */
	uint64_t recycled, zone, vault;        /* the nic's claims granted, by source            */
	uint64_t refused;                      /* the nic's claims refused                       */
	uint64_t misused;                      /* calls on claims that anybody was refused       */
};

struct outcome {
	const struct phase *phase;
	const struct rig   *rig;
	bool                finished; /* no run fell silent */
	struct counts       counts;
	bool                hog_came; /* in this phase, and not in the one before */
	struct hog_catch    hog;
	struct {
		uint64_t dropped;         /* packets, while the receiver held its frames  */
		uint32_t nic, receiver;   /* frames that each held at the end of it       */
	} flood;
};

/* Runs a phase and prints its row; the hog stays for the next one. NULL, or the law that was broken. */
const char *phase_run(const struct phase *phase, struct rig *rig);

/* The heading of the rows. */
void phase_print_heading(void);

#endif
