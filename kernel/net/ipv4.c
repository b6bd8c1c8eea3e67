/*
 * ipv4.c - the header, checked to the last bit, and turned round.
 *
 * Source  RFC 791 section 3.1; RFC 1122 sections 3.2.1 and 3.3.6; RFC 6864 (the identification of what is not to be
 *         fragmented means nothing).
 */
#include "checksum.h"
#include "protocols.h"
#include "wire.h"

enum {
	VERSION = 0, SERVICE = 1, TOTAL = 2, IDENTIFICATION = 4, FRAGMENTS = 6, LIFE = 8, PROTOCOL = 9, CHECK = 10,
	SOURCE = 12, DESTINATION = 16, HEADER_BYTES = 20
};

#define DONT_FRAGMENT  0x4000u
#define MORE_OR_OFFSET 0x3fffu
#define PROTOCOL_ICMP  1u
#define PROTOCOL_UDP   17u
#define FIRST_LIFE     64u /* RFC 1700, "IP time to live parameter" */

bool ipv4_is_host(uint32_t address)
{
	uint32_t first = address >> 24;

	return first != 0 && first != 127 && first < 224;
}

static uint16_t header_check(const uint8_t *packet)
{
	struct checksum c = { 0 };

	checksum_add(&c, packet, HEADER_BYTES);
	return checksum_of(c);
}

/* ANSWERED_PING: as far as the header goes it can be answered. */
static enum answer_outcome check_header(const struct answerer *who, const uint8_t *packet, uint32_t bytes)
{
	uint32_t source;

	if (bytes < HEADER_BYTES)
		return BAD_LENGTH;
	if (packet[VERSION] >> 4 != 4 || (packet[VERSION] & 15) < HEADER_BYTES / 4)
		return BAD_VERSION;
	if ((packet[VERSION] & 15) > HEADER_BYTES / 4)
		return HAS_OPTIONS;
	if (wire_get16(packet + TOTAL) < HEADER_BYTES || wire_get16(packet + TOTAL) > bytes)
		return BAD_LENGTH;
	if (header_check(packet) != 0)
		return BAD_CHECKSUM;
	if (wire_get32(packet + DESTINATION) != who->address)
		return OTHER_ADDRESS;
	source = wire_get32(packet + SOURCE);
	if (!ipv4_is_host(source) || source == who->address)
		return BAD_SOURCE;
	return wire_get16(packet + FRAGMENTS) & MORE_OR_OFFSET ? FRAGMENT : ANSWERED_PING;
}

static enum answer_outcome answer_payload(uint8_t *packet, uint32_t *bytes)
{
	switch (packet[PROTOCOL]) {
	case PROTOCOL_ICMP:
		return icmp_answer(packet + HEADER_BYTES, bytes);
	case PROTOCOL_UDP:
		return udp_answer(packet + HEADER_BYTES, bytes, wire_get32(packet + SOURCE),
		                  wire_get32(packet + DESTINATION));
	default:
		return OTHER_PROTOCOL;
	}
}

static void turn_round(const struct answerer *who, uint8_t *packet)
{
	packet[SERVICE] = 0;
	wire_put16(packet + IDENTIFICATION, 0);
	wire_put16(packet + FRAGMENTS, DONT_FRAGMENT);
	packet[LIFE] = FIRST_LIFE;
	wire_put32(packet + DESTINATION, wire_get32(packet + SOURCE));
	wire_put32(packet + SOURCE, who->address);
	wire_put16(packet + CHECK, 0);
	wire_put16(packet + CHECK, header_check(packet));
}

enum answer_outcome ipv4_answer(const struct answerer *who, uint8_t *packet, uint32_t *bytes)
{
	enum answer_outcome outcome = check_header(who, packet, *bytes);

	if (!answered(outcome))
		return outcome;
	*bytes = (uint32_t)wire_get16(packet + TOTAL) - HEADER_BYTES; /* what follows is Ethernet's padding */
	outcome = answer_payload(packet, bytes);
	*bytes += HEADER_BYTES;
	if (answered(outcome))
		turn_round(who, packet); /* an answer is as long as what it answers */
	return outcome;
}
