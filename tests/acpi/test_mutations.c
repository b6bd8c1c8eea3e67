/*
 * test_mutations.c - tables of real firmware, each byte changed in turn, each end cut off in turn.
 *
 * Idea    A changed byte without a new checksum must cost the table: it is never found. With the checksum mended, and
 *         for every truncation, nothing is asserted but what the readers promise whatever they read: that they stay
 *         inside (the sanitizers watch), that they end, and that their lists are within bounds.
 */
#include "machine.h"

#include "acpi/madt.h"
#include "acpi/platform.h"

#define REACH (UINT64_C(4) << 30)

static const char *const captured[] = {
	"qemu-seabios-pc-1", "qemu-seabios-pc-hotplug", "qemu-seabios-q35-8", "qemu-ovmf-q35-4",
};

static const char *const signatures[] = { "APIC", "FACP", "HPET", "MCFG" };

static void read_all(struct machine *m)
{
	struct acpi_root root;
	struct bytes table;
	struct madt madt;
	struct mcfg mcfg;

	if (acpi_open(&m->memory, machine_rsdp(m), &root) != NULL)
		return;
	if (acpi_find(&root, "APIC", &table) == NULL && madt_read(table, &madt) == NULL) {
		assert_in_range(madt.cpus, 1, MADT_MOST_CPUS);
		assert_in_range(madt.io_apics, 0, MADT_MOST_IO_APICS);
		assert_in_range(madt.overrides, 0, MADT_MOST_OVERRIDES);
	}
	if (acpi_find(&root, "FACP", &table) == NULL)
		fadt_read(table);
	if (acpi_find(&root, "HPET", &table) == NULL)
		hpet_read(table);
	if (acpi_find(&root, "MCFG", &table) == NULL && mcfg_read(table, REACH, &mcfg) == NULL) {
		assert_true(mcfg.first_bus <= mcfg.last_bus && mcfg.base % 0x100000 == 0 && mcfg.base > 0);
		assert_true(mcfg.base + (mcfg.last_bus + UINT64_C(1)) * 0x100000 <= REACH);
	}
}

/* The piece that is the table found under this signature, or none. */
static const struct piece *found_piece(struct machine *m, const char *signature)
{
	struct acpi_root root;
	struct bytes table;

	if (acpi_open(&m->memory, machine_rsdp(m), &root) != NULL || acpi_find(&root, signature, &table) != NULL)
		return NULL;
	for (size_t i = 0; i < m->pieces; i++)
		if (m->piece[i].at == table.at)
			return &m->piece[i];
	fail_msg("a table that is none of the machine's");
	return NULL;
}

static void change_byte(struct machine *m, struct piece *p, size_t offset, uint8_t mask)
{
	size_t checksum = p == &m->piece[0] ? 8 : 9;
	uint8_t *was = malloc(p->count);

	assert_non_null(was);
	memcpy(was, p->at, p->count);
	p->at[offset] ^= mask;
	for (size_t i = 0; i < COUNT(signatures); i++)
		if (found_piece(m, signatures[i]) == p)
			fail_msg("%s is found with byte %zu changed", signatures[i], offset);
	read_all(m);
	if (offset != checksum) {
		mend(p->at, p == &m->piece[0] ? 20 : p->count, checksum);
		if (p == &m->piece[0] && p->count == 36)
			mend(p->at, p->count, 32);
		read_all(m);
	}
	memcpy(p->at, was, p->count);
	free(was);
}

static void test_changed_bytes(void **state)
{
	static const uint8_t masks[] = { 0x01, 0x80, 0xff, 0x10 };

	(void)state;
	for (size_t i = 0; i < COUNT(captured); i++) {
		struct machine *m = machine_load(captured[i]);

		for (size_t piece = 0; piece < m->pieces; piece++)
			for (size_t offset = 0; offset < m->piece[piece].count; offset++)
				for (size_t k = 0; k < COUNT(masks); k++)
					change_byte(m, &m->piece[piece], offset, masks[k]);
		machine_free(m);
	}
}

/* Memory ends in the middle of the piece; then the table says so itself, checksum and all. */
static void cut(struct machine *m, struct piece *p, size_t count)
{
	struct piece whole = *p;

	p->count = count;
	p->at = malloc(count > 0 ? count : 1);
	assert_non_null(p->at);
	memcpy(p->at, whole.at, count);
	for (size_t i = 0; i < COUNT(signatures); i++)
		if (found_piece(m, signatures[i]) == p)
			fail_msg("%s is found, cut off after %zu bytes", signatures[i], count);
	read_all(m);
	if (p != &m->piece[0] && count >= ACPI_HEADER_BYTES) {
		put_number(p->at + 4, count, 4);
		mend(p->at, count, 9);
		read_all(m);
	}
	free(p->at);
	*p = whole;
}

static void test_cut_off(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(captured); i++) {
		struct machine *m = machine_load(captured[i]);

		for (size_t piece = 0; piece < m->pieces; piece++)
			for (size_t count = 0; count < m->piece[piece].count; count++)
				cut(m, &m->piece[piece], count);
		machine_free(m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changed_bytes),
		cmocka_unit_test(test_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
