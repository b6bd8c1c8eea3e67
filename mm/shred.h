/*
 * shred.h - overwrite a frame with random bytes before another owner can see it.
 *
 * Idea    The keystream of ChaCha (RFC 8439 section 2.3, with fewer rounds) under one key for the life of the instance.
 *         A serial number in the nonce makes every shredding differ; drawing it is the only shared step, so any context
 *         may shred.
 * Writes  The frame's 4 KiB, the serial number.
 */
#ifndef MM_SHRED_H
#define MM_SHRED_H

#include <labyrinth/types.h>

#include "atomic.h"
#include "contents.h"
#include "window.h"

/*
 * The bytes need to be unpredictable, not secret; the best attack published reaches 7 of ChaCha's rounds.
 * docs/design.md has more.
 */
#define SHRED_ROUNDS 8

struct shredder {
	uint32_t         key[8];
	_Atomic uint64_t serial; /* frames shredded so far */
	const struct contents *contents; /* where it is noted; NULL when no debug aid is on */
	struct isolation *isolation;     /* NULL while nothing is hidden                    */
};

/* A fresh key from labyrinth_port_random(). */
void labyrinth_shredder_init(struct shredder *s);

/* A frame that is in reach, and stays so. Any context, as below. */
void labyrinth_shred(struct shredder *s, phys_addr_t frame);

/* The same for a frame that is exclusive: out of reach before and after, where there is a port or an aid for that. */
void labyrinth_shred_exclusive(struct shredder *s, phys_addr_t frame);

/*
 * The offset of the first byte of a frame that is not what the shredding with this serial number left there, and what
 * that was; LABYRINTH_PAGE_SIZE when all are.
 */
size_t labyrinth_shred_differs(const struct shredder *s, const void *frame, uint64_t serial, uint8_t *expected);

/* One 64-byte block of keystream: RFC 8439 section 2.3, `rounds` even. */
void labyrinth_chacha(const uint32_t key[8], const uint32_t nonce[3], uint32_t counter, unsigned rounds,
                      uint8_t out[64]);

#endif
