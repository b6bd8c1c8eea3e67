/*
 * test_going.c - a frame in use that is to go offline comes back while its caller asks what has become of it,
 * interrupted after every instruction.
 *
 * Idea    The interrupt stands for another CPU. Wherever it gives the frame back, that goes offline, by maintenance at
 *         the latest, and nothing is left of its mark.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "arena.h"
#include "interrupt/scene.h"

/* What body and interrupt write, besides the metadata. */
static struct {
	struct page           *shared;
	struct labyrinth_claim claim;
	pfn_t                  bad;
	enum labyrinth_status  given, asked;
} s;

static void ask(void)
{
	s.asked = labyrinth_offline(arena.lab, s.bad);
}

static void free_it(void)
{
	s.given = labyrinth_free_pages(arena.lab, s.shared, 0);
}

static void release_it(void)
{
	s.given = labyrinth_claim_release(&s.claim);
}

static const char *wrong(void)
{
	const char *law = labyrinth_check(arena.lab, NULL);
	struct labyrinth_stats stats;

	if (law != NULL)
		return law;
	if (s.given != LABYRINTH_OK)
		return "the frame could not be given back";
	if (s.asked != LABYRINTH_OK && s.asked != LABYRINTH_PENDING && s.asked != LABYRINTH_ALREADY_OFFLINE)
		return labyrinth_status_name(s.asked);
	labyrinth_maintain(arena.lab, 100);
	labyrinth_stats(arena.lab, &stats);
	if (stats.offline != 1 || stats.pending != 0)
		return "the frame has not gone";
	return labyrinth_check(arena.lab, NULL);
}

static bool gone(uint64_t at)
{
	const char *fault = wrong();

	if (fault != NULL)
		printf("after %llu instructions: %s\n", (unsigned long long)at, fault);
	return fault == NULL;
}

static void set_up(bool owned)
{
	struct labyrinth_grant grant;

	arena = arena_new(machine, config_with(1, 2, 4, 1, 0));
	memset(&s, 0, sizeof(s));
	s.claim = must_claim(must_register(1, 1, 0));
	grant = labyrinth_alloc_pages(arena.lab, LABYRINTH_GFP_KERNEL, 0);
	assert_int_equal(grant.status, LABYRINTH_OK);
	s.shared = grant.page;
	s.bad = labyrinth_page_pfn(arena.lab, owned ? s.claim.page : s.shared);
}

static void step_everywhere(void (*interrupt)(void))
{
	uint64_t n = scene_step((struct step){ ask, interrupt, false, NULL, gone }, &s, sizeof(s));

	printf("%llu interruptions\n", (unsigned long long)n);
	assert_true(n > 50);
	interrupt(); /* nobody came in the last run */
	assert_true(gone(n));
	arena_end(&arena);
}

/* Asked about for the first time, and again. */
static void given_back_at_any_moment(bool owned, void (*interrupt)(void))
{
	for (unsigned asked = 0; asked < 2; asked++) {
		set_up(owned);
		if (asked > 0)
			assert_int_equal(labyrinth_offline(arena.lab, s.bad), LABYRINTH_PENDING);
		step_everywhere(interrupt);
	}
}

static void a_shared_frame(void **state)
{
	(void)state;
	given_back_at_any_moment(false, free_it);
}

static void a_claimed_frame(void **state)
{
	(void)state;
	given_back_at_any_moment(true, release_it);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_shared_frame),
		cmocka_unit_test(a_claimed_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
