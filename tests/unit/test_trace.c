/*
 * test_trace.c - who took a frame, who gave it back, and what is still out.
 */
#include "aids.h"

#include "trace.h"

/*
 * Places that take and give, told apart by their addresses: not inlined, and with something to do after the call, so
 * that it is no jump.
 */
#define PLACE(name) SECTION_OF(name) __attribute__((noinline)) static void name(void)

static struct arena a;
static struct page *page;
static struct labyrinth_claim claim;

PLACE(take_here)
{
	page = labyrinth_alloc_pages(a.lab, LABYRINTH_GFP_ATOMIC, 2).page;
	assert_non_null(page);
}

PLACE(give_there)
{
	assert_status(labyrinth_free_pages(a.lab, page, 2), LABYRINTH_OK);
}

PLACE(claim_here)
{
	labyrinth_void_alloc_page_gfp_atomic_exclusive(&claim);
	assert_status(claim.status, LABYRINTH_OK);
	page = claim.page;
}

PLACE(release_there)
{
	assert_status(labyrinth_claim_release(&claim), LABYRINTH_OK);
}

static labyrinth_owner_t receiver;

PLACE(transfer_here)
{
	assert_status(labyrinth_claim_transfer(&claim, receiver), LABYRINTH_OK);
}

PLACE(retire_there)
{
	assert_status(labyrinth_owner_retire(a.lab, receiver), LABYRINTH_OK);
}

static struct labyrinth_debug_trace last(const struct page *of)
{
	struct labyrinth_debug_trace trace;

	assert_status(labyrinth_debug_last(a.lab, of, &trace), LABYRINTH_OK);
	return trace;
}

static void begin(uint32_t aids)
{
	a = aids_machine(aids, 4);
}

static void each_frame_knows(void **state)
{
	struct labyrinth_debug_trace trace;

	(void)state;
	begin(LABYRINTH_DEBUG_TRACE);
	host_cpu = 3;
	take_here();
	for (unsigned i = 0; i < 4; i++) {
		trace = last(page + i);
		assert_true(SITE_IN(trace.taken.site, take_here));
		assert_int_equal(trace.taken.cpu, 3);
		assert_int_equal(trace.taken.sequence, 1);
		assert_int_equal(trace.given.sequence, 0);
		assert_true(trace.given.site == 0);
	}
	assert_int_equal(last(page + 4).taken.sequence, 0);
	host_cpu = 4095;
	give_there();
	for (unsigned i = 0; i < 4; i++) {
		trace = last(page + i);
		assert_true(SITE_IN(trace.taken.site, take_here));
		assert_true(SITE_IN(trace.given.site, give_there));
		assert_int_equal(trace.given.cpu, 4095);
		assert_int_equal(trace.given.sequence, 2);
	}
	host_cpu = 0;
	assert_int_equal(labyrinth_debug_now(a.lab), 2);
	arena_end(&a);
}

/* The latest event, and from another call than the one before. */
static void assert_news(struct labyrinth_debug_event event, struct labyrinth_debug_event before)
{
	assert_int_equal(event.sequence, labyrinth_debug_now(a.lab));
	assert_true(event.sequence > before.sequence);
	assert_true(event.site != before.site);
}

static void claims_too(void **state)
{
	struct labyrinth_debug_trace claimed, released;

	(void)state;
	begin(LABYRINTH_DEBUG_TRACE);
	claim = (struct labyrinth_claim){ .lab = a.lab, .owner = must_register(a.lab, 1, 2, 0) };
	receiver = must_register(a.lab, 1, 2, 0);
	claim_here();
	claimed = last(page);
	assert_true(SITE_IN(claimed.taken.site, claim_here));
	transfer_here();
	assert_true(SITE_IN(last(page).taken.site, transfer_here));
	assert_news(last(page).taken, claimed.taken);
	release_there();
	released = last(page);
	assert_true(SITE_IN(released.given.site, release_there));
	assert_news(released.given, claimed.given);
	claim.owner = receiver;
	claim_here();
	retire_there();
	assert_true(SITE_IN(last(page).given.site, retire_there));
	assert_news(last(page).given, released.given);
	arena_end(&a);
}

static void in_an_nmi(void **state)
{
	(void)state;
	begin(AIDS_ALL);
	host_context = LABYRINTH_NMI;
	take_here();
	host_context = LABYRINTH_TASK;
	assert_int_equal(last(page).taken.cpu, LABYRINTH_DEBUG_NO_CPU);
	give_there();
	assert_lawful(a.lab);
	arena_end(&a);
}

static void cpus_beyond_what_a_record_tells(void **state)
{
	static const struct { unsigned cpu; uint32_t told; } cases[] = {
		{ 65534, 65534 }, { 65535, LABYRINTH_DEBUG_NO_CPU }, { 65536, LABYRINTH_DEBUG_NO_CPU },
		{ 65539, LABYRINTH_DEBUG_NO_CPU }, { 1u << 31 | 65536, LABYRINTH_DEBUG_NO_CPU },
	};

	(void)state;
	begin(LABYRINTH_DEBUG_TRACE);
	for (size_t i = 0; i < COUNT(cases); i++) {
		host_cpu = cases[i].cpu;
		take_here();
		assert_int_equal(last(page).taken.cpu, cases[i].told);
		assert_true(SITE_IN(last(page).taken.site, take_here));
	}
	arena_end(&a);
}

static void a_report_names_who_freed(void **state)
{
	(void)state;
	begin(LABYRINTH_DEBUG_TRACE | LABYRINTH_DEBUG_POISON);
	take_here();
	give_there();
	bytes_of(a.lab, page)[4096]++;
	take_here();
	assert_int_equal(witness.reports, 1);
	assert_true(SITE_IN(witness.report.last.taken.site, take_here));
	assert_true(SITE_IN(witness.report.last.given.site, give_there));
	assert_true(SITE_IN(witness.report.site, take_here));
	assert_int_equal(witness.report.last.given.sequence, 2);
	arena_end(&a);
}

SECTION_OF(exact_names_its_caller) static void exact_names_its_caller(void **state)
{
	struct labyrinth_grant grant;

	(void)state;
	begin(AIDS_ALL);
	grant = labyrinth_alloc_pages_exact(a.lab, LABYRINTH_GFP_KERNEL, 5);
	for (unsigned i = 0; i < 5; i++)
		assert_true(SITE_IN(last(grant.page + i).taken.site, exact_names_its_caller));
	assert_status(labyrinth_free_pages_exact(a.lab, grant.page, 5), LABYRINTH_OK);
	for (unsigned i = 0; i < 5; i++)
		assert_true(SITE_IN(last(grant.page + i).given.site, exact_names_its_caller));
	arena_end(&a);
}

SECTION_OF(a_range_names_its_caller) static void a_range_names_its_caller(void **state)
{
	const struct labyrinth_contiguous want = { 5, { UINT64_MAX }, 1, 0 };
	struct labyrinth_grant grant;

	(void)state;
	begin(LABYRINTH_DEBUG_TRACE);
	grant = labyrinth_alloc_contiguous(a.lab, LABYRINTH_GFP_KERNEL, &want);
	for (unsigned i = 0; i < 5; i++)
		assert_true(SITE_IN(last(grant.page + i).taken.site, a_range_names_its_caller));
	assert_status(labyrinth_free_contiguous(a.lab, grant.page, 5), LABYRINTH_OK);
	for (unsigned i = 0; i < 5; i++)
		assert_true(SITE_IN(last(grant.page + i).given.site, a_range_names_its_caller));
	machine_end(&a);
}

/* In bulk: each frame as if it were the only one. */
SECTION_OF(bulk_names_its_caller) static void bulk_names_its_caller(void **state)
{
	struct page *pages[5];

	(void)state;
	begin(LABYRINTH_DEBUG_TRACE);
	assert_int_equal(labyrinth_alloc_bulk(a.lab, LABYRINTH_GFP_KERNEL, 5, pages).count, 5);
	for (unsigned i = 0; i < 5; i++)
		assert_true(SITE_IN(last(pages[i]).taken.site, bulk_names_its_caller));
	assert_int_equal(labyrinth_free_bulk(a.lab, pages, 5).count, 5);
	for (unsigned i = 0; i < 5; i++)
		assert_true(SITE_IN(last(pages[i]).given.site, bulk_names_its_caller));
	machine_end(&a);
}

static struct trace_record records[512];

static uintptr_t told(struct trace *t, uintptr_t site)
{
	const struct page *first = t->frames->page;

	labyrinth_trace_note(t, first, 0, TRACE_GIVEN, (const void *)site);
	assert_int_equal(labyrinth_trace_of(t, first).given.cpu, host_cpu);
	return labyrinth_trace_of(t, first).given.site;
}

static void sites_in_either_half(void **state)
{
	static const uintptr_t sites[] = { 0, 1, 0x7fff, UINTPTR_MAX, UINTPTR_MAX - 0x7ffffff };
	struct arena b = arena_new(small_machine, config_of(1, 0, 0));
	struct trace t = { .record = records, .frames = b.lab->frames };

	(void)state;
	assert_true(labyrinth_trace_of(&t, b.lab->frames->page).given.site == 0);
	for (size_t i = 0; i < COUNT(sites); i++)
		assert_true(told(&t, sites[i]) == sites[i]);
	t.sequence = UINT32_MAX;
	labyrinth_trace_note(&t, b.lab->frames->page, 0, TRACE_TAKEN, NULL);
	assert_int_equal(labyrinth_trace_of(&t, b.lab->frames->page).taken.sequence, 1);
	arena_end(&b);
}

/* Wherever in 2^57 bytes, or 2^64, the allocator and those who call it lie together. */
static void sites_within_reach(void **state)
{
	const uint64_t here = (uintptr_t)labyrinth_trace_note, reach = UINT64_C(1) << 47;
	const struct { uint64_t site, told; } cases[] = {
		{ here + 1, here + 1 }, { here - 1, here - 1 },
		{ here + reach - 1, here + reach - 1 }, { here - reach, here - reach },
		{ here + reach, 0 }, { here - reach - 1, 0 }, { UINT64_C(1) << 56, 0 }, { -(UINT64_C(1) << 56), 0 },
	};
	struct arena b = arena_new(small_machine, config_of(1, 0, 0));
	struct trace t = { .record = records, .frames = b.lab->frames };

	(void)state;
	for (size_t i = 0; i < (sizeof(uintptr_t) == 8 ? COUNT(cases) : 2); i++)
		assert_true(told(&t, (uintptr_t)cases[i].site) == cases[i].told);
	arena_end(&b);
}

static void questions_that_are_refused(void **state)
{
	struct labyrinth_debug_trace trace = { .taken = { .site = 1 } };
	struct labyrinth_debug_leaks leaks = { .sites = 77 };
	struct labyrinth_debug_site sites[1] = { { .blocks = 77 } };

	(void)state;
	begin(LABYRINTH_DEBUG_TRACE);
	page = labyrinth_pfn_page(a.lab, (pfn_t){ GIB4 });
	assert_status(labyrinth_debug_last(NULL, page, &trace), LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED(&a, labyrinth_debug_last(a.lab, NULL, &trace), LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED(&a, labyrinth_debug_last(a.lab, page, NULL), LABYRINTH_NULL_POINTER);
	for (unsigned i = 0; i < FOREIGN_PAGES; i++)
		ASSERT_REFUSED(&a, labyrinth_debug_last(a.lab, foreign_page(&a, i), &trace), LABYRINTH_FOREIGN_PAGE);
	assert_status(labyrinth_debug_leaks(NULL, 0, sites, 1, &leaks), LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED(&a, labyrinth_debug_leaks(a.lab, 0, NULL, 1, &leaks), LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED(&a, labyrinth_debug_leaks(a.lab, 0, sites, 1, NULL), LABYRINTH_NULL_POINTER);
	arena_end(&a);
	begin(AIDS_ALL & ~LABYRINTH_DEBUG_TRACE);
	page = labyrinth_pfn_page(a.lab, (pfn_t){ GIB4 });
	ASSERT_REFUSED(&a, labyrinth_debug_last(a.lab, page, &trace), LABYRINTH_NOT_ENABLED);
	ASSERT_REFUSED(&a, labyrinth_debug_leaks(a.lab, 0, sites, 1, &leaks), LABYRINTH_NOT_ENABLED);
	assert_int_equal(trace.taken.site, 1);
	assert_int_equal(leaks.sites, 77);
	assert_int_equal(sites[0].blocks, 77);
	assert_int_equal(labyrinth_debug_now(a.lab), 0);
	arena_end(&a);
	assert_int_equal(labyrinth_debug_now(NULL), 0);
	assert_int_equal(labyrinth_debug_reports(NULL), 0);
}

static void kinds_have_words(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < LABYRINTH_DEBUG_KINDS; kind++)
		assert_true(strlen(labyrinth_debug_kind_text((enum labyrinth_debug_kind)kind)) > 10);
	assert_string_equal(labyrinth_debug_kind_text(LABYRINTH_DEBUG_KINDS), "?");
}

/* ---- What is out. */

static struct labyrinth_debug_leaks leaks_of(uint32_t since, struct labyrinth_debug_site *at, uint32_t most)
{
	struct labyrinth_debug_leaks leaks;

	assert_status(labyrinth_debug_leaks(a.lab, since, at, most, &leaks), LABYRINTH_OK);
	return leaks;
}

static void what_is_out_by_call_site(void **state)
{
	struct labyrinth_debug_site at[3];
	struct labyrinth_debug_leaks leaks;
	uint32_t before;

	(void)state;
	begin(AIDS_ALL);
	assert_int_equal(leaks_of(0, at, 3).sites, 0);
	claim = (struct labyrinth_claim){ .lab = a.lab, .owner = must_register(a.lab, 1, 2, 0) };
	claim_here();
	before = labyrinth_debug_now(a.lab);
	for (unsigned i = 0; i < 3; i++)
		take_here();
	give_there();
	leaks = leaks_of(0, at, 3);
	assert_int_equal(leaks.sites, 2);
	assert_int_equal(leaks.blocks, 3);
	assert_int_equal(leaks.frames, 9);
	assert_int_equal(leaks.other_blocks, 0);
	assert_true(SITE_IN(at[0].site, take_here) && SITE_IN(at[1].site, claim_here));
	assert_int_equal(at[0].blocks, 2);
	assert_int_equal(at[0].frames, 8);
	assert_int_equal(at[0].oldest, before + 1);
	assert_int_equal(at[1].blocks, 1);
	assert_int_equal(at[1].oldest, before);

	leaks = leaks_of(before, at, 3); /* the claim is older */
	assert_int_equal(leaks.sites, 1);
	assert_int_equal(leaks.frames, 8);
	leaks = leaks_of(0, at, 1); /* whichever comes first has the room */
	assert_int_equal(leaks.sites, 1);
	assert_int_equal(leaks.frames, 9);
	assert_int_equal(at[0].frames + leaks.other_frames, 9);
	assert_int_equal(at[0].blocks + leaks.other_blocks, 3);
	assert_int_equal(leaks_of(0, NULL, 0).other_frames, 9);
	assert_int_equal(leaks_of(labyrinth_debug_now(a.lab), at, 3).blocks, 0);
	arena_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(each_frame_knows),
		kit_test(claims_too),
		kit_test(in_an_nmi),
		kit_test(cpus_beyond_what_a_record_tells),
		kit_test(a_report_names_who_freed),
		kit_test(exact_names_its_caller),
		kit_test(a_range_names_its_caller),
		kit_test(bulk_names_its_caller),
		kit_test(sites_in_either_half),
		kit_test(sites_within_reach),
		kit_test(questions_that_are_refused),
		kit_test(kinds_have_words),
		kit_test(what_is_out_by_call_site),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
