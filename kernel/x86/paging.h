/*
 * paging.h - where physical memory is seen, and the tables that make it so.
 *
 * Idea    Regions at fixed offsets, so that no address has to be remembered: memory (the direct map, ordinary pages),
 *         devices (uncached), page tables, the kernel image. The boot tables and the final ones use the same offsets.
 */
#ifndef X86_PAGING_H
#define X86_PAGING_H

#include <labyrinth/types.h>

#define DIRECT_BASE UINT64_C(0xffff800000000000) /* + physical address, memory  */
#define DEVICE_BASE UINT64_C(0xffffc00000000000) /* + physical address, devices */
#define WINDOW_BASE UINT64_C(0xfffffe0000000000) /* 512 GiB that each CPU has for itself: see window.h */
#define TABLES_BASE UINT64_C(0xfffffe8000000000) /* + physical address, page tables: see table_pool.h  */
#define STACKS_BASE UINT64_C(0xffffff0000000000) /* 512 GiB for stacks that come and go                */
#define KERNEL_BASE UINT64_C(0xffffffff80000000) /* + physical address, the kernel's own frames; as in linker.ld */

/* The stacks of the CPUs but the first: see stack.h. The image ends below. */
#define AP_STACKS_BASE UINT64_C(0xffffffffc0000000)

/*
 * Physical addresses below 2^46, 64 TiB, have a place in the direct map; devices end 1.5 TiB earlier, where the windows
 * begin; page tables lie below 4 GiB.
 */
#define DIRECT_BITS 46u
#define DEVICE_BYTES (WINDOW_BASE - DEVICE_BASE)
#define TABLES_REACH (UINT64_C(4) << 30)

/* The boot tables reach this far in the direct map, among devices and tables: but see boot_tables.h. */
#define BOOT_REACH (UINT64_C(4) << 30)

static inline void *phys_virt(phys_addr_t phys)
{
	return (void *)(DIRECT_BASE + phys.a);
}

static inline volatile void *device_virt(phys_addr_t phys)
{
	return (volatile void *)(DEVICE_BASE + phys.a);
}

/* The physical address of something in the kernel image. */
static inline phys_addr_t image_phys(const volatile void *in_image)
{
	return (phys_addr_t){ (uintptr_t)in_image - KERNEL_BASE };
}

/* What may be done with mapped bytes. Nothing can be both written and executed. */
enum map_kind {
	MAP_TEXT,        /* read, execute                                  */
	MAP_RODATA,      /* read                                           */
	MAP_DATA,        /* read, write                                    */
	MAP_DEVICE,      /* read, write, uncached                          */
	MAP_FRAMEBUFFER, /* read, write; writes may be combined, if the CPU has PAT */
	MAP_KINDS
};

/* Consecutive bytes; all three numbers are multiples of 4 KiB. */
struct mapping {
	uint64_t      virt;
	phys_addr_t   phys;
	uint64_t      bytes;
	enum map_kind kind;
};

/* How many tables mappings need. Start from zero. */
struct table_count {
	uint64_t tables;
	uint64_t seen[5]; /* by level: the last table counted, plus one */
};

/* Adds what one more mapping needs: exact when mappings come in ascending order, never too little. */
void table_count_add(struct table_count *count, const struct mapping *mapping);

/* A tree of tables, and the frames from which it grows; when there are none of those, it grows from table_pool.h. */
struct tables {
	phys_addr_t root;
	phys_addr_t spare;        /* next unused frame, below TABLES_REACH */
	uint64_t    spare_frames; /* how many, consecutive ones            */
};

/* An empty tree in `frames` consecutive frames, one of which becomes the root. */
struct tables tables_new(phys_addr_t first, uint64_t frames);

/* The tree that is live now, growing from other frames. */
struct tables tables_live(phys_addr_t first, uint64_t frames);

/* From here on every new entry of the uppermost level is entered in this root, too. */
void tables_share_root(phys_addr_t root);

/*
 * Enters a mapping. Panics when the spare frames run out, or when something is mapped there already. One at a time,
 * whoever calls. Context: task, without one of the locks that hold interrupts off.
 */
void tables_map(struct tables *tables, const struct mapping *mapping);

/* From here on these tables decide. Write protection, no-execute and global pages are on. */
void tables_activate(const struct tables *tables);

/* Translations of global pages outlive a change of tables, on this CPU; those that are there are thrown away. */
void tables_use_global(void);

/* Programs the page attribute table; before the first mapping is used. */
void paging_init(void);

/* Physical addresses of so many bits are ones that this CPU has and the direct map has places for. */
unsigned direct_bits(void);

#endif
