/*
 * mix.h - a hash, for tables and fingerprints.
 *
 * Idea    Any good mixing will do (this one: FNV-1a over words, then a shift so that high bits reach the low ones).
 */
#ifndef TESTS_MIX_H
#define TESTS_MIX_H

#include <stdint.h>
#include <string.h>

static inline uint64_t mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * UINT64_C(0x100000001b3);
	return h ^ h >> 29;
}

static inline uint64_t mix_bytes(uint64_t seed, const uint8_t *bytes, size_t count)
{
	uint64_t h = mix(UINT64_C(0xcbf29ce484222325), seed);

	for (size_t i = 0; i < count; i += 8) {
		uint64_t word = 0;

		memcpy(&word, bytes + i, count - i < 8 ? count - i : 8);
		h = mix(h, word);
	}
	return mix(h, count);
}

#endif
