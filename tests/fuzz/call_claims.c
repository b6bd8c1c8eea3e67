/*
 * call_claims.c - claims, and all that may be done with one, by those who hold it and by those who do not any more.
 *
 * Idea    What a call on a claim says follows from the state of the claim, which the books have. A copy that is not
 *         the claim any more is refused, whatever is in it. While a call is under way its claim is out of the books:
 *         nothing that comes between may use it.
 */
#include "fuzz/fuzz.h"
#include "port/host.h"

enum act { RELEASE, TRANSFER, LEND, TAKE_BACK, MAP, UNMAP };

/* Frames that count against an owner's guarantee and limit; from the allocator's own statistics. */
static uint64_t counted(const struct owner_known *o)
{
	struct labyrinth_owner_stats s = { .held = 0 };

	fuzz.quiet++;
	must(labyrinth_owner_stats(fuzz.lab, o->name, &s) == LABYRINTH_OK, "an owner has no numbers", o->serial);
	fuzz.quiet--;
	must(fuzz.depth > 1 || s.held == o->out, "an owner holds another number of frames", s.held);
	return (uint64_t)s.held + s.recycled;
}

/* While another call for it is under way the numbers may be between two. */
static bool guaranteed(const struct owner_known *o)
{
	return o->alive && o->busy == 0 && !fuzz.breaking && counted(o) < o->guarantee;
}

/* ---- Claiming. */

/* A copy for later. None of those before is the same: it would be believed. */
static void remember(const struct labyrinth_claim *claim)
{
	for (unsigned i = 0; i < OLD; i++)
		must(fuzz.old[i].page != claim->page || fuzz.old[i].generation != claim->generation
		     || fuzz.old[i].owner.slot != claim->owner.slot
		     || fuzz.old[i].owner.generation != claim->owner.generation, "a claim is as an earlier one was",
		     claim->generation);
	fuzz.old[fuzz.olds++ % OLD] = *claim;
}

static void hold(struct labyrinth_claim *claim, unsigned i)
{
	struct owner_known *o = &fuzz.owner[i];
	struct held *h = &fuzz.claim[fuzz.claims++];
	uint64_t pfn = shadow_pfn(claim->page);

	shadow_grant(pfn, 1, o->serial);
	*h = (struct held){ .claim = *claim, .pfn = pfn, .owner = i, .mark = shadow_write(pfn, 1) };
	shadow_find(pfn)->secret = h->mark;
	shadow_find(pfn)->keeper = o->serial;
	o->out++;
	must(o->out <= o->limit, "an owner holds more than its limit", o->out);
	remember(claim);
}

void call_claim(void)
{
	unsigned i = (unsigned)below(OWNERS);
	struct owner_known *o = &fuzz.owner[i];
	struct labyrinth_claim claim = { .lab = fuzz.lab, .owner = o->name };
	bool alive = o->alive, owed;
	uint64_t disturbed = fuzz.disturbed;

	if (fuzz.claims + fuzz.depth + 1 > CLAIMS)
		return;
	owed = guaranteed(o);
	o->busy++;
	labyrinth_void_alloc_page_gfp_atomic_exclusive(&claim);
	o->busy--;
	must((claim.page != NULL) == (claim.status == LABYRINTH_OK), "a claim and its status disagree", claim.status);
	must((claim.status == LABYRINTH_BAD_OWNER) == !alive, "a claim is judged by another owner", claim.status);
	must(!owed || disturbed != fuzz.disturbed || claim.status == LABYRINTH_OK,
	     "a claim within its guarantee is refused", claim.status);
	if (claim.status == LABYRINTH_OK)
		hold(&claim, i);
	else
		must(claim.status == LABYRINTH_BAD_OWNER || claim.status == LABYRINTH_NO_MEMORY
		     || claim.status == LABYRINTH_OVER_LIMIT || claim.status == LABYRINTH_OVER_RATE,
		     "a claim is refused for the wrong reason", claim.status);
}

/* ---- Which claim, and what to expect. */

static struct held take_out(unsigned i)
{
	struct held h = fuzz.claim[i];

	must(shadow_reads(h.pfn, 1, h.mark), "a claimed frame was written to", h.pfn);
	fuzz.claim[i] = fuzz.claim[--fuzz.claims];
	return h;
}

static void put_back(const struct held *h)
{
	fuzz.claim[fuzz.claims++] = *h;
}

/* Which claim in the books this is a copy of; CLAIMS: none. */
static unsigned copy_of(const struct labyrinth_claim *c)
{
	for (unsigned i = 0; i < fuzz.claims; i++) {
		const struct labyrinth_claim *own = &fuzz.claim[i].claim;

		if (own->page == c->page && own->generation == c->generation && own->owner.slot == c->owner.slot
		    && own->owner.generation == c->owner.generation)
			return i;
	}
	return CLAIMS;
}

static struct labyrinth_claim some_copy(void)
{
	struct labyrinth_claim c = fuzz.old[below(OLD)];

	c.lab = fuzz.lab;
	switch (below(8)) {
	case 0:  c.generation += (uint32_t)below(4); break;
	case 1:  c.owner = fuzz.owner[below(OWNERS)].name; break;
	case 2:  c.owner.slot = (uint16_t)below(65536); break;
	case 3:  c.page = shadow_page(fuzz.area[0].begin + below(4096)); break;
	case 4:  c.page = (struct page *)(void *)((uint8_t *)fuzz.metadata + below(fuzz.bytes)); break;
	default: break;
	}
	return c;
}

static enum labyrinth_status if_unmapped(const struct held *h)
{
	const struct windows *w = &fuzz.window[h->cpu];

	if (h->cpu != host_cpu)
		return LABYRINTH_OTHER_CPU;
	return w->pfn[w->count - 1] == h->pfn ? LABYRINTH_OK : LABYRINTH_NOT_INNERMOST;
}

static enum labyrinth_status wanted(enum act act, const struct held *h)
{
	if (act == TAKE_BACK)
		return h->state == LENT ? LABYRINTH_OK : LABYRINTH_NOT_LENT;
	if (act == UNMAP)
		return h->state == MAPPED ? if_unmapped(h) : LABYRINTH_NOT_MAPPED;
	if (h->state == OWNED)
		return LABYRINTH_OK;
	return h->state == LENT ? LABYRINTH_FRAME_LENT : LABYRINTH_FRAME_MAPPED;
}

static enum labyrinth_status map(struct labyrinth_claim *c, const struct held *h)
{
	volatile uint64_t *at = labyrinth_claim_map(c);

	must((at != NULL) == (c->status == LABYRINTH_OK), "a window and its status disagree", c->status);
	must(at == NULL || h == NULL || *at == h->mark, "a window shows something else", c->status);
	return c->status;
}

static enum labyrinth_status make_call(enum act act, struct labyrinth_claim *c, const struct held *h, unsigned to)
{
	switch (act) {
	case RELEASE:   return labyrinth_claim_release(c);
	case TRANSFER:  return labyrinth_claim_transfer(c, fuzz.owner[to].name);
	case LEND:      return labyrinth_claim_lend(c);
	case TAKE_BACK: return labyrinth_claim_take_back(c);
	case MAP:       return map(c, h);
	default:        return labyrinth_claim_unmap(c);
	}
}

/* ---- What has changed. */

static void forget_window(const struct held *h)
{
	struct windows *w = &fuzz.window[h->cpu];
	unsigned at = 0;

	while (at < w->count && w->pfn[at] != h->pfn)
		at++;
	must(at < w->count, "a window is closed that was not open", h->pfn);
	for (w->count--; at < w->count; at++)
		w->pfn[at] = w->pfn[at + 1];
	w->unsure &= w->count > 0;
}

static void change_hands(struct held *h, const struct labyrinth_claim *c, unsigned to)
{
	uint32_t generation = h->claim.generation;

	fuzz.owner[h->owner].out--;
	fuzz.owner[to].out++;
	must(fuzz.owner[to].out <= fuzz.owner[to].limit, "an owner receives more than its limit", to);
	must(shadow_reads(h->pfn, 1, h->mark), "a transfer changes what is in a frame", h->pfn);
	h->owner = to;
	h->claim = *c;
	h->mark = shadow_write(h->pfn, 1);
	shadow_find(h->pfn)->secret = h->mark;
	shadow_find(h->pfn)->keeper = fuzz.owner[to].serial;
	remember(c);
	must(c->generation != generation, "a transfer leaves the copies of before", generation);
}

static void done(enum act act, struct held *h, const struct labyrinth_claim *c, unsigned to)
{
	struct windows *w = &fuzz.window[host_cpu];

	switch (act) {
	case RELEASE:
		must(c->page == NULL, "a claim that was released names a page", h->pfn);
		fuzz.owner[h->owner].out--;
		return;
	case TRANSFER:
		change_hands(h, c, to);
		break;
	case MAP:
		h->cpu = host_cpu;
		h->state = MAPPED;
		must(w->count < LABYRINTH_MAX_WINDOWS, "a CPU has more windows than there are", w->count);
		w->pfn[w->count++] = h->pfn;
		break;
	case UNMAP:
		forget_window(h);
		h->state = OWNED;
		break;
	default:
		h->state = act == LEND ? LENT : OWNED;
	}
	put_back(h);
}

/* ---- The calls. */

/* Another outcome than the state of the claim says, that is in order all the same. */
static bool excused(enum act act, enum labyrinth_status status, unsigned to, bool owed, bool between)
{
	bool unsure = between || fuzz.depth > 1 || fuzz.window[host_cpu].unsure; /* who is interrupted may shred */

	if (act == MAP && status == LABYRINTH_TOO_DEEP)
		return unsure || fuzz.window[host_cpu].count > 0;
	if (act == UNMAP)
		return unsure && (status == LABYRINTH_OK || status == LABYRINTH_NOT_INNERMOST);
	if (act != TRANSFER)
		return false;
	if (status == LABYRINTH_BAD_OWNER)
		return !fuzz.owner[to].alive;
	return (status == LABYRINTH_OVER_LIMIT || status == LABYRINTH_NO_MEMORY) && (!owed || between);
}

static void act_on(enum act act, unsigned i)
{
	struct held h = take_out(i);
	struct labyrinth_claim c = h.claim;
	unsigned to = act == TRANSFER ? (unsigned)below(OWNERS) : h.owner;
	enum labyrinth_status want = wanted(act, &h), status;
	bool owed = act == TRANSFER && guaranteed(&fuzz.owner[to]), between;
	uint64_t disturbed = fuzz.disturbed;
	uint32_t from = fuzz.owner[h.owner].serial;

	fuzz.owner[h.owner].busy++;
	fuzz.owner[to].busy++;
	if (act == RELEASE && want == LABYRINTH_OK)
		shadow_drop(h.pfn, 1);
	status = make_call(act, &c, &h, to);
	fuzz.owner[h.owner].busy--;
	fuzz.owner[to].busy--;
	between = disturbed != fuzz.disturbed;
	must(fuzz.owner[h.owner].serial == from, "an owner ends in the midst of a call", from);
	if (between && (act == MAP || act == UNMAP))
		fuzz.window[host_cpu].unsure = true;
	must(status == want || excused(act, status, to, owed, between), "a claim is not judged by its state",
	     status * 65536 + want * 256 + act);
	if (status == LABYRINTH_OK)
		done(act, &h, &c, to);
	else
		put_back(&h);
}

/* Nobody's claim any more, or nobody's ever. */
static void act_on_copy(enum act act, struct labyrinth_claim *c)
{
	enum labyrinth_status status = make_call(act, c, NULL, (unsigned)below(OWNERS));

	must(status == LABYRINTH_STALE_CLAIM || status == LABYRINTH_BAD_OWNER || status == LABYRINTH_FOREIGN_PAGE
	     || status == LABYRINTH_NULL_POINTER || (act == MAP && status == LABYRINTH_TOO_DEEP),
	     "a copy of a claim is believed", status);
}

static void act_on_some(enum act act)
{
	struct labyrinth_claim c;
	unsigned i;

	if (fuzz.claims > 0 && (fuzz.depth > 1 || !one_in(6))) {
		act_on(act, (unsigned)below(fuzz.claims));
		return;
	}
	if (fuzz.depth > 1)
		return;
	c = some_copy();
	i = copy_of(&c);
	fuzz.quiet++;
	if (i < CLAIMS)
		act_on(act, i);
	else
		act_on_copy(act, &c);
	fuzz.quiet--;
}

void call_release(void)
{
	act_on_some(RELEASE);
}

void call_transfer(void)
{
	act_on_some(TRANSFER);
}

void call_lend(void)
{
	act_on_some(LEND);
}

void call_take_back(void)
{
	act_on_some(TAKE_BACK);
}

void call_map(void)
{
	act_on_some(MAP);
}

/* Mostly the window of this CPU that was opened last. */
void call_unmap(void)
{
	const struct windows *w = &fuzz.window[host_cpu];

	for (unsigned i = 0; i < fuzz.claims && w->count > 0; i++)
		if (fuzz.claim[i].pfn == w->pfn[w->count - 1]) {
			act_on(UNMAP, i);
			return;
		}
	act_on_some(UNMAP);
}

void claim_end(unsigned i)
{
	host_cpu = fuzz.claim[i].cpu;
	if (fuzz.claim[i].state != OWNED) {
		act_on(fuzz.claim[i].state == LENT ? TAKE_BACK : UNMAP, i);
		i = fuzz.claims - 1;
	}
	if (fuzz.claim[i].state == OWNED)
		act_on(RELEASE, i);
	host_cpu = 0;
}
