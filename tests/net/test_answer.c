/*
 * test_answer.c - the network stack: what it answers, byte by byte, and what it drops, by reason.
 *
 * Idea    A frame lies at the end of a block from malloc(), so that a byte read behind it is found by ASan. What is
 *         dropped must be unchanged, and in exactly one counter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "net/frames.h"

#define ROOM 2048u

static uint64_t frames_counted(const struct answerer *who)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < ANSWER_OUTCOMES; i++)
		sum += who->count[i];
	return sum;
}

/* Answers in a block of just the bytes that answer() may touch; the answer comes back in `frame`. */
static uint32_t ask(struct answerer *who, uint8_t *frame, uint32_t bytes)
{
	uint32_t room = bytes > ETHERNET_LEAST ? bytes : ETHERNET_LEAST, said;
	uint8_t *block = malloc(room);

	assert_non_null(block);
	memset(block, 0xee, room);
	memcpy(block, frame, bytes);
	said = answer(who, block, bytes);
	assert_true(said <= room);
	memcpy(frame, block, said > bytes ? said : bytes);
	free(block);
	return said;
}

static void assert_dropped(uint8_t *frame, uint32_t bytes, enum answer_outcome why)
{
	struct answerer who = answerer_new();
	uint8_t before[ROOM];

	memcpy(before, frame, bytes);
	assert_int_equal(ask(&who, frame, bytes), 0);
	assert_memory_equal(frame, before, bytes);
	assert_int_equal(who.count[why], 1);
	assert_int_equal(frames_counted(&who), 1);
}

static void assert_addressed(const uint8_t *frame)
{
	assert_memory_equal(frame, peer_mac, MAC_BYTES);
	assert_memory_equal(frame + 6, our_mac, MAC_BYTES);
}

static void assert_padded(const uint8_t *frame, uint32_t from, uint32_t said)
{
	assert_int_equal(said, from > ETHERNET_LEAST ? from : ETHERNET_LEAST);
	for (uint32_t i = from; i < said; i++)
		assert_int_equal(frame[i], 0);
}

static void assert_ipv4(const uint8_t *frame, uint32_t total)
{
	const uint8_t *packet = frame + 14;

	assert_addressed(frame);
	assert_int_equal(packet[0], 0x45);
	assert_int_equal(get_be(packet + 2, 2), total);
	assert_int_equal(get_be(packet + 6, 2), 0x4000);
	assert_int_equal(packet[8], 64);
	assert_int_equal(get_be(packet + 12, 4), OUR_ADDRESS);
	assert_int_equal(get_be(packet + 16, 4), PEER_ADDRESS);
	assert_int_equal(ones_sum(0, packet, 20), 0xffff);
}

static void test_arp(void **state)
{
	struct answerer who = answerer_new();
	uint8_t frame[ROOM];
	uint32_t said = ask(&who, frame, frame_arp(frame));

	(void)state;
	assert_addressed(frame);
	assert_int_equal(get_be(frame + 12, 2), 0x0806);
	assert_int_equal(get_be(frame + 20, 2), 2);
	assert_memory_equal(frame + 22, our_mac, MAC_BYTES);
	assert_int_equal(get_be(frame + 28, 4), OUR_ADDRESS);
	assert_memory_equal(frame + 32, peer_mac, MAC_BYTES);
	assert_int_equal(get_be(frame + 38, 4), PEER_ADDRESS);
	assert_padded(frame, 42, said);
	assert_int_equal(who.count[ANSWERED_ARP], 1);

	frame_arp(frame); /* a probe, whether the address is taken */
	put_be(frame + 28, 0, 4);
	assert_int_equal(ask(&who, frame, 42), 60);
}

static void test_ping(void **state)
{
	uint8_t asked[ROOM], frame[ROOM];

	(void)state;
	for (uint32_t data = 0; data <= 1472; data += data < 70 ? 1 : 467) {
		struct answerer who = answerer_new();
		uint32_t bytes = frame_ping(asked, data), said;

		memcpy(frame, asked, bytes);
		said = ask(&who, frame, bytes);
		assert_padded(frame, bytes, said);
		assert_ipv4(frame, 28 + data);
		assert_int_equal(frame[34], 0);
		assert_int_equal(frame[35], 0);
		assert_int_equal(ones_sum(0, frame + 34, 8 + data), 0xffff);
		assert_memory_equal(frame + 38, asked + 38, 4 + data); /* identifier, sequence, data */
		assert_int_equal(who.count[ANSWERED_PING], 1);
	}
}

static void test_udp_echo(void **state)
{
	uint8_t asked[ROOM], frame[ROOM];

	(void)state;
	for (uint32_t data = 0; data <= 1472; data += data < 70 ? 1 : 467) {
		struct answerer who = answerer_new();
		uint32_t bytes = frame_udp(asked, 7, data), said;

		memcpy(frame, asked, bytes);
		said = ask(&who, frame, bytes);
		assert_padded(frame, bytes, said);
		assert_ipv4(frame, 28 + data);
		assert_int_equal(get_be(frame + 34, 2), 7);
		assert_int_equal(get_be(frame + 36, 2), 40000);
		assert_int_equal(get_be(frame + 38, 2), 8 + data);
		assert_int_not_equal(get_be(frame + 40, 2), 0);
		assert_int_equal(udp_sum(frame + 14, 8 + data), 0xffff);
		assert_memory_equal(frame + 42, asked + 42, data);
		assert_int_equal(who.count[ANSWERED_UDP], 1);
	}
}

/* A datagram may come without one; the answer has one. And a sum of 0 is sent as 0xffff. */
static void test_udp_checksum(void **state)
{
	struct answerer who = answerer_new();
	uint8_t frame[ROOM];
	uint32_t bytes = frame_udp(frame, 7, 2), sum;

	(void)state;
	put_be(frame + 40, 0, 2);
	assert_int_equal(ask(&who, frame, bytes), 60);
	assert_int_equal(udp_sum(frame + 14, 10), 0xffff);

	bytes = frame_udp(frame, 7, 2);
	put_be(frame + 42, 0, 2); /* the data that makes the sum 0xffff without a checksum */
	put_be(frame + 40, 0, 2);
	sum = udp_sum(frame + 14, 10);
	put_be(frame + 42, ~sum & 0xffff, 2);
	seal_udp(frame, 10);
	assert_int_equal(get_be(frame + 40, 2), 0xffff);
	assert_int_equal(ask(&who, frame, bytes), 60);
	assert_int_equal(get_be(frame + 40, 2), 0xffff);
	assert_int_equal(who.count[ANSWERED_UDP], 2);
}

/* Ethernet's padding, and what a longer frame holds behind its packet, is neither echoed nor summed up. */
static void test_trailing_bytes(void **state)
{
	struct answerer who = answerer_new();
	uint8_t frame[ROOM];

	(void)state;
	frame_udp(frame, 7, 3);
	memset(frame + 45, 0xaa, 200);
	assert_padded(frame, 45, ask(&who, frame, 245));
	assert_ipv4(frame, 31);
	frame_arp(frame);
	memset(frame + 42, 0xaa, 100);
	assert_padded(frame, 42, ask(&who, frame, 142));
}

static uint32_t udp_of_18(uint8_t *frame)
{
	return frame_udp(frame, 7, 18);
}

static uint32_t ping_of_18(uint8_t *frame)
{
	return frame_ping(frame, 18);
}

/* Any frame, cut off anywhere; and one with a byte more than a frame may have. */
static void test_cut_off(void **state)
{
	uint32_t (*const makers[])(uint8_t *) = { frame_arp, udp_of_18, ping_of_18 };
	uint8_t frame[ROOM];

	(void)state;
	for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
		uint32_t bytes = makers[i](frame);

		while (bytes-- > 0)
			assert_dropped(frame, bytes, BAD_LENGTH);
	}
	memset(frame, 0, sizeof(frame));
	frame_udp(frame, 7, 1472);
	assert_dropped(frame, 1515, BAD_LENGTH);
}

/* Each bit of a good frame, turned over: it is dropped, or it was one that no checksum covers. */
static void test_turned_bits(void **state)
{
	uint8_t whole[ROOM], frame[ROOM];
	uint32_t bytes = frame_udp(whole, 7, 18);

	(void)state;
	for (uint32_t bit = 14 * 8; bit < bytes * 8; bit++) {
		struct answerer who = answerer_new();

		memcpy(frame, whole, bytes);
		frame[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (ask(&who, frame, bytes) != 0)
			fail_msg("answered although bit %u was turned over", bit);
	}
}

struct change {
	const char *what;
	uint32_t offset, bytes, value;
	enum answer_outcome why;
};

static void drop_each(const struct change *changes, size_t count, uint32_t (*make)(uint8_t *), void (*seal)(uint8_t *))
{
	uint8_t frame[ROOM];

	for (size_t i = 0; i < count; i++) {
		uint32_t bytes = make(frame);

		put_be(frame + changes[i].offset, changes[i].value, changes[i].bytes);
		seal(frame);
		print_message("%s\n", changes[i].what);
		assert_dropped(frame, bytes, changes[i].why);
	}
}

static void no_seal(uint8_t *frame)
{
	(void)frame;
}

static void seal_header(uint8_t *frame)
{
	put_be(frame + 24, 0, 2);
	put_be(frame + 24, ~ones_sum(0, frame + 14, 20), 2);
}

static void seal_datagram(uint8_t *frame)
{
	put_be(frame + 40, 0, 2);
	put_be(frame + 40, ~udp_sum(frame + 14, 26) & 0xffff, 2);
}

static void seal_message(uint8_t *frame)
{
	seal_icmp(frame, 26);
}

static void test_ethernet_dropped(void **state)
{
	static const struct change changes[] = {
		{ "another card",           0, 2, 0x5256,     OTHER_MAC },
		{ "a group",                0, 4, 0x01005e00, OTHER_MAC },
		{ "from a group",           6, 1, 0x53,       BAD_SOURCE },
		{ "IPv6",                  12, 2, 0x86dd,     OTHER_TYPE },
		{ "a length, not a type",  12, 2, 46,         OTHER_TYPE },
		{ "a VLAN tag",            12, 2, 0x8100,     OTHER_TYPE },
	};
	uint8_t frame[ROOM];
	uint32_t bytes;

	(void)state;
	drop_each(changes, sizeof(changes) / sizeof(changes[0]), udp_of_18, no_seal);
	bytes = udp_of_18(frame);
	memcpy(frame + 6, our_mac, MAC_BYTES);
	assert_dropped(frame, bytes, BAD_SOURCE);
	bytes = udp_of_18(frame);
	memset(frame, 0xff, MAC_BYTES);
	assert_dropped(frame, bytes, OTHER_ADDRESS);
}

static void test_arp_dropped(void **state)
{
	static const struct change changes[] = {
		{ "not Ethernet",            14, 2, 6,           BAD_ARP },
		{ "not IPv4",                16, 2, 0x86dd,      BAD_ARP },
		{ "MACs of 8 bytes",         18, 1, 8,           BAD_ARP },
		{ "addresses of 16 bytes",   19, 1, 16,          BAD_ARP },
		{ "a reply",                 20, 2, 2,           ARP_NOT_FOR_US },
		{ "no operation",            20, 2, 0,           ARP_NOT_FOR_US },
		{ "who has another address", 38, 4, OUR_ADDRESS + 1, ARP_NOT_FOR_US },
		{ "from our address",        28, 4, OUR_ADDRESS, BAD_SOURCE },
		{ "from a group's address",  28, 4, 0xe0000001,  BAD_SOURCE },
		{ "from a group's MAC",      22, 1, 0x01,        BAD_SOURCE },
	};

	(void)state;
	drop_each(changes, sizeof(changes) / sizeof(changes[0]), frame_arp, no_seal);
}

static void test_ipv4_dropped(void **state)
{
	static const struct change changes[] = {
		{ "version 6",                14, 1, 0x65,       BAD_VERSION },
		{ "a header of 16 bytes",     14, 1, 0x44,       BAD_VERSION },
		{ "options",                  14, 1, 0x46,       HAS_OPTIONS },
		{ "shorter than its header",  16, 2, 19,         BAD_LENGTH },
		{ "longer than the frame",    16, 2, 47,         BAD_LENGTH },
		{ "longer than anything",     16, 2, 0xffff,     BAD_LENGTH },
		{ "more fragments",           20, 2, 0x2000,     FRAGMENT },
		{ "a later fragment",         20, 2, 1,          FRAGMENT },
		{ "TCP",                      23, 1, 6,          OTHER_PROTOCOL },
		{ "from nowhere",             26, 4, 0,          BAD_SOURCE },
		{ "from the loop",            26, 4, 0x7f000001, BAD_SOURCE },
		{ "from a group",             26, 4, 0xe0000001, BAD_SOURCE },
		{ "from everybody",           26, 4, 0xffffffff, BAD_SOURCE },
		{ "from us",                  26, 4, OUR_ADDRESS, BAD_SOURCE },
		{ "to everybody",             30, 4, 0xffffffff, OTHER_ADDRESS },
		{ "to the neighbour",         30, 4, OUR_ADDRESS + 1, OTHER_ADDRESS },
	};
	static const struct change unsealed[] = {
		{ "the header's checksum",    24, 2, 0x1234,     BAD_CHECKSUM },
		{ "a header that was changed", 22, 1, 4,         BAD_CHECKSUM },
	};

	(void)state;
	drop_each(changes, sizeof(changes) / sizeof(changes[0]), udp_of_18, seal_header);
	drop_each(unsealed, sizeof(unsealed) / sizeof(unsealed[0]), udp_of_18, no_seal);
}

static void test_udp_dropped(void **state)
{
	static const struct change changes[] = {
		{ "a closed port",      36, 2, 8, OTHER_PORT },
		{ "discard",            36, 2, 9, DISCARDED },
		{ "an echo's answer",   34, 2, 7, ECHO_LOOP },
		{ "from port 0",        34, 2, 0, BAD_SOURCE },
	};
	static const struct change unsealed[] = {
		{ "shorter than it is", 38, 2, 25,     BAD_LENGTH },
		{ "longer than it is",  38, 2, 27,     BAD_LENGTH },
		{ "no length",          38, 2, 0,      BAD_LENGTH },
		{ "a wrong checksum",   40, 2, 0x1234, BAD_CHECKSUM },
		{ "other data",         50, 2, 0x1234, BAD_CHECKSUM },
	};

	(void)state;
	drop_each(changes, sizeof(changes) / sizeof(changes[0]), udp_of_18, seal_datagram);
	drop_each(unsealed, sizeof(unsealed) / sizeof(unsealed[0]), udp_of_18, no_seal);
}

static void test_icmp_dropped(void **state)
{
	static const struct change changes[] = {
		{ "a reply",                 34, 1, 0, OTHER_ICMP },
		{ "destination unreachable", 34, 1, 3, OTHER_ICMP },
		{ "a request with a code",   35, 1, 1, OTHER_ICMP },
	};
	static const struct change unsealed[] = {
		{ "a wrong checksum",        36, 2, 0x1234, BAD_CHECKSUM },
		{ "other data",              50, 2, 0x1234, BAD_CHECKSUM },
	};

	(void)state;
	drop_each(changes, sizeof(changes) / sizeof(changes[0]), ping_of_18, seal_message);
	drop_each(unsealed, sizeof(unsealed) / sizeof(unsealed[0]), ping_of_18, no_seal);
}

/* Nothing that is sent is itself answered, by a stack of the same kind: two of them fall silent. */
static void test_no_answer_to_an_answer(void **state)
{
	uint32_t (*const makers[])(uint8_t *) = { frame_arp, udp_of_18, ping_of_18 };
	uint8_t frame[ROOM];

	(void)state;
	for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
		struct answerer who = answerer_new(), peer = { .address = PEER_ADDRESS };
		uint32_t said = ask(&who, frame, makers[i](frame));

		memcpy(peer.mac, peer_mac, MAC_BYTES);
		assert_true(said > 0);
		assert_int_equal(ask(&peer, frame, said), 0);
	}
}

static void test_texts(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ANSWER_OUTCOMES; i++) {
		assert_non_null(answer_outcome_text((enum answer_outcome)i));
		assert_string_not_equal(answer_outcome_text((enum answer_outcome)i), "?");
	}
	assert_string_equal(answer_outcome_text(ANSWER_OUTCOMES), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arp),
		cmocka_unit_test(test_ping),
		cmocka_unit_test(test_udp_echo),
		cmocka_unit_test(test_udp_checksum),
		cmocka_unit_test(test_trailing_bytes),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_turned_bits),
		cmocka_unit_test(test_ethernet_dropped),
		cmocka_unit_test(test_arp_dropped),
		cmocka_unit_test(test_ipv4_dropped),
		cmocka_unit_test(test_udp_dropped),
		cmocka_unit_test(test_icmp_dropped),
		cmocka_unit_test(test_no_answer_to_an_answer),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
