/*
 * multiboot2.S - what a boot loader looks for in the file.
 *
 * Idea    The kernel boots from multiboot2 only. The multiboot 1 header makes a loader that knows nothing newer
 *         (`qemu -kernel`, GRUB's `multiboot`) enter at the same place, where the wrong magic gets one clear line
 *         instead of a silent reset.
 * Source  Multiboot2 Specification 2.0 section 3.1; Multiboot Specification 0.6.96 section 3.1.
 */

#define MULTIBOOT2_MAGIC        0xe85250d6
#define MULTIBOOT2_ARCH_I386    0
#define TAG_CONSOLE_FLAGS       4
#define TAG_FRAMEBUFFER         5
#define TAG_MODULE_ALIGNMENT    6
#define TAG_END                 0
#define TAG_OPTIONAL            1
#define CONSOLE_EGA_TEXT        2 /* text mode will do, too */

#define MULTIBOOT1_MAGIC        0x1badb002
#define MULTIBOOT1_ADDRESSES    0x00010000 /* load by the addresses below: a multiboot 1 loader cannot read ELF64 */

	.section .boot.headers, "a"

	.balign 8
multiboot2:
	.long MULTIBOOT2_MAGIC
	.long MULTIBOOT2_ARCH_I386
	.long multiboot2_end - multiboot2
	.long -(MULTIBOOT2_MAGIC + MULTIBOOT2_ARCH_I386 + (multiboot2_end - multiboot2))

	.short TAG_CONSOLE_FLAGS, TAG_OPTIONAL
	.long 12
	.long CONSOLE_EGA_TEXT
	.balign 8

	.short TAG_FRAMEBUFFER, TAG_OPTIONAL
	.long 20
	.long 1024, 768, 32
	.balign 8

	.short TAG_MODULE_ALIGNMENT, 0
	.long 8
	.balign 8

	.short TAG_END, 0
	.long 8
multiboot2_end:

	.balign 4
multiboot1:
	.long MULTIBOOT1_MAGIC
	.long MULTIBOOT1_ADDRESSES
	.long -(MULTIBOOT1_MAGIC + MULTIBOOT1_ADDRESSES)
	.long multiboot1    /* header_addr: tells where in the file load_addr is */
	.long image_begin   /* load_addr     */
	.long boot_file_end /* load_end_addr: the boot part is enough to refuse */
	.long boot_end      /* bss_end_addr  */
	.long entry32       /* entry_addr    */
