/*
 * policy.c - shared frames: a table says what each kind of caller may do, the rest follows it.
 */
#include "policy.h"

#include "hooks.h"
#include "quarantine.h"
#include "vault.h"
#include "watermark.h"
#include "window.h"

#define GFP_ALL \
	(GFP_KINDS | GFP_ZONES | GFP_MOBILITY | LABYRINTH_GFP_ZERO | LABYRINTH_GFP_SHRED | LABYRINTH_GFP_NOWARN)

static const struct rule {
	enum labyrinth_context deepest; /* context that may call */
	/* When the zones give nothing: */
	bool reclaim, sleep, reserve;
} rules[] = {
	/*                              may call up to         then:  reclaims, sleeps, takes of the reserve */
	[LABYRINTH_GFP_KERNEL >> 1] = { LABYRINTH_TASK,               true,     true,   false },
	[LABYRINTH_GFP_NOWAIT >> 1] = { LABYRINTH_INTERRUPT,          false,    false,  false },
	[LABYRINTH_GFP_ATOMIC >> 1] = { LABYRINTH_NMI,                false,    false,  true  },
};

/* The rule for these flags; NULL when they name no kind or two, both zones, both mobilities, or an unknown bit. */
static const struct rule *rule_for(labyrinth_gfp_t gfp)
{
	labyrinth_gfp_t kind = gfp & GFP_KINDS;

	if ((gfp & ~GFP_ALL) != 0 || (gfp & GFP_ZONES) == GFP_ZONES || (gfp & GFP_MOBILITY) == GFP_MOBILITY)
		return NULL;
	if (kind == 0 || (kind & (kind - 1)) != 0)
		return NULL;
	return &rules[kind >> 1]; /* 1, 2, 4 */
}

struct page *labyrinth_zones_take(struct labyrinth *lab, enum labyrinth_zone from, unsigned order,
                                  enum mobility mobility, enum patience patience)
{
	for (unsigned z = (unsigned)from + 1; z-- > 0;) {
		struct zone *zone = &lab->zones[z];
		struct page *page = labyrinth_zone_take_leaving(zone, watermark_leave(lab->zones, zone, from), order,
		                                                mobility, patience);

		if (page != NULL) {
			watermark_look(lab, zone);
			return page;
		}
	}
	return NULL;
}

static struct page *refill_and_take(struct labyrinth *lab, enum labyrinth_context context, enum patience patience)
{
	struct magazine *own = policy_pin(lab->magazines, context);
	struct page *page = own != NULL ? labyrinth_magazine_take(lab->magazines, own, patience) : NULL;

	labyrinth_port_unpin();
	if (page != NULL)
		watermark_look(lab, zone_of(lab->zones, page));
	return own != NULL ? page : labyrinth_zones_take(lab, LABYRINTH_ZONE_NORMAL, 0, MOBILITY_SHARED, patience);
}

/* Gives what waits, or a piece of what this CPU has at hand, to the zones, to be had there. Is that anything? */
static bool drain_some(struct labyrinth *lab, enum labyrinth_context context, enum patience patience)
{
	uint64_t given = labyrinth_quarantine_drain(lab->quarantine, patience);

	if (given == 0 && lab->magazines->capacity > 0 && context != LABYRINTH_NMI) {
		given = labyrinth_magazines_give_back(lab->magazines, labyrinth_port_pin(), context, patience);
		labyrinth_port_unpin();
	}
	if (given > 0)
		policy_given(lab);
	return given > 0;
}

/* How often that may be worth trying. */
static uint32_t drain_pieces(const struct labyrinth *lab)
{
	return 1 + magazines_pieces(lab->magazines);
}

bool labyrinth_policy_drain(struct labyrinth *lab)
{
	uint32_t most = drain_pieces(lab), i = most;

	while (i > 0 && drain_some(lab, LABYRINTH_TASK, ZONE_WAIT))
		i--;
	return i < most;
}

/* Pieces between two looks for a block: most of them are single frames, of which few make one. */
#define DRAIN_LOOK 8u

/*
 * Only as much as it takes, or little more: looks after the first piece, which gives most at once, and then after so
 * many. Between two pieces interrupts come, and others get at the zones.
 */
static struct page *drain_and_take(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order,
                                   enum labyrinth_context context, enum patience patience)
{
	uint32_t look = 1, unseen = 0;
	struct page *page = NULL;
	bool more = true;

	for (uint32_t i = drain_pieces(lab); page == NULL && more; i--) {
		more = i > 0 && drain_some(lab, context, patience);
		unseen += more;
		if (unseen == look || (!more && unseen > 0)) {
			page = labyrinth_zones_take(lab, policy_highest_zone(gfp), order, policy_mobility(gfp),
			                            patience);
			look = order > 0 ? DRAIN_LOOK : 1;
			unseen = 0;
		}
	}
	return page;
}

/* The reserve holds single frames from any zone. Who takes one asks those who free to put one back. */
static struct page *reserve_take(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order)
{
	struct page *page = order == 0 && (gfp & GFP_ZONES) == 0 ? labyrinth_reserve_pop(lab->reserve) : NULL;

	if (page != NULL) {
		attend(lab, ATTEND_RESERVE);
		labyrinth_kick(lab);
	}
	return page;
}

enum labyrinth_status labyrinth_policy_judge(const struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order,
                                             enum labyrinth_context context)
{
	const struct rule *rule = rule_for(gfp);

	if (lab == NULL)
		return LABYRINTH_NULL_POINTER;
	if (rule == NULL)
		return LABYRINTH_BAD_FLAGS;
	if (order > LABYRINTH_MAX_ORDER)
		return LABYRINTH_BAD_ORDER;
	if (context > rule->deepest)
		return LABYRINTH_IN_INTERRUPT;
	return policy_astray(lab, context) ? LABYRINTH_BAD_CPU : LABYRINTH_OK;
}

/* What owners have released and the vault does not want, before maintenance gives it to the zones. */
static struct page *take_released(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order)
{
	struct page *page = NULL;

	if (order == 0 && (gfp & GFP_ZONES) == 0 && labyrinth_window_here(lab->isolation))
		page = labyrinth_vault_take_excess(lab->vault, 0);
	if (page != NULL)
		isolation_show(lab->isolation, labyrinth_page_phys(lab, page));
	return page;
}

/*
 * The zones, and what will come to them: what this CPU's magazines keep, and, unless there is a reserve to take from,
 * what was released. While tasks sleep nobody takes more than he asks for.
 */
static struct page *take_free(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order,
                              enum labyrinth_context context)
{
	enum patience patience = policy_patience(gfp);
	enum labyrinth_zone from = policy_highest_zone(gfp);
	enum mobility mobility = policy_mobility(gfp);
	struct page *page;

	if (policy_at_hand(lab->magazines, gfp, order, context) && !(attention(lab) & ATTEND_WAITERS))
		page = refill_and_take(lab, context, patience);
	else
		page = labyrinth_zones_take(lab, from, order, mobility, patience);
	if (page == NULL)
		page = drain_and_take(lab, gfp, order, context, patience);
	if (page == NULL && !rule_for(gfp)->reserve)
		page = take_released(lab, gfp, order);
	return page;
}

/* A request for a block that may reclaim or sleep. */
struct request {
	struct labyrinth *lab;
	labyrinth_gfp_t   gfp;
	unsigned          order;
};

static struct page *look(void *request)
{
	const struct request *r = request;

	return take_free(r->lab, r->gfp, r->order, LABYRINTH_TASK);
}

/* The least that shrinkers are asked for: who asks for one frame will soon ask for more. */
#define RECLAIM_LEAST UINT64_C(32)

static uint64_t reclaim_want(unsigned order)
{
	uint64_t frames = UINT64_C(1) << order;

	return frames < RECLAIM_LEAST ? RECLAIM_LEAST : frames;
}

static struct page *take_any(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order,
                             enum labyrinth_context context)
{
	const struct rule *rule = rule_for(gfp);
	struct request request = { lab, gfp, order };
	struct page *page = take_free(lab, gfp, order, context);

	if (page == NULL && rule->reclaim)
		page = labyrinth_policy_reclaim(lab, reclaim_want(order), look, &request);
	if (page == NULL && rule->sleep)
		page = labyrinth_policy_sleep(lab, look, &request);
	if (page == NULL && rule->reserve)
		page = reserve_take(lab, gfp, order);
	if (page == NULL && rule->reserve)
		page = take_released(lab, gfp, order);
	return page;
}

/* Whatever kept it, a single frame that is to go offline goes, and is not handed out. */
struct page *labyrinth_policy_take(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order,
                                   enum labyrinth_context context)
{
	struct page *page;

	do
		page = take_any(lab, gfp, order, context);
	while (page != NULL && order == 0 && bad_any(lab->frames) && labyrinth_bad_leave(lab->frames, page));
	return page;
}

struct page *labyrinth_policy_refuse(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order)
{
	uint64_t free = 0;

	if (!hooks_warn(lab, gfp))
		return NULL;
	for (unsigned z = 0; z <= (unsigned)policy_highest_zone(gfp); z++)
		free += zone_free(&lab->zones[z]);
	labyrinth_warn(lab, gfp, order, free, reserve_count(lab->reserve));
	return NULL;
}
