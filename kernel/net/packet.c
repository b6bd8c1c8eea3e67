/*
 * packet.c - writes packets and checks them.
 *
 * Idea    CRC-32C four bits at a time: sixteen table entries are quick enough here and can be checked by eye.
 */
#include "packet.h"

/* crc_of[i]: i shifted out through the reflected Castagnoli polynomial, 0x82f63b78. */
static const uint32_t crc_of[16] = {
	0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
	0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

static uint32_t crc_step(uint32_t crc, const void *data, size_t bytes)
{
	const uint8_t *at = data;

	while (bytes--) {
		crc ^= *at++;
		crc = crc >> 4 ^ crc_of[crc & 15];
		crc = crc >> 4 ^ crc_of[crc & 15];
	}
	return crc;
}

static uint32_t checksum(const struct packet *packet, uint32_t bytes)
{
	uint32_t crc = crc_step(UINT32_MAX, packet, offsetof(struct packet, checksum));

	return ~crc_step(crc, packet->payload, bytes - sizeof(*packet));
}

void packet_write(struct packet *packet, uint64_t sequence, uint32_t bytes)
{
	packet->sequence = sequence;
	packet->bytes = bytes;
	for (uint32_t i = 0; i < bytes - sizeof(*packet); i++)
		packet->payload[i] = (uint8_t)(sequence + i);
	packet->checksum = checksum(packet, bytes);
}

bool packet_intact(const struct packet *packet, uint32_t bytes)
{
	return bytes >= PACKET_MIN && bytes <= PACKET_MAX && packet->bytes == bytes &&
	       packet->checksum == checksum(packet, bytes);
}
