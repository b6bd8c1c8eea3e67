/*
 * arp.c - "who has this address?"
 *
 * Source  RFC 826; RFC 5227 section 2.1.1 (a probe comes from address 0).
 */
#include "protocols.h"
#include "wire.h"

enum {
	HARDWARE = 0, PROTOCOL = 2, LENGTHS = 4, OPERATION = 6, SENDER_MAC = 8, SENDER = 14, TARGET_MAC = 18,
	TARGET = 24, ARP_BYTES = 28
};

#define HARDWARE_ETHERNET 1u
#define PROTOCOL_IPV4     0x0800u
#define LENGTHS_OF_BOTH   0x0604u /* 6 bytes for a MAC, 4 for an address */
#define REQUEST           1u
#define REPLY             2u

static void turn_round(const struct answerer *who, uint8_t *packet)
{
	wire_put16(packet + OPERATION, REPLY);
	for (unsigned i = 0; i < MAC_BYTES; i++) {
		packet[TARGET_MAC + i] = packet[SENDER_MAC + i];
		packet[SENDER_MAC + i] = who->mac[i];
	}
	wire_put32(packet + TARGET, wire_get32(packet + SENDER));
	wire_put32(packet + SENDER, who->address);
}

enum answer_outcome arp_answer(const struct answerer *who, uint8_t *packet, uint32_t *bytes)
{
	uint32_t sender;

	if (*bytes < ARP_BYTES)
		return BAD_LENGTH;
	if (wire_get16(packet + HARDWARE) != HARDWARE_ETHERNET || wire_get16(packet + PROTOCOL) != PROTOCOL_IPV4
	    || wire_get16(packet + LENGTHS) != LENGTHS_OF_BOTH)
		return BAD_ARP;
	if (wire_get16(packet + OPERATION) != REQUEST || wire_get32(packet + TARGET) != who->address)
		return ARP_NOT_FOR_US;
	sender = wire_get32(packet + SENDER);
	if ((packet[SENDER_MAC] & 1) || sender == who->address || (sender != 0 && !ipv4_is_host(sender)))
		return BAD_SOURCE;
	turn_round(who, packet);
	*bytes = ARP_BYTES;
	return ANSWERED_ARP;
}
