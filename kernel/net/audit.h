/*
 * audit.h - whether the allocator is as it was, and as it must be.
 */
#ifndef NET_AUDIT_H
#define NET_AUDIT_H

#include <labyrinth/inspect.h>

/* labyrinth_check(), with what it found printed. NULL, or the law that was broken. Nobody else is in the allocator. */
const char *audit_laws(const struct labyrinth *lab);

/*
 * Prints how many frames of every kind there are.
 * NULL, or a sentence, when they are not as many as before, or an owner holds more.
 */
const char *audit_frames(const struct labyrinth *lab, const struct labyrinth_stats *before);

#endif
