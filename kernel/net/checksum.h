/*
 * checksum.h - the checksum of IPv4, ICMP and UDP.
 *
 * Source  RFC 1071; RFC 768 (what a UDP checksum covers besides the datagram).
 */
#ifndef NET_CHECKSUM_H
#define NET_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* A sum that is not folded yet. Start from { 0 }. */
struct checksum {
	uint64_t sum;
};

/* Adds bytes, as if they began at an even place; an odd last one is followed by zero. At most 2^32 bytes in all. */
void checksum_add(struct checksum *c, const uint8_t *bytes, size_t count);

/* Adds a 16-bit number. */
void checksum_add16(struct checksum *c, uint16_t value);

/* What belongs into the checksum field, if that was 0 in what was added; 0 if the field was there, and right. */
uint16_t checksum_of(struct checksum c);

#endif
