/*
 * check.c - one function knows every law.
 *
 * Idea    The zones are counted first (audit.h); then come stacks, magazines, owners and lists, and the sum of all.
 * Needs   Nobody else in the allocator. Only reads.
 */
#include "audit.h"
#include "compact.h"
#include "debug.h"
#include "inject.h"
#include "magazine.h"
#include "owner.h"
#include "quarantine.h"
#include "reclaim.h"
#include "vault.h"
#include "wait.h"
#include "window.h"
#include "zone.h"

/* Frames of a stack that are exclusive, or are not. */
static bool check_stack_reach(struct audit *a, const struct stack *s, bool exclusive)
{
	const struct frames *f = a->lab->frames;
	const struct page *page = labyrinth_stack_top(s, f);

	for (; page != NULL; page = labyrinth_stack_below(f, page))
		if (!labyrinth_audit_reach(a, page, 1, exclusive))
			return false;
	return true;
}

static bool check_aside(struct audit *a)
{
	const struct reserve *r = a->lab->reserve, *v = &a->lab->vault->stock, *dirty = &a->lab->vault->dirty;

	return labyrinth_audit_stack(a, "the reserve's count is the number of frames on its stack", &r->stack,
	                             FRAME_RESERVED, reserve_count(r))
	       && labyrinth_audit_stack(a, "the vault's count is the number of frames on its stack", &v->stack,
	                                FRAME_RESERVED, reserve_count(v))
	       && labyrinth_audit_stack(a, "the count of dirty frames is the number of frames on their stack",
	                                &dirty->stack, FRAME_DIRTY, reserve_count(dirty))
	       && agree(a, "every dirty frame waits in the vault to be shredded", a->count[FRAME_DIRTY],
	                reserve_count(dirty))
	       && agree(a, "every frame set aside is in the reserve or in the vault", a->count[FRAME_RESERVED],
	                reserve_count(r) + reserve_count(v))
	       && check_stack_reach(a, &r->stack, false) && check_stack_reach(a, &v->stack, true);
}

static bool check_kept(struct audit *a, struct page *const *kept, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (word_state(word_load(kept[i])) != FRAME_CACHED)
			return broken(a, "a frame in a magazine is in no other state",
			              labyrinth_frames_pfn(a->lab->frames, kept[i]), word_state(word_load(kept[i])),
			              FRAME_CACHED);
	return true;
}

/* As many as there is room for, and that is as much as there may be. */
static bool check_room(struct audit *a, const struct magazine *own)
{
	uint32_t room = (uint32_t)(own->end - own->kept), most = a->lab->magazines->capacity;

	return (magazine_count(own) <= room && room <= most)
	       || broken(a, "a magazine holds at most its room, and has room for at most its capacity", (pfn_t){ 0 },
	                 magazine_count(own) > room ? magazine_count(own) : room,
	                 magazine_count(own) > room ? room : most);
}

/* What the short ways believe without a look: where the frames at hand end, and which words are valid. */
static bool check_belief(struct audit *a, const struct magazine *own)
{
	const struct frames *f = a->lab->frames;

	if (own->kept[-1] != NULL)
		return broken(a, "below the frames of a magazine is none",
		              labyrinth_frames_pfn(f, own->kept[-1]), 1, 0);
	if (own->span > own->valid)
		return broken(a, "a front end sees frames whose words are valid", (pfn_t){ 0 }, own->span, own->valid);
	for (uintptr_t i = 0; i < own->valid; i += ROW_FRAMES)
		if (!frames_written(f, own->window + i))
			return broken(a, "a front end sees frames whose words are valid",
			              labyrinth_frames_pfn(f, own->window), i, own->valid);
	return true;
}

static bool check_large(struct audit *a, struct page *page)
{
	return check_kept(a, &page, page != NULL);
}

/* Blocks of this order, at their places. */
static bool check_shelf(struct audit *a, const struct shelf *s, unsigned order)
{
	if (shelf_count(s) > a->lab->magazines->shelf)
		return broken(a, "a shelf holds at most as many blocks as there are places", (pfn_t){ order },
		              shelf_count(s), a->lab->magazines->shelf);
	for (uint32_t i = 0; i < shelf_count(s); i++)
		if (word_order(word_load(s->at[i])) != order)
			return broken(a, "a block on a shelf is of its order",
			              labyrinth_frames_pfn(a->lab->frames, s->at[i]),
			              word_order(word_load(s->at[i])), order);
	return check_kept(a, s->at, shelf_count(s));
}

static bool check_shelves(struct audit *a, const struct magazine *own)
{
	for (unsigned i = 0; i < SHELF_ORDERS; i++)
		if (!check_shelf(a, &own->shelf[i], i + 1))
			return false;
	return true;
}

static bool check_magazines(struct audit *a)
{
	const struct magazines *m = a->lab->magazines;

	for (uint32_t i = 0; i < magazines_front_ends(m); i++)
		if (!check_room(a, &m->at[i]) || !check_belief(a, &m->at[i])
		    || !check_kept(a, m->at[i].kept, magazine_count(&m->at[i]))
		    || !check_kept(a, m->at[i].aside, magazine_leaving(&m->at[i]))
		    || !check_large(a, magazine_large(&m->at[i])) || !check_shelves(a, &m->at[i]))
			return false;
	return agree(a, "every cached frame is in one magazine", a->count[FRAME_CACHED], labyrinth_magazines_count(m));
}

/* Adds up the frames of the blocks in the ring. */
static bool check_quarantined(struct audit *a, const struct quarantine *q, uint64_t *frames)
{
	for (uint32_t i = 0, at = q->oldest; i < q->count; i++, at = at + 1 == q->capacity ? 0 : at + 1) {
		uint64_t word = word_load(q->at[at]);

		if (word_state(word) != FRAME_WAITING)
			return broken(a, "a block in the quarantine is in no other state",
			              labyrinth_frames_pfn(a->lab->frames, q->at[at]), word_state(word),
			              FRAME_WAITING);
		*frames += UINT64_C(1) << word_order(word);
	}
	return true;
}

static bool check_debug(struct audit *a)
{
	const struct quarantine *q = a->lab->quarantine;
	uint64_t waiting = 0;

	return agree(a, "every red zone lies beside the block that it is for", a->count[FRAME_FENCE], a->fences)
	       && agree(a, "the count of frames in red zones is what there is", debug_fenced(a->lab), a->fences)
	       && (q == NULL || check_quarantined(a, q, &waiting))
	       && agree(a, "every block that waits is in the quarantine", a->count[FRAME_WAITING], waiting)
	       && agree(a, "the count of frames in quarantine is what there is", labyrinth_quarantine_frames(q),
	                waiting);
}

static bool check_injection(struct audit *a)
{
	return agree(a, "an injection in force is announced to those who request", inject_on(a->lab),
	             atomic_load_explicit(&a->lab->injector->version, memory_order_relaxed) % 2);
}

/* What was said of a zone may be so no longer; what is so has been said. */
static bool check_watermarks(struct audit *a)
{
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++) {
		const struct zone *zone = &a->lab->zones[z];

		if (zone_free(zone) < zone->low && !(attention(a->lab) & (unsigned)ATTEND_LOW << z))
			return broken(a, "a zone that is low is noted as low", (pfn_t){ z }, zone_free(zone),
			              zone->low);
		if (zone_free(zone) < zone->protect && !(attention(a->lab) & ATTEND_DUG))
			return broken(a, "who frees is told that a zone has less than it protects", (pfn_t){ z },
			              zone_free(zone), zone->protect);
	}
	return true;
}

static bool check_pressure(struct audit *a)
{
	const struct reclaimer *r = a->lab->reclaimer;
	uint32_t registered = 0, running = 0;

	for (uint32_t i = 0; i < r->slots; i++) {
		registered += r->at[i].generation % 2;
		running += r->at[i].running;
	}
	if (reserve_short(a->lab->reserve) && (attention(a->lab) & ATTEND_RESERVE) == 0)
		return broken(a, "who frees is told that the reserve is short", (pfn_t){ 0 },
		              reserve_count(a->lab->reserve), reserve_target(a->lab->reserve));
	return agree(a, "those who sleep are announced to those who free", (attention(a->lab) & ATTEND_WAITERS) != 0,
	             a->lab->waiters->count > 0)
	       && agree(a, "the count of shrinkers is the number of slots taken",
	                atomic_load_explicit(&r->registered, memory_order_relaxed), registered)
	       && (running <= r->sweeping
	           || broken(a, "one scan runs at a time, in a sweep", (pfn_t){ 0 }, running, r->sweeping));
}

static bool check_movers(struct audit *a)
{
	uint32_t alive = 0;

	for (uint32_t i = 0; i < LABYRINTH_MAX_MOVERS; i++) {
		uint64_t word = mover_load(&a->lab->movers->at[i]);

		if (!agree(a, "a mover counts the frames that carry its tag", mover_frames(word), a->moves[i]))
			return false;
		if (!mover_alive(word) && a->moves[i] > 0)
			return broken(a, "a tag names a live mover", (pfn_t){ i }, mover_generation(word), 1);
		alive += mover_alive(word);
	}
	return agree(a, "the count of movers is the number of slots taken",
	             atomic_load_explicit(&a->lab->movers->alive, memory_order_relaxed), alive);
}

static bool is_free(const struct labyrinth *lab, uint64_t index)
{
	const struct frames *f = lab->frames;
	const struct zone *z = zone_of(lab->zones, &f->page[index]);
	block_t b = { (uint32_t)(index / BLOCK_FRAMES) };

	return labyrinth_large_around(&z->large, zone_bit(z, b), BLOCK_ORDER) != 0
	       || (block_opened(f, b)
	           && labyrinth_buddy_free_in(&f->block[b.i], (unsigned)(index % BLOCK_FRAMES), 0));
}

/* Which frames are to go offline: such as are in use. */
static bool check_pending(struct audit *a)
{
	const struct frames *f = a->lab->frames;
	uint64_t frames = (uint64_t)f->blocks * BLOCK_FRAMES, at = 0;

	while ((at = labyrinth_bad_next(f->bad, at, frames)) < frames) {
		if (is_free(a->lab, at) || word_state(frames_word(f, &f->page[at])) == FRAME_OFFLINE)
			return broken(a, "a frame that is to go offline is in use",
			              labyrinth_frames_pfn(f, &f->page[at]), 0, 1);
		a->pending++;
		at++;
	}
	if (a->pending > 0 && (attention(a->lab) & ATTEND_BAD) == 0)
		return broken(a, "who hands out frames is told that some are to go offline", (pfn_t){ 0 }, 0, 1);
	return agree(a, "the count of frames that are to go offline is what the list holds",
	             atomic_load_explicit(&f->bad->marked, memory_order_relaxed), a->pending)
	       && agree(a, "the count of frames that are offline is what there is", bad_count(&f->bad->offline),
	                a->count[FRAME_OFFLINE]);
}

static bool check_sum(struct audit *a)
{
	return agree(a, "the frames of all states add up to what was usable", audit_counted(a),
	             instance_usable(a->lab));
}

static bool check_all(struct audit *a)
{
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++)
		if (!labyrinth_audit_zone(a, &a->lab->zones[z]))
			return false;
	return check_magazines(a) && check_aside(a) && labyrinth_audit_owners(a) && labyrinth_audit_windows(a)
	       && check_pending(a) && labyrinth_audit_ledger(a) && check_debug(a) && check_watermarks(a)
	       && check_pressure(a) && check_injection(a) && check_movers(a) && check_sum(a);
}

const char *labyrinth_check(const struct labyrinth *lab, struct labyrinth_finding *finding)
{
	struct audit a = { .lab = lab };

	if (lab == NULL)
		broken(&a, "there is an instance", (pfn_t){ 0 }, 0, 1);
	else if (check_all(&a))
		return NULL;
	if (finding != NULL)
		*finding = a.finding;
	return a.finding.law;
}
