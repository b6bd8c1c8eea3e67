/*
 * input.h - the fuzzer's bytes, taken one after the other.
 *
 * Idea    What calls there are is read from the front, what comes between them from the back: so a byte more or less
 *         in one does not change the meaning of the other. When all is read there are zeros.
 */
#ifndef TESTS_FUZZ_INPUT_H
#define TESTS_FUZZ_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input {
	const uint8_t *front, *back;
	bool           backwards; /* what is read next comes from the back */
};

static inline bool input_left(const struct input *in)
{
	return in->front < in->back;
}

static inline uint8_t input_byte(struct input *in)
{
	if (!input_left(in))
		return 0;
	return in->backwards ? *--in->back : *in->front++;
}

/* 0..sides - 1, of as many bytes as that needs. */
static inline uint64_t input_below(struct input *in, uint64_t sides)
{
	uint64_t n = 0;

	for (uint64_t rest = sides - 1; rest > 0; rest >>= 8)
		n = n << 8 | input_byte(in);
	return n % sides;
}

#endif
