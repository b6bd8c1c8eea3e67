/*
 * protocols.h - between the protocols of answer.h: how each passes on what is inside.
 *
 * Idea    A protocol gets the bytes that are its own, checks them, and changes nothing until it knows that there will
 *         be an answer. It sets `*bytes` to how long its part of that is, and says what has come of it.
 */
#ifndef NET_PROTOCOLS_H
#define NET_PROTOCOLS_H

#include <stdbool.h>

#include "answer.h"

static inline bool answered(enum answer_outcome outcome)
{
	return outcome <= ANSWERED_UDP;
}

/* Is this an address that one host may have? Not nobody's, not a group's, not the machine's own loop. */
bool ipv4_is_host(uint32_t address);

enum answer_outcome arp_answer(const struct answerer *who, uint8_t *packet, uint32_t *bytes);
enum answer_outcome ipv4_answer(const struct answerer *who, uint8_t *packet, uint32_t *bytes);
enum answer_outcome icmp_answer(uint8_t *message, uint32_t *bytes);

/* source, destination: IPv4 addresses of the datagram, for its checksum. */
enum answer_outcome udp_answer(uint8_t *datagram, uint32_t *bytes, uint32_t source, uint32_t destination);

#endif
