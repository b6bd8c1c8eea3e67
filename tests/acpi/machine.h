/*
 * machine.h - a machine's memory for the ACPI tests: a few pieces of bytes at physical addresses.
 *
 * Idea    Each piece has a heap block of exactly its size, so that the sanitizer sees a read too far. Pieces are put
 *         together by hand, or read from a file of tests/acpi: "at ADDRESS", then bytes, all in hexadecimal.
 * Needs   cmocka; the top of the tree as current directory.
 */
#ifndef TESTS_ACPI_MACHINE_H
#define TESTS_ACPI_MACHINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "acpi/tables.h"

#define MOST_PIECES 16u
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct piece {
	uint64_t phys;
	uint8_t *at;
	size_t   count;
};

struct machine {
	struct acpi_memory memory;
	size_t             pieces;
	struct piece       piece[MOST_PIECES]; /* [0]: the root pointer */
};

static struct bytes machine_read(uint64_t phys, size_t count, void *context)
{
	const struct machine *m = context;

	for (size_t i = 0; i < m->pieces; i++) {
		const struct piece *p = &m->piece[i];

		if (phys >= p->phys && phys - p->phys <= p->count && count <= p->count - (phys - p->phys))
			return (struct bytes){ p->at + (phys - p->phys), count };
	}
	return (struct bytes){ NULL, 0 };
}

static inline struct machine *machine_new(void)
{
	struct machine *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	m->memory = (struct acpi_memory){ machine_read, m };
	return m;
}

static inline void machine_free(struct machine *m)
{
	for (size_t i = 0; i < m->pieces; i++)
		free(m->piece[i].at);
	free(m);
}

static inline struct piece *machine_add(struct machine *m, uint64_t phys, const void *bytes, size_t count)
{
	struct piece *p = &m->piece[m->pieces++];

	assert_true(m->pieces <= MOST_PIECES);
	*p = (struct piece){ phys, malloc(count > 0 ? count : 1), count };
	assert_non_null(p->at);
	memcpy(p->at, bytes, count);
	return p;
}

static inline struct bytes machine_rsdp(const struct machine *m)
{
	return (struct bytes){ m->piece[0].at, m->piece[0].count };
}

/* Makes bytes add up to 0, by the one at this offset. */
static inline void mend(uint8_t *at, size_t count, size_t checksum)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum = (uint8_t)(sum + at[i]);
	at[checksum] = (uint8_t)(at[checksum] - sum);
}

static inline void put_number(uint8_t *at, uint64_t value, size_t count)
{
	for (size_t i = 0; i < count; i++)
		at[i] = (uint8_t)(value >> i * 8);
}

/* A table with this signature around a body, its length and checksum right. */
static inline struct piece *machine_add_table(struct machine *m, uint64_t phys, const char *signature, const void *body,
                                              size_t count)
{
	uint8_t bytes[4096] = { 0 };

	assert_true(ACPI_HEADER_BYTES + count <= sizeof(bytes));
	memcpy(bytes, signature, 4);
	put_number(bytes + 4, ACPI_HEADER_BYTES + count, 4);
	memcpy(bytes + ACPI_HEADER_BYTES, body, count);
	mend(bytes, ACPI_HEADER_BYTES + count, 9);
	return machine_add(m, phys, bytes, ACPI_HEADER_BYTES + count);
}

/* A root pointer; revision 2 if there is an XSDT. First of all pieces. */
static inline struct piece *machine_add_rsdp(struct machine *m, uint32_t rsdt, uint64_t xsdt)
{
	uint8_t bytes[36] = "RSD PTR ";

	assert_int_equal(m->pieces, 0);
	put_number(bytes + 16, rsdt, 4);
	if (xsdt != 0) {
		bytes[15] = 2;
		put_number(bytes + 20, sizeof(bytes), 4);
		put_number(bytes + 24, xsdt, 8);
	}
	mend(bytes, 20, 8);
	mend(bytes, sizeof(bytes), 32);
	return machine_add(m, 0x1000, bytes, xsdt != 0 ? sizeof(bytes) : 20);
}

/* From a file of tests/acpi. */
static inline struct machine *machine_load(const char *name)
{
	struct machine *m = machine_new();
	static uint8_t bytes[65536];
	char path[128], line[128];
	uint64_t phys = 0;
	size_t count = 0;
	unsigned digit;
	FILE *file;

	snprintf(path, sizeof(path), "tests/acpi/%s.tables", name);
	file = fopen(path, "r");
	if (file == NULL)
		fail_msg("cannot open %s", path);
	while (fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, "at ", 3) == 0) {
			if (count > 0)
				machine_add(m, phys, bytes, count);
			phys = strtoull(line + 3, NULL, 16);
			count = 0;
			continue;
		}
		for (const char *at = line; sscanf(at, "%2x", &digit) == 1 && count < sizeof(bytes); at += 2)
			bytes[count++] = (uint8_t)digit;
	}
	machine_add(m, phys, bytes, count);
	fclose(file);
	return m;
}

#endif
