/*
 * test_reclaim.c - shrinkers: who is asked when, for how much, how often, and what a scan may do.
 */
#include "kit.h"

#define KERNEL LABYRINTH_GFP_KERNEL
#define ROUNDS LABYRINTH_RECLAIM_ROUNDS

static struct arena machine_new(uint32_t slots, uint32_t magazine)
{
	struct labyrinth_config config = config_with(2, 4, 4, 1, magazine);

	config.shrinkers = slots;
	return arena_new(small_machine, config);
}

/* A shrinker that frees what a hog holds, at most `most` a time and only from a priority down; it keeps a record. */
struct pool {
	struct labyrinth *lab;
	struct hog       *hog;
	uint64_t          most;
	unsigned          from;
	unsigned          calls, depth;
	uint64_t          wanted[64];
	unsigned          priority[64];
};

static uint64_t pool_scan(uint64_t wanted, unsigned priority, void *context)
{
	struct pool *p = context;
	size_t n = wanted < p->most ? (size_t)wanted : (size_t)p->most;

	assert_int_equal(p->depth++, 0);
	assert_true(host_irq_on);
	p->wanted[p->calls] = wanted;
	p->priority[p->calls++] = priority;
	n = priority > p->from ? 0 : n;
	n = n < p->hog->count ? n : p->hog->count;
	hog_free(p->lab, p->hog, n);
	p->depth--;
	return n;
}

static labyrinth_shrinker_t must_add(struct labyrinth *lab, uint64_t (*scan)(uint64_t, unsigned, void *), void *context)
{
	const struct labyrinth_shrinker shrinker = { "pool", scan, context };
	labyrinth_shrinker_t id = { 0, 0 };

	assert_status(labyrinth_shrinker_register(lab, &shrinker, &id), LABYRINTH_OK);
	assert_int_equal(id.generation % 2, 1);
	return id;
}

static void registration(void **state)
{
	struct arena a = machine_new(2, 0);
	struct pool p = { .lab = a.lab };
	const struct labyrinth_shrinker good = { "good", pool_scan, &p }, nameless = { NULL, pool_scan, &p },
	                                idle = { "idle", NULL, &p };
	labyrinth_shrinker_t id[3], none = { 0, 0 };
	struct labyrinth_shrinker_stats stats;

	(void)state;
	ASSERT_REFUSED(&a, labyrinth_shrinker_register(NULL, &good, &id[0]), LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED(&a, labyrinth_shrinker_register(a.lab, NULL, &id[0]), LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED(&a, labyrinth_shrinker_register(a.lab, &good, NULL), LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED(&a, labyrinth_shrinker_register(a.lab, &nameless, &id[0]), LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED(&a, labyrinth_shrinker_register(a.lab, &idle, &id[0]), LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED_COUNTED(&a, labyrinth_shrinker_unregister(a.lab, none), LABYRINTH_BAD_SHRINKER);
	id[0] = must_add(a.lab, pool_scan, &p);
	id[1] = must_add(a.lab, pool_scan, &p);
	for (unsigned c = LABYRINTH_INTERRUPT; c <= LABYRINTH_NMI; c++) {
		host_context = (enum labyrinth_context)c;
		ASSERT_REFUSED(&a, labyrinth_shrinker_register(a.lab, &good, &id[2]), LABYRINTH_IN_INTERRUPT);
		ASSERT_REFUSED(&a, labyrinth_shrinker_unregister(a.lab, id[0]), LABYRINTH_IN_INTERRUPT);
		ASSERT_REFUSED(&a, labyrinth_shrinker_stats(a.lab, id[0], &stats), LABYRINTH_IN_INTERRUPT);
	}
	host_context = LABYRINTH_TASK;
	ASSERT_REFUSED_COUNTED(&a, labyrinth_shrinker_register(a.lab, &good, &id[2]), LABYRINTH_TOO_MANY_SHRINKERS);
	ASSERT_REFUSED(&a, labyrinth_shrinker_unregister(NULL, id[0]), LABYRINTH_NULL_POINTER);
	assert_status(labyrinth_shrinker_unregister(a.lab, id[0]), LABYRINTH_OK);
	ASSERT_REFUSED_COUNTED(&a, labyrinth_shrinker_unregister(a.lab, id[0]), LABYRINTH_BAD_SHRINKER);
	id[2] = must_add(a.lab, pool_scan, &p); /* the same slot, another registration */
	assert_int_equal(id[2].slot, id[0].slot);
	ASSERT_REFUSED_COUNTED(&a, labyrinth_shrinker_unregister(a.lab, id[0]), LABYRINTH_BAD_SHRINKER);
	ASSERT_REFUSED_COUNTED(&a, labyrinth_shrinker_unregister(a.lab, (labyrinth_shrinker_t){ 2, 1 }),
	                       LABYRINTH_BAD_SHRINKER);
	ASSERT_REFUSED_COUNTED(&a, labyrinth_shrinker_stats(a.lab, id[0], &stats), LABYRINTH_BAD_SHRINKER);
	ASSERT_REFUSED(&a, labyrinth_shrinker_stats(a.lab, id[2], NULL), LABYRINTH_NULL_POINTER);
	assert_status(labyrinth_shrinker_stats(a.lab, id[2], &stats), LABYRINTH_OK);
	assert_string_equal(stats.name, "pool");
	assert_int_equal(stats.asked + stats.freed, 0);
	machine_end(&a);
}

static void without_slots_there_are_none(void **state)
{
	const struct labyrinth_shrinker shrinker = { "pool", pool_scan, NULL };
	struct arena a = machine_new(0, 0);
	labyrinth_shrinker_t id;

	(void)state;
	ASSERT_REFUSED_COUNTED(&a, labyrinth_shrinker_register(a.lab, &shrinker, &id), LABYRINTH_TOO_MANY_SHRINKERS);
	ASSERT_REFUSED_COUNTED(&a, labyrinth_shrinker_unregister(a.lab, (labyrinth_shrinker_t){ 0, 1 }),
	                       LABYRINTH_BAD_SHRINKER);
	machine_end(&a);
}

/* Full memory; a request gets its block from what the shrinker gives, with and without magazines. */
static void a_request_reclaims(void **state)
{
	(void)state;
	for (uint32_t magazine = 0; magazine <= 16; magazine += 16)
		for (unsigned order = 0; order <= 6; order += 3) {
			struct arena a = machine_new(3, magazine);
			struct pool p = { .lab = a.lab, .most = 10000, .from = ROUNDS };
			uint64_t wanted = order > 5 ? UINT64_C(1) << order : 32;
			labyrinth_shrinker_t id;
			struct labyrinth_shrinker_stats stats;

			p.hog = hog_new(a.lab);
			id = must_add(a.lab, pool_scan, &p);
			must_alloc(a.lab, KERNEL, order);
			assert_true(p.calls >= 1 && p.calls <= ROUNDS);
			for (unsigned i = 0; i < p.calls; i++) {
				assert_int_equal(p.priority[i], ROUNDS - 1 - i);
				assert_int_equal(p.wanted[i], wanted >> p.priority[i]);
			}
			assert_status(labyrinth_shrinker_stats(a.lab, id, &stats), LABYRINTH_OK);
			assert_int_equal(stats.asked, p.calls);
			assert_int_equal(stats.freed, stats_of(a.lab).reclaimed);
			assert_true(stats.freed >= UINT64_C(1) << order);
			if (order == 0)
				assert_int_equal(p.calls, 1);
			free(p.hog);
			machine_end(&a);
		}
}

/* Only KERNEL does, and only when there is nothing else. */
static void the_others_do_not(void **state)
{
	struct arena a = machine_new(1, 0);
	struct pool p = { .lab = a.lab, .most = 10000, .from = ROUNDS };

	(void)state;
	must_add(a.lab, pool_scan, &p);
	must_alloc(a.lab, KERNEL, 3);
	p.hog = hog_new(a.lab);
	ASSERT_REFUSED_COUNTED(&a, alloc_status(a.lab, LABYRINTH_GFP_NOWAIT, 0), LABYRINTH_NO_MEMORY);
	ASSERT_REFUSED_COUNTED(&a, alloc_status(a.lab, LABYRINTH_GFP_ATOMIC, 1), LABYRINTH_NO_MEMORY);
	host_context = LABYRINTH_INTERRUPT;
	ASSERT_REFUSED_COUNTED(&a, alloc_status(a.lab, KERNEL, 0), LABYRINTH_IN_INTERRUPT);
	assert_int_equal(p.calls, 0);
	free(p.hog);
	machine_end(&a);
}

/* Shrinkers that free nothing, or lie: the number of questions is bounded, every shrinker gets its turn each round. */
static uint64_t liar(uint64_t wanted, unsigned priority, void *context)
{
	(void)priority;
	++*(unsigned *)context;
	return wanted;
}

static void the_number_of_rounds_is_bounded(void **state)
{
	struct arena a = machine_new(5, 0);
	struct pool p[3] = { { .from = 0 }, { .from = 0 }, { .from = 0 } };
	struct hog *hog = hog_new(a.lab);
	unsigned lies = 0;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		p[i].lab = a.lab;
		p[i].hog = hog;
		must_add(a.lab, pool_scan, &p[i]);
	}
	must_add(a.lab, liar, &lies);
	assert_status(alloc_status(a.lab, KERNEL, 0), LABYRINTH_NO_MEMORY);
	assert_int_equal(lies, ROUNDS);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(p[i].calls, ROUNDS);
	p[1].most = 1; /* gives only when it is hard: the first two were asked, the third is not */
	must_alloc(a.lab, KERNEL, 0);
	assert_int_equal(p[0].calls, 2 * ROUNDS);
	assert_int_equal(p[1].calls, 2 * ROUNDS);
	assert_int_equal(p[2].calls, 2 * ROUNDS - 1);
	free(hog);
	machine_end(&a);
}

/* ---- A scan that calls back in every way that there is. */

struct intruder {
	const struct arena  *a;
	struct labyrinth    *lab;
	struct hog          *hog;
	labyrinth_shrinker_t id, other;
	labyrinth_owner_t    owner;
	unsigned             calls, depth, others;
};

static uint64_t other_scan(uint64_t wanted, unsigned priority, void *context)
{
	(void)wanted, (void)priority;
	((struct intruder *)context)->others++;
	return 0;
}

static void ignore_line(const char *line, void *context)
{
	(void)line, (void)context;
}

static uint64_t intrude(uint64_t wanted, unsigned priority, void *context)
{
	struct intruder *in = context;
	struct labyrinth_claim claim;
	struct labyrinth_bulk bulk;
	struct page *pages[4];
	unsigned others = in->others;

	(void)wanted, (void)priority;
	assert_int_equal(in->depth++, 0);
	in->calls++;
	assert_status(alloc_status(in->lab, KERNEL, 0), LABYRINTH_NO_MEMORY); /* no reclaim in a reclaim */
	assert_status(labyrinth_alloc_pages_exact(in->lab, KERNEL, 3).status, LABYRINTH_NO_MEMORY);
	assert_int_equal(labyrinth_maintain(in->lab, 100), 0);
	assert_int_equal(in->others, others);
	ASSERT_REFUSED_COUNTED(in->a, labyrinth_shrinker_unregister(in->lab, in->id), LABYRINTH_BUSY);
	assert_status(labyrinth_shrinker_unregister(in->lab, in->other), LABYRINTH_OK);
	in->other = must_add(in->lab, other_scan, in);
	claim = must_claim(in->lab, in->owner);
	must_release(&claim);
	assert_lawful(in->lab);
	labyrinth_dump(in->lab, ignore_line, NULL);
	hog_free(in->lab, in->hog, 8);
	bulk = labyrinth_alloc_bulk(in->lab, KERNEL, 4, pages);
	assert_int_equal(bulk.count, 4);
	assert_int_equal(labyrinth_free_bulk(in->lab, pages, 4).count, 4);
	must_free(in->lab, must_alloc(in->lab, KERNEL | LABYRINTH_GFP_ZERO, 0), 0);
	in->depth--;
	return 8;
}

static void a_scan_calls_back(void **state)
{
	(void)state;
	for (uint32_t magazine = 0; magazine <= 16; magazine += 16) {
		struct arena a = machine_new(3, magazine);
		struct intruder in = { &a, a.lab, .owner = must_register(a.lab, 2, 4, 0), .hog = hog_new(a.lab) };

		in.other = must_add(a.lab, other_scan, &in);
		in.id = must_add(a.lab, intrude, &in);
		must_alloc(a.lab, KERNEL, 0);
		assert_int_equal(in.calls, 1);
		assert_int_equal(in.others, 1); /* by the request, not by the intruder's requests */
		assert_status(labyrinth_shrinker_unregister(a.lab, in.id), LABYRINTH_OK);
		assert_status(labyrinth_shrinker_unregister(a.lab, in.other), LABYRINTH_OK);
		free(in.hog);
		machine_end(&a);
	}
}

/* Bulk and exact requests reclaim as single ones do; an injected refusal does not. */
static void every_kind_of_request(void **state)
{
	struct arena a = machine_new(1, 16);
	struct pool p = { .lab = a.lab, .most = 1000, .from = ROUNDS };
	struct page *pages[100];

	(void)state;
	p.hog = hog_new(a.lab);
	must_add(a.lab, pool_scan, &p);
	assert_int_equal(labyrinth_alloc_bulk(a.lab, KERNEL, 100, pages).count, 100);
	assert_status(labyrinth_alloc_pages_exact(a.lab, KERNEL, 5).status, LABYRINTH_OK);
	p.calls = 0;
	assert_status(labyrinth_inject(a.lab, &(struct labyrinth_injection){ .first = 1 }), LABYRINTH_OK);
	assert_status(alloc_status(a.lab, KERNEL, 9), LABYRINTH_NO_MEMORY);
	assert_int_equal(p.calls, 0);
	assert_int_equal(labyrinth_free_bulk(a.lab, pages, 100).count, 100);
	free(p.hog);
	machine_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(registration),
		kit_test(without_slots_there_are_none),
		kit_test(a_request_reclaims),
		kit_test(the_others_do_not),
		kit_test(the_number_of_rounds_is_bounded),
		kit_test(a_scan_calls_back),
		kit_test(every_kind_of_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
