/*
 * boot.c - the firmware map as a boot loader hands it over, intact and damaged.
 *
 * Idea    Intact it comes back as it was. Damaged, or cut off anywhere, it lies in a heap block of exactly the bytes
 *         that may be read: whoever reads on ends the process. What is refused leaves nothing behind.
 */
#include <labyrinth/from_multiboot2.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"

#define HEAD  8u  /* of the information, and of a tag           */
#define ENTRY 24u /* Multiboot2 Specification 2.0 section 3.6.8 */
#define MOST  512u

static uint8_t *put(uint8_t *at, uint64_t value, size_t bytes)
{
	memcpy(at, &value, bytes);
	return at + bytes;
}

static uint8_t *put_tag(uint8_t *at, uint32_t type, uint32_t payload)
{
	return put(put(at, type, 4), HEAD + payload, 4);
}

/* The bytes of it; how many. */
static size_t write_down(uint8_t info[MOST], const struct labyrinth_memmap_entry *entry, size_t entries)
{
	uint8_t *at = put_tag(info + HEAD, LABYRINTH_MULTIBOOT2_CMDLINE, 8);

	at = put(at, 0x21657a7a7566, 8);
	at = put_tag(at, LABYRINTH_MULTIBOOT2_MEMORY_MAP, 8 + ENTRY * (uint32_t)entries);
	at = put(put(at, ENTRY, 4), 0, 4);
	for (size_t i = 0; i < entries; i++) {
		at = put(put(at, entry[i].base.a, 8), entry[i].bytes, 8);
		at = put(put(at, entry[i].type, 4), 0, 4);
	}
	at = put_tag(at, LABYRINTH_MULTIBOOT2_END, 0);
	put(put(info, (uint64_t)(at - info), 4), 0, 4);
	return (size_t)(at - info);
}

/* Every tag of what has been checked lies inside. */
static void walk(const uint8_t *info, size_t readable)
{
	struct labyrinth_multiboot2_cursor at = { 0 };
	struct labyrinth_multiboot2_tag tag;

	must(labyrinth_multiboot2_bytes(info) <= readable, "boot information is longer than can be read", readable);
	while (labyrinth_multiboot2_next(info, &at, &tag))
		must(tag.payload >= info && tag.payload + tag.bytes <= info + readable, "a tag lies outside", tag.type);
}

static void read_damaged(const uint8_t *good, size_t bytes)
{
	size_t readable = one_in(2) ? bytes : below(bytes + 1);
	uint8_t *info = malloc(readable + (readable == 0));
	struct labyrinth_memmap_entry at[4];
	struct labyrinth_memmap map = { at, 0, 4 };
	enum labyrinth_status status;

	must(info != NULL, "the host has no memory", readable);
	memcpy(info, good, readable);
	for (uint64_t n = below(4); n > 0 && readable > 0; n--)
		info[below(readable)] = input_byte(&fuzz.in);
	status = labyrinth_from_multiboot2(info, readable, &map);
	must(status == LABYRINTH_OK ? map.count <= 4 : map.count == 0, "a refused map leaves entries behind", status);
	if (labyrinth_multiboot2_check(info, readable) == LABYRINTH_OK)
		walk(info, readable);
	free(info);
}

void boot_through(const struct labyrinth_memmap_entry *entry, size_t entries)
{
	_Alignas(8) uint8_t info[MOST];
	struct labyrinth_memmap_entry through[MOST / ENTRY];
	struct labyrinth_memmap map = { through, 0, entries };
	size_t bytes = write_down(info, entry, entries);

	while (one_in(4))
		read_damaged(info, bytes);
	must(labyrinth_from_multiboot2(info, bytes, &map) == LABYRINTH_OK && map.count == entries,
	     "a map does not come through", map.count);
	for (size_t i = 0; i < entries; i++)
		must(through[i].base.a == entry[i].base.a && through[i].bytes == entry[i].bytes
		     && through[i].type == entry[i].type, "an entry comes through as another", i);
}
