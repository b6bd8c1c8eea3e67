/*
 * checksum.c - sums sixteen bits at a time, folds the carries in at the end.
 */
#include "checksum.h"

#include "wire.h"

void checksum_add16(struct checksum *c, uint16_t value)
{
	c->sum += value;
}

void checksum_add(struct checksum *c, const uint8_t *bytes, size_t count)
{
	size_t i;

	for (i = 0; i + 1 < count; i += 2)
		checksum_add16(c, wire_get16(bytes + i));
	if (i < count)
		checksum_add16(c, (uint16_t)(bytes[i] << 8));
}

uint16_t checksum_of(struct checksum c)
{
	while (c.sum > UINT16_MAX)
		c.sum = (c.sum & UINT16_MAX) + (c.sum >> 16);
	return (uint16_t)~c.sum;
}
