/*
 * user_page.c - maps a page for user code, and finds out whether one is.
 *
 * Idea    An entry of this CPU's root that is used for nothing else, and a path of three tables below it. Every entry
 *         on the way says that user code may pass, or it may not.
 * Writes  One entry of this CPU's root; three tables of the pool.
 * Manual  Intel SDM vol. 3 sections 4.6 (access rights), 4.10.4.1 (INVLPG forgets the tables on the way, too).
 */
#include <stddef.h>

#include "x86/cpu.h"
#include "x86/page_entry.h"
#include "x86/user_page.h"

#define USER_AT UINT64_C(0x0000400000000000)

static phys_addr_t root(void)
{
	return (phys_addr_t){ cr3_read() & ADDRESS };
}

static phys_addr_t table_in(uint64_t entry)
{
	return (phys_addr_t){ entry & ADDRESS };
}

/* Three tables, or none. */
static bool take_path(phys_addr_t path[LEVELS - 1])
{
	for (unsigned i = 0; i < LEVELS - 1; i++) {
		if (table_take(&path[i]))
			continue;
		while (i-- > 0)
			table_give(path[i]);
		return false;
	}
	return true;
}

void *user_page_show(phys_addr_t frame)
{
	phys_addr_t path[LEVELS - 1];

	if (!take_path(path))
		return NULL;
	*entry_in(path[2], 1, USER_AT) = frame.a | PRESENT | WRITE | USER;
	*entry_in(path[1], 2, USER_AT) = path[2].a | TABLE | USER;
	*entry_in(path[0], 3, USER_AT) = path[1].a | TABLE | USER;
	*entry_in(root(), 4, USER_AT) = path[0].a | TABLE | USER;
	return (void *)USER_AT;
}

void user_page_hide(void)
{
	phys_addr_t path[LEVELS - 1], table = root();

	for (unsigned level = LEVELS; level > 1; level--)
		path[LEVELS - level] = table = table_in(*entry_in(table, level, USER_AT));
	*entry_in(root(), 4, USER_AT) = 0;
	page_forget(USER_AT);
	for (unsigned i = 0; i < LEVELS - 1; i++) {
		*entry_in(path[i], LEVELS - 1 - i, USER_AT) = 0;
		table_give(path[i]);
	}
}

bool user_page_at(uint64_t virt)
{
	phys_addr_t table = root();

	for (unsigned level = LEVELS; level > 0; level--) {
		uint64_t entry = *entry_in(table, level, virt);

		if (!(entry & PRESENT) || !(entry & USER))
			return false;
		if (level > 1 && (entry & LARGE))
			return true;
		table = table_in(entry);
	}
	return true;
}
