/*
 * display.c - picks the screen: a framebuffer of RGB pixels, VGA text, or none.
 *
 * Idea    The boot tables show the first 4 GiB. A framebuffer above is mapped into them, from a few frames kept for
 *         that: a refusal to boot must be readable on such machines, too.
 * Source  Multiboot2 Specification 2.0 section 3.6.12; where it leaves one reserved byte behind the type, GRUB has two.
 */
#include "display.h"
#include "view/framebuffer.h"
#include "view/vga_text.h"
#include "x86/mem.h"

#define VGA_TEXT_BYTES 32768u
#define BOOT_TABLES    5u /* for one mapping of less than a GiB: one table of 512 GiB, two of 1 GiB, two of 2 MiB */

enum tag_type {
	TYPE_RGB  = 1,
	TYPE_TEXT = 2
};

/* The tag's payload, field by field. */
struct __attribute__((packed)) framebuffer_tag {
	uint64_t base;
	uint32_t pitch, width, height;
	uint8_t  bits, type;
	uint16_t reserved;
};

struct colour_bits {
	uint8_t position, size;
};

struct __attribute__((packed)) rgb_tag {
	struct framebuffer_tag common;
	struct colour_bits red, green, blue;
};

static struct display use_text(uint32_t columns, uint32_t rows)
{
	vga_text_init(columns, rows);
	return (struct display){ VGA_TEXT_PHYS, VGA_TEXT_BYTES, MAP_DEVICE };
}

/* Two thirds of full brightness. */
static uint32_t light_grey(struct colour_bits in)
{
	uint32_t most;

	if (in.position >= 32 || in.size > 32 - in.position)
		return 0;
	most = (uint32_t)((UINT64_C(1) << in.size) - 1);
	return most / 3 * 2 << in.position;
}

static void map_for_boot(const struct mapping *mapping)
{
	static uint8_t frames[BOOT_TABLES * LABYRINTH_PAGE_SIZE] __attribute__((aligned(LABYRINTH_PAGE_SIZE)));
	struct tables live = tables_live(image_phys(frames), BOOT_TABLES);

	tables_map(&live, mapping);
}

/* Larger or stranger ones are left alone: the serial line says it all. */
static struct display use_framebuffer(const struct rgb_tag *tag)
{
	struct framebuffer fb = {
		.base = { tag->common.base },
		.pitch = tag->common.pitch,
		.width = tag->common.width,
		.height = tag->common.height,
		.pixel_bytes = ((uint32_t)tag->common.bits + 7) / 8,
		.foreground = light_grey(tag->red) | light_grey(tag->green) | light_grey(tag->blue),
	};
	struct display display = { fb.base, framebuffer_bytes(&fb), MAP_FRAMEBUFFER };
	struct mapping mapping = display_mapping(&display);

	if (display.bytes == 0 || display.bytes >= UINT64_C(1) << 30)
		return (struct display){ .bytes = 0 };
	if (mapping.phys.a + mapping.bytes > BOOT_REACH)
		map_for_boot(&mapping);
	if (!framebuffer_init(&fb))
		display.bytes = 0;
	return display;
}

struct display display_open(const struct boot_info *boot)
{
	struct display none = { .bytes = 0 };
	struct labyrinth_multiboot2_tag tag;
	struct rgb_tag at;

	if (!labyrinth_multiboot2_find(boot->at, LABYRINTH_MULTIBOOT2_FRAMEBUFFER, &tag))
		return boot_info_efi(boot) ? none : use_text(80, 25);
	if (tag.bytes < sizeof(at.common))
		return none;
	memcpy(&at, tag.payload, tag.bytes < sizeof(at) ? tag.bytes : sizeof(at));
	if (at.common.type == TYPE_TEXT)
		return use_text(at.common.width, at.common.height);
	if (at.common.type == TYPE_RGB && tag.bytes >= sizeof(at))
		return use_framebuffer(&at);
	return none;
}

struct mapping display_mapping(const struct display *display)
{
	phys_addr_t base = labyrinth_pfn_phys(labyrinth_pfn_floor(display->base));
	phys_addr_t end = labyrinth_pfn_phys(labyrinth_pfn_ceil((phys_addr_t){ display->base.a + display->bytes }));

	return (struct mapping){ DEVICE_BASE + base.a, base, end.a - base.a, display->kind };
}
