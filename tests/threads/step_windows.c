/*
 * step_windows.c - windows: opened one above the other, and closed again by the same level.
 */
#include "threads/steps.h"

#include "threads/stamp.h"

static void open_window(struct holding *h)
{
	uint64_t *at = labyrinth_claim_map(&h->claim);

	expect(h->claim.status == LABYRINTH_OK, "map of a claim that I hold: refused", h->claim.status);
	if (at != NULL && !stamp_there(at, h->token))
		crew_wrong("a window shows something else", h->token);
}

static void close_window(struct holding *h)
{
	enum labyrinth_status status = labyrinth_claim_release(&h->claim);

	expect(status == LABYRINTH_FRAME_MAPPED, "release of a mapped frame: not refused as such", status);
	status = labyrinth_claim_unmap(&h->claim);
	expect(status == LABYRINTH_OK, "unmap of the innermost window: refused", status);
}

void step_look(struct worker *w, enum level level)
{
	struct holding *outer = holding_pick(w, level, CLAIM), *inner = holding_pick(w, level, CLAIM);

	if (outer == NULL || inner == NULL)
		return;
	open_window(outer);
	if (inner != outer) {
		open_window(inner);
		close_window(inner);
	}
	close_window(outer);
}
