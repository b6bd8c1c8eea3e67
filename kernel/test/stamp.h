/*
 * stamp.h - words at both ends of a frame that say whose it is.
 *
 * Idea    A token, and the same with every bit turned: random bytes, or another user's, do not look like that.
 */
#ifndef TEST_STAMP_H
#define TEST_STAMP_H

#include <stdbool.h>
#include <stdint.h>

#include <labyrinth/types.h>

#define STAMP_MARK  UINT64_C(0x5ab0000000000000) /* the uppermost twelve bits of a token */
#define STAMP_MASK  UINT64_C(0xfff0000000000000)
#define STAMP_OWNER 48u                          /* four bits: 0 for shared frames       */
#define STAMP_LAST  (LABYRINTH_PAGE_SIZE / 8 - 1)

static inline uint64_t stamp_token(uint64_t owner, uint64_t serial)
{
	return STAMP_MARK | owner << STAMP_OWNER | (serial & ((UINT64_C(1) << STAMP_OWNER) - 1));
}

static inline void stamp_write(volatile uint64_t *frame, uint64_t token)
{
	frame[0] = token;
	frame[1] = ~token;
	frame[STAMP_LAST] = token;
}

static inline bool stamp_there(const volatile uint64_t *frame, uint64_t token)
{
	return frame[0] == token && frame[1] == ~token && frame[STAMP_LAST] == token;
}

/* Does the frame hold what an owner other than this one has left? 0 for a shared user, who may see nobody's. */
static inline bool stamp_leaks(const volatile uint64_t *frame, uint64_t owner)
{
	uint64_t token = frame[0], whose = token >> STAMP_OWNER & 15;

	return frame[1] == ~token && (token & STAMP_MASK) == STAMP_MARK && whose != 0 && whose != owner;
}

#endif
