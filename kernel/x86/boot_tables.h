/*
 * boot_tables.h - the tables of entry32.S show the first 4 GiB; what lies beyond can be shown, too, a little of it.
 */
#ifndef X86_BOOT_TABLES_H
#define X86_BOOT_TABLES_H

#include <labyrinth/types.h>

/*
 * Makes bytes of physical memory seen at phys_virt(at), until tables_activate(): to read and to write.
 *
 * false: no CPU of this kind has such an address, or the direct map no place for it; or this and what was asked for
 * before is scattered over more memory than there are tables for, four places in the best case.
 * Context: the boot, with the boot tables live.
 */
bool boot_tables_show(phys_addr_t at, uint64_t bytes) LABYRINTH_MUST_USE;

#endif
