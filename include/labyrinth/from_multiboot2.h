/*
 * from_multiboot2.h - the firmware map as a multiboot2 boot loader hands it over.
 *
 * Source  Multiboot2 Specification version 2.0, section 3.6 "Boot information format".
 * Idea    Every step is checked against the bytes that are there before they are read. Truncated or inconsistent
 *         information gets a status, and nothing read from it so far is left with the caller.
 */
#ifndef LABYRINTH_FROM_MULTIBOOT2_H
#define LABYRINTH_FROM_MULTIBOOT2_H

#include <labyrinth/memmap.h>

#define LABYRINTH_MULTIBOOT2_MAGIC 0x36d76289u /* in EAX at entry: section 3.5 */

enum labyrinth_multiboot2_tag_type {
	LABYRINTH_MULTIBOOT2_END          = 0,
	LABYRINTH_MULTIBOOT2_CMDLINE      = 1,
	LABYRINTH_MULTIBOOT2_LOADER_NAME  = 2,
	LABYRINTH_MULTIBOOT2_MODULE       = 3,
	LABYRINTH_MULTIBOOT2_MEMORY_MAP   = 6,
	LABYRINTH_MULTIBOOT2_FRAMEBUFFER  = 8,
	LABYRINTH_MULTIBOOT2_RSDP_V1      = 14,
	LABYRINTH_MULTIBOOT2_RSDP_V2      = 15,
};

/* One tag: its type and the bytes behind its 8-byte header. */
struct labyrinth_multiboot2_tag {
	uint32_t       type;
	const uint8_t *payload;
	size_t         bytes;
};

/* A place in the list of tags. Start from zero. */
struct labyrinth_multiboot2_cursor {
	size_t offset;
};

/*
 * Checks the whole chain of tags: total size, every tag's size, the end tag. After LABYRINTH_OK the other calls
 * cannot meet a malformed chain.
 *
 * info       the boot information; 8-byte aligned.
 * readable   bytes that may be read at info; the total size in the header must fit in them.
 * Errors     LABYRINTH_NULL_POINTER, LABYRINTH_TRUNCATED, LABYRINTH_INCONSISTENT.
 */
enum labyrinth_status labyrinth_multiboot2_check(const void *info, size_t readable) LABYRINTH_MUST_USE;

/* Bytes of checked boot information, as its header says. */
size_t labyrinth_multiboot2_bytes(const void *info);

/* The next tag of checked information; false at the end tag. Unknown types are returned like any other. */
bool labyrinth_multiboot2_next(const void *info, struct labyrinth_multiboot2_cursor *cursor,
                               struct labyrinth_multiboot2_tag *tag);

/* The first tag of one type in checked information; false when there is none. */
bool labyrinth_multiboot2_find(const void *info, uint32_t type, struct labyrinth_multiboot2_tag *tag);

/*
 * Reads the memory map, in the firmware's order.
 *
 * map      filled from its start; capacity bounds it. Empty after an error.
 * Errors   those of labyrinth_multiboot2_check(), which it calls; LABYRINTH_NO_MAP; LABYRINTH_INCONSISTENT: an entry
 *          size below 24 or not a multiple of 8, a tag that does not hold whole entries, an unknown entry version, two
 *          maps; LABYRINTH_TOO_MANY_ENTRIES: map->capacity.
 */
enum labyrinth_status labyrinth_from_multiboot2(const void *info, size_t readable,
                                                struct labyrinth_memmap *map) LABYRINTH_MUST_USE;

#endif
