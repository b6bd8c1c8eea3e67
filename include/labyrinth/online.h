/*
 * online.h - memory that comes into use after bring-up: what boot loader and firmware are done with, hot-plug windows.
 */
#ifndef LABYRINTH_ONLINE_H
#define LABYRINTH_ONLINE_H

#include <labyrinth/range.h>

/*
 * Makes frames usable that were declared as `later` in the configuration (init.h); all of a range or a part.
 *
 * Context  task.
 * Errors   NULL_POINTER, IN_INTERRUPT; BAD_RANGES: empty; ALREADY_ONLINE: a frame of it, declared or not, is in use as
 *          memory already; NOT_DECLARED: none is, but it is not wholly inside one declared range; BUSY: another call is
 *          under way, or one of labyrinth_offline(), or what that has left is just being settled: try again. Nothing
 *          changed.
 * Cost     O(page blocks), and 512 stores for each of the two ends that does not fill its page block, interrupts as
 *          they were; then a zone's lock for the two ends, and for what is between, one store for every 64 GiB.
 * Memory   Holds whatever was there. Reserve, vault, watermarks and what zones protect stay as they were configured.
 */
enum labyrinth_status labyrinth_online(struct labyrinth *lab, struct labyrinth_range range) LABYRINTH_MUST_USE;

#endif
