/*
 * blob.h - boot information put together by hand, right or wrong.
 */
#ifndef TESTS_BLOB_H
#define TESTS_BLOB_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <labyrinth/from_multiboot2.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Boot information under construction. */
struct blob {
	uint8_t at[1024];
	size_t  bytes;
};

static inline void blob_put32(struct blob *b, uint32_t value)
{
	memcpy(b->at + b->bytes, &value, sizeof(value));
	b->bytes += sizeof(value);
}

static inline void blob_put64(struct blob *b, uint64_t value)
{
	blob_put32(b, (uint32_t)value);
	blob_put32(b, (uint32_t)(value >> 32));
}

static inline void blob_poke32(struct blob *b, size_t offset, uint32_t value)
{
	memcpy(b->at + offset, &value, sizeof(value));
}

static inline void blob_put_tag(struct blob *b, uint32_t type, const void *payload, size_t bytes)
{
	blob_put32(b, type);
	blob_put32(b, (uint32_t)(8 + bytes));
	memcpy(b->at + b->bytes, payload, bytes);
	memset(b->at + b->bytes + bytes, 0xee, 8);
	b->bytes += (bytes + 7) & ~(size_t)7;
}

static const struct labyrinth_memmap_entry blob_entries[] = {
	{ { 0 },                        0x9fc00,                      1 },
	{ { 0x100000 },                 0x7ee0000,                    1 },
	{ { 0x9fc00 },                  0x400,                        2 }, /* out of order: kept so */
	{ { UINT64_C(0xfd00000000) },   UINT64_C(0x300000000),        20 },
	{ { UINT64_C(0xfffffffffffff) }, UINT64_C(0xffffffffffffffff), 0xefffffff },
};

enum { ENTRIES = sizeof(blob_entries) / sizeof(blob_entries[0]), UNKNOWN = 0x1234 };

struct map_form {
	uint32_t entry_size, entry_version;
	size_t count, slack; /* entries; bytes behind the last */
};

static inline void blob_put_map(struct blob *b, struct map_form form)
{
	struct blob map = { .bytes = 0 };

	blob_put32(&map, form.entry_size);
	blob_put32(&map, form.entry_version);
	for (size_t i = 0; i < form.count; i++) {
		size_t end = map.bytes + form.entry_size;

		blob_put64(&map, blob_entries[i].base.a);
		blob_put64(&map, blob_entries[i].bytes);
		blob_put32(&map, blob_entries[i].type);
		while (map.bytes < end)
			map.at[map.bytes++] = 0xff;
		map.bytes = end;
	}
	blob_put_tag(b, LABYRINTH_MULTIBOOT2_MEMORY_MAP, map.at, map.bytes + form.slack);
}

static inline struct blob blob_begin(void)
{
	struct blob b = { .bytes = 0 };

	blob_put32(&b, 0);
	blob_put32(&b, 0xcccccccc); /* reserved: any value */
	return b;
}

static inline void blob_end(struct blob *b)
{
	blob_put32(b, LABYRINTH_MULTIBOOT2_END);
	blob_put32(b, 8);
	blob_poke32(b, 0, (uint32_t)b->bytes);
}

static const struct map_form plain = { 24, 0, ENTRIES, 0 };

/* Command line, map, a tag of odd size that nobody knows, a module, the end. */
static inline struct blob blob_typical(void)
{
	static const uint8_t odd[13] = { 1, 2, 3 };
	static const uint8_t module[8 + 5] = { 0, 0, 0x20, 0, 0, 0, 0x21, 0, 'd', 'i', 's', 'k' };
	struct blob b = blob_begin();

	blob_put_tag(&b, LABYRINTH_MULTIBOOT2_CMDLINE, "exit nic=sim", 13);
	blob_put_map(&b, plain);
	blob_put_tag(&b, UNKNOWN, odd, sizeof(odd));
	blob_put_tag(&b, LABYRINTH_MULTIBOOT2_MODULE, module, sizeof(module));
	blob_end(&b);
	return b;
}

#endif
