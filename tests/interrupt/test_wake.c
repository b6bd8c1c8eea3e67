/*
 * test_wake.c - a task goes to sleep after each instruction of another's call: no wake-up is lost.
 *
 * Idea    The interrupt stands for another CPU, on which a request says that it waits, and looks once more. Either it
 *         finds a frame; or there is none for it when the call is over; or the call has woken it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "arena.h"
#include "interrupt/scene.h"
#include "page.h"
#include "vault.h"
#include "wait.h"

#define VAULT 4u

/* What body and interrupt write, besides the metadata. */
static struct {
	struct labyrinth_claim held, mine, others; /* before; by the body; by the interrupt */
	labyrinth_owner_t      guest;
	struct page           *found;
	uint32_t               seen;
	bool                   looked;
} s;

static uint64_t sleep_not(struct labyrinth *lab, uint32_t seen, uint64_t ticks, void *context)
{
	(void)lab, (void)seen, (void)ticks, (void)context;
	return 0;
}

static void wake(struct labyrinth *lab, void *context)
{
	(void)lab, (void)context;
}

static const void *self(void *context)
{
	(void)context;
	return &arena;
}

static struct page *look(void)
{
	return labyrinth_alloc_pages(arena.lab, LABYRINTH_GFP_NOWAIT, 0).page;
}

/* Memory is full. The vault has what it should, and so many frames to spare. The guest has this budget. */
static void set_up(uint32_t guarantee, uint32_t limit, unsigned spare)
{
	struct labyrinth_claim released[2];
	labyrinth_owner_t hog;
	struct labyrinth_config config = {
		.owners = 3, .vault_frames = VAULT, .sleep_ticks = 1,
		.hooks = { .sleep = sleep_not, .wake = wake, .self = self },
	};

	arena = arena_new(machine, config);
	memset(&s, 0, sizeof(s));
	hog = must_register(0, 4, 0);
	s.guest = must_register(guarantee, limit, 0);
	s.held = must_claim(hog);
	for (unsigned i = 0; i < spare; i++)
		released[i] = must_claim(hog);
	labyrinth_maintain(arena.lab, 100);
	while ((s.found = look()) != NULL)
		;
	for (unsigned i = 0; i < spare; i++)
		assert_int_equal(labyrinth_claim_release(&released[i]), LABYRINTH_OK);
	s.mine = s.others = (struct labyrinth_claim){ .lab = arena.lab, .owner = s.guest };
	assert_int_equal(vault_surplus(arena.lab->vault), vault_full(arena.lab->vault) + spare);
}

static void sleeper(void)
{
	host_context = LABYRINTH_TASK;
	s.looked = true;
	labyrinth_wait_join(arena.lab);
	s.seen = labyrinth_wakes(arena.lab);
	s.found = look();
}

static unsigned finds, waits; /* runs in which the sleeper found a frame at once, or had to be woken for it */

static bool none_is_lost(uint64_t at)
{
	bool left;

	host_context = LABYRINTH_TASK;
	left = s.looked && s.found == NULL && look() != NULL;
	finds += s.found != NULL;
	waits += left;
	if (!left || labyrinth_wakes(arena.lab) != s.seen)
		return true;
	printf("after %llu instructions: there is a frame, and nobody says so\n", (unsigned long long)at);
	return false;
}

/* A zone's lock, but not that of the owners, keeps the sleeper from looking. */
static void none_is_lost_in(void (*body)(void), void (*interrupt)(void), bool in_zones)
{
	uint64_t n;

	finds = waits = 0;
	n = scene_step((struct step){ body, interrupt, !in_zones, NULL, none_is_lost }, &s, sizeof(s));
	printf("%llu interruptions: %u find a frame, %u are woken for it\n", (unsigned long long)n, finds, waits);
	assert_true(none_is_lost(n));
	assert_true(waits > 0);
	arena_end(&arena);
}

static void transfer(void)
{
	(void)!labyrinth_claim_transfer(&s.held, s.guest);
}

static void release(void)
{
	(void)!labyrinth_claim_release(&s.held);
}

static void a_claim_leaves(void **state)
{
	(void)state;
	set_up(1, 1, 0);
	none_is_lost_in(transfer, sleeper, true);
	set_up(0, 1, 0);
	none_is_lost_in(release, sleeper, true);
}

static void end_owner(void)
{
	(void)!labyrinth_owner_retire(arena.lab, s.guest);
}

static void add_owner(void)
{
	must_register(1, 1, 0);
}

static void owners_come_and_go(void **state)
{
	(void)state;
	set_up(1, 1, 1);
	none_is_lost_in(end_owner, sleeper, true);
	set_up(0, 1, 1);
	none_is_lost_in(add_owner, sleeper, false);
}

static void maintain(void)
{
	labyrinth_maintain(arena.lab, 100);
}

static pfn_t target;

static void withdraw(void)
{
	(void)!labyrinth_offline(arena.lab, target);
}

/* A frame of the vault: what lies above it is in the call's hands meanwhile. */
static pfn_t deep_frame(void)
{
	pfn_t at = { machine[0][0] };

	while (word_state(word_load(labyrinth_pfn_page(arena.lab, at))) != FRAME_RESERVED)
		at.n++;
	return at;
}

static void the_vault_is_at_work(void **state)
{
	(void)state;
	set_up(0, 1, 1);
	none_is_lost_in(maintain, sleeper, true);
	set_up(0, 1, 2);
	target = deep_frame();
	none_is_lost_in(withdraw, sleeper, true);
}

static void claim(void)
{
	labyrinth_void_alloc_page_gfp_atomic_exclusive(&s.mine);
}

/* It takes the guest's only seat. */
static void claims_and_sleeps(void)
{
	host_context = LABYRINTH_INTERRUPT;
	labyrinth_void_alloc_page_gfp_atomic_exclusive(&s.others);
	sleeper();
}

static void a_claim_is_refused(void **state)
{
	(void)state;
	set_up(0, 1, 2);
	none_is_lost_in(claim, claims_and_sleeps, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_claim_leaves),
		cmocka_unit_test(owners_come_and_go),
		cmocka_unit_test(the_vault_is_at_work),
		cmocka_unit_test(a_claim_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
