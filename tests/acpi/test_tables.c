/*
 * test_tables.c - the kernel's ACPI readers, on tables from real firmware and on ones put together by hand.
 *
 * Idea    What real firmware says is known: QEMU was told. Every refusal has a case, and the machine next to it that is
 *         not refused.
 */
#include "machine.h"

#include "acpi/madt.h"
#include "acpi/platform.h"

#define REACH (UINT64_C(4) << 30)

static const struct acpi_root no_root;

/* ---- Captured tables. */

static const struct {
	const char *name, *root;
	uint32_t cpus, last_id, overrides;
	uint64_t mcfg;
	enum { NO_RESET = 0, BY_PORT = 0xcf9 } reset;
} captured[] = {
	{ "qemu-seabios-pc-1",       "RSDT", 1, 0, 5, 0,          NO_RESET },
	{ "qemu-seabios-pc-hotplug", "RSDT", 2, 1, 5, 0,          NO_RESET },
	{ "qemu-seabios-q35-8",      "RSDT", 8, 7, 5, 0xb0000000, BY_PORT  },
	{ "qemu-ovmf-q35-4",         "XSDT", 4, 3, 5, 0xb0000000, BY_PORT  },
};

static struct bytes must_find(const struct acpi_root *root, const char *signature)
{
	struct bytes table;

	assert_null(acpi_find(root, signature, &table));
	assert_true(bytes_spell(table, 0, signature));
	return table;
}

static void test_captured(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(captured); i++) {
		struct machine *m = machine_load(captured[i].name);
		struct acpi_root root;
		struct madt madt;
		struct fadt fadt;
		struct mcfg mcfg;
		struct bytes table;

		assert_null(acpi_open(&m->memory, machine_rsdp(m), &root));
		assert_string_equal(root.name, captured[i].root);
		assert_null(madt_read(must_find(&root, "APIC"), &madt));
		assert_int_equal(madt.cpus, captured[i].cpus);
		assert_int_equal(madt.cpu[madt.cpus - 1], captured[i].last_id);
		assert_int_equal(madt.cpus_beyond, 0);
		assert_int_equal(madt.io_apics, 1);
		assert_int_equal(madt.io_apic[0].phys, 0xfec00000);
		assert_int_equal(madt.io_apic[0].first_gsi, 0);
		assert_int_equal(madt.overrides, captured[i].overrides);
		assert_int_equal(madt.override[0].isa, 0); /* the PIT, on pin 2 */
		assert_int_equal(madt.override[0].gsi, 2);
		assert_false(madt.override[0].level);
		assert_int_equal(madt.override[1].isa, 5); /* PCI's: active high, by level, as QEMU has it */
		assert_true(madt.override[1].level);
		assert_false(madt.override[1].active_low);
		assert_int_equal(hpet_read(must_find(&root, "HPET")), 0xfed00000);
		fadt = fadt_read(must_find(&root, "FACP"));
		assert_int_equal(fadt.reset.port, captured[i].reset);
		assert_true(fadt.pm_timer != 0 && fadt.pm_timer == fadt.pm1a_control + 4);
		assert_true(fadt.dsdt != 0);
		if (acpi_find(&root, "MCFG", &table) == NULL)
			assert_null(mcfg_read(table, REACH, &mcfg));
		else
			mcfg = (struct mcfg){ .base = 0 };
		assert_int_equal(mcfg.base, captured[i].mcfg);
		assert_int_equal(mcfg.last_bus, captured[i].mcfg != 0 ? 255 : 0);
		machine_free(m);
	}
}

/* ---- Root pointer and table of tables. */

static struct machine *two_roots(void)
{
	struct machine *m = machine_new();
	uint8_t entries[8];

	machine_add_rsdp(m, 0x2000, 0x3000);
	put_number(entries, 0x4000, 8);
	machine_add_table(m, 0x2000, "RSDT", entries, 4);
	machine_add_table(m, 0x3000, "XSDT", entries, 8);
	machine_add_table(m, 0x4000, "APIC", "", 0);
	return m;
}

static const char *root_of(struct machine *m)
{
	struct acpi_root root = no_root;
	struct bytes table;
	const char *wrong = acpi_open(&m->memory, machine_rsdp(m), &root);

	if (wrong == NULL)
		assert_null(acpi_find(&root, "APIC", &table));
	else
		assert_memory_equal(&root, &no_root, sizeof(root));
	return wrong == NULL ? root.name : wrong;
}

static void test_xsdt_first(void **state)
{
	struct machine *m = two_roots();

	(void)state;
	assert_string_equal(root_of(m), "XSDT");
	machine_free(m);
}

/* What makes the XSDT unusable, or the version that has it: each leads to the RSDT. */
static const struct {
	size_t piece, offset;
	uint8_t mask;
} to_rsdt[] = {
	{ 0, 32, 0xff }, /* the checksum of the whole root pointer */
	{ 0, 33, 0x01 }, /* a reserved byte that it covers         */
	{ 0, 24, 0x10 }, /* the address                            */
	{ 2, 0,  0x01 }, /* XSDT: signature, length, checksum, an entry */
	{ 2, 4,  0x01 },
	{ 2, 5,  0xff },
	{ 2, 9,  0x01 },
	{ 2, 40, 0x80 },
};

static void test_rsdt_second(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(to_rsdt); i++) {
		struct machine *m = two_roots();

		m->piece[to_rsdt[i].piece].at[to_rsdt[i].offset] ^= to_rsdt[i].mask;
		assert_string_equal(root_of(m), "RSDT");
		machine_free(m);
	}
}

static void test_long_root_pointer(void **state)
{
	struct machine *m = two_roots();

	(void)state;
	put_number(m->piece[0].at + 20, 37, 4); /* longer than what the boot loader copied */
	mend(m->piece[0].at, 36, 32);
	assert_string_equal(root_of(m), "RSDT");
	put_number(m->piece[0].at + 20, 35, 4); /* shorter than version 2 is */
	mend(m->piece[0].at, 35, 32);
	assert_string_equal(root_of(m), "RSDT");
	machine_free(m);
}

static void test_no_root(void **state)
{
	const char *none = "the boot loader handed over no ACPI root pointer";
	struct machine *m = two_roots();

	(void)state;
	m->piece[0].at[17] ^= 1;
	assert_string_equal(root_of(m), "the checksum of the ACPI root pointer is wrong");
	m->piece[0].at[17] ^= 1;
	m->piece[1].at[36] ^= 1;
	m->piece[2].at[36] ^= 1;
	assert_string_equal(root_of(m), "neither the XSDT nor the RSDT is a whole ACPI table");
	m->piece[0].at[0] ^= 1;
	assert_string_equal(root_of(m), none);
	m->piece[0].at[0] ^= 1;
	m->piece[0].count = 19;
	assert_string_equal(root_of(m), none);
	m->piece[0].count = 0;
	assert_string_equal(root_of(m), none);
	machine_free(m);
}

/* ---- Finding a table. */

static const char *find(struct machine *m, const char *signature)
{
	struct acpi_root root;
	struct bytes table;
	const char *wrong;

	assert_null(acpi_open(&m->memory, machine_rsdp(m), &root));
	wrong = acpi_find(&root, signature, &table);
	assert_int_equal(table.count == 0, wrong != NULL);
	return wrong;
}

/* The XSDT names nothing, itself, what names it back, what is not there, a broken MADT, and a whole one. */
static struct machine *crooked(size_t whole)
{
	static const uint64_t where[] = { 0, 0x3000, 0x2000, UINT64_MAX - 8, 0x777000, 0x5000, 0x4000 };
	struct machine *m = machine_new();
	uint8_t entries[sizeof(where) + 3] = { 0 };

	for (size_t i = 0; i < COUNT(where); i++)
		put_number(entries + 8 * i, where[i], 8);
	machine_add_rsdp(m, 0x2000, 0x3000);
	machine_add_table(m, 0x2000, "RSDT", "\0\x30\0\0\0\x20\0\0", 8);
	machine_add_table(m, 0x3000, "XSDT", entries, sizeof(where) - (whole ? 0 : 8) + 3);
	machine_add_table(m, 0x4000, "APIC", "good", 4);
	machine_add_table(m, 0x5000, "APIC", "bad", 3)->at[37]++;
	return m;
}

static void test_crooked_tables(void **state)
{
	struct machine *m = crooked(1);

	(void)state;
	assert_null(find(m, "APIC"));
	assert_null(find(m, "XSDT")); /* it is a table like others, and nobody follows it */
	assert_string_equal(find(m, "HPET"), "there is none");
	machine_free(m);
	m = crooked(0);
	assert_string_equal(find(m, "APIC"), "its length or its checksum is wrong");
	machine_free(m);
}

/* Lengths that no table has, each with the checksum that it asks for. The table is all that can be read. */
static void test_lengths(void **state)
{
	static const uint32_t lengths[] = { 0, 1, 10, 35, 41, 0x100000, 0x100001, 0x7fffffff, 0xffffffff };

	(void)state;
	for (size_t i = 0; i < COUNT(lengths); i++) {
		struct machine *m = machine_new();
		struct piece *p;

		machine_add(m, 0, "", 1);
		p = machine_add_table(m, 0x4000, "APIC", "body", 4);
		assert_int_equal(acpi_table_at(&m->memory, 0x4000, "APIC").count, 40);
		put_number(p->at + 4, lengths[i], 4);
		mend(p->at, lengths[i] > 9 && lengths[i] < p->count ? lengths[i] : p->count, 9);
		assert_int_equal(acpi_table_at(&m->memory, 0x4000, "APIC").count, 0);
		machine_free(m);
	}
}

/* ---- The MADT. */

static const char *read_madt(const void *entries, size_t count, struct madt *madt)
{
	struct machine *m = machine_new();
	uint8_t body[2048] = { 0x00, 0x00, 0xe0, 0xfe, 1, 0, 0, 0 };
	const char *wrong;
	struct piece *p;

	memcpy(body + 8, entries, count);
	p = machine_add_table(m, 0x4000, "APIC", body, 8 + count);
	memset(madt, 0xee, sizeof(*madt));
	wrong = madt_read((struct bytes){ p->at, p->count }, madt);
	machine_free(m);
	if (wrong != NULL)
		assert_true(madt->cpus == 0 && madt->io_apics == 0 && madt->overrides == 0 && madt->cpus_beyond == 0);
	return wrong;
}

#define CPU_0 "\0\x08\0\0\1\0\0\0"
#define ENTRIES(text) text, sizeof(text) - 1

static const struct {
	const char *what, *entries;
	size_t      count;
} malformed[] = {
	{ "no entry",                  ENTRIES("")                                  },
	{ "a CPU that is off",         ENTRIES("\0\x08\0\0\2\0\0\0")                },
	{ "nobody's ID",               ENTRIES("\0\x08\0\xff\1\0\0\0")              },
	{ "nobody's x2APIC ID",        ENTRIES("\x09\x10\0\0\xff\xff\xff\xff\1\0\0\0\0\0\0\0") },
	{ "length 0",                  ENTRIES(CPU_0 "\0\0\0\1\1\0\0\0")            },
	{ "length 1",                  ENTRIES(CPU_0 "\0\1\0\1\1\0\0\0")            },
	{ "length 0, type unknown",    ENTRIES(CPU_0 "\x7f\0")                      },
	{ "length 1, type unknown",    ENTRIES(CPU_0 "\x7f\1\x0c\0\0\0\0\0\0\0\0\0\0") },
	{ "a type and no length",      ENTRIES(CPU_0 "\0")                          },
	{ "longer than the table",     ENTRIES(CPU_0 "\0\x09\0\1\1\0\0\0")          },
	{ "a short CPU",               ENTRIES(CPU_0 "\0\x07\0\1\1\0\0")            },
	{ "a short I/O APIC",          ENTRIES(CPU_0 "\1\x0b\0\0\0\0\xc0\xfe\0\0\0") },
	{ "a short override",          ENTRIES(CPU_0 "\2\x09\0\0\2\0\0\0\0")        },
	{ "a short x2APIC",            ENTRIES(CPU_0 "\x09\x0f\0\0\1\0\0\0\1\0\0\0\0\0\0") },
};

static void test_malformed_madt(void **state)
{
	struct madt madt;

	(void)state;
	assert_null(read_madt(ENTRIES(CPU_0), &madt));
	for (size_t i = 0; i < COUNT(malformed); i++)
		if (read_madt(malformed[i].entries, malformed[i].count, &madt) == NULL)
			fail_msg("not refused: %s", malformed[i].what);
}

static void test_madt_entries(void **state)
{
	struct madt madt;

	(void)state;
	assert_null(read_madt(ENTRIES("\0\x08\0\5\1\0\0\0"                              /* a CPU                   */
	                              "\x7f\x03\0"                                      /* a type of the future    */
	                              "\x09\x10\0\0\5\0\0\0\1\0\0\0\0\0\0\0"            /* the same CPU once more  */
	                              "\x09\x10\0\0\x2c\1\0\0\1\0\0\0\0\0\0\0"          /* CPU 300                 */
	                              "\0\x0a\0\6\1\0\0\0\0\0"                          /* an entry that has grown */
	                              "\5\x0c\0\0\0\0\xf0\xfe\1\0\0\0"                  /* local APICs elsewhere   */
	                              "\2\x0a\0\x09\x14\0\0\0\x0f\0"), &madt));         /* low, level              */
	assert_int_equal(madt.cpus, 3);
	assert_int_equal(madt.cpu[0], 5);
	assert_int_equal(madt.cpu[1], 300);
	assert_int_equal(madt.cpu[2], 6);
	assert_int_equal(madt.overrides, 1);
	assert_int_equal(madt.override[0].gsi, 20);
	assert_true(madt.override[0].active_low && madt.override[0].level);
}

/* More of everything than there is room for. */
static void test_many(void **state)
{
	struct machine *m = machine_new();
	static uint8_t body[4000];
	struct madt madt;
	struct piece *p;
	size_t at = 8;

	(void)state;
	for (unsigned id = 0; id < 200; id++, at += 16) {
		memcpy(body + at, "\x09\x10\0\0\0\0\0\0\1\0\0\0\0\0\0\0", 16);
		put_number(body + at + 4, id, 4);
	}
	p = machine_add_table(m, 0x4000, "APIC", body, at);
	assert_null(madt_read((struct bytes){ p->at, p->count }, &madt));
	assert_int_equal(madt.cpus, 200);
	assert_int_equal(madt.cpus_beyond, 0);
	at = 8;
	for (unsigned id = 0; id < MADT_MOST_CPUS; id++, at += 8) {
		memcpy(body + at, "\0\x08\0\0\1\0\0\0", 8);
		body[at + 3] = (uint8_t)id; /* 255 is nobody's */
	}
	for (unsigned i = 0; i < 30; i++, at += 12)
		memcpy(body + at, "\1\x0c\0\0\0\0\xc0\xfe\0\0\0\0", 12);
	for (unsigned i = 0; i < 30; i++, at += 10)
		memcpy(body + at, "\2\x0a\0\5\5\0\0\0\x0d\0", 10);
	for (unsigned id = 1000; id < 1004; id++, at += 16) {
		memcpy(body + at, "\x09\x10\0\0\0\0\0\0\1\0\0\0\0\0\0\0", 16);
		put_number(body + at + 4, id, 4);
	}
	p = machine_add_table(m, 0x8000, "APIC", body, at);
	assert_null(madt_read((struct bytes){ p->at, p->count }, &madt));
	assert_int_equal(madt.cpus, MADT_MOST_CPUS);
	assert_int_equal(madt.cpu[MADT_MOST_CPUS - 1], 1000);
	assert_int_equal(madt.cpus_beyond, 3);
	assert_int_equal(madt.io_apics, MADT_MOST_IO_APICS);
	assert_int_equal(madt.overrides, MADT_MOST_OVERRIDES);
	machine_free(m);
}

/* ---- FADT, HPET, MCFG. */

/* A FADT of version 6 that names every register twice; the new fields count where they can. */
static void fill_fadt(uint8_t *table)
{
	memset(table, 0, 276);
	put_number(table + 40, 0x1111, 4);
	put_number(table + 48, 0xb2, 4);
	table[52] = 0xf1;
	put_number(table + 64, 0x604, 4);
	put_number(table + 68, 0x704, 4);
	put_number(table + 76, 0x608, 4);
	put_number(table + 112, 1u << 10, 4);
	memcpy(table + 116, "\1\x08\0\1\xf9\x0c\0\0\0\0\0\0\x06", 13);
	put_number(table + 140, 0x222222222, 8);
	memcpy(table + 172, "\1\x10\0\2\x04\x08\0\0\0\0\0\0", 12);
	memcpy(table + 208, "\1\x20\0\3\x08\x08\0\0\0\0\0\0", 12);
}

static void test_fadt(void **state)
{
	uint8_t table[276];
	struct bytes all = { table, sizeof(table) };
	struct fadt f;

	(void)state;
	fill_fadt(table);
	f = fadt_read(all);
	assert_int_equal(f.pm_timer, 0x808);
	assert_int_equal(f.pm1a_control, 0x804);
	assert_int_equal(f.pm1b_control, 0x704); /* only the old field */
	assert_int_equal(f.smi_command, 0xb2);
	assert_int_equal(f.acpi_enable, 0xf1);
	assert_true(f.dsdt == 0x222222222);
	assert_int_equal(f.reset.port, 0xcf9);
	assert_int_equal(f.reset.value, 6);
	table[208] = 0; /* the timer's new field is in memory: the old one counts */
	put_number(table + 64, 0x10000, 4);
	memset(table + 172, 0, 12);
	put_number(table + 140, 0, 8);
	f = fadt_read(all);
	assert_int_equal(f.pm_timer, 0x608);
	assert_int_equal(f.pm1a_control, 0); /* no port has that number */
	assert_true(f.dsdt == 0x1111);
}

static void test_short_fadt(void **state)
{
	uint8_t table[276];
	struct fadt f;

	(void)state;
	fill_fadt(table);
	f = fadt_read((struct bytes){ table, 116 }); /* version 1 */
	assert_int_equal(f.pm_timer, 0x608);
	assert_int_equal(f.reset.port, 0);
	assert_true(f.dsdt == 0x1111);
	f = fadt_read((struct bytes){ table, 36 });
	assert_true(f.pm_timer == 0 && f.pm1a_control == 0 && f.dsdt == 0 && f.smi_command == 0);
}

static void test_reset(void **state)
{
	static const struct {
		size_t offset;
		uint8_t value;
		uint16_t port;
	} cases[] = {
		{ 113, 0,    0     }, /* the flag says no           */
		{ 117, 16,   0     }, /* not a byte                 */
		{ 122, 1,    0     }, /* no such port               */
		{ 116, 2,    0     }, /* in PCI configuration space */
		{ 116, 0,    0     }, /* in memory                  */
		{ 128, 0xfe, 0xcf9 },
	};
	uint8_t table[276];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		fill_fadt(table);
		table[cases[i].offset] = cases[i].value;
		assert_int_equal(fadt_read((struct bytes){ table, sizeof(table) }).reset.port, cases[i].port);
	}
}

static void test_hpet(void **state)
{
	uint8_t table[56] = { 0 };
	struct bytes all = { table, sizeof(table) };

	(void)state;
	put_number(table + 44, 0xfed00000, 8);
	assert_int_equal(hpet_read(all), 0xfed00000);
	all.count = 51;
	assert_int_equal(hpet_read(all), 0);
	all.count = 56;
	table[40] = 1;
	assert_int_equal(hpet_read(all), 0);
}

/* A MCFG of so many entries, each of segment 0, bus 0 to 255, at its own 256 MiB from 3 GiB on. */
static struct bytes fill_mcfg(uint8_t *table, size_t entries)
{
	memset(table, 0, 44 + 16 * entries);
	for (size_t i = 0; i < entries; i++) {
		put_number(table + 44 + 16 * i, 0xc0000000 + 0x10000000 * i, 8);
		table[44 + 16 * i + 11] = 255;
	}
	return (struct bytes){ table, 44 + 16 * entries };
}

static void test_mcfg(void **state)
{
	uint8_t table[44 + 3 * 16];
	struct bytes all = fill_mcfg(table, 3);
	struct mcfg mcfg;

	(void)state;
	assert_null(mcfg_read(all, REACH, &mcfg));
	assert_true(mcfg.base == 0xc0000000 && mcfg.first_bus == 0 && mcfg.last_bus == 255 && mcfg.beyond == 0);
	put_number(table + 52, 1, 2); /* another segment */
	table[60 + 10] = 2;
	table[60 + 11] = 7;
	assert_null(mcfg_read(all, REACH, &mcfg));
	assert_true(mcfg.base == 0xd0000000 && mcfg.first_bus == 2 && mcfg.last_bus == 7 && mcfg.beyond == 0);
	put_number(table + 60, UINT64_C(0x100000000), 8); /* starts at the border */
	assert_null(mcfg_read(all, REACH, &mcfg));
	assert_true(mcfg.base == 0xe0000000 && mcfg.beyond == 1);
	put_number(table + 76, 0xf0000000, 8); /* ends at the border, and a MiB later */
	assert_null(mcfg_read(all, REACH, &mcfg));
	assert_int_equal(mcfg.base, 0xf0000000);
	put_number(table + 76, 0xf0100000, 8);
	assert_string_equal(mcfg_read(all, REACH, &mcfg), "the MCFG names no buses of segment 0 that can be reached");
	assert_true(mcfg.base == 0 && mcfg.beyond == 2);
	put_number(table + 76, UINT64_MAX - 0xfffff, 8); /* ends behind 2^64 */
	assert_non_null(mcfg_read(all, REACH, &mcfg));
	assert_null(mcfg_read(all, UINT64_MAX, &mcfg));
	assert_int_equal(mcfg.base, 0x100000000);
}

static const struct {
	const char *what;
	size_t      offset;
	uint64_t    value;
	size_t      count, bytes;
} malformed_mcfg[] = {
	{ "no entry",                     44, 0xc0000000, 8, 44 },
	{ "less than an entry",           44, 0xc0000000, 8, 59 },
	{ "an entry and a byte",          44, 0xc0000000, 8, 61 },
	{ "the second one cut off",       44, 0xc0000000, 8, 75 },
	{ "no address",                   44, 0,          8, 76 },
	{ "inside a MiB",                 44, 0xc0080000, 8, 76 },
	{ "the second one inside a MiB",  60, 0xc0000001, 8, 76 },
	{ "ends before it begins",        55, 0x0001,     1, 76 },
	{ "the second one ends so",       70, 0x0001,     2, 76 },
	{ "other segments only",          52, 1,          2, 60 },
};

static void test_malformed_mcfg(void **state)
{
	uint8_t table[44 + 2 * 16];
	struct mcfg mcfg;

	(void)state;
	for (size_t i = 0; i < COUNT(malformed_mcfg); i++) {
		struct bytes all = fill_mcfg(table, 2);

		assert_null(mcfg_read(all, REACH, &mcfg));
		table[54] = 2;
		put_number(table + malformed_mcfg[i].offset, malformed_mcfg[i].value, malformed_mcfg[i].count);
		all.count = malformed_mcfg[i].bytes;
		if (mcfg_read(all, REACH, &mcfg) == NULL)
			fail_msg("not refused: %s", malformed_mcfg[i].what);
		assert_int_equal(mcfg.base, 0);
	}
}

static void test_bytes(void **state)
{
	static const uint8_t at[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	struct bytes b = { at, sizeof(at) };

	(void)state;
	assert_true(bytes_u64(b, 1) == UINT64_C(0x0908070605040302));
	assert_int_equal(bytes_u32(b, 5), 0x09080706);
	assert_int_equal(bytes_u32(b, 6), 0);
	assert_int_equal(bytes_u64(b, 2), 0);
	assert_int_equal(bytes_u8(b, 8), 9);
	assert_int_equal(bytes_u8(b, 9), 0);
	assert_int_equal(bytes_u16(b, SIZE_MAX), 0);
	assert_int_equal(bytes_part(b, 9, 0).count, 0);
	assert_int_equal(bytes_part(b, 1, SIZE_MAX).count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_captured),
		cmocka_unit_test(test_xsdt_first),
		cmocka_unit_test(test_rsdt_second),
		cmocka_unit_test(test_long_root_pointer),
		cmocka_unit_test(test_no_root),
		cmocka_unit_test(test_crooked_tables),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_malformed_madt),
		cmocka_unit_test(test_madt_entries),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_fadt),
		cmocka_unit_test(test_short_fadt),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_hpet),
		cmocka_unit_test(test_mcfg),
		cmocka_unit_test(test_malformed_mcfg),
		cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
