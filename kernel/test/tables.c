/*
 * tables.c - empties the pool of tables, has frames hidden, and looks at the tables that came.
 */
#include <labyrinth/inspect.h>
#include <labyrinth/maintain.h>
#include <labyrinth/owner.h>

#include "test/tables.h"
#include "x86/apic.h"
#include "x86/cpu.h"
#include "x86/probe.h"
#include "x86/table_pool.h"

#define MOST_TABLES 1024u
#define FEW         4u   /* fewer than isolate.c wants to have, enough to get more with */
#define PATIENCE_SECONDS 120u
#define MORE        400u /* of the 512 tables in a page block, what must be left after a few have been used */

static phys_addr_t taken[MOST_TABLES];
static unsigned held;

static void take_tables(uint64_t leave)
{
	while (held < MOST_TABLES && table_pool_frames() > leave && table_take(&taken[held]))
		held++;
}

static void give_tables(void)
{
	while (held > 0)
		table_give(taken[--held]);
}

/* Claims what the vault has; maintenance, here or in its thread, refills it, and hides frames for that. */
static void hide_some(struct labyrinth *lab, labyrinth_owner_t owner)
{
	struct labyrinth_claim claim = { .lab = lab, .owner = owner };
	uint64_t began = cpu_tsc();
	struct labyrinth_stats stats;

	do
		labyrinth_void_alloc_page_gfp_atomic_exclusive(&claim);
	while (claim.page != NULL);
	labyrinth_stats(lab, &stats);
	do
		labyrinth_maintain(lab, stats.usable);
	while (table_pool_frames() < MORE && cpu_tsc() - began < PATIENCE_SECONDS * tsc_hertz());
}

/* A new table, as a stray pointer sees it: it can be read, and not written. */
static bool read_only(void)
{
	uint8_t byte;

	take_tables(table_pool_frames() - 1);
	return held > 0 && probe_read(phys_virt(taken[held - 1]), &byte) &&
	       !probe_write(phys_virt(taken[held - 1]), byte);
}

static const char *run(struct labyrinth *lab, labyrinth_owner_t owner)
{
	take_tables(FEW);
	if (table_pool_frames() > FEW)
		return "the pool of tables can be emptied";
	hide_some(lab, owner);
	if (table_pool_frames() < MORE)
		return "when tables run low, a page block becomes tables";
	return read_only() ? NULL : "new tables are read-only in the direct map";
}

const char *test_tables(struct labyrinth *lab)
{
	static const struct labyrinth_budget budget = { "test-tables", 0, LABYRINTH_MAX_BUDGET, 0 };
	labyrinth_owner_t owner;

	if (labyrinth_owner_register(lab, &budget, &owner) != LABYRINTH_OK)
		return "the owner of the test can be registered";
	const char *broken = run(lab, owner);
	give_tables();
	if (labyrinth_owner_retire(lab, owner) != LABYRINTH_OK && broken == NULL)
		broken = "the owner of the test can be retired";
	return broken;
}
