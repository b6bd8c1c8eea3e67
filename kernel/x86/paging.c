/*
 * paging.c - four levels of page tables: counting what a mapping needs, building it, switching to it.
 *
 * Idea    A mapping falls into runs of pages of one size: 4 KiB up to a 2 MiB border, 2 MiB up to a 1 GiB border, 1
 *         GiB, and back down. Counting works on runs, so its cost does not grow with the memory; entering works on
 *         pages. Both use the same runs.
 * Writes  Frames that the caller supplies; PAT; CR3, CR4.
 * Manual  Intel SDM vol. 3 sections 4.5 (4-level paging), 4.10.4 (invalidation), 11.12 (PAT).
 */
#include "panic.h"
#include "x86/cpu.h"
#include "x86/lock.h"
#include "x86/mem.h"
#include "x86/page_entry.h"
#include "x86/paging.h"
#include "x86/percpu.h"

#define CR4_PGE  UINT64_C(0x80)

#define CPUID_1_EDX_PAT    (1u << 16)
#define CPUID_EXT_FEATURES 0x80000001u
#define CPUID_EXT_EDX_1GIB (1u << 26)
#define CPUID_EXT_SIZES    0x80000008u

/*
 * Section 11.12.4: the value at reset, but for entry 1 (PWT alone), which becomes write-combining instead of
 * write-through.
 */
#define MSR_PAT   0x277u
#define PAT_VALUE UINT64_C(0x0007040600070106)

static bool has_pat(void)
{
	return (cpu_id(1).edx & CPUID_1_EDX_PAT) != 0;
}

static unsigned largest_level(void)
{
	return cpu_id_if_any(CPUID_EXT_FEATURES).edx & CPUID_EXT_EDX_1GIB ? 3 : 2;
}

unsigned direct_bits(void)
{
	unsigned bits = cpu_id_if_any(CPUID_EXT_SIZES).eax & 0xff;

	if (bits == 0)
		bits = 36; /* section 4.1.4 */
	return bits < DIRECT_BITS ? bits : DIRECT_BITS;
}

void paging_init(void)
{
	if (has_pat())
		msr_write(MSR_PAT, PAT_VALUE);
}

/*
 * The first run of a mapping: the largest pages that fit at its start, as many as do before larger ones fit or the
 * mapping ends.
 */
struct run {
	unsigned level; /* 1: 4 KiB, 2: 2 MiB, 3: 1 GiB */
	uint64_t pages;
};

static bool fits(const struct mapping *m, unsigned level)
{
	uint64_t size = level_bytes(level);

	return ((m->virt | m->phys.a) & (size - 1)) == 0 && m->bytes >= size;
}

static struct run first_run(const struct mapping *m, unsigned largest)
{
	unsigned level = largest;
	uint64_t size, pages, to_border;

	while (level > 1 && !fits(m, level))
		level--;
	size = level_bytes(level);
	pages = m->bytes / size;
	if (level < largest && ((m->virt ^ m->phys.a) & (level_bytes(level + 1) - 1)) == 0) {
		to_border = (level_bytes(level + 1) - (m->virt & (level_bytes(level + 1) - 1))) / size;
		if (pages > to_border)
			pages = to_border;
	}
	return (struct run){ level, pages };
}

static void advance(struct mapping *m, uint64_t bytes)
{
	m->virt += bytes;
	m->phys.a += bytes;
	m->bytes -= bytes;
}

/* Tables of one level that [virt, virt + bytes) passes through, but for the one that was counted last. */
static uint64_t tables_passed(struct table_count *count, unsigned level, uint64_t virt, uint64_t bytes)
{
	uint64_t each = level_bytes(level + 1);
	uint64_t first = virt / each + 1, last = (virt + (bytes - 1)) / each + 1;
	uint64_t passed = last - first + (first != count->seen[level]);

	count->seen[level] = last;
	return passed;
}

void table_count_add(struct table_count *count, const struct mapping *mapping)
{
	unsigned largest = largest_level();
	struct mapping left = *mapping;

	while (left.bytes > 0) {
		struct run run = first_run(&left, largest);
		uint64_t bytes = run.pages * level_bytes(run.level);

		for (unsigned level = run.level; level < LEVELS; level++)
			count->tables += tables_passed(count, level, left.virt, bytes);
		advance(&left, bytes);
	}
}

static phys_addr_t table_new(struct tables *tables)
{
	phys_addr_t frame = tables->spare;

	if (tables->spare_frames > 0) {
		tables->spare.a += LABYRINTH_PAGE_SIZE;
		tables->spare_frames--;
		memset((void *)(TABLES_BASE + frame.a), 0, LABYRINTH_PAGE_SIZE);
	} else if (!table_take(&frame)) {
		panic("page tables: the frames counted for them do not suffice");
	}
	return frame;
}

struct tables tables_new(phys_addr_t first, uint64_t frames)
{
	struct tables tables = { .spare = first, .spare_frames = frames };

	tables.root = table_new(&tables);
	return tables;
}

struct tables tables_live(phys_addr_t first, uint64_t frames)
{
	return (struct tables){ { cr3_read() & ADDRESS }, first, frames };
}

/* The roots of other CPUs; all of them agree in every entry but that of the windows. */
static struct {
	phys_addr_t at[CPUS_MOST];
	unsigned    count;
} roots;

void tables_share_root(phys_addr_t root)
{
	roots.at[roots.count++] = root;
}

/* An entry that was absent is in no CPU's cache: section 4.10.2.3. */
static void share(uint64_t virt, uint64_t value)
{
	for (unsigned i = 0; i < roots.count; i++)
		*entry_in(roots.at[i], LEVELS, virt) = value;
}

/* The entry for virt at this level; tables on the way that are missing are made. */
static _Atomic uint64_t *entry_at(struct tables *tables, unsigned level, uint64_t virt)
{
	phys_addr_t table = tables->root;

	for (unsigned above = LEVELS; above > level; above--) {
		_Atomic uint64_t *entry = entry_in(table, above, virt);

		if (*entry == 0) {
			*entry = table_new(tables).a | TABLE;
			if (above == LEVELS)
				share(virt, *entry);
		}
		if (*entry & LARGE)
			panic("page tables: %lx is mapped already", virt);
		table.a = *entry & ADDRESS;
	}
	return entry_in(table, level, virt);
}

static uint64_t attributes(enum map_kind kind)
{
	static const uint64_t of_kind[MAP_KINDS] = {
		[MAP_TEXT]        = PRESENT | GLOBAL,
		[MAP_RODATA]      = PRESENT | GLOBAL | NX,
		[MAP_DATA]        = PRESENT | GLOBAL | NX | WRITE,
		[MAP_DEVICE]      = PRESENT | GLOBAL | NX | WRITE | PCD | PWT,
		[MAP_FRAMEBUFFER] = PRESENT | GLOBAL | NX | WRITE | PWT,
	};

	if (kind == MAP_FRAMEBUFFER && !has_pat())
		kind = MAP_DEVICE;
	return of_kind[kind];
}

/* Consecutive entries of one table, so that finding the table costs once for 512 of them. */
static uint64_t map_in_table(struct tables *tables, const struct mapping *m, struct run run, uint64_t bits)
{
	uint64_t size = level_bytes(run.level);
	_Atomic uint64_t *entry = entry_at(tables, run.level, m->virt);
	uint64_t pages = ENTRIES - m->virt / size % ENTRIES;

	if (pages > run.pages)
		pages = run.pages;
	for (uint64_t i = 0; i < pages; i++) {
		if (entry[i] != 0)
			panic("page tables: %lx is mapped already", m->virt + i * size);
		entry[i] = (m->phys.a + i * size) | bits;
	}
	return pages;
}

static struct lock mapping_lock; /* guards what tables_map() changes, in whichever region */

void tables_map(struct tables *tables, const struct mapping *mapping)
{
	unsigned largest = largest_level();
	uint64_t kind = attributes(mapping->kind);
	struct mapping left = *mapping;

	lock_take(&mapping_lock);
	while (left.bytes > 0) {
		struct run run = first_run(&left, largest);
		uint64_t pages = map_in_table(tables, &left, run, run.level > 1 ? kind | LARGE : kind);

		advance(&left, pages * level_bytes(run.level));
	}
	lock_give(&mapping_lock);
}

/* Global pages last: turning PGE on throws away every translation of the old tables. */
void tables_activate(const struct tables *tables)
{
	cr4_write(cr4_read() & ~CR4_PGE);
	cr3_write(tables->root.a);
	tables_use_global();
}

void tables_use_global(void)
{
	cr4_write(cr4_read() | CR4_PGE);
}
