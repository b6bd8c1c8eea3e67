/*
 * test_shelf_steps.c - blocks at hand: long random sequences in tasks and interrupts of two CPUs, all predicted.
 *
 * Idea    Beside the model's array of frames stand the shelves, as naively: what is on each, and what the last fetched
 *         block said. No single frames are asked for, so nothing else is at hand. Each call, legal or not, has the
 *         status and the block that the model says; then as many frames are free and at hand as there, and all laws
 *         hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "arena.h"
#include "model/model.h"
#include "port/host.h"
#include "unit/dice.h"

#define CPUS   2u
#define ORDERS 3u
#define PIECE  2u  /* blocks that are given back at once */
#define TRUST  64u /* blocks kept since the last fetched */
#define HELD   2000u

static const uint64_t machine[][2] = {
	{ 0x11, 0x200 }, { 0x600, 0xa00 }, { 0x1003, 0x1400 }, { 0x100000, 0x100fc0 }, { 0, 0 }
};

struct shelf {
	uint32_t at[64], count, trust;
	uint32_t last; /* fetched */
	unsigned room; /* of its page block */
};

static struct shelves {
	struct shelf order[ORDERS + 1];
	bool fetched; /* since maintenance last came */
} shelves[CPUS][2];

static struct arena arena;
static struct model model;
static struct dice dice;
static uint32_t places;
static struct { struct page *page; uint32_t frame; } held[HELD];
static unsigned count;
static unsigned hits, kept, refused;

static struct shelves *front(unsigned cpu, enum labyrinth_context context)
{
	return &shelves[cpu][context == LABYRINTH_INTERRUPT];
}

static void label(uint32_t f, unsigned order, enum model_state first, enum model_state rest)
{
	for (uint32_t i = f; i < f + (1u << order); i++)
		model.frame[i].state = rest;
	model.frame[f].state = first;
	model.frame[f].order = order;
}

/* ---- What goes back to the zones. */

static bool give_piece(struct shelves *s)
{
	for (unsigned order = ORDERS; order > 0; order--) {
		struct shelf *shelf = &s->order[order];
		uint32_t n = shelf->count < PIECE ? shelf->count : PIECE;

		for (uint32_t i = 0; i < n; i++)
			label(shelf->at[--shelf->count], order, M_FREE, M_FREE);
		if (n > 0) {
			shelf->trust = 0;
			return true;
		}
	}
	return false;
}

/* On demand: of the caller's own, then, from a task, of the interrupts' on its CPU. */
static bool give_back(void)
{
	return give_piece(front(host_cpu, host_context))
	       || (host_context == LABYRINTH_TASK && give_piece(front(host_cpu, LABYRINTH_INTERRUPT)));
}

/* Is a zone below what it protects? Then all goes the long way, and maintenance gives all back. */
static bool dug(void)
{
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++)
		if (model_protected(&model, z, 0))
			return true;
	return false;
}

static void step_maintain(void)
{
	host_context = LABYRINTH_TASK;
	labyrinth_maintain(arena.lab, 8);
	for (unsigned context = 0; context < 2; context++) {
		struct shelves *s = &shelves[host_cpu][context];

		if (!s->fetched)
			give_piece(s);
		s->fetched = false;
	}
	if (dug())
		while (give_back())
			continue;
}

/* ---- What is taken. */

static unsigned room_of(uint32_t f, unsigned order)
{
	unsigned room = model_room(&model, f / 512);

	return room > order ? room : order + 1;
}

/* Looks again after the first piece that is given back, and then after every eighth, and when no more are. */
static struct model_grant from_zones(labyrinth_gfp_t gfp, unsigned order)
{
	struct model_grant grant = model_alloc(&model, gfp, order);
	unsigned look = 1, unseen = 0;
	bool more = true;

	while (grant.status == LABYRINTH_NO_MEMORY && more) {
		more = give_back();
		unseen += more;
		if (unseen < look && (more || unseen == 0))
			continue;
		grant = model_alloc(&model, gfp, order);
		look = order > 0 ? 8 : 1;
		unseen = 0;
	}
	return grant;
}

static struct model_grant fetched(struct shelves *s, labyrinth_gfp_t gfp, unsigned order)
{
	struct model_grant grant = model_alloc(&model, gfp, order);

	if (grant.status != LABYRINTH_OK)
		return from_zones(gfp, order);
	s->order[order].last = grant.frame;
	s->order[order].room = room_of(grant.frame, order);
	s->order[order].trust = TRUST;
	s->fetched = true;
	return grant;
}

static struct model_grant predict_alloc(labyrinth_gfp_t gfp, unsigned order)
{
	struct shelves *s = front(host_cpu, host_context);

	if (gfp > LABYRINTH_GFP_ATOMIC || order > ORDERS || dug())
		return from_zones(gfp, order);
	if (s->order[order].count == 0)
		return fetched(s, gfp, order);
	struct model_grant grant = { s->order[order].at[--s->order[order].count], LABYRINTH_OK };

	hits++;
	label(grant.frame, order, M_SHARED, M_TAIL);
	model.frame[grant.frame].tagged = false;
	return grant;
}

static void step_alloc(void)
{
	static const labyrinth_gfp_t kinds[] = { LABYRINTH_GFP_NOWAIT, LABYRINTH_GFP_ATOMIC, LABYRINTH_GFP_KERNEL };
	static const labyrinth_gfp_t flags[] = { LABYRINTH_GFP_MOVABLE, LABYRINTH_GFP_RECLAIMABLE, LABYRINTH_GFP_DMA,
		                                 LABYRINTH_GFP_DMA32 };
	unsigned order = 1 + (unsigned)__builtin_ctzll(dice_roll(&dice) | 256);
	labyrinth_gfp_t gfp = kinds[dice_below(&dice, host_context == LABYRINTH_TASK ? 3 : 2)];
	struct model_grant expected;
	struct labyrinth_grant found;

	if (count == HELD)
		return;
	if (dice_below(&dice, 8) == 0)
		gfp |= flags[dice_below(&dice, 4)];
	expected = predict_alloc(gfp, order);
	found = labyrinth_alloc_pages(arena.lab, gfp, order);
	assert_int_equal(found.status, expected.status);
	refused += found.status != LABYRINTH_OK;
	if (found.status != LABYRINTH_OK)
		return;
	assert_int_equal(labyrinth_page_pfn(arena.lab, found.page).n, model_pfn(&model, expected.frame));
	held[count].page = found.page;
	held[count++].frame = expected.frame;
}

/* ---- What is freed. */

static bool keeps(const struct shelf *s, uint32_t f, unsigned order)
{
	unsigned room = room_of(f, order);

	return s->trust > 0 && s->count < places
	       && model_zone(model_pfn(&model, f)) == model_zone(model_pfn(&model, s->last))
	       && (room < s->room || (room == s->room && f <= s->last));
}

static void predict_free(uint32_t f)
{
	unsigned order = model.frame[f].order;
	struct shelf *s = &front(host_cpu, host_context)->order[order <= ORDERS ? order : 0];

	if (order > ORDERS || model.frame[f].tagged || dug() || !keeps(s, f, order)) {
		assert_int_equal(model_free(&model, f, order), LABYRINTH_OK);
		return;
	}
	s->at[s->count++] = f;
	s->trust--;
	kept++;
	label(f, order, M_ASIDE, M_ASIDE);
}

static void step_free(void)
{
	unsigned i = (unsigned)dice_below(&dice, count), order = model.frame[held[i].frame].order;

	predict_free(held[i].frame);
	assert_int_equal(labyrinth_free_pages(arena.lab, held[i].page, order), LABYRINTH_OK);
	held[i] = held[--count];
}

/* Any frame, any order: refused, unless it is a block of somebody's; then the order is wrong. Nothing changes. */
static void step_illegal(void)
{
	uint32_t f = (uint32_t)dice_below(&dice, (uint64_t)model.blocks * 512);
	unsigned order = (unsigned)dice_below(&dice, 12);
	enum labyrinth_status why;
	void *before;

	if (model.frame[f].state == M_ABSENT)
		return;
	if (model.frame[f].state == M_SHARED && model.frame[f].order == order)
		order++;
	why = model.frame[f].state == M_SHARED ? LABYRINTH_WRONG_ORDER : LABYRINTH_NOT_ALLOCATED;
	before = arena_snapshot(&arena);
	assert_int_equal(labyrinth_free_pages(arena.lab, labyrinth_pfn_page(arena.lab, (pfn_t){ model_pfn(&model, f) }),
	                                      order), why);
	assert_unchanged(&arena, before);
}

/* ---- Sequences. */

static void assert_alike(void)
{
	struct labyrinth_stats stats;

	labyrinth_stats(arena.lab, &stats);
	assert_int_equal(stats.free, model_count(&model, M_FREE));
	assert_int_equal(stats.cached, model_count(&model, M_ASIDE));
	assert_lawful(arena.lab);
}

static void step(unsigned pressure)
{
	host_cpu = (unsigned)dice_below(&dice, CPUS);
	host_context = dice_below(&dice, 3) == 0 ? LABYRINTH_INTERRUPT : LABYRINTH_TASK;
	if (dice_below(&dice, 16) == 0)
		step_illegal();
	else if (dice_below(&dice, 256) == 0)
		step_maintain();
	else if (count == 0 || dice_below(&dice, 16) < pressure)
		step_alloc();
	else
		step_free();
	assert_alike();
}

static void begin(uint32_t each, uint32_t protect)
{
	struct labyrinth_config config = config_with(1, 0, 0, CPUS, 16);

	config.shelf = places = each;
	config.protect_shift = protect;
	arena = arena_new(machine, config);
	model_init(&model, machine, config);
	memset(shelves, 0, sizeof(shelves));
	count = hits = kept = refused = 0;
}

/* All is freed and given back; every frame is free again. */
static void end(void)
{
	struct labyrinth_stats stats;

	while (count > 0)
		step_free();
	for (host_cpu = 0; host_cpu < CPUS; host_cpu++)
		for (unsigned i = 0; i < 2 * ORDERS * (places + 1); i++)
			step_maintain();
	host_cpu = 0;
	labyrinth_stats(arena.lab, &stats);
	assert_int_equal(stats.free, stats.usable);
	assert_alike();
	print_message("%u blocks kept, %u had from there, %u requests refused\n", kept, hits, refused);
	assert_true(kept > 100 && hits > 100);
	arena_end(&arena);
}

static void run(uint32_t each, uint32_t protect, unsigned pressure)
{
	begin(each, protect);
	for (unsigned i = 0; i < 6000; i++)
		step(pressure);
	end();
}

static void test_few(void **state)       { (void)state; run(2, 0, 8); }
static void test_many(void **state)      { (void)state; run(64, 0, 8); }
static void test_exhausted(void **state) { (void)state; run(8, 0, 10); }
static void test_protected(void **state) { (void)state; run(8, 3, 9); }

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_few),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_exhausted),
		cmocka_unit_test(test_protected),
	};

	dice = dice_new("test_shelf_steps");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
