/*
 * boot_info.h - what the boot loader handed over, once it has been checked.
 */
#ifndef KERNEL_BOOT_INFO_H
#define KERNEL_BOOT_INFO_H

#include <labyrinth/from_multiboot2.h>

struct boot_info {
	const void *at;
	size_t      bytes;
};

/* Checks the information at this physical address; refuses to boot with anything that does not add up. */
struct boot_info boot_info_open(uint32_t phys);

/* Gives the command line to cmdline.c, and the panic routine a command line to obey. */
void boot_info_read_cmdline(const struct boot_info *boot);

/* One line: which boot loader, from which firmware. */
void boot_info_report(const struct boot_info *boot);

/* Is this machine booted by UEFI? */
bool boot_info_efi(const struct boot_info *boot);

/* The bytes of one loaded module after the other. *cursor starts from zero. */
struct module {
	phys_addr_t base;
	uint64_t    bytes;
};
bool boot_info_next_module(const struct boot_info *boot, struct labyrinth_multiboot2_cursor *cursor,
                           struct module *out);

#endif
