/*
 * frames.h - builds frames for the tests, from scratch: no line of the stack under test is in here.
 */
#ifndef TESTS_FRAMES_H
#define TESTS_FRAMES_H

#include <stdint.h>
#include <string.h>

#include "net/answer.h"

#define OUR_ADDRESS  0x0a00020fu /* 10.0.2.15 */
#define PEER_ADDRESS 0x0a000202u /* 10.0.2.2  */

static const uint8_t our_mac[MAC_BYTES] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };
static const uint8_t peer_mac[MAC_BYTES] = { 0x52, 0x55, 0x0a, 0, 2, 2 };

static inline struct answerer answerer_new(void)
{
	struct answerer who = { .address = OUR_ADDRESS };

	memcpy(who.mac, our_mac, MAC_BYTES);
	return who;
}

static inline void put_be(uint8_t *at, uint32_t value, unsigned bytes)
{
	while (bytes-- > 0) {
		at[bytes] = (uint8_t)value;
		value >>= 8;
	}
}

static inline uint32_t get_be(const uint8_t *at, unsigned bytes)
{
	uint32_t value = 0;

	while (bytes-- > 0)
		value = value << 8 | *at++;
	return value;
}

/* The sum of RFC 1071 over a byte string, from a start value, folded, not inverted: the slow and obvious way. */
static inline uint32_t ones_sum(uint32_t sum, const uint8_t *bytes, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return sum;
}

static inline uint32_t udp_sum(const uint8_t *packet, uint32_t bytes)
{
	uint8_t pseudo[12];

	memcpy(pseudo, packet + 12, 8);
	pseudo[8] = 0;
	pseudo[9] = packet[9];
	put_be(pseudo + 10, bytes, 2);
	return ones_sum(ones_sum(0, pseudo, sizeof(pseudo)), packet + 20, bytes);
}

static inline uint32_t frame_ethernet(uint8_t *frame, uint16_t type)
{
	memcpy(frame, our_mac, MAC_BYTES);
	memcpy(frame + 6, peer_mac, MAC_BYTES);
	put_be(frame + 12, type, 2);
	return 14;
}

/* Sets length and checksum of the IPv4 header. */
static inline void seal_ipv4(uint8_t *frame, uint32_t payload)
{
	put_be(frame + 14 + 2, 20 + payload, 2);
	put_be(frame + 14 + 10, 0, 2);
	put_be(frame + 14 + 10, ~ones_sum(0, frame + 14, 20), 2);
}

static inline uint32_t frame_ipv4(uint8_t *frame, uint8_t protocol, uint32_t payload)
{
	uint8_t *packet = frame + frame_ethernet(frame, 0x0800);

	memset(packet, 0, 20);
	packet[0] = 0x45;
	packet[8] = 3;
	packet[9] = protocol;
	put_be(packet + 12, PEER_ADDRESS, 4);
	put_be(packet + 16, OUR_ADDRESS, 4);
	seal_ipv4(frame, payload);
	return 34 + payload;
}

static inline uint32_t frame_arp(uint8_t *frame)
{
	static const uint8_t head[8] = { 0, 1, 8, 0, 6, 4, 0, 1 };
	uint8_t *packet = frame + frame_ethernet(frame, 0x0806);

	memset(frame, 0xff, MAC_BYTES);
	memcpy(packet, head, 8);
	memcpy(packet + 8, peer_mac, MAC_BYTES);
	put_be(packet + 14, PEER_ADDRESS, 4);
	memset(packet + 18, 0, MAC_BYTES);
	put_be(packet + 24, OUR_ADDRESS, 4);
	return 42;
}

static inline void seal_icmp(uint8_t *frame, uint32_t bytes)
{
	put_be(frame + 34 + 2, 0, 2);
	put_be(frame + 34 + 2, ~ones_sum(0, frame + 34, bytes), 2);
}

static inline uint32_t frame_ping(uint8_t *frame, uint32_t data)
{
	uint32_t bytes = frame_ipv4(frame, 1, 8 + data);

	memset(frame + 34, 0, 8);
	frame[34] = 8;
	put_be(frame + 34 + 4, 0x1234, 2);
	for (uint32_t i = 0; i < data; i++)
		frame[42 + i] = (uint8_t)(i * 7 + 1);
	seal_icmp(frame, 8 + data);
	return bytes;
}

static inline void seal_udp(uint8_t *frame, uint32_t bytes)
{
	uint32_t sum;

	put_be(frame + 34 + 4, bytes, 2);
	put_be(frame + 34 + 6, 0, 2);
	sum = ~udp_sum(frame + 14, bytes) & 0xffff;
	put_be(frame + 34 + 6, sum == 0 ? 0xffff : sum, 2);
}

static inline uint32_t frame_udp(uint8_t *frame, uint16_t port, uint32_t data)
{
	uint32_t bytes = frame_ipv4(frame, 17, 8 + data);

	put_be(frame + 34, 40000, 2);
	put_be(frame + 36, port, 2);
	for (uint32_t i = 0; i < data; i++)
		frame[42 + i] = (uint8_t)(i * 13 + 5);
	seal_udp(frame, 8 + data);
	return bytes;
}

#endif
