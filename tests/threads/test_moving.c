/*
 * test_moving.c - threads share a table of movable frames, fill it, empty it and write to it, while they compact.
 *
 * Idea    A frame in the table is touched under the table's lock only, by its users and by the callback alike; one that
 *         has been taken out belongs to who took it. Every frame is stamped, so a copy that was lost, or a frame with
 *         two users, shows; under ThreadSanitizer as a data race too. Interrupts and NMIs take frames of the mover that
 *         are in no table: those cannot be moved.
 *         How much moves meanwhile is the scheduler's affair: it is printed. When all threads are done, a page block
 *         can be built for certain, with refusals on the way, and is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "arena.h"
#include "threads/crew.h"
#include "threads/stamp.h"
#include "unit/dice.h"

#define ROUNDS 10
#define STEPS  (INTERRUPTS_POLLED ? 2500 : 6000) /* a thread and round */
#define PLACES 1800u
#define HANDS  8u

struct place {
	struct page *page; /* NULL: nothing */
	uint64_t     token;
};

struct worker {
	struct dice   dice[LEVELS];
	struct place  hand[HANDS];   /* ordinary frames, task only                        */
	struct page  *aside[LEVELS]; /* a frame of the mover, of each level of interrupts */
	uint64_t      serial;
	uint64_t      built, moved, refused, busy;
};

static struct {
	struct labyrinth *lab;
	labyrinth_mover_t mover;
	pthread_mutex_t   lock; /* of the table */
	struct place      place[PLACES];
	uint64_t          asked;
	unsigned          threads, audits;
	struct worker     worker[CREW_MAX];
} yard = { .lock = PTHREAD_MUTEX_INITIALIZER };

static uint64_t *bytes(struct page *page)
{
	return (uint64_t *)labyrinth_page_address(yard.lab, page);
}

static void verify(const struct place *p)
{
	if (!stamp_there(bytes(p->page), p->token))
		crew_wrong("a frame does not hold what its user wrote", p->token);
}

static bool relocate(void *context, struct page *from, struct page *to)
{
	struct place *p = yard.place;
	bool moves;

	(void)context;
	pthread_mutex_lock(&yard.lock);
	while (p < yard.place + PLACES && p->page != from)
		p++;
	moves = p < yard.place + PLACES && yard.asked++ % 64 != 0;
	if (moves) {
		verify(p);
		memcpy(bytes(to), bytes(from), LABYRINTH_PAGE_SIZE);
		p->page = to;
	}
	pthread_mutex_unlock(&yard.lock);
	return moves;
}

/* ---- Steps of a task. */

static uint64_t roll(struct worker *w, enum level level, uint64_t sides)
{
	return dice_below(&w->dice[level], sides);
}

static uint64_t new_token(struct worker *w)
{
	return (uint64_t)(w - yard.worker + 1) << 32 | ++w->serial;
}

static void give(struct page *page)
{
	if (labyrinth_free_pages(yard.lab, page, 0) != LABYRINTH_OK)
		crew_wrong("a frame that I hold cannot be freed", 0);
}

static void fill(struct worker *w)
{
	struct place *p = &yard.place[roll(w, LEVEL_TASK, PLACES)];
	struct place mine = { labyrinth_alloc_movable(yard.lab, LABYRINTH_GFP_KERNEL, yard.mover).page, new_token(w) };
	bool room;

	if (mine.page == NULL)
		return;
	stamp_write(bytes(mine.page), mine.token);
	pthread_mutex_lock(&yard.lock);
	room = p->page == NULL;
	if (room)
		*p = mine;
	pthread_mutex_unlock(&yard.lock);
	if (!room)
		give(mine.page);
}

static void drop(struct worker *w)
{
	struct place *p = &yard.place[roll(w, LEVEL_TASK, PLACES)], mine;

	pthread_mutex_lock(&yard.lock);
	mine = *p;
	p->page = NULL;
	pthread_mutex_unlock(&yard.lock);
	if (mine.page == NULL)
		return;
	verify(&mine);
	give(mine.page);
}

static void rewrite(struct worker *w)
{
	struct place *p = &yard.place[roll(w, LEVEL_TASK, PLACES)];

	pthread_mutex_lock(&yard.lock);
	if (p->page != NULL) {
		verify(p);
		p->token = new_token(w);
		stamp_write(bytes(p->page), p->token);
	}
	pthread_mutex_unlock(&yard.lock);
}

/* Frames that cannot move, of all kinds. */
static void ordinary(struct worker *w)
{
	static const labyrinth_gfp_t kinds[] = { 0, LABYRINTH_GFP_MOVABLE, LABYRINTH_GFP_RECLAIMABLE };
	struct place *p = &w->hand[roll(w, LEVEL_TASK, HANDS)];

	if (p->page != NULL) {
		verify(p);
		give(p->page);
		p->page = NULL;
		return;
	}
	p->page = labyrinth_alloc_pages(yard.lab, LABYRINTH_GFP_NOWAIT | kinds[roll(w, LEVEL_TASK, 3)], 0).page;
	p->token = new_token(w);
	if (p->page != NULL)
		stamp_write(bytes(p->page), p->token);
}

static void large(struct worker *w)
{
	labyrinth_gfp_t gfp = roll(w, LEVEL_TASK, 2) ? LABYRINTH_GFP_KERNEL : LABYRINTH_GFP_NOWAIT;
	struct labyrinth_grant grant = labyrinth_alloc_pages(yard.lab, gfp, 9);

	if (grant.page != NULL && labyrinth_free_pages(yard.lab, grant.page, 9) != LABYRINTH_OK)
		crew_wrong("a page block that I hold cannot be freed", 0);
	labyrinth_maintain(yard.lab, 20);
}

static void compact(struct worker *w)
{
	struct labyrinth_compaction done = labyrinth_compact(yard.lab, 9, 1 + roll(w, LEVEL_TASK, 400));

	if (done.status != LABYRINTH_OK && done.status != LABYRINTH_NO_MEMORY && done.status != LABYRINTH_BUSY)
		crew_wrong("compact: unexpected status", done.status);
	w->built += done.status == LABYRINTH_OK;
	w->busy += done.status == LABYRINTH_BUSY;
	w->moved += done.moved;
	w->refused += done.refused;
}

static void free_what_an_nmi_took(struct worker *w)
{
	struct page *page;

	cpu_freeze();
	page = w->aside[LEVEL_NMI];
	w->aside[LEVEL_NMI] = NULL;
	cpu_thaw();
	if (page != NULL)
		give(page);
}

static void step(struct worker *w)
{
	uint64_t what = roll(w, LEVEL_TASK, 100);

	if (what < 34)
		fill(w);
	else if (what < 68)
		drop(w);
	else if (what < 84)
		rewrite(w);
	else if (what < 94)
		ordinary(w);
	else if (what < 96)
		free_what_an_nmi_took(w);
	else if (what < 98)
		large(w);
	else
		compact(w);
}

/* ---- Interrupts: a frame that is in no table, now and then. An NMI cannot free: its task does. */

/* The last round is over. */
static bool over(void)
{
	return yard.audits == ROUNDS;
}

static void take_aside(struct worker *w, enum level level)
{
	w->aside[level] = labyrinth_alloc_movable(yard.lab, LABYRINTH_GFP_ATOMIC, yard.mover).page;
}

static void interrupted(enum level level)
{
	struct worker *w = NULL;

	for (unsigned i = 0; i < yard.threads; i++)
		if (pthread_equal(crew_cpu[i].thread, pthread_self()))
			w = &yard.worker[i];
	if (w == NULL || crew_stopped() || over())
		return;
	if (w->aside[level] == NULL) {
		take_aside(w, level);
	} else if (level == LEVEL_IRQ) {
		give(w->aside[level]);
		w->aside[level] = NULL;
	}
}

/* ---- */

static void audit(void)
{
	struct labyrinth_finding finding;
	struct labyrinth_stats stats;
	uint64_t frames = 0;

	if (labyrinth_check(yard.lab, &finding) != NULL)
		crew_wrong(finding.law, finding.found);
	for (unsigned i = 0; i < PLACES; i++)
		frames += yard.place[i].page != NULL;
	for (unsigned i = 0; i < yard.threads; i++)
		for (unsigned level = 0; level < LEVELS; level++)
			frames += yard.worker[i].aside[level] != NULL;
	labyrinth_stats(yard.lab, &stats);
	if (stats.movable != frames)
		crew_wrong("the table holds another number of frames than the mover counts", stats.movable);
	yard.audits++;
}

/* What is at hand goes back a piece a call, from the second on. */
static void empty_magazines(void)
{
	for (unsigned i = 0; i < 8; i++)
		labyrinth_maintain(yard.lab, 1000);
}

static void work(unsigned number)
{
	struct worker *w = &yard.worker[number];

	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < STEPS && !crew_stopped(); i++) {
			if (roll(w, LEVEL_TASK, 8) == 0)
				cpu_raise(&crew_cpu[(number + 1) % yard.threads],
				          roll(w, LEVEL_TASK, 3) ? LEVEL_IRQ : LEVEL_NMI);
			step(w);
		}
		crew_pause(audit);
	}
	empty_magazines();
}

static void empty(struct place *p)
{
	if (p->page == NULL)
		return;
	verify(p);
	give(p->page);
	p->page = NULL;
}

static void give_all_back(void)
{
	for (unsigned i = 0; i < PLACES; i++)
		empty(&yard.place[i]);
	for (unsigned i = 0; i < yard.threads; i++) {
		struct worker *w = &yard.worker[i];

		for (unsigned level = 0; level < LEVELS; level++)
			if (w->aside[level] != NULL)
				give(w->aside[level]);
		for (unsigned h = 0; h < HANDS; h++)
			empty(&w->hand[h]);
	}
	empty_magazines();
}

/* ---- Alone, with nothing in the arena that cannot move but the reserve. */

/* Fills the table, which takes more page blocks than the reserve can be in, and thins out what is in each. */
static void fill_and_thin(struct worker *w)
{
	for (struct place *p = yard.place; p < yard.place + PLACES; p++) {
		p->page = labyrinth_alloc_movable(yard.lab, LABYRINTH_GFP_KERNEL, yard.mover).page;
		p->token = new_token(w);
		assert_non_null(p->page);
		stamp_write(bytes(p->page), p->token);
	}
	for (struct place *p = yard.place; p < yard.place + PLACES; p++)
		if (labyrinth_page_pfn(yard.lab, p->page).n % 2 != 0)
			empty(p);
}

static void build_one(void)
{
	struct worker *w = &yard.worker[0];
	struct labyrinth_stats stats;

	labyrinth_stats(yard.lab, &stats);
	assert_int_equal(stats.cached + stats.shared, 0);
	w->built = w->moved = w->refused = yard.asked = 0;
	fill_and_thin(w);
	for (unsigned i = 0; i < PLACES && w->built == 0; i++)
		compact(w);
	assert_int_equal(w->built, 1);
	assert_true(w->moved > 64 && w->refused > 0);
	for (unsigned i = 0; i < PLACES; i++)
		empty(&yard.place[i]);
}

static void report(void)
{
	struct worker all = { .built = 0 };

	for (unsigned i = 0; i < yard.threads; i++) {
		all.built += yard.worker[i].built;
		all.moved += yard.worker[i].moved;
		all.refused += yard.worker[i].refused;
		all.busy += yard.worker[i].busy;
	}
	printf("%u threads: %llu page blocks built, %llu frames moved, %llu refused, %llu times busy\n", yard.threads,
	       (unsigned long long)all.built, (unsigned long long)all.moved, (unsigned long long)all.refused,
	       (unsigned long long)all.busy);
}

static void assert_nothing_wrong(void)
{
	uint64_t number;
	const char *what = crew_verdict(&number);

	if (what != NULL)
		fail_msg("%s (%llu)", what, (unsigned long long)number);
}

static void test_moving(void **state)
{
	static const uint64_t ranges[][2] = { { 0x8000, 0x8c00 }, { 0, 0 } };
	const struct labyrinth_mover mover = { "table", relocate, NULL };
	/* As few as that in the reserve: the page blocks that they are in cannot be emptied. */
	const struct labyrinth_config config = { .owners = 1, .reserve_frames = 2, .cpus = CREW_MAX, .magazine = 8 };
	struct dice dice = dice_new("moving");
	struct arena arena;

	port_open();
	arena = arena_new(ranges, config);
	memset(yard.place, 0, sizeof(yard.place));
	memset(yard.worker, 0, sizeof(yard.worker));
	yard.lab = arena.lab;
	yard.threads = *(unsigned *)*state;
	assert_int_equal(labyrinth_mover_register(yard.lab, &mover, &yard.mover), LABYRINTH_OK);
	for (unsigned i = 0; i < yard.threads; i++)
		for (unsigned level = 0; level < LEVELS; level++)
			yard.worker[i].dice[level].state = dice_roll(&dice);
	crew_run(yard.threads, work, interrupted);
	assert_nothing_wrong();
	report();
	give_all_back();
	build_one();
	assert_nothing_wrong();
	assert_lawful(yard.lab);
	assert_int_equal(labyrinth_mover_unregister(yard.lab, yard.mover), LABYRINTH_OK);
	arena_end(&arena);
}

int main(void)
{
	static unsigned two = 2, four = 4;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(test_moving, &two),
		cmocka_unit_test_prestate(test_moving, &four),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
