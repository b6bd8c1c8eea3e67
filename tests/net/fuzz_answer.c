/*
 * fuzz_answer.c - for libFuzzer: frames as a stranger might make them.
 *
 * Idea    An input is a good frame of a kind, a length to cut it to, which of its checksums to put right again, and
 *         bytes to change in it first: so the fuzzer does not have to guess checksums. Or it is just bytes.
 *         Whatever comes, the frame is in one counter, nothing outside it is touched, what is not answered is
 *         unchanged, and an answer is a frame that is right by other code than the stack's own, and which a second
 *         stack does not answer.
 */
#include <stddef.h>
#include <stdlib.h>

#include "net/frames.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int good)
{
	if (!good)
		abort();
}

enum { RAW = 0, PUT_IPV4 = 4, PUT_ICMP = 8, PUT_UDP = 16, CUT_TOTAL = 32 };

/* As far as the frame has such fields. */
static void put_right(uint8_t *frame, uint32_t bytes, uint8_t which)
{
	uint32_t total;

	if (bytes < 34)
		return;
	if (which & CUT_TOTAL)
		put_be(frame + 16, bytes - 14, 2);
	total = get_be(frame + 16, 2);
	if ((which & (PUT_ICMP | PUT_UDP)) && total >= 20 + 8 && total <= bytes - 14) {
		if (which & PUT_ICMP)
			seal_icmp(frame, total - 20);
		else
			seal_udp(frame, total - 20);
	}
	if (which & PUT_IPV4) {
		put_be(frame + 24, 0, 2);
		put_be(frame + 24, ~ones_sum(0, frame + 14, 20), 2);
	}
}

/* The frame that an input describes; how many bytes. */
static uint32_t compose(uint8_t frame[ETHERNET_MOST + 8], const uint8_t *data, size_t size)
{
	uint32_t bytes, most = ETHERNET_MOST + 8;

	if (size < 4 || (data[0] & 3) == RAW) {
		bytes = size < most ? (uint32_t)size : most;
		memcpy(frame, data, bytes);
		return bytes;
	}
	memset(frame, 0, most);
	bytes = data[1];
	if ((data[0] & 3) == 1)
		bytes = frame_arp(frame);
	else
		bytes = (data[0] & 3) == 2 ? frame_ping(frame, bytes) : frame_udp(frame, 7, bytes);
	for (size_t i = 4; i + 1 < size; i += 2)
		frame[data[i] < 80 ? data[i] : bytes - 1 - data[i] % bytes] = data[i + 1];
	if (data[2] & 1)
		bytes = get_be(data + 2, 2) % bytes;
	put_right(frame, bytes, data[0]);
	return bytes;
}

static void must_be_right(const uint8_t *frame, uint32_t bytes)
{
	uint32_t total = get_be(frame + 16, 2), end = get_be(frame + 12, 2) == 0x0806 ? 42 : 14 + total;

	must(bytes >= ETHERNET_LEAST && bytes <= ETHERNET_MOST);
	must(memcmp(frame + 6, our_mac, MAC_BYTES) == 0 && (frame[0] & 1) == 0);
	for (uint32_t i = end; i < bytes; i++)
		must(frame[i] == 0);
	if (get_be(frame + 12, 2) == 0x0806) {
		must(get_be(frame + 20, 2) == 2 && get_be(frame + 28, 4) == OUR_ADDRESS);
		return;
	}
	must(get_be(frame + 12, 2) == 0x0800 && total + 14 <= bytes && ones_sum(0, frame + 14, 20) == 0xffff);
	must(get_be(frame + 26, 4) == OUR_ADDRESS);
	if (frame[23] == 1)
		must(frame[34] == 0 && ones_sum(0, frame + 34, total - 20) == 0xffff);
	else
		must(frame[23] == 17 && udp_sum(frame + 14, total - 20) == 0xffff);
}

static void must_fall_silent(const uint8_t *frame, uint32_t bytes)
{
	struct answerer peer = { .address = get_be(frame + 30, 4) };
	uint8_t copy[ETHERNET_MOST];

	memcpy(peer.mac, frame, MAC_BYTES);
	memcpy(copy, frame, bytes);
	must(answer(&peer, copy, bytes) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct answerer who = answerer_new();
	uint8_t whole[ETHERNET_MOST + 8], *frame, *before;
	uint32_t bytes = compose(whole, data, size), said;
	uint32_t room = bytes > ETHERNET_LEAST ? bytes : ETHERNET_LEAST;
	uint64_t counted = 0;

	frame = malloc(room); /* of just that size: ASan sees what lies behind */
	before = malloc(room);
	must(frame != NULL && before != NULL);
	memset(frame, 0xee, room);
	memcpy(frame, whole, bytes);
	memcpy(before, frame, room);
	said = answer(&who, frame, bytes);
	for (unsigned i = 0; i < ANSWER_OUTCOMES; i++)
		counted += who.count[i];
	must(counted == 1 && said <= room);
	if (said == 0) {
		must(memcmp(frame, before, room) == 0);
	} else {
		must(bytes >= 42); /* the shortest that there is an answer to */
		must_be_right(frame, said);
		must_fall_silent(frame, said);
	}
	free(frame);
	free(before);
	return 0;
}
