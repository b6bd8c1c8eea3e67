/*
 * test_shred.c - ChaCha against published vectors, and a frame that is overwritten to its last byte and not beyond.
 */
#include "kit.h"

#include "shred.h"

#define FRAME  (UINT64_C(64) << LABYRINTH_PAGE_SHIFT)
#define PAGE   ((size_t)LABYRINTH_PAGE_SIZE)

static void fill(uint8_t *at, size_t bytes, unsigned salt)
{
	for (size_t i = 0; i < bytes; i++)
		at[i] = (uint8_t)(i * 151 + i / 256 * 7 + salt);
}

static void assert_keystream(const uint8_t found[64], const char *hex)
{
	char text[129];

	for (unsigned i = 0; i < 64; i++)
		snprintf(text + 2 * i, 3, "%02x", found[i]);
	assert_string_equal(text, hex);
}

static void published_vectors(void **state)
{
	static const struct {
		const char *name;
		uint32_t key[8], nonce[3], counter;
		unsigned rounds;
		const char *hex;
	} cases[] = {
		{ "RFC 8439 section 2.3.2",
		  { 0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c, 0x13121110, 0x17161514, 0x1b1a1918, 0x1f1e1d1c },
		  { 0x09000000, 0x4a000000, 0 }, 1, 20,
		  "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
		  "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e" },
		{ "RFC 8439 appendix A.1, test vector 1", { 0 }, { 0 }, 0, 20,
		  "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
		  "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586" },
		{ "RFC 8439 appendix A.1, test vector 2", { 0 }, { 0 }, 1, 20,
		  "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
		  "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f" },
		{ "eight rounds (draft-strombergson-chacha-test-vectors-01, TC1)", { 0 }, { 0 }, 0, 8,
		  "3e00ef2f895f40d67f5bb8e81f09a5a12c840ec3ce9a7f3b181be188ef711a1e"
		  "984ce172b9216f419f445367456d5619314a42a3da86b001387bfdb80e0cfe42" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint8_t out[64];

		print_message("%s\n", cases[i].name);
		labyrinth_chacha(cases[i].key, cases[i].nonce, cases[i].counter, cases[i].rounds, out);
		assert_keystream(out, cases[i].hex);
	}
}

static struct shredder shredder_of(uint8_t seed)
{
	struct shredder s;

	memset(&s, 0xa5, sizeof(s));
	host_seed = seed;
	labyrinth_shredder_init(&s);
	host_seed = 1;
	assert_int_equal(s.serial, 0);
	return s;
}

static void the_key_is_the_ports_seed(void **state)
{
	struct shredder s = shredder_of(0x10);

	(void)state;
	assert_int_equal(s.key[0], 0x13121110);
	assert_int_equal(s.key[7], 0x2f2e2d2c);
}

static void a_frame_is_the_keystream(void **state)
{
	struct shredder s = shredder_of(3);
	const uint32_t nonce[3] = { 0, 0x89abcdef, 0x01234567 };
	uint8_t block[64];

	(void)state;
	s.serial = UINT64_C(0x0123456789abcdef);
	labyrinth_shred(&s, (phys_addr_t){ FRAME });
	for (uint32_t i = 0; i < PAGE / 64; i++) {
		labyrinth_chacha(s.key, nonce, i, SHRED_ROUNDS, block);
		assert_memory_equal(host_bytes((phys_addr_t){ FRAME + 64 * i }), block, 64);
	}
	assert_int_equal(s.serial, UINT64_C(0x0123456789abcdf0));
}

/* Nowhere in the frame do eight bytes of the old content stand where they stood. */
static void the_whole_frame_is_covered(void **state)
{
	struct shredder s = shredder_of(1);
	uint8_t *at = host_bytes((phys_addr_t){ FRAME }), *old = malloc(PAGE);

	(void)state;
	assert_non_null(old);
	for (unsigned round = 0; round < 16; round++) {
		fill(at, PAGE, round);
		memcpy(old, at, PAGE);
		labyrinth_shred(&s, (phys_addr_t){ FRAME });
		for (size_t i = 0; i + 8 <= PAGE; i++)
			assert_memory_not_equal(at + i, old + i, 8);
	}
	free(old);
}

static void the_neighbours_are_untouched(void **state)
{
	struct shredder s = shredder_of(1);
	uint8_t *at = host_bytes((phys_addr_t){ FRAME - PAGE }), *old = malloc(3 * PAGE);

	(void)state;
	assert_non_null(old);
	fill(at, 3 * PAGE, 9);
	memcpy(old, at, 3 * PAGE);
	labyrinth_shred(&s, (phys_addr_t){ FRAME });
	assert_memory_equal(at, old, PAGE);
	assert_memory_equal(at + 2 * PAGE, old + 2 * PAGE, PAGE);
	assert_memory_not_equal(at + PAGE, old + PAGE, PAGE);
	free(old);
}

/* What a shredding under this seed, after so many others, leaves. The caller frees it. */
static uint8_t *shredded(uint8_t seed, unsigned before)
{
	struct shredder s = shredder_of(seed);
	uint8_t *copy = malloc(PAGE);

	assert_non_null(copy);
	for (unsigned i = 0; i <= before; i++)
		labyrinth_shred(&s, (phys_addr_t){ FRAME });
	memcpy(copy, host_bytes((phys_addr_t){ FRAME }), PAGE);
	return copy;
}

static void no_two_shreddings_agree(void **state)
{
	uint8_t *first = shredded(1, 0), *again = shredded(1, 0), *second = shredded(1, 1), *other = shredded(2, 0);

	(void)state;
	assert_memory_equal(first, again, PAGE); /* the same key and serial number: nothing else goes in */
	for (size_t i = 0; i + 8 <= PAGE; i += 8) {
		assert_memory_not_equal(first + i, second + i, 8);
		assert_memory_not_equal(first + i, other + i, 8);
	}
	free(first);
	free(again);
	free(second);
	free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(published_vectors),
		kit_test(the_key_is_the_ports_seed),
		kit_test(a_frame_is_the_keystream),
		kit_test(the_whole_frame_is_covered),
		kit_test(the_neighbours_are_untouched),
		kit_test(no_two_shreddings_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
