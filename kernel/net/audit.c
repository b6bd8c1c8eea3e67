/*
 * audit.c - compares counts and prints them.
 */
#include "audit.h"
#include "view/print.h"

const char *audit_laws(const struct labyrinth *lab)
{
	struct labyrinth_finding finding;
	const char *law = labyrinth_check(lab, &finding);

	if (law)
		kprintf("  labyrinth_check(): %s: frame %lx, found %lu, expected %lu\n", law, finding.pfn.n,
		        finding.found, finding.expected);
	return law;
}

/* Every owner that still holds something; the owners of the demonstration have been retired. */
static uint64_t print_holders(const struct labyrinth *lab)
{
	labyrinth_owner_t owner = LABYRINTH_NOBODY;
	struct labyrinth_owner_stats stats;
	uint64_t frames = 0;

	while (labyrinth_owner_next(lab, &owner)) {
		if (labyrinth_owner_stats(lab, owner, &stats) != LABYRINTH_OK || !(stats.held + stats.recycled))
			continue;
		kprintf("  audit: owner \"%s\" holds %u frames and keeps %u\n", stats.name, stats.held, stats.recycled);
		frames += stats.held + stats.recycled;
	}
	return frames;
}

static uint64_t held(const struct labyrinth_stats *stats)
{
	return stats->owned + stats->lent + stats->mapped + stats->recycled;
}

/* The vault keeps its target, and what makes its page blocks whole: no single number is the right one. */
static uint64_t unused(const struct labyrinth_stats *stats)
{
	return stats->free + stats->cached + stats->vault;
}

const char *audit_frames(const struct labyrinth *lab, const struct labyrinth_stats *before)
{
	struct labyrinth_stats after;

	labyrinth_stats(lab, &after);
	const struct {
		const char *what;
		uint64_t    before, after;
	} kinds[] = {
		{ "free or in the vault", unused(before), unused(&after) },
		{ "reserve", before->reserve, after.reserve  },
		{ "dirty",   before->dirty,   after.dirty    },
		{ "shared",  before->shared,  after.shared   },
		{ "owned",   held(before),    held(&after)   },
	};
	bool same = print_holders(lab) == held(before) && after.vault >= after.vault_target;

	kprintf("  audit: ");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		kprintf("%s%lu %s", i ? ", " : "", kinds[i].after, kinds[i].what);
		if (kinds[i].after != kinds[i].before)
			kprintf(" (were %lu)", kinds[i].before);
		same = same && kinds[i].after == kinds[i].before;
	}
	kprintf("; the vault %lu of %lu", after.vault, after.vault_target);
	kprintf(same ? ": as before\n" : "\n");
	return same ? NULL : "after the demonstration every frame is back where it was";
}
