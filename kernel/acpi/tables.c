/*
 * tables.c - finds ACPI tables and checks them.
 */
#include "acpi/tables.h"

#define RSDP_V1_BYTES 20u /* section 5.2.5.3: what the first checksum covers */
#define RSDP_V2_BYTES 36u

enum {
	RSDP_REVISION = 15,
	RSDP_RSDT     = 16,
	RSDP_LENGTH   = 20,
	RSDP_XSDT     = 24,
	TABLE_LENGTH  = 4, /* section 5.2.6 */
};

static const struct bytes none;

static struct bytes read(const struct acpi_memory *memory, uint64_t phys, size_t count)
{
	if (phys == 0 || phys > UINT64_MAX - count)
		return none;
	return memory->read(phys, count, memory->context);
}

/* The bytes at phys whose header gives their number; none when that is no number of bytes for a table. */
static struct bytes whole_table(const struct acpi_memory *memory, uint64_t phys)
{
	struct bytes header = read(memory, phys, ACPI_HEADER_BYTES);
	uint32_t length = bytes_u32(header, TABLE_LENGTH);

	if (length < ACPI_HEADER_BYTES || length > ACPI_MOST_BYTES)
		return none;
	return read(memory, phys, length);
}

struct bytes acpi_table_at(const struct acpi_memory *memory, uint64_t phys, const char *signature)
{
	struct bytes table = whole_table(memory, phys);

	if (table.count == 0 || !bytes_spell(table, 0, signature) || !bytes_sum_to_zero(table))
		return none;
	return table;
}

static bool open_root(const struct acpi_memory *memory, uint64_t phys, const char *name, size_t entry_bytes,
                      struct acpi_root *root)
{
	struct bytes table = acpi_table_at(memory, phys, name);

	if (table.count == 0)
		return false;
	*root = (struct acpi_root){
		.memory = memory,
		.entries = bytes_part(table, ACPI_HEADER_BYTES, table.count - ACPI_HEADER_BYTES),
		.entry_bytes = entry_bytes,
		.name = name,
	};
	return true;
}

/* Where the XSDT is; 0 when this root pointer names none, or cannot be believed beyond its first version. */
static uint64_t xsdt_of(struct bytes rsdp)
{
	struct bytes all = bytes_part(rsdp, 0, bytes_u32(rsdp, RSDP_LENGTH));

	if (bytes_u8(rsdp, RSDP_REVISION) < 2 || all.count < RSDP_V2_BYTES || !bytes_sum_to_zero(all))
		return 0;
	return bytes_u64(rsdp, RSDP_XSDT);
}

const char *acpi_open(const struct acpi_memory *memory, struct bytes rsdp, struct acpi_root *root)
{
	struct bytes v1 = bytes_part(rsdp, 0, RSDP_V1_BYTES);

	if (v1.count == 0 || !bytes_spell(v1, 0, "RSD PTR "))
		return "the boot loader handed over no ACPI root pointer";
	if (!bytes_sum_to_zero(v1))
		return "the checksum of the ACPI root pointer is wrong";
	if (open_root(memory, xsdt_of(rsdp), "XSDT", 8, root))
		return NULL;
	if (open_root(memory, bytes_u32(v1, RSDP_RSDT), "RSDT", 4, root))
		return NULL;
	return "neither the XSDT nor the RSDT is a whole ACPI table";
}

static bool named(const struct acpi_memory *memory, uint64_t phys, const char *signature)
{
	return bytes_spell(read(memory, phys, ACPI_HEADER_BYTES), 0, signature);
}

const char *acpi_find(const struct acpi_root *root, const char *signature, struct bytes *table)
{
	bool seen = false;

	for (size_t at = 0; root->entries.count - at >= root->entry_bytes; at += root->entry_bytes) {
		uint64_t phys = bytes_number(root->entries, at, root->entry_bytes);

		*table = acpi_table_at(root->memory, phys, signature);
		if (table->count > 0)
			return NULL;
		seen = seen || named(root->memory, phys, signature);
	}
	*table = none;
	return seen ? "its length or its checksum is wrong" : "there is none";
}
