/*
 * test_inject.c - refusals on demand: which requests they hit, and that they look real.
 */
#include "kit.h"

#include "injected.h"

static void assert_counts(const struct labyrinth *lab, uint64_t requests, uint64_t refused)
{
	assert_int_equal(counts_of(lab).requests, requests);
	assert_int_equal(counts_of(lab).refused, refused);
}

static void off_until_asked_for(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 0, 4, 0);

	(void)state;
	must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 0);
	must_claim(a.lab, owner);
	assert_false(counts_of(a.lab).on);
	assert_counts(a.lab, 0, 0);
	arena_end(&a);
}

/* Twelve requests of a kind; 'x' for each that is refused. */
static void assert_pattern(struct labyrinth *lab, labyrinth_owner_t owner, const char *pattern)
{
	uint64_t refused = 0;

	for (uint64_t i = 0; pattern[i] != '\0'; i++) {
		enum labyrinth_status why = pattern[i] == 'x' ? LABYRINTH_NO_MEMORY : LABYRINTH_OK;

		if (owner.generation == 0)
			assert_status(alloc_status(lab, LABYRINTH_GFP_NOWAIT, 1), why);
		else
			assert_status(try_claim(lab, owner).status, why);
		refused += pattern[i] == 'x';
		assert_counts(lab, i + 1, refused);
	}
	assert_lawful(lab);
}

static void first_and_every(void **state)
{
	static const struct {
		uint64_t first, every;
		const char *pattern;
	} rows[] = {
		{ 0,          0,          "............" },
		{ 1,          0,          "x..........." },
		{ 5,          0,          "....x......." },
		{ 0,          1,          "xxxxxxxxxxxx" },
		{ 0,          3,          "..x..x..x..x" },
		{ 4,          1,          "...xxxxxxxxx" },
		{ 2,          5,          ".x....x....x" },
		{ 5,          2,          "....x.x.x.x." },
		{ 13,         1,          "............" },
		{ UINT64_MAX, UINT64_MAX, "............" },
		{ 1,          UINT64_MAX, "x..........." },
	};
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 0, 200, 0);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct labyrinth_injection rule = { .first = rows[i].first, .every = rows[i].every };

		print_message("first %llu, every %llu\n", (unsigned long long)rule.first,
		              (unsigned long long)rule.every);
		must_inject(a.lab, rule);
		assert_pattern(a.lab, LABYRINTH_NOBODY, rows[i].pattern);
		must_inject(a.lab, rule);
		assert_true(counts_of(a.lab).on);
		assert_pattern(a.lab, owner, rows[i].pattern);
	}
	arena_end(&a);
}

/* A machine with one request of each kind prepared. */
struct scene {
	struct arena a;
	labyrinth_owner_t beyond, within, keeper, giver;
	struct labyrinth_claim gift;
};

static struct scene scene_new(void)
{
	struct scene s = { .a = machine_new() };
	struct labyrinth_claim kept;

	s.beyond = must_register(s.a.lab, 0, 4, 0);
	s.within = must_register(s.a.lab, 2, 4, 0);
	s.keeper = must_register(s.a.lab, 0, 4, 1);
	s.giver = must_register(s.a.lab, 0, 4, 0);
	kept = must_claim(s.a.lab, s.keeper);
	must_release(&kept);
	s.gift = must_claim(s.a.lab, s.giver);
	return s;
}

static enum labyrinth_status shared_kernel(struct scene *s)
{
	return alloc_status(s->a.lab, LABYRINTH_GFP_KERNEL, 0);
}

static enum labyrinth_status shared_atomic(struct scene *s)
{
	return alloc_status(s->a.lab, LABYRINTH_GFP_ATOMIC, 0);
}

static enum labyrinth_status shared_atomic_dma(struct scene *s)
{
	return alloc_status(s->a.lab, LABYRINTH_GFP_ATOMIC | LABYRINTH_GFP_DMA, 3);
}

static enum labyrinth_status claim_beyond(struct scene *s)
{
	return try_claim(s->a.lab, s->beyond).status;
}

static enum labyrinth_status claim_within(struct scene *s)
{
	return try_claim(s->a.lab, s->within).status;
}

static enum labyrinth_status claim_recycled(struct scene *s)
{
	return try_claim(s->a.lab, s->keeper).status;
}

static enum labyrinth_status transfer_beyond(struct scene *s)
{
	return labyrinth_claim_transfer(&s->gift, s->beyond);
}

static enum labyrinth_status transfer_within(struct scene *s)
{
	return labyrinth_claim_transfer(&s->gift, s->within);
}

static enum labyrinth_status (*const requests[])(struct scene *s) = {
	shared_kernel, shared_atomic, shared_atomic_dma, claim_beyond, claim_within, claim_recycled, transfer_beyond,
	transfer_within,
};

#define NOBODY { 0, 0 }
#define BEYOND { 0, 1 } /* the handles that scene_new() gets: slots in order, first generation */
#define WITHIN { 1, 1 }
#define KEEPER { 2, 1 }

static const struct {
	struct labyrinth_injection rule;
	const char *refused; /* 'x' for each of the requests above */
} filters[] = {
	/*                                                                 k a d  b w r  b w */
	{ { 0, 1, NOBODY, 0,                                    false }, "xxx" "x.." "x." },
	{ { 0, 1, NOBODY, 0,                                    true  }, "xxx" "xxx" "xx" },
	{ { 0, 1, NOBODY, LABYRINTH_GFP_KERNEL,                 true  }, "x.." "..." ".." },
	{ { 0, 1, NOBODY, LABYRINTH_GFP_ATOMIC,                 false }, ".xx" "x.." "x." },
	{ { 0, 1, NOBODY, LABYRINTH_GFP_ATOMIC,                 true  }, ".xx" "xxx" "xx" },
	{ { 0, 1, NOBODY, LABYRINTH_GFP_DMA,                    true  }, "..x" "..." ".." },
	{ { 0, 1, NOBODY, LABYRINTH_GFP_ATOMIC | LABYRINTH_GFP_DMA, true }, "..x" "..." ".." },
	{ { 0, 1, NOBODY, LABYRINTH_GFP_NOWAIT,                 true  }, "..." "..." ".." },
	{ { 0, 1, NOBODY, (LABYRINTH_GFP_RECLAIMABLE << 1) - 1, true  }, "..." "..." ".." }, /* all that there are */
	{ { 0, 1, BEYOND, 0,                                    false }, "..." "x.." "x." },
	{ { 0, 1, BEYOND, LABYRINTH_GFP_ATOMIC,                 true  }, "..." "x.." "x." },
	{ { 0, 1, BEYOND, LABYRINTH_GFP_KERNEL,                 true  }, "..." "..." ".." },
	{ { 0, 1, WITHIN, 0,                                    false }, "..." "..." ".." },
	{ { 0, 1, WITHIN, 0,                                    true  }, "..." ".x." ".x" },
	{ { 0, 1, KEEPER, 0,                                    false }, "..." "..." ".." },
	{ { 0, 1, KEEPER, 0,                                    true  }, "..." "..x" ".." },
	{ { 0, 1, { 0, 3 }, 0,                                  true  }, "..." "..." ".." }, /* not born yet */
	{ { 0, 1, { 5, 1 }, 0,                                  true  }, "..." "..." ".." },
	{ { 0, 1, { 9, 1 }, 0,                                  true  }, "..." "..." ".." }, /* no such slot */
	{ { 0, 0, NOBODY, 0,                                    true  }, "..." "..." ".." },
};

static void only_what_the_rule_concerns(void **state)
{
	(void)state;
	for (size_t row = 0; row < COUNT(filters); row++)
		for (size_t i = 0; i < COUNT(requests); i++) {
			struct scene s = scene_new();
			bool hit = filters[row].refused[i] == 'x';

			print_message("rule %zu, request %zu\n", row, i);
			must_inject(s.a.lab, filters[row].rule);
			assert_status(requests[i](&s), hit ? LABYRINTH_NO_MEMORY : LABYRINTH_OK);
			assert_int_equal(counts_of(s.a.lab).refused, hit);
			if (filters[row].rule.every > 0)
				assert_int_equal(counts_of(s.a.lab).requests, hit);
			assert_lawful(s.a.lab);
			arena_end(&s.a);
		}
}

/* What the injector counts goes; what a real refusal may write, too: see kit.h. */
static void assert_nothing_changed(const struct arena *a, void *before)
{
	void *after = arena_snapshot(a);

	memset(in_copy(a, before, a->lab->injector), 0, sizeof(struct injector));
	memset(in_copy(a, after, a->lab->injector), 0, sizeof(struct injector));
	forget(a, before);
	forget(a, after);
	assert_memory_equal(after, before, a->bytes);
	free(before);
	free(after);
}

static void a_refusal_looks_real(void **state)
{
	static const enum labyrinth_context contexts[] = { LABYRINTH_TASK, LABYRINTH_INTERRUPT, LABYRINTH_NMI };

	(void)state;
	for (size_t c = 0; c < COUNT(contexts); c++)
		for (size_t i = 1; i < COUNT(requests); i++) { /* 0: KERNEL is for tasks */
			struct scene s = scene_new();
			struct labyrinth_claim gift = s.gift;
			void *before;

			must_inject(s.a.lab, (struct labyrinth_injection){ .every = 1, .break_guarantees = true });
			before = arena_snapshot(&s.a);
			host_context = contexts[c];
			assert_status(requests[i](&s), LABYRINTH_NO_MEMORY);
			host_context = LABYRINTH_TASK;
			assert_nothing_changed(&s.a, before);
			assert_memory_equal(&s.gift, &gift, sizeof(gift));
			assert_int_equal(owner_stats(s.a.lab, s.beyond).no_memory, requests[i] == claim_beyond);
			assert_int_equal(owner_stats(s.a.lab, s.within).no_memory, requests[i] == claim_within);
			assert_int_equal(owner_stats(s.a.lab, s.keeper).no_memory, requests[i] == claim_recycled);
			assert_int_equal(owner_stats(s.a.lab, s.giver).misused, 0);
			arena_end(&s.a);
		}
}

/* What a claim in earnest leaves behind when it is refused: the same. */
static void a_real_refusal_is_not_counted(void **state)
{
	struct scene s = scene_new();
	struct hog *hog = hog_new(s.a.lab);
	labyrinth_owner_t greedy = must_register(s.a.lab, 0, 100, 0);
	struct labyrinth_claim real;

	(void)state;
	while (try_claim(s.a.lab, greedy).page != NULL)
		;
	must_inject(s.a.lab, (struct labyrinth_injection){ .first = 2 });
	real = try_claim(s.a.lab, s.beyond);
	assert_status(real.status, LABYRINTH_NO_MEMORY);
	assert_counts(s.a.lab, 1, 0);
	assert_int_equal(owner_stats(s.a.lab, s.beyond).no_memory, 1);
	assert_status(claim_beyond(&s), LABYRINTH_NO_MEMORY);
	assert_counts(s.a.lab, 2, 1);
	assert_int_equal(owner_stats(s.a.lab, s.beyond).no_memory, 2);
	assert_status(claim_within(&s), LABYRINTH_OK);
	hog_end(s.a.lab, hog);
	arena_end(&s.a);
}

/* Requests that have an error of their own get that, and are not counted. */
static void other_errors_come_first(void **state)
{
	struct scene s = scene_new();
	struct labyrinth *lab = s.a.lab;
	struct labyrinth_claim full[4], stale = s.gift, bad = { .lab = NULL };

	(void)state;
	assert_int_equal(claim_many(lab, s.beyond, full, 4), 4);
	stale.generation++;
	must_inject(lab, (struct labyrinth_injection){ .every = 1, .break_guarantees = true });
	assert_status(alloc_status(lab, LABYRINTH_GFP_KERNEL, LABYRINTH_MAX_ORDER + 1), LABYRINTH_BAD_ORDER);
	assert_status(alloc_status(lab, 0, 0), LABYRINTH_BAD_FLAGS);
	assert_status(alloc_status(NULL, LABYRINTH_GFP_KERNEL, 0), LABYRINTH_NULL_POINTER);
	host_context = LABYRINTH_INTERRUPT;
	assert_status(alloc_status(lab, LABYRINTH_GFP_KERNEL, 0), LABYRINTH_IN_INTERRUPT);
	host_context = LABYRINTH_TASK;
	assert_status(try_claim(lab, LABYRINTH_NOBODY).status, LABYRINTH_BAD_OWNER);
	assert_status(try_claim(lab, (labyrinth_owner_t){ 5, 1 }).status, LABYRINTH_BAD_OWNER);
	assert_status(try_claim(lab, s.beyond).status, LABYRINTH_OVER_LIMIT);
	labyrinth_void_alloc_page_gfp_atomic_exclusive(&bad);
	assert_status(bad.status, LABYRINTH_NULL_POINTER);
	assert_status(labyrinth_claim_transfer(&s.gift, s.beyond), LABYRINTH_OVER_LIMIT);
	assert_status(labyrinth_claim_transfer(&s.gift, LABYRINTH_NOBODY), LABYRINTH_BAD_OWNER);
	assert_status(labyrinth_claim_transfer(&stale, s.within), LABYRINTH_STALE_CLAIM);
	assert_counts(lab, 0, 0);
	arena_end(&s.a);
}

static void a_claim_that_is_too_fast_is_told_so(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 0, 4, 0);

	(void)state;
	assert_status(labyrinth_owner_pace(a.lab, owner, 1, 1), LABYRINTH_OK);
	must_claim(a.lab, owner);
	must_inject(a.lab, (struct labyrinth_injection){ .every = 1 });
	assert_status(try_claim(a.lab, owner).status, LABYRINTH_OVER_RATE);
	assert_counts(a.lab, 0, 0);
	labyrinth_tick(a.lab);
	assert_status(try_claim(a.lab, owner).status, LABYRINTH_NO_MEMORY);
	assert_counts(a.lab, 1, 1);
	assert_status(labyrinth_inject(a.lab, NULL), LABYRINTH_OK);
	must_claim(a.lab, owner); /* the refusal has not cost its token */
	arena_end(&a);
}

static void what_gives_back_is_never_refused(void **state)
{
	struct scene s = scene_new();
	struct page *page = must_alloc(s.a.lab, LABYRINTH_GFP_KERNEL, 4);

	(void)state;
	must_inject(s.a.lab, (struct labyrinth_injection){ .every = 1, .break_guarantees = true });
	must_free(s.a.lab, page, 4);
	assert_status(labyrinth_claim_lend(&s.gift), LABYRINTH_OK);
	assert_status(labyrinth_claim_take_back(&s.gift), LABYRINTH_OK);
	must_release(&s.gift);
	must_register(s.a.lab, 1, 1, 0);
	labyrinth_maintain(s.a.lab, 100);
	assert_status(labyrinth_owner_retire(s.a.lab, s.keeper), LABYRINTH_OK);
	assert_counts(s.a.lab, 0, 0);
	assert_lawful(s.a.lab);
	arena_end(&s.a);
}

static void it_ends_and_is_replaced(void **state)
{
	struct scene s = scene_new();
	struct labyrinth_injection rule = { .every = 1 };

	(void)state;
	must_inject(s.a.lab, rule);
	rule.every = 0; /* it was copied */
	assert_status(shared_kernel(&s), LABYRINTH_NO_MEMORY);
	must_inject(s.a.lab, (struct labyrinth_injection){ .first = 1 });
	assert_counts(s.a.lab, 0, 0);
	assert_status(shared_kernel(&s), LABYRINTH_NO_MEMORY);
	assert_status(shared_kernel(&s), LABYRINTH_OK);
	for (unsigned i = 0; i < 2; i++) {
		assert_status(labyrinth_inject(s.a.lab, NULL), LABYRINTH_OK);
		assert_status(shared_kernel(&s), LABYRINTH_OK);
		assert_false(counts_of(s.a.lab).on);
		assert_counts(s.a.lab, 2, 1); /* for whoever looks afterwards */
	}
	arena_end(&s.a);
}

static void bad_calls(void **state)
{
	static const enum labyrinth_context elsewhere[] = { LABYRINTH_INTERRUPT, LABYRINTH_NMI };
	const struct labyrinth_injection rule = { .every = 1 };
	struct labyrinth_injection_stats stats = { 1, 2, true };
	struct arena a = machine_new();

	(void)state;
	assert_status(labyrinth_inject(NULL, &rule), LABYRINTH_NULL_POINTER);
	assert_status(labyrinth_inject(NULL, NULL), LABYRINTH_NULL_POINTER);
	for (size_t i = 0; i < COUNT(elsewhere); i++) {
		host_context = elsewhere[i];
		ASSERT_REFUSED(&a, labyrinth_inject(a.lab, &rule), LABYRINTH_IN_INTERRUPT);
		ASSERT_REFUSED(&a, labyrinth_inject(a.lab, NULL), LABYRINTH_IN_INTERRUPT);
	}
	host_context = LABYRINTH_TASK;
	for (unsigned bit = 10; bit < 32; bit++) {
		const struct labyrinth_injection unknown = { .every = 1, .gfp = LABYRINTH_GFP_ATOMIC | 1u << bit };

		ASSERT_REFUSED(&a, labyrinth_inject(a.lab, &unknown), LABYRINTH_BAD_FLAGS);
	}
	labyrinth_injection_stats(NULL, &stats);
	assert_int_equal(stats.requests, 1);
	labyrinth_injection_stats(a.lab, NULL);
	arena_end(&a);
}

/* A request whose rule is being changed goes by none: the version is even, or not that of what is left to count. */
static void a_rule_that_changes_hits_nobody(void **state)
{
	struct arena a = machine_new();

	(void)state;
	must_inject(a.lab, (struct labyrinth_injection){ .every = 1 });
	a.lab->injector->version++;
	assert_false(labyrinth_injector_draw(a.lab->injector, LABYRINTH_GFP_ATOMIC, LABYRINTH_NOBODY, false));
	assert_counts(a.lab, 0, 0);
	a.lab->injector->version++;
	assert_false(labyrinth_injector_draw(a.lab->injector, LABYRINTH_GFP_ATOMIC, LABYRINTH_NOBODY, false));
	a.lab->injector->version -= 2;
	assert_true(labyrinth_injector_draw(a.lab->injector, LABYRINTH_GFP_ATOMIC, LABYRINTH_NOBODY, false));
	arena_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(off_until_asked_for),
		kit_test(first_and_every),
		kit_test(only_what_the_rule_concerns),
		kit_test(a_refusal_looks_real),
		kit_test(a_real_refusal_is_not_counted),
		kit_test(other_errors_come_first),
		kit_test(a_claim_that_is_too_fast_is_told_so),
		kit_test(what_gives_back_is_never_refused),
		kit_test(it_ends_and_is_replaced),
		kit_test(bad_calls),
		kit_test(a_rule_that_changes_hits_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
