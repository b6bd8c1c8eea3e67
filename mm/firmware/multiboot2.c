/*
 * multiboot2.c - the tags of a multiboot2 boot loader, and the memory map among them.
 *
 * Idea    One function reads a tag, and only after it has compared the tag with the bytes left. All else walks with it.
 * Source  Multiboot2 Specification version 2.0: section 3.6.2 basic tags structure, 3.6.8 memory map.
 */
#include <labyrinth/from_multiboot2.h>

/* Bytes. */
enum {
	INFO_HEADER      = 8,  /* total_size, reserved */
	TAG_HEADER       = 8,  /* type, size */
	TAG_ALIGN        = 8,
	MAP_HEADER       = 8,  /* entry_size, entry_version */
	MAP_ENTRY        = 24, /* base_addr, length, type, reserved; later versions may append */
	MAP_ENTRY_LENGTH = 8,
	MAP_ENTRY_TYPE   = 16,
};

static uint32_t read32(const uint8_t *at)
{
	uint32_t value;

	__builtin_memcpy(&value, at, sizeof(value));
	return value;
}

static uint64_t read64(const uint8_t *at)
{
	uint64_t value;

	__builtin_memcpy(&value, at, sizeof(value));
	return value;
}

/* Reads the tag at an offset, at most the total, and says where the next one is: after the end tag, itself again. */
static enum labyrinth_status read_tag(const uint8_t *info, size_t total, size_t offset,
                                      struct labyrinth_multiboot2_tag *tag, size_t *next)
{
	if (total - offset < TAG_HEADER)
		return LABYRINTH_TRUNCATED;

	uint32_t type = read32(info + offset);
	uint32_t size = read32(info + offset + 4);
	uint64_t step = ((uint64_t)size + TAG_ALIGN - 1) & ~(uint64_t)(TAG_ALIGN - 1);

	if (size < TAG_HEADER || (type == LABYRINTH_MULTIBOOT2_END && size != TAG_HEADER))
		return LABYRINTH_INCONSISTENT;
	if (step > total - offset)
		return LABYRINTH_TRUNCATED;
	*tag = (struct labyrinth_multiboot2_tag){ type, info + offset + TAG_HEADER, size - TAG_HEADER };
	*next = type == LABYRINTH_MULTIBOOT2_END ? offset : offset + (size_t)step;
	return LABYRINTH_OK;
}

enum labyrinth_status labyrinth_multiboot2_check(const void *info, size_t readable)
{
	struct labyrinth_multiboot2_tag tag;
	enum labyrinth_status status;
	size_t next = INFO_HEADER;
	size_t total;

	if (!info)
		return LABYRINTH_NULL_POINTER;
	if (readable < INFO_HEADER)
		return LABYRINTH_TRUNCATED;
	total = labyrinth_multiboot2_bytes(info);
	if (total < INFO_HEADER)
		return LABYRINTH_INCONSISTENT;
	if (total > readable)
		return LABYRINTH_TRUNCATED;
	do {
		status = read_tag(info, total, next, &tag, &next);
	} while (status == LABYRINTH_OK && tag.type != LABYRINTH_MULTIBOOT2_END);
	return status;
}

size_t labyrinth_multiboot2_bytes(const void *info)
{
	return read32(info);
}

bool labyrinth_multiboot2_next(const void *info, struct labyrinth_multiboot2_cursor *cursor,
                               struct labyrinth_multiboot2_tag *tag)
{
	size_t offset = cursor->offset > 0 ? cursor->offset : INFO_HEADER;
	struct labyrinth_multiboot2_tag found;

	if (read_tag(info, labyrinth_multiboot2_bytes(info), offset, &found, &cursor->offset) != LABYRINTH_OK)
		return false;
	if (found.type == LABYRINTH_MULTIBOOT2_END)
		return false;
	*tag = found;
	return true;
}

/* The next tag of one type from the cursor on. */
static bool next_of(const void *info, uint32_t type, struct labyrinth_multiboot2_cursor *cursor,
                    struct labyrinth_multiboot2_tag *tag)
{
	struct labyrinth_multiboot2_tag found;

	while (labyrinth_multiboot2_next(info, cursor, &found)) {
		if (found.type != type)
			continue;
		*tag = found;
		return true;
	}
	return false;
}

bool labyrinth_multiboot2_find(const void *info, uint32_t type, struct labyrinth_multiboot2_tag *tag)
{
	struct labyrinth_multiboot2_cursor cursor = { 0 };

	return next_of(info, type, &cursor, tag);
}

/* Finds the one memory map of checked information, and checks what its header says against its size. */
static enum labyrinth_status find_map(const void *info, struct labyrinth_multiboot2_tag *map, uint32_t *entry_size)
{
	struct labyrinth_multiboot2_cursor cursor = { 0 };
	struct labyrinth_multiboot2_tag second;

	if (!next_of(info, LABYRINTH_MULTIBOOT2_MEMORY_MAP, &cursor, map))
		return LABYRINTH_NO_MAP;
	if (next_of(info, LABYRINTH_MULTIBOOT2_MEMORY_MAP, &cursor, &second) || map->bytes < MAP_HEADER)
		return LABYRINTH_INCONSISTENT;
	*entry_size = read32(map->payload);
	if (*entry_size < MAP_ENTRY || *entry_size % 8 != 0)
		return LABYRINTH_INCONSISTENT;
	if (read32(map->payload + 4) != 0 || (map->bytes - MAP_HEADER) % *entry_size != 0)
		return LABYRINTH_INCONSISTENT;
	return LABYRINTH_OK;
}

static struct labyrinth_memmap_entry read_entry(const uint8_t *at)
{
	return (struct labyrinth_memmap_entry){
		.base  = { read64(at) },
		.bytes = read64(at + MAP_ENTRY_LENGTH),
		.type  = read32(at + MAP_ENTRY_TYPE),
	};
}

enum labyrinth_status labyrinth_from_multiboot2(const void *info, size_t readable, struct labyrinth_memmap *map)
{
	struct labyrinth_multiboot2_tag tag;
	enum labyrinth_status status;
	uint32_t entry_size;
	size_t count;

	if (!map)
		return LABYRINTH_NULL_POINTER;
	map->count = 0;
	status = labyrinth_multiboot2_check(info, readable);
	if (status == LABYRINTH_OK)
		status = find_map(info, &tag, &entry_size);
	if (status != LABYRINTH_OK)
		return status;
	count = (tag.bytes - MAP_HEADER) / entry_size;
	if (count > map->capacity)
		return LABYRINTH_TOO_MANY_ENTRIES;
	for (size_t i = 0; i < count; i++)
		map->at[i] = read_entry(tag.payload + MAP_HEADER + i * entry_size);
	map->count = count;
	return LABYRINTH_OK;
}
