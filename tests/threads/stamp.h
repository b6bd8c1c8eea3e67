/*
 * stamp.h - what a holder writes into its frames, and finds there again.
 *
 * Idea    A token that nobody else uses, in several places of the frame, each time beside its complement. Another
 *         holder of the same frame overwrites it; and under ThreadSanitizer his plain stores are a data race. A token
 *         that names an owner must never be seen by another one: such frames are shredded in between.
 */
#ifndef TESTS_THREADS_STAMP_H
#define TESTS_THREADS_STAMP_H

#include <labyrinth/labyrinth.h>

/* Bits 40..63: the owner that the frame is claimed for, 0 for a shared one; below: who wrote it, a serial number. */
#define STAMP_OWNER_SHIFT 40

static const unsigned stamp_place[] = { 0, 127, 256, 400, 510 }; /* in 8-byte words */

#define STAMP_PLACES (sizeof(stamp_place) / sizeof(stamp_place[0]))

static inline void stamp_write(uint64_t *frame, uint64_t token)
{
	for (unsigned i = 0; i < STAMP_PLACES; i++) {
		frame[stamp_place[i]] = token;
		frame[stamp_place[i] + 1] = ~token;
	}
}

static inline bool stamp_there(const uint64_t *frame, uint64_t token)
{
	for (unsigned i = 0; i < STAMP_PLACES; i++)
		if (frame[stamp_place[i]] != token || frame[stamp_place[i] + 1] != ~token)
			return false;
	return true;
}

/* Is something left here by an owner other than this one? */
static inline bool stamp_leaks(const uint64_t *frame, uint64_t owner)
{
	for (unsigned i = 0; i < STAMP_PLACES; i++) {
		uint64_t token = frame[stamp_place[i]], by = token >> STAMP_OWNER_SHIFT;

		if (frame[stamp_place[i] + 1] == ~token && by != 0 && by != owner)
			return true;
	}
	return false;
}

#endif
