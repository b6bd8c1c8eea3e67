/*
 * boot_info.c - reads the multiboot2 boot information, except for its memory map and its framebuffer.
 *
 * Idea    One check of the whole chain of tags first; after that only the payload of each tag has to be checked by
 *         who reads it.
 * Source  Multiboot2 Specification 2.0 section 3.6.
 */
#include "boot_info.h"
#include "cmdline.h"
#include "panic.h"
#include "view/print.h"
#include "view/vga_text.h"
#include "x86/mem.h"
#include "x86/paging.h"

/* More than any boot loader writes: modules are not inside. It only keeps a wrong size from being believed. */
#define MOST_BYTES (UINT64_C(1) << 20)

#define TAG_EFI32 11u /* pointer to the EFI system table: section 3.6.14 */
#define TAG_EFI64 12u

struct boot_info boot_info_open(uint32_t phys)
{
	const void *at = phys_virt((phys_addr_t){ phys });
	uint64_t readable = BOOT_REACH - phys < MOST_BYTES ? BOOT_REACH - phys : MOST_BYTES;
	enum labyrinth_status status = LABYRINTH_INCONSISTENT;

	if (phys % 8 == 0)
		status = labyrinth_multiboot2_check(at, readable);
	if (status != LABYRINTH_OK) {
		vga_text_init(80, 25); /* nothing says what the screen is: the oldest guess */
		refuse("multiboot2 information at 0x%x: %s (%s); use another boot loader or another version of it",
		       phys, labyrinth_status_text(status), labyrinth_status_name(status));
	}
	return (struct boot_info){ at, labyrinth_multiboot2_bytes(at) };
}

void boot_info_read_cmdline(const struct boot_info *boot)
{
	struct labyrinth_multiboot2_tag tag;

	if (labyrinth_multiboot2_find(boot->at, LABYRINTH_MULTIBOOT2_CMDLINE, &tag))
		cmdline_init((const char *)tag.payload, tag.bytes);
	panic_obeys_cmdline();
}

void boot_info_report(const struct boot_info *boot)
{
	struct labyrinth_multiboot2_tag name;
	const char *firmware = boot_info_efi(boot) ? "UEFI" : "BIOS";

	if (labyrinth_multiboot2_find(boot->at, LABYRINTH_MULTIBOOT2_LOADER_NAME, &name))
		kprintf("Labyrinth, booted from %s by %.*s\n", firmware, (int)name.bytes, (const char *)name.payload);
	else
		kprintf("Labyrinth, booted from %s by a loader without a name\n", firmware);
}

bool boot_info_efi(const struct boot_info *boot)
{
	struct labyrinth_multiboot2_tag tag;

	return labyrinth_multiboot2_find(boot->at, TAG_EFI32, &tag) ||
	       labyrinth_multiboot2_find(boot->at, TAG_EFI64, &tag);
}

/* Section 3.6.6: start, end, then a string. */
bool boot_info_next_module(const struct boot_info *boot, struct labyrinth_multiboot2_cursor *cursor,
                           struct module *out)
{
	struct labyrinth_multiboot2_tag tag;
	uint32_t edges[2];

	while (labyrinth_multiboot2_next(boot->at, cursor, &tag)) {
		if (tag.type != LABYRINTH_MULTIBOOT2_MODULE || tag.bytes < sizeof(edges))
			continue;
		memcpy(edges, tag.payload, sizeof(edges));
		*out = (struct module){ { edges[0] }, edges[1] > edges[0] ? edges[1] - edges[0] : 0 };
		return true;
	}
	return false;
}
