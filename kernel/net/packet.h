/*
 * packet.h - what the simulated sender puts into a frame, and how a receiver knows that it arrived whole.
 *
 * Idea    Sequence number, length, CRC-32C over both and the payload: a frame that somebody else has written to, or
 *         that holds an older packet, does not pass.
 */
#ifndef NET_PACKET_H
#define NET_PACKET_H

#include <labyrinth/types.h>

#define PACKET_MIN 64
#define PACKET_MAX ((uint32_t)LABYRINTH_PAGE_SIZE)

struct packet {
	uint64_t sequence;
	uint32_t bytes;    /* the whole packet, this header included                                           */
	uint32_t checksum; /* CRC-32C of the two fields above and the payload; polynomial as in RFC 3720, 12.1 */
	uint8_t  payload[];
};

/* Makes packet number `sequence`; the frame has room for PACKET_MAX. */
void packet_write(struct packet *packet, uint64_t sequence, uint32_t bytes);

/* Is this a packet of that many bytes, and its checksum right? */
bool packet_intact(const struct packet *packet, uint32_t bytes);

#endif
