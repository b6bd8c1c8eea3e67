/*
 * answer.c - Ethernet: who a frame is for, what is in it, and how the answer is addressed.
 */
#include "answer.h"

#include "protocols.h"
#include "wire.h"

/* IEEE 802.3 section 3.1.1: destination, source, type. */
enum { DESTINATION = 0, SOURCE = 6, TYPE = 12, PAYLOAD = 14 };

#define TYPE_IPV4 0x0800u
#define TYPE_ARP  0x0806u

static bool same_mac(const uint8_t *a, const uint8_t *b)
{
	for (unsigned i = 0; i < MAC_BYTES; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

static void copy_mac(uint8_t *to, const uint8_t *from)
{
	for (unsigned i = 0; i < MAC_BYTES; i++)
		to[i] = from[i];
}

static bool is_broadcast(const uint8_t *mac)
{
	static const uint8_t all[MAC_BYTES] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	return same_mac(mac, all);
}

/* The first bit on the wire: IEEE 802.3 section 3.2.3. */
static bool is_group(const uint8_t *mac)
{
	return mac[0] & 1;
}

static enum answer_outcome answer_payload(const struct answerer *who, uint8_t *frame, uint32_t *bytes)
{
	switch (wire_get16(frame + TYPE)) {
	case TYPE_ARP:
		return arp_answer(who, frame + PAYLOAD, bytes);
	case TYPE_IPV4:
		/* RFC 1122 section 3.3.6: what was broadcast is none of ours, whatever the address in it. */
		return is_broadcast(frame + DESTINATION) ? OTHER_ADDRESS : ipv4_answer(who, frame + PAYLOAD, bytes);
	default:
		return OTHER_TYPE;
	}
}

/* `*bytes`: of the frame, then of the answer. */
static enum answer_outcome judge(const struct answerer *who, uint8_t *frame, uint32_t *bytes)
{
	enum answer_outcome outcome;

	if (*bytes < PAYLOAD || *bytes > ETHERNET_MOST)
		return BAD_LENGTH;
	if (!same_mac(frame + DESTINATION, who->mac) && !is_broadcast(frame + DESTINATION))
		return OTHER_MAC;
	if (is_group(frame + SOURCE) || same_mac(frame + SOURCE, who->mac))
		return BAD_SOURCE;
	*bytes -= PAYLOAD;
	outcome = answer_payload(who, frame, bytes);
	*bytes += PAYLOAD;
	return outcome;
}

static uint32_t padded(uint8_t *frame, uint32_t bytes)
{
	while (bytes < ETHERNET_LEAST)
		frame[bytes++] = 0;
	return bytes;
}

uint32_t answer(struct answerer *who, uint8_t *frame, uint32_t bytes)
{
	enum answer_outcome outcome = judge(who, frame, &bytes);

	who->count[outcome]++;
	if (!answered(outcome))
		return 0;
	copy_mac(frame + DESTINATION, frame + SOURCE);
	copy_mac(frame + SOURCE, who->mac);
	return padded(frame, bytes);
}

const char *answer_outcome_text(enum answer_outcome outcome)
{
	static const char *const text[ANSWER_OUTCOMES] = {
		[ANSWERED_ARP]   = "ARP answered",
		[ANSWERED_PING]  = "ping answered",
		[ANSWERED_UDP]   = "UDP echoed",
		[DISCARDED]      = "UDP discarded",
		[ARP_NOT_FOR_US] = "ARP for others",
		[OTHER_MAC]      = "to another card",
		[OTHER_ADDRESS]  = "to another address",
		[OTHER_TYPE]     = "neither ARP nor IPv4",
		[OTHER_PROTOCOL] = "neither ICMP nor UDP",
		[OTHER_ICMP]     = "ICMP but no echo request",
		[OTHER_PORT]     = "UDP to a closed port",
		[BAD_LENGTH]     = "wrong length",
		[BAD_SOURCE]     = "impossible source",
		[BAD_ARP]        = "malformed ARP",
		[BAD_VERSION]    = "malformed IPv4",
		[BAD_CHECKSUM]   = "wrong checksum",
		[HAS_OPTIONS]    = "IPv4 options",
		[FRAGMENT]       = "IPv4 fragment",
		[ECHO_LOOP]      = "echo of an echo",
	};

	return (unsigned)outcome < ANSWER_OUTCOMES ? text[outcome] : "?";
}
