/*
 * bytes.h - bytes that the firmware wrote: how many there are, and the numbers in them.
 *
 * Idea    A number that the bytes are too few for reads as 0. ACPI tables grow from version to version, and in every
 *         field that was added 0 means "not there": so the readers need no versions, and no read leaves the window.
 */
#ifndef ACPI_BYTES_H
#define ACPI_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	const uint8_t *at;
	size_t         count;
};

/* `count` bytes from `offset` on; none at all when there are fewer. */
static inline struct bytes bytes_part(struct bytes of, size_t offset, size_t count)
{
	if (offset > of.count || count > of.count - offset)
		return (struct bytes){ of.at, 0 };
	return (struct bytes){ of.at + offset, count };
}

/* A little-endian number of 1 to 8 bytes. */
static inline uint64_t bytes_number(struct bytes of, size_t offset, size_t count)
{
	struct bytes digits = bytes_part(of, offset, count);
	uint64_t number = 0;

	for (size_t i = digits.count; i-- > 0;)
		number = number << 8 | digits.at[i];
	return number;
}

static inline uint8_t bytes_u8(struct bytes of, size_t offset)
{
	return (uint8_t)bytes_number(of, offset, 1);
}

static inline uint16_t bytes_u16(struct bytes of, size_t offset)
{
	return (uint16_t)bytes_number(of, offset, 2);
}

static inline uint32_t bytes_u32(struct bytes of, size_t offset)
{
	return (uint32_t)bytes_number(of, offset, 4);
}

static inline uint64_t bytes_u64(struct bytes of, size_t offset)
{
	return bytes_number(of, offset, 8);
}

/* Do the bytes from `offset` on spell this text? */
static inline bool bytes_spell(struct bytes of, size_t offset, const char *text)
{
	for (; *text != '\0'; text++, offset++)
		if (offset >= of.count || of.at[offset] != (uint8_t)*text)
			return false;
	return true;
}

/* Do they add up to 0, as everything with a checksum in ACPI does? ACPI 6.4 section 5.2.6. */
static inline bool bytes_sum_to_zero(struct bytes of)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < of.count; i++)
		sum = (uint8_t)(sum + of.at[i]);
	return sum == 0;
}

#endif
