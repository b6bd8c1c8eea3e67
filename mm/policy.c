/*
 * policy.c - shared frames: a table says what each kind of caller may do, the rest follows it.
 */
#include "policy.h"

#include "hooks.h"
#include "reclaim.h"
#include "quarantine.h"
#include "vault.h"
#include "wait.h"
#include "watermark.h"
#include "window.h"

#define GFP_ALL \
	(GFP_KINDS | GFP_ZONES | GFP_MOBILITY | LABYRINTH_GFP_ZERO | LABYRINTH_GFP_SHRED | LABYRINTH_GFP_NOWARN)

/* The least that shrinkers are asked for: who asks for one frame will soon ask for more. */
#define RECLAIM_LEAST UINT64_C(32)

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

static enum mobility mobility_of(labyrinth_gfp_t gfp)
{
	if (gfp & LABYRINTH_GFP_MOVABLE)
		return MOBILITY_MOVABLE;
	return gfp & LABYRINTH_GFP_RECLAIMABLE ? MOBILITY_RECLAIMABLE : MOBILITY_SHARED;
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

/* This CPU's front end; NULL where there is none: a hook may have moved the task since it was judged. */
static struct magazine *pin(const struct magazines *m, enum labyrinth_context context)
{
	unsigned cpu = labyrinth_port_pin();

	return cpu < m->cpus ? magazine_of(m->at, cpu, context) : NULL;
}

static struct page *refill_and_take(struct labyrinth *lab, enum labyrinth_context context, enum patience patience)
{
	struct magazine *own = pin(lab->magazines, context);
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

/* Pieces between two looks for a block that is larger than what most of them are. */
#define DRAIN_LOOK 8u

/* Only as much as it takes, or little more; between two pieces interrupts come, and others get at the zones. */
static struct page *drain_and_take(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order,
                                   enum labyrinth_context context, enum patience patience)
{
	uint32_t look = order > SHELF_ORDERS ? DRAIN_LOOK : 1, unseen = 0;
	struct page *page = NULL;
	bool more = true;

	for (uint32_t i = drain_pieces(lab); page == NULL && more; i--) {
		more = i > 0 && drain_some(lab, context, patience);
		unseen += more;
		if (unseen == look || (!more && unseen > 0)) {
			page = labyrinth_zones_take(lab, policy_highest_zone(gfp), order, mobility_of(gfp), patience);
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

void labyrinth_policy_missing(struct labyrinth *lab)
{
	bool reserve = reserve_short(lab->reserve);

	if (reserve)
		attend(lab, ATTEND_RESERVE);
	if (reserve || labyrinth_vault_pressing(lab->vault))
		labyrinth_kick(lab);
}

/* Stops asking when the target is reached. */
bool labyrinth_policy_refill(struct labyrinth *lab, struct page *page)
{
	bool taken = labyrinth_reserve_refill(lab->reserve, page);

	if (attention(lab) & ATTEND_RESERVE) {
		unattend(lab, ATTEND_RESERVE);
		if (reserve_short(lab->reserve))
			attend(lab, ATTEND_RESERVE);
	}
	return taken;
}

enum labyrinth_status labyrinth_policy_judge(const struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order,
                                             enum labyrinth_context context)
{
	const struct rule *rule = rule_for(gfp);

	if (lab == NULL)
		return LABYRINTH_NULL_POINTER;
	if (order > LABYRINTH_MAX_ORDER)
		return LABYRINTH_BAD_ORDER;
	if (rule == NULL)
		return LABYRINTH_BAD_FLAGS;
	if (context > rule->deepest)
		return LABYRINTH_IN_INTERRUPT;
	return policy_astray(lab, context) ? LABYRINTH_BAD_CPU : LABYRINTH_OK;
}

void labyrinth_policy_given(struct labyrinth *lab)
{
	labyrinth_watermark_risen(lab);
	wait_wake(lab);
}

/* What owners have released and the vault does not want, before maintenance gives it to the zones. */
static struct page *take_released(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order)
{
	struct page *page = NULL;

	if (order == 0 && (gfp & GFP_ZONES) == 0)
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
	enum mobility mobility = mobility_of(gfp);
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

const void *labyrinth_policy_self(const struct labyrinth *lab)
{
	const struct labyrinth_hooks *call = &lab->hooks->call;

	return call->self != NULL ? call->self(call->context) : NULL;
}

/* Asks the shrinkers in turn until there is a block. */
static struct page *reclaim_and_take(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order)
{
	uint64_t want = UINT64_C(1) << order, freed;
	struct page *page = NULL;
	struct sweep sweep;

	want = want < RECLAIM_LEAST ? RECLAIM_LEAST : want;
	if (!labyrinth_sweep_begin(lab->reclaimer, &sweep, want, labyrinth_policy_self(lab)))
		return NULL;
	while (page == NULL && labyrinth_sweep_next(lab->reclaimer, &sweep, &freed))
		if (freed > 0)
			page = take_free(lab, gfp, order, LABYRINTH_TASK);
	labyrinth_sweep_end(lab->reclaimer);
	return page;
}

struct page *labyrinth_policy_sleep(struct labyrinth *lab, struct page *(*look)(void *request), void *request)
{
	uint64_t left = lab->waiters->ticks;
	struct page *page;

	if (left == 0 || labyrinth_sweeps(lab->reclaimer, labyrinth_policy_self(lab)))
		return NULL;
	labyrinth_wait_join(lab);
	labyrinth_kick(lab);
	for (;;) {
		uint32_t seen = labyrinth_wakes(lab);

		page = look(request);
		if (page != NULL || left == 0)
			break;
		left = labyrinth_wait_sleep(lab, seen, left);
	}
	labyrinth_wait_leave(lab, page == NULL);
	return page;
}

/* A request for a block that may sleep. */
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

static struct page *sleep_and_take(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order)
{
	struct request request = { lab, gfp, order };

	return labyrinth_policy_sleep(lab, look, &request);
}

static struct page *take_any(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order,
                             enum labyrinth_context context)
{
	const struct rule *rule = rule_for(gfp);
	struct page *page = take_free(lab, gfp, order, context);

	if (page == NULL && rule->reclaim)
		page = reclaim_and_take(lab, gfp, order);
	if (page == NULL && rule->sleep)
		page = sleep_and_take(lab, gfp, order);
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

void labyrinth_policy_settle_bad(struct labyrinth *lab)
{
	uint64_t spares = labyrinth_bad_take_spares(lab->frames->bad);

	if (spares > 0)
		vault_earn(lab->vault, spares);
	if (!(attention(lab) & ATTEND_BAD) || bad_any(lab->frames))
		return;
	unattend(lab, ATTEND_BAD);
	if (bad_any(lab->frames))
		attend(lab, ATTEND_BAD);
}

/* Is there a frame in the block that is to go offline? */
static bool has_bad(const struct labyrinth *lab, const struct page *page, unsigned order)
{
	uint64_t first = page_index(lab->frames, page), end = first + (UINT64_C(1) << order);

	return bad_any(lab->frames) && labyrinth_bad_next(lab->frames->bad, first, end) < end;
}

/* Others find it there at once, which they would not in a magazine. */
static void put_home(struct labyrinth *lab, struct zone *zone, struct page *page, unsigned order,
                     enum labyrinth_context context)
{
	word_store(page, word_loose(word_load(page)));
	labyrinth_zone_put(zone, page, order, ZONE_WAIT);
	if (context == LABYRINTH_TASK && (attention(lab) & ATTEND_WAITERS))
		labyrinth_policy_drain(lab);
}

/* False, and nothing done, where there is no magazine. */
static bool put_at_hand(struct labyrinth *lab, struct page *page, enum labyrinth_context context)
{
	struct magazine *own = pin(lab->magazines, context);

	if (own != NULL)
		magazine_put(lab->magazines, own, page);
	labyrinth_port_unpin();
	return own != NULL;
}

void labyrinth_policy_put(struct labyrinth *lab, struct page *page, unsigned order, enum labyrinth_context context)
{
	struct zone *zone = zone_of(lab->zones, page);
	bool home = watermark_dug(lab, zone) || has_bad(lab, page, order);

	if (order == 0 && !home && labyrinth_policy_refill(lab, page))
		return;
	if (home || (attention(lab) & ATTEND_WAITERS) || !policy_at_hand(lab->magazines, 0, order, context)
	    || !put_at_hand(lab, page, context))
		put_home(lab, zone, page, order, context);
	policy_given(lab);
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

/* Shrinkers free into this CPU's magazines: what they freed counts when it is in the zones. */
static uint64_t relieve_zones(struct labyrinth *lab, uint64_t budget)
{
	uint64_t want = labyrinth_watermark_shortfall(lab), freed = 0, more;
	struct sweep sweep;

	want = want < budget ? want : budget;
	if (!labyrinth_sweep_begin(lab->reclaimer, &sweep, want, labyrinth_policy_self(lab)))
		return 0;
	while (freed < budget && labyrinth_watermark_shortfall(lab) > 0
	       && labyrinth_sweep_next(lab->reclaimer, &sweep, &more)) {
		freed += more < budget - freed ? more : budget - freed;
		labyrinth_policy_drain(lab);
		labyrinth_watermark_risen(lab);
	}
	labyrinth_sweep_end(lab->reclaimer);
	return freed;
}

uint64_t labyrinth_policy_relieve(struct labyrinth *lab, uint64_t budget)
{
	uint64_t freed;

	if (!(attention(lab) & ATTEND_GIVEN))
		return 0;
	labyrinth_policy_drain(lab);
	freed = relieve_zones(lab, budget);
	labyrinth_policy_given(lab);
	return freed;
}

/* A frame for the reserve, from where that takes its own. */
static void reserve_find(struct labyrinth *lab)
{
	struct page *page = labyrinth_zones_take(lab, LABYRINTH_ZONE_NORMAL, 0, MOBILITY_SHARED, ZONE_WAIT);

	if (page != NULL && !labyrinth_policy_refill(lab, page))
		labyrinth_zone_put(zone_of(lab->zones, page), page, 0, ZONE_WAIT);
}

void labyrinth_policy_put_tagged(struct labyrinth *lab, struct page *page, unsigned order)
{
	labyrinth_zone_put(zone_of(lab->zones, page), page, order, ZONE_WAIT);
	if (order == 0 && reserve_short(lab->reserve))
		reserve_find(lab);
	policy_given(lab);
}
