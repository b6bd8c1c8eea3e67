/*
 * udp.c - the echo port and the discard port.
 *
 * Source  RFC 768; RFC 862 (echo), RFC 863 (discard).
 */
#include "checksum.h"
#include "protocols.h"
#include "wire.h"

enum { SOURCE = 0, DESTINATION = 2, LENGTH = 4, CHECK = 6, HEADER_BYTES = 8 };

#define PORT_ECHO    7u
#define PORT_DISCARD 9u
#define PROTOCOL_UDP 17u

/* Of the datagram and the pseudo header; the addresses may come in either order. */
static uint16_t check_of(const uint8_t *datagram, uint32_t bytes, uint32_t address, uint32_t other)
{
	struct checksum c = { (address >> 16) + (address & UINT16_MAX) + (other >> 16) + (other & UINT16_MAX) };

	checksum_add16(&c, PROTOCOL_UDP);
	checksum_add16(&c, (uint16_t)bytes);
	checksum_add(&c, datagram, bytes);
	return checksum_of(c);
}

static void turn_round(uint8_t *datagram, uint32_t bytes, uint32_t source, uint32_t destination)
{
	uint16_t check;

	wire_put16(datagram + DESTINATION, wire_get16(datagram + SOURCE));
	wire_put16(datagram + SOURCE, PORT_ECHO);
	wire_put16(datagram + CHECK, 0);
	check = check_of(datagram, bytes, source, destination);
	wire_put16(datagram + CHECK, check == 0 ? UINT16_MAX : check); /* 0 says that there is none */
}

enum answer_outcome udp_answer(uint8_t *datagram, uint32_t *bytes, uint32_t source, uint32_t destination)
{
	uint16_t from, to;

	if (*bytes < HEADER_BYTES || wire_get16(datagram + LENGTH) != *bytes)
		return BAD_LENGTH;
	if (wire_get16(datagram + CHECK) != 0 && check_of(datagram, *bytes, source, destination) != 0)
		return BAD_CHECKSUM;
	from = wire_get16(datagram + SOURCE);
	to = wire_get16(datagram + DESTINATION);
	if (to == PORT_DISCARD)
		return DISCARDED;
	if (to != PORT_ECHO)
		return OTHER_PORT;
	if (from == 0)
		return BAD_SOURCE; /* RFC 768: 0 is nobody's port */
	if (from == PORT_ECHO)
		return ECHO_LOOP;
	turn_round(datagram, *bytes, source, destination);
	return ANSWERED_UDP;
}
