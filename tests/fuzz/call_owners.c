/*
 * call_owners.c - owners come and go, and are told how fast they may claim.
 */
#include "fuzz/fuzz.h"
#include "port/host.h"

/* Only a task may: elsewhere it is refused, whatever else is wrong. */
static bool refused_here(enum labyrinth_status status)
{
	must(host_context == LABYRINTH_TASK || status == LABYRINTH_IN_INTERRUPT, "a call for tasks goes on elsewhere",
	     status);
	return host_context != LABYRINTH_TASK;
}

static struct labyrinth_budget some_budget(void)
{
	struct labyrinth_budget b = { .name = "an owner with a name that is a little longer than is kept" };

	b.guarantee = (uint32_t)below(fuzz.config.vault_frames + 2);
	if (one_in(2))
		b.guarantee /= 8;
	b.limit = b.guarantee + (uint32_t)below(one_in(2) ? 6 : 64);
	b.recycle = one_in(2) ? (uint32_t)below(b.limit + 2) : 0;
	if (one_in(32))
		b.limit = (uint32_t)below(UINT64_C(1) << 32);
	if (one_in(32))
		b.recycle = (uint32_t)below(UINT64_C(1) << 32);
	return b;
}

static bool sound(const struct labyrinth_budget *b)
{
	return b->limit > 0 && b->limit >= b->guarantee && b->limit <= LABYRINTH_MAX_BUDGET && b->recycle <= b->limit
	       && b->recycle <= LABYRINTH_MAX_RECYCLE;
}

void call_register(void)
{
	unsigned i = (unsigned)below(OWNERS);
	struct owner_known *o = &fuzz.owner[i];
	struct labyrinth_budget b = some_budget();
	labyrinth_owner_t name = LABYRINTH_NOBODY;
	enum labyrinth_status status;

	if (o->alive || o->busy > 0)
		return;
	o->busy++;
	status = labyrinth_owner_register(fuzz.lab, &b, &name);
	o->busy--;
	if (refused_here(status))
		return;
	must((status == LABYRINTH_BAD_BUDGET) == !sound(&b), "a budget is not judged as it should be", status);
	must(status == LABYRINTH_OK || status == LABYRINTH_BAD_BUDGET || status == LABYRINTH_NOT_COVERED
	     || status == LABYRINTH_TOO_MANY_OWNERS || status == LABYRINTH_BUSY, "an owner is refused", status);
	if (status != LABYRINTH_OK || o->alive)
		return;
	*o = (struct owner_known){ .name = name, .alive = true, .serial = ++fuzz.serials,
	                           .guarantee = b.guarantee, .limit = b.limit };
}

/* The claims of an owner leave the books, those first that are given here back if it stays. */
static unsigned take_out(unsigned owner, struct held *out, bool *stays)
{
	unsigned n = 0;

	for (unsigned i = fuzz.claims; i-- > 0;)
		if (fuzz.claim[i].owner == owner) {
			*stays |= fuzz.claim[i].state != OWNED;
			shadow_drop(fuzz.claim[i].pfn, 1);
			out[n++] = fuzz.claim[i];
			fuzz.claim[i] = fuzz.claim[--fuzz.claims];
		}
	return n;
}

static void put_back(const struct held *h)
{
	shadow_find(h->pfn)->held = true;
	fuzz.claim[fuzz.claims++] = *h;
}

void call_retire(void)
{
	unsigned i = (unsigned)below(OWNERS), n;
	struct owner_known *o = &fuzz.owner[i];
	struct held out[CLAIMS];
	bool stays = false, alive = o->alive;
	enum labyrinth_status status;

	if (o->busy > 0)
		return;
	n = take_out(i, out, &stays);
	o->alive = false; /* nothing that comes between may claim for it */
	o->busy++;
	status = labyrinth_owner_retire(fuzz.lab, o->name);
	o->busy--;
	o->alive = alive && status != LABYRINTH_OK;
	for (unsigned k = 0; k < n && status != LABYRINTH_OK; k++)
		put_back(&out[k]);
	if (refused_here(status))
		return;
	must(status == (!alive ? LABYRINTH_BAD_OWNER : stays ? LABYRINTH_BUSY : LABYRINTH_OK),
	     "the end of an owner is not judged as it should be", status);
	if (status == LABYRINTH_OK)
		o->out = 0;
}

void call_pace(void)
{
	const struct owner_known *o = &fuzz.owner[below(OWNERS)];
	uint32_t rate = (uint32_t)below(4), burst = one_in(32) ? LABYRINTH_MAX_BUDGET + 1 : (uint32_t)below(8);
	bool good = burst <= LABYRINTH_MAX_BUDGET && rate <= burst && (rate > 0 || burst == 0), alive = o->alive;
	enum labyrinth_status status = labyrinth_owner_pace(fuzz.lab, o->name, rate, burst);

	if (refused_here(status) || o->busy > 0)
		return;
	must((status == LABYRINTH_OK) == (good && alive), "a pace is not judged as it should be", status);
}

static void low(void *context, labyrinth_owner_t owner, uint32_t left)
{
	must(context == &fuzz && owner.generation != 0 && left <= LABYRINTH_MAX_BUDGET, "a watch is told nonsense",
	     left);
	moments_call_back(2);
}

void call_watch(void)
{
	const struct owner_known *o = &fuzz.owner[below(OWNERS)];
	uint32_t mark = (uint32_t)below(UINT64_C(2) + o->limit);
	bool ends = one_in(8), good = ends || (mark > 0 && mark < o->limit), alive = o->alive;
	enum labyrinth_status status = labyrinth_owner_watch(fuzz.lab, o->name, mark, ends ? NULL : low, &fuzz);

	if (refused_here(status) || o->busy > 0)
		return;
	must((status == LABYRINTH_OK) == (good && alive), "a watch is not judged as it should be", status);
}

void call_tick(void)
{
	for (uint64_t n = 1 + below(3); n > 0; n--)
		labyrinth_tick(fuzz.lab);
}
