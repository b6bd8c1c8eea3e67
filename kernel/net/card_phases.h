/*
 * card_phases.h - the phases of a demonstration with a peer that knows them.
 */
#ifndef NET_CARD_PHASES_H
#define NET_CARD_PHASES_H

#include "station.h"

/* The station is open; `packets` are asked for in each phase. NULL, or the law that was broken, as a sentence. */
const char *card_phases(struct station *station, uint64_t packets);

#endif
