/*
 * icmp.c - ping.
 *
 * Source  RFC 792, "Echo or Echo Reply Message"; RFC 1122 section 3.2.2.6.
 */
#include "checksum.h"
#include "protocols.h"
#include "wire.h"

enum { TYPE = 0, CODE = 1, CHECK = 2, HEADER_BYTES = 8 };

#define ECHO_REPLY   0u
#define ECHO_REQUEST 8u

static uint16_t check_of(const uint8_t *message, uint32_t bytes)
{
	struct checksum c = { 0 };

	checksum_add(&c, message, bytes);
	return checksum_of(c);
}

enum answer_outcome icmp_answer(uint8_t *message, uint32_t *bytes)
{
	if (*bytes < HEADER_BYTES)
		return BAD_LENGTH;
	if (check_of(message, *bytes) != 0)
		return BAD_CHECKSUM;
	if (message[TYPE] != ECHO_REQUEST || message[CODE] != 0)
		return OTHER_ICMP;
	message[TYPE] = ECHO_REPLY;
	wire_put16(message + CHECK, 0);
	wire_put16(message + CHECK, check_of(message, *bytes));
	return ANSWERED_PING;
}
