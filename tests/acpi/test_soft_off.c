/*
 * test_soft_off.c - the sleep types, out of byte code that is as it should be, and out of some that is not.
 *
 * Idea    Each case is the body of a DSDT. A refusal stands beside the one that differs in a byte and is believed. Then
 *         the good ones, cut off at every end and with every byte changed: whatever is read, a type has three bits, and
 *         the sanitizers watch that nothing beyond the bytes is.
 */
#include "machine.h"

#include "acpi/soft_off.h"

#define NAME    "\x08_S5_"
#define ROOTED  "\x08\\_S5_"
#define PACKAGE "\x12"

#define BYTES(text) text, sizeof(text) - 1
#define ONE_ZERO    NAME PACKAGE "\x04\x02\x01\x00"

static const struct {
	const char *what, *body;
	size_t      count;
	bool        known;
	uint8_t     a, b;
} cases[] = {
	{ "SeaBIOS: four zeros",        BYTES(NAME PACKAGE "\x06\x04\x00\x00\x00\x00"),                true,  0, 0 },
	{ "bytes",                      BYTES(NAME PACKAGE "\x08\x04\x0a\x05\x0a\x07\x00\x00"),        true,  5, 7 },
	{ "one, and a byte",            BYTES(NAME PACKAGE "\x05\x02\x01\x0a\x03"),                    true,  1, 3 },
	{ "a word and a double word",   BYTES(NAME PACKAGE "\x0a\x02\x0b\x04\x00\x0c\x06\x00\x00\x00"), true, 4, 6 },
	{ "at the root",                BYTES(ROOTED PACKAGE "\x06\x04\x01\x01\x00\x00"),              true,  1, 1 },
	{ "a length of two bytes",      BYTES(NAME PACKAGE "\x47\x00\x04\x01\x01\x00\x00"),            true,  1, 1 },
	{ "behind other things",        BYTES("\x5b\x80_S5_\x08" NAME PACKAGE "\x04\x02\x01\x00"),     true,  1, 0 },
	{ "twice, the same",            BYTES(ONE_ZERO ONE_ZERO),                                      true,  1, 0 },
	{ "twice, first malformed",     BYTES(NAME PACKAGE "\x04\x01\x01\x00" ONE_ZERO),              true,  1, 0 },
	{ "twice, not the same",        BYTES(ONE_ZERO NAME PACKAGE "\x04\x02\x00\x00"),              false, 0, 0 },
	{ "nothing",                    BYTES(""),                                                     false, 0, 0 },
	{ "another name",               BYTES("\x08_S4_" PACKAGE "\x06\x04\x00\x00\x00\x00"),          false, 0, 0 },
	{ "a name, not an object",      BYTES("\x14_S5_" PACKAGE "\x06\x04\x00\x00\x00\x00"),          false, 0, 0 },
	{ "no package",                 BYTES(NAME "\x11\x06\x04\x00\x00\x00\x00"),                    false, 0, 0 },
	{ "one element",                BYTES(NAME PACKAGE "\x06\x01\x00\x00\x00\x00"),                false, 0, 0 },
	{ "a type of four bits",        BYTES(NAME PACKAGE "\x08\x04\x0a\x08\x0a\x07\x00\x00"),        false, 0, 0 },
	{ "a word that is no type",     BYTES(NAME PACKAGE "\x06\x02\x0b\x00\x01\x00"),                false, 0, 0 },
	{ "all ones",                   BYTES(NAME PACKAGE "\x04\x02\xff\x00"),                        false, 0, 0 },
	{ "a reference",                BYTES(NAME PACKAGE "\x08\x02_S4_\x00\x00"),                    false, 0, 0 },
	{ "longer than the table",      BYTES(NAME PACKAGE "\x07\x04\x00\x00\x00\x00"),                false, 0, 0 },
	{ "elements beyond its length", BYTES(NAME PACKAGE "\x03\x04\x00\x00\x00\x00"),                false, 0, 0 },
	{ "no length",                  BYTES(NAME PACKAGE "\x00\x04\x00\x00\x00\x00"),                false, 0, 0 },
	{ "reserved bits of a length",  BYTES(NAME PACKAGE "\x57\x00\x04\x01\x01\x00\x00"),            false, 0, 0 },
};

/* In a heap block of exactly that size, behind a header of zeros. */
static struct soft_off read_body(const void *body, size_t count)
{
	struct bytes dsdt = { calloc(1, ACPI_HEADER_BYTES + count), ACPI_HEADER_BYTES + count };
	struct soft_off off;

	assert_non_null(dsdt.at);
	memcpy((uint8_t *)(uintptr_t)dsdt.at + ACPI_HEADER_BYTES, body, count);
	off = soft_off_read(dsdt);
	free((void *)(uintptr_t)dsdt.at);
	assert_true(off.a <= 7 && off.b <= 7);
	return off;
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct soft_off off = read_body(cases[i].body, cases[i].count);

		if (off.known != cases[i].known || (off.known && (off.a != cases[i].a || off.b != cases[i].b)))
			fail_msg("%s: %d %u %u", cases[i].what, off.known, off.a, off.b);
	}
}

/* A table that ends within its only object does not have it. */
static void test_cut_off(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t count = 0; count < cases[i].count; count++)
			if (read_body(cases[i].body, count).known && strstr(cases[i].what, "twice") == NULL)
				fail_msg("%s: believed when cut off after %zu bytes", cases[i].what, count);
	for (size_t count = 0; count < ACPI_HEADER_BYTES; count++) {
		static const uint8_t header[ACPI_HEADER_BYTES];
		struct bytes dsdt = { header, count };

		assert_false(soft_off_read(dsdt).known);
	}
}

static void test_changed_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t at = 0; at < cases[i].count; at++)
			for (unsigned value = 0; value < 256; value++) {
				uint8_t body[64];

				assert_true(cases[i].count <= sizeof(body));
				memcpy(body, cases[i].body, cases[i].count);
				body[at] = (uint8_t)value;
				read_body(body, cases[i].count);
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_changed_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
