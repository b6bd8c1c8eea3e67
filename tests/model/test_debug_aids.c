/*
 * test_debug_aids.c - long random sequences with all debug aids on: what must not be reported is not, what must is.
 *
 * Idea    Red zones and quarantine move frames, so no frame number is predicted. Every user fills all that he has and
 *         finds it untouched; nobody gets a frame that another one has, or that is hidden. Now and then somebody writes
 *         to what he has freed: before another one gets that frame it is reported, and nothing else is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "arena.h"
#include "port/host.h"
#include "unit/dice.h"

#define FIRST  UINT64_C(0x100000)
#define FRAMES 1536u
#define MOST   256u

struct use {
	struct page *page; /* of a shared block; of a claim: NULL */
	unsigned order;
	struct labyrinth_claim claim;
	uint64_t mark;
};

static struct run {
	struct arena arena;
	struct use   use[MOST];
	unsigned     uses;
	labyrinth_owner_t owner;
	uint64_t     marks, step;
	bool         taken[FRAMES], hidden[FRAMES];
	bool         spoiled[FRAMES];
	unsigned     spoils, reports;
} run;

static struct dice dice;

static uint64_t below(uint64_t sides)
{
	return dice_below(&dice, sides);
}

static void on_report(const struct labyrinth_debug_report *report, void *context)
{
	uint64_t i = report->pfn.n - FIRST;

	(void)context;
	if (!run.spoiled[i])
		fail_msg("step %llu: a false alarm: %s, frame %llu", (unsigned long long)run.step,
		         labyrinth_debug_kind_text(report->kind), (unsigned long long)i);
	run.spoiled[i] = false;
	run.reports++;
}

static void hide(phys_addr_t first, unsigned order, void *context)
{
	(void)context;
	for (uint64_t i = 0; i < UINT64_C(1) << order; i++)
		run.hidden[(first.a >> 12) - FIRST + i] = true;
}

static void show(phys_addr_t first, unsigned order, void *context)
{
	(void)context;
	for (uint64_t i = 0; i < UINT64_C(1) << order; i++)
		run.hidden[(first.a >> 12) - FIRST + i] = false;
}

static const struct page *first_page(const struct use *u)
{
	return u->page != NULL ? u->page : u->claim.page;
}

static uint64_t index_of(const struct use *u)
{
	return labyrinth_page_pfn(run.arena.lab, first_page(u)).n - FIRST;
}

static uint64_t *words_of(uint64_t index)
{
	return (uint64_t *)(void *)host_bytes((phys_addr_t){ (FIRST + index) << 12 });
}

static void move_in(struct use *u)
{
	uint64_t first = index_of(u), frames = UINT64_C(1) << u->order;

	u->mark = ++run.marks;
	for (uint64_t i = first; i < first + frames; i++) {
		assert_false(run.taken[i] || run.hidden[i] || run.spoiled[i]);
		run.taken[i] = true;
	}
	for (uint64_t i = 0; i < frames * 512; i++)
		words_of(first)[i] = u->mark ^ i;
}

/* Before the block goes back. */
static void move_out(const struct use *u)
{
	uint64_t first = index_of(u), frames = UINT64_C(1) << u->order;

	for (uint64_t i = 0; i < frames * 512; i++)
		if (words_of(first)[i] != (u->mark ^ i))
			fail_msg("step %llu: a block in use was written to", (unsigned long long)run.step);
	for (uint64_t i = first; i < first + frames; i++)
		run.taken[i] = false;
}

static void step_take(void)
{
	static const labyrinth_gfp_t kinds[] = { LABYRINTH_GFP_KERNEL, LABYRINTH_GFP_NOWAIT, LABYRINTH_GFP_ATOMIC };
	struct use *u = &run.use[run.uses];
	struct labyrinth_grant grant;

	if (run.uses == MOST)
		return;
	*u = (struct use){ .claim = { .lab = run.arena.lab, .owner = run.owner } };
	if (below(3) == 0) {
		labyrinth_void_alloc_page_gfp_atomic_exclusive(&u->claim);
		if (u->claim.status != LABYRINTH_OK)
			return;
	} else {
		u->order = (unsigned)__builtin_ctzll(dice_roll(&dice) | 128);
		grant = labyrinth_alloc_pages(run.arena.lab, kinds[below(3)], u->order);
		u->page = grant.page;
		if (grant.status != LABYRINTH_OK)
			return;
	}
	move_in(u);
	run.uses++;
}

static void give(unsigned i)
{
	struct use *u = &run.use[i];

	move_out(u);
	if (u->page != NULL)
		assert_int_equal(labyrinth_free_pages(run.arena.lab, u->page, u->order), LABYRINTH_OK);
	else
		assert_int_equal(labyrinth_claim_release(&u->claim), LABYRINTH_OK);
	run.use[i] = run.use[--run.uses];
}

static void step_give(void)
{
	if (run.uses > 0)
		give((unsigned)below(run.uses));
}

static void step_retire(void)
{
	for (unsigned i = 0; i < run.uses;) {
		if (run.use[i].page == NULL) {
			move_out(&run.use[i]);
			run.use[i] = run.use[--run.uses];
		} else {
			i++;
		}
	}
	assert_int_equal(labyrinth_owner_retire(run.arena.lab, run.owner), LABYRINTH_OK);
}

static void step_register(void)
{
	struct labyrinth_budget budget = { "user", (uint32_t)below(16), 60, (uint32_t)below(5) };

	labyrinth_maintain(run.arena.lab, 1000);
	if (labyrinth_owner_register(run.arena.lab, &budget, &run.owner) == LABYRINTH_OK)
		return;
	budget.guarantee = 0; /* the vault may be short now */
	assert_int_equal(labyrinth_owner_register(run.arena.lab, &budget, &run.owner), LABYRINTH_OK);
}

/* A frame that has just been freed is written to by who had it. */
static void step_spoil(void)
{
	struct use *u;
	uint64_t frame;

	if (run.uses == 0)
		return;
	u = &run.use[below(run.uses)];
	if (u->page == NULL)
		return;
	frame = index_of(u) + below(UINT64_C(1) << u->order);
	give((unsigned)(u - run.use));
	((uint8_t *)words_of(frame))[below(4096)] ^= (uint8_t)(1 + below(255));
	run.spoiled[frame] = true;
	run.spoils++;
}

static void step(bool spoil)
{
	if (below(200) == 0) {
		step_retire();
		step_register();
	} else if (spoil && below(20) == 0) {
		step_spoil();
	} else if (below(40) == 0) {
		labyrinth_maintain(run.arena.lab, below(20));
	} else if (below(100) < 40 + 20 * (run.step / 500 % 2)) {
		step_take();
	} else {
		step_give();
	}
}

static void begin(uint32_t aids, uint32_t quarantine, uint32_t magazine)
{
	static const uint64_t ranges[][2] = { { FIRST + 3, FIRST + 600 }, { FIRST + 1024, FIRST + FRAMES }, { 0, 0 } };
	struct labyrinth_config config = { .owners = 2, .reserve_frames = 6, .vault_frames = 24, .cpus = 1,
		                           .magazine = magazine };

	run = (struct run){ .uses = 0 };
	config.debug = (struct labyrinth_debug_config){ aids, quarantine, on_report, hide, show, NULL };
	run.arena = arena_new(ranges, config);
	step_register();
}

/* All is given back and taken once more: what was spoiled and not yet reported is reported now. */
static void end(void)
{
	struct labyrinth_stats stats;
	unsigned uses = 0;

	while (run.uses > 0)
		give(0);
	step_retire();
	step_register();
	while (uses != run.uses) {
		uses = run.uses;
		step_take();
	}
	while (run.uses > 0)
		give(0);
	step_retire();
	assert_lawful(run.arena.lab);
	labyrinth_stats(run.arena.lab, &stats);
	assert_int_equal(stats.shared + stats.owned + stats.fenced + stats.recycled, 0);
	arena_end(&run.arena);
}

static void run_sequence(uint32_t aids, uint32_t quarantine, uint32_t magazine, bool spoil)
{
	begin(aids, quarantine, magazine);
	for (run.step = 1; run.step <= 6000; run.step++) {
		step(spoil);
		if (run.step % 8 == 0)
			assert_lawful(run.arena.lab);
	}
	end();
}

#define ALL (LABYRINTH_DEBUG_POISON | LABYRINTH_DEBUG_TRACE | LABYRINTH_DEBUG_RED_ZONE \
             | LABYRINTH_DEBUG_QUARANTINE | LABYRINTH_DEBUG_GUARD)

/* Every set of aids, half of them with magazines. */
static void test_no_false_alarms(void **state)
{
	(void)state;
	for (uint32_t aids = 0; aids <= ALL; aids += aids == 0 ? 1 : 3)
		run_sequence(aids, 1 + aids, aids % 2 == 0 ? 0 : 16, false);
	run_sequence(ALL, 40, 0, false);
	run_sequence(ALL, 40, 16, false);
	assert_int_equal(run.reports, 0);
}

static void test_every_alarm_is_right(void **state)
{
	unsigned reports = 0, spoils = 0;

	(void)state;
	for (uint32_t magazine = 0; magazine <= 16; magazine += 16) {
		run_sequence(ALL & ~LABYRINTH_DEBUG_GUARD, 20, magazine, true);
		reports += run.reports;
		spoils += run.spoils;
		run_sequence(LABYRINTH_DEBUG_POISON, 0, magazine, true);
		reports += run.reports;
		spoils += run.spoils;
	}
	print_message("%u frames spoiled, %u of them reported by now\n", spoils, reports);
	assert_true(spoils > 100 && reports > spoils * 3 / 4 && reports <= spoils);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_false_alarms),
		cmocka_unit_test(test_every_alarm_is_right),
	};

	dice = dice_new("test_debug_aids");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
