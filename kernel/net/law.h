/*
 * law.h - what must be true of a phase when it is over.
 */
#ifndef NET_LAW_H
#define NET_LAW_H

#include "phase.h"

/* The first law that does not hold, as a sentence, with the numbers printed; or NULL. */
const char *law_broken(const struct outcome *outcome);

#endif
