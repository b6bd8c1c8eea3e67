/*
 * movable.c - shared frames that carry a mover's tag.
 */
#include <labyrinth/move.h>
#include <labyrinth/port.h>

#include "debug.h"
#include "inject.h"
#include "mover.h"
#include "policy.h"

static struct page *grant(struct labyrinth *lab, labyrinth_gfp_t gfp, enum labyrinth_context context, const void *site)
{
	struct page *page;

	if (inject_on(lab) && labyrinth_injector_draw(lab->injector, gfp, LABYRINTH_NOBODY, false))
		return NULL;
	page = labyrinth_policy_take(lab, gfp, 0, context);
	if (page != NULL && debug_on(lab))
		labyrinth_debug_grant(lab, page, 0, site); /* no red zones: a frame moves alone */
	if (page != NULL && (gfp & LABYRINTH_GFP_ZERO))
		__builtin_memset(labyrinth_page_address(lab, page), 0, LABYRINTH_PAGE_SIZE);
	return page;
}

struct labyrinth_grant labyrinth_alloc_movable(struct labyrinth *lab, labyrinth_gfp_t gfp, labyrinth_mover_t mover)
{
	enum labyrinth_context context = labyrinth_port_context();
	enum labyrinth_status status = labyrinth_policy_judge(lab, gfp | LABYRINTH_GFP_MOVABLE, 0, context);
	struct mover *m = status == LABYRINTH_OK ? labyrinth_mover_enter(lab->movers, mover) : NULL;
	struct page *page;

	if (status == LABYRINTH_OK && m == NULL)
		status = LABYRINTH_BAD_MOVER;
	if (status != LABYRINTH_OK)
		return (struct labyrinth_grant){ NULL, status };
	page = grant(lab, gfp | LABYRINTH_GFP_MOVABLE, context, __builtin_return_address(0));
	if (page == NULL) {
		labyrinth_mover_leave(m);
		labyrinth_policy_refuse(lab, gfp | LABYRINTH_GFP_MOVABLE, 0);
		return (struct labyrinth_grant){ NULL, LABYRINTH_NO_MEMORY };
	}
	labyrinth_mover_tag(lab->movers, lab->frames, page, m, gfp & LABYRINTH_GFP_SHRED ? WORD_SHRED : 0);
	return (struct labyrinth_grant){ page, LABYRINTH_OK };
}
