/*
 * test_inject_driver.c - a driver survives a refusal at every point.
 */
#include "kit.h"

#include "injected.h"

#define CLAIMS 6u

struct driver {
	struct arena a;
	labyrinth_owner_t nic, stack;
	struct labyrinth_claim claim[CLAIMS];
	struct page *block[3];
	bool retry; /* a refused request is made again, and must be granted */
};

static const struct {
	labyrinth_gfp_t gfp;
	unsigned        order;
} blocks[3] = {
	{ LABYRINTH_GFP_KERNEL, 9 }, { LABYRINTH_GFP_ATOMIC, 0 }, { LABYRINTH_GFP_NOWAIT | LABYRINTH_GFP_DMA, 3 },
};

static void take_block(struct driver *d, unsigned i)
{
	struct labyrinth_grant grant = labyrinth_alloc_pages(d->a.lab, blocks[i].gfp, blocks[i].order);

	assert_lawful(d->a.lab);
	if (grant.page == NULL && d->retry)
		grant.page = must_alloc(d->a.lab, blocks[i].gfp, blocks[i].order);
	d->block[i] = grant.page;
}

static void take_frame(struct driver *d, unsigned i)
{
	d->claim[i] = try_claim(d->a.lab, d->nic);
	assert_lawful(d->a.lab);
	if (d->claim[i].page == NULL && d->retry)
		d->claim[i] = must_claim(d->a.lab, d->nic);
}

static void hand_on(struct driver *d, unsigned i)
{
	enum labyrinth_status status;

	if (d->claim[i].page == NULL)
		return;
	status = labyrinth_claim_transfer(&d->claim[i], d->stack);
	assert_lawful(d->a.lab);
	assert_true(status == LABYRINTH_OK || status == LABYRINTH_NO_MEMORY);
	if (status != LABYRINTH_OK && d->retry)
		assert_status(labyrinth_claim_transfer(&d->claim[i], d->stack), LABYRINTH_OK);
}

static void lend(struct driver *d, unsigned i, enum labyrinth_status (*call)(struct labyrinth_claim *claim))
{
	if (d->claim[i].page != NULL)
		assert_status(call(&d->claim[i]), LABYRINTH_OK);
	assert_lawful(d->a.lab);
}

static void give_frame(struct driver *d, unsigned i)
{
	if (d->claim[i].page != NULL)
		must_release(&d->claim[i]);
	assert_lawful(d->a.lab);
}

/* Registers, fills its ring, receives, hands on, goes beyond its guarantee, gives back, ends. */
static void drive(struct driver *d)
{
	d->nic = must_register(d->a.lab, 3, 8, 2);
	for (unsigned i = 0; i < COUNT(blocks); i++)
		take_block(d, i);
	for (unsigned i = 0; i < CLAIMS; i++) {
		take_frame(d, i);
		lend(d, i, labyrinth_claim_lend);
	}
	d->stack = must_register(d->a.lab, 1, 8, 0);
	for (unsigned i = 0; i < CLAIMS; i++) {
		lend(d, i, labyrinth_claim_take_back);
		if (i % 2 == 0)
			hand_on(d, i);
		give_frame(d, i);
		take_frame(d, i);
	}
	labyrinth_maintain(d->a.lab, 8);
	for (unsigned i = 0; i < CLAIMS; i++)
		give_frame(d, i);
	for (unsigned i = 0; i < COUNT(blocks); i++)
		if (d->block[i] != NULL)
			must_free(d->a.lab, d->block[i], blocks[i].order);
	assert_status(labyrinth_owner_retire(d->a.lab, d->nic), LABYRINTH_OK);
	assert_status(labyrinth_owner_retire(d->a.lab, d->stack), LABYRINTH_OK);
	assert_lawful(d->a.lab);
}

/* One run with a rule; every frame is back afterwards. How many requests the rule concerned. */
static uint64_t run(struct labyrinth_injection rule, bool retry)
{
	struct driver d = { .a = machine_new(), .retry = retry };
	struct labyrinth_stats before = stats_of(d.a.lab), after;
	uint64_t concerned;

	must_inject(d.a.lab, rule);
	drive(&d);
	concerned = counts_of(d.a.lab).requests;
	if (rule.first > 0)
		assert_true(counts_of(d.a.lab).refused > 0);
	labyrinth_maintain(d.a.lab, 1000);
	after = stats_of(d.a.lab);
	assert_int_equal(after.free, before.free);
	assert_int_equal(after.vault, before.vault);
	assert_int_equal(after.reserve, before.reserve);
	arena_end(&d.a);
	return concerned;
}

static void refused_at_every_point(void **state)
{
	(void)state;
	for (unsigned broken = 0; broken < 2; broken++) {
		struct labyrinth_injection rule = { .break_guarantees = broken };
		uint64_t points = run(rule, false);

		print_message("guarantees %s: %llu points\n", broken ? "broken" : "kept", (unsigned long long)points);
		assert_true(points >= (broken ? 18 : 8));
		for (rule.first = 1; rule.first <= points; rule.first++) {
			rule.every = 0;
			run(rule, true);  /* once, then granted  */
			run(rule, false); /* once, and goes without */
			rule.every = 2;
			run(rule, true);  /* again and again, but not twice in a row */
			rule.every = 1;
			run(rule, false); /* from there on, all  */
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(refused_at_every_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
