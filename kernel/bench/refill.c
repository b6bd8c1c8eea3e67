/*
 * refill.c - claims, maintains, releases.
 *
 * Writes  The claims, in a block of their own.
 */
#include <stddef.h>

#include <labyrinth/labyrinth.h>

#include "bench/refill.h"
#include "view/print.h"
#include "x86/cpu.h"
#include "x86/direct.h"

#define FRAMES 512u /* in a page block */
#define ORDER  3u   /* of a block that holds as many claims */

_Static_assert(FRAMES * sizeof(struct labyrinth_claim) <= LABYRINTH_PAGE_SIZE << ORDER, "the claims lie in one block");

static const char *claim_all(struct labyrinth *lab, labyrinth_owner_t owner, struct labyrinth_claim *claims)
{
	for (unsigned i = 0; i < FRAMES; i++) {
		claims[i] = (struct labyrinth_claim){ .lab = lab, .owner = owner };
		labyrinth_void_alloc_page_gfp_atomic_exclusive(&claims[i]);
		if (claims[i].page == NULL)
			return labyrinth_status_text(claims[i].status);
	}
	return NULL;
}

static uint64_t vault(const struct labyrinth *lab)
{
	struct labyrinth_stats stats;

	labyrinth_stats(lab, &stats);
	return stats.vault;
}

/* Until nothing is left to do. */
static void maintain(struct labyrinth *lab)
{
	while (labyrinth_maintain(lab, FRAMES) == FRAMES)
		;
}

static const char *refill(struct labyrinth *lab, labyrinth_owner_t owner, struct labyrinth_claim *claims)
{
	const char *wrong;

	maintain(lab);
	wrong = claim_all(lab, owner, claims);
	if (wrong != NULL)
		return wrong;
	uint64_t frames = vault(lab), flushes = direct_flushes(), start = cpu_tsc();
	maintain(lab);
	uint64_t took = cpu_tsc() - start;
	kprintf("bench refill: %lu frames, %lu shootdowns, %lu instructions\n", vault(lab) - frames,
	        direct_flushes() - flushes, took);
	return NULL;
}

const char *refill_measure(struct labyrinth *lab)
{
	/* Guaranteed nothing: what is guaranteed to somebody and claimed need not be there again. */
	static const struct labyrinth_budget budget = { "bench refill", 0, FRAMES, 0 };
	struct labyrinth_grant grant = labyrinth_alloc_pages(lab, LABYRINTH_GFP_KERNEL, ORDER);
	labyrinth_owner_t owner;
	const char *wrong = "an owner is refused";

	if (grant.page == NULL)
		return "there is no memory for claims";
	if (labyrinth_owner_register(lab, &budget, &owner) == LABYRINTH_OK) {
		wrong = refill(lab, owner, labyrinth_page_address(lab, grant.page));
		if (labyrinth_owner_retire(lab, owner) != LABYRINTH_OK && wrong == NULL)
			wrong = "an owner cannot be retired";
	}
	(void)labyrinth_free_pages(lab, grant.page, ORDER);
	return wrong;
}
