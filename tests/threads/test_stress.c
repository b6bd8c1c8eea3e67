/*
 * test_stress.c - 2, 4 and 8 threads with interrupts and NMIs, in an arena that is mostly full and in one that is not.
 *
 * Idea    Random steps, a fixed number a thread. Every frame is stamped by its holder. Now and then all stop, every law
 *         is checked, and what the workers say they hold is compared with what the allocator says. At the end all is
 *         given back and as many frames are free as at the start. Claims are looked at through windows; in some arenas
 *         they are hidden as well, and then what is shared and what is exclusive is checked at each grant.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "arena.h"
#include "instance.h"
#include "magazine.h"
#include "threads/tables.h"
#include "threads/worker.h"

#define ROUNDS 12
#define STEPS  (INTERRUPTS_POLLED ? 1500 : 4000) /* a thread and round */

/* ---- At a pause: the workers' books against the allocator's. */

static void count(const struct holding *h, labyrinth_owner_t owner, uint64_t *held, uint64_t *lent, uint64_t *shared)
{
	bool mine = h->claim.owner.slot == owner.slot && h->claim.owner.generation == owner.generation;

	if (h->kind == BLOCK)
		*shared += UINT64_C(1) << h->order;
	else if (h->kind != NOTHING && mine) {
		*held += 1;
		*lent += h->kind == LENT;
	}
}

static void count_all(labyrinth_owner_t owner, uint64_t *held, uint64_t *lent, uint64_t *shared)
{
	*held = *lent = *shared = 0;
	for (unsigned b = 0; b < BOXES; b++)
		count(&yard.box[b].content, owner, held, lent, shared);
	for (unsigned w = 0; w < yard.threads; w++) {
		count(&yard.worker[w].mail.content, owner, held, lent, shared);
		for (unsigned level = 0; level < LEVELS; level++)
			for (unsigned i = 0; i < HANDS; i++)
				count(&yard.worker[w].hands[level][i], owner, held, lent, shared);
	}
}

static void audit(void)
{
	labyrinth_owner_t owner = LABYRINTH_NOBODY;
	uint64_t held, lent, shared;
	struct labyrinth_owner_stats o;
	struct labyrinth_finding finding;
	struct labyrinth_stats stats;

	if (labyrinth_check(yard.lab, &finding) != NULL)
		crew_wrong(finding.law, finding.found);
	labyrinth_stats(yard.lab, &stats);
	count_all(owner, &held, &lent, &shared);
	if (stats.shared != shared)
		crew_wrong("the workers hold another number of shared frames than is accounted for", stats.shared);
	while (labyrinth_owner_next(yard.lab, &owner)) {
		count_all(owner, &held, &lent, &shared);
		if (labyrinth_owner_stats(yard.lab, owner, &o) != LABYRINTH_OK || o.held != held || o.lent != lent)
			crew_wrong("the workers hold another number of claims than their owner counts", o.held);
	}
}

/* ---- The threads. */

static void interrupted(enum level level)
{
	for (unsigned w = 0; w < yard.threads; w++)
		if (pthread_equal(crew_cpu[w].thread, pthread_self()) && !crew_stopped())
			for (unsigned i = 0; i < 2; i++)
				worker_step(&yard.worker[w], level);
}

/* Of any worker, of this one too: that one surely comes, whoever has a CPU of the host just now. */
static void raise_line(struct dice *dice)
{
	unsigned to = (unsigned)dice_below(dice, yard.threads);

	cpu_raise(&crew_cpu[to], dice_below(dice, 3) ? LEVEL_IRQ : LEVEL_NMI);
}

/* While the others run: what is at hand on their CPUs, as statistics count it. */
static void count_at_hand(void)
{
	const struct magazines *m = yard.lab->magazines;
	uint32_t each = m->capacity + MAGAZINE_PIECE + (2 + 4 + 8) * m->shelf + BLOCK_FRAMES;
	uint64_t most = (uint64_t)magazines_front_ends(m) * each;

	if (labyrinth_magazines_count(m) > most)
		crew_wrong("more frames are counted than there is room for at hand", labyrinth_magazines_count(m));
}

static void work(unsigned number)
{
	struct worker *w = &yard.worker[number];
	struct dice raise = { w->dice[LEVEL_TASK].state ^ UINT64_C(0x5eed) };

	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < STEPS && !crew_stopped(); i++, w->steps++) {
			if (dice_below(&raise, 3) == 0)
				raise_line(&raise);
			if (dice_below(&raise, 64) == 0)
				count_at_hand();
			worker_step(w, LEVEL_TASK);
		}
		crew_pause(audit);
	}
}

/* ---- Before and after. */

static void set_up(struct arena *arena, unsigned threads)
{
	struct dice dice = dice_new("stress");

	yard = (struct yard){ .lab = arena->lab, .threads = threads };
	yard.sure = party_new("sure", threads * SURE_SHARE, threads * SURE_SHARE, 1);
	for (unsigned i = 0; i < WILDS; i++)
		yard.wild[i] = party_new("wild", i, 4 * threads, 2 * i);
	assert_true(yard.sure.id != 0 && yard.wild[0].id != 0 && yard.wild[1].id != 0 && yard.wild[2].id != 0);
	for (unsigned w = 0; w < threads; w++) {
		yard.worker[w].number = w;
		for (unsigned level = 0; level < LEVELS; level++)
			yard.worker[w].dice[level].state = dice_roll(&dice);
	}
}

static void assert_nothing_wrong(void)
{
	uint64_t number;
	const char *what = crew_verdict(&number);

	if (what != NULL)
		fail_msg("%s (%llu)", what, (unsigned long long)number);
}

static void give_all_back(void)
{
	for (unsigned b = 0; b < BOXES; b++)
		holding_end(&yard.box[b].content);
	for (unsigned w = 0; w < yard.threads; w++) {
		/* Mail may be for an owner that is gone: the owners' end below takes it back if it is not. */
		for (unsigned level = 0; level < LEVELS; level++)
			for (unsigned i = 0; i < HANDS; i++)
				holding_end(&yard.worker[w].hands[level][i]);
	}
}

/* Where there is slack, the vault may keep more than it had. */
static void retire_all(const struct labyrinth_stats *before, bool slack)
{
	labyrinth_owner_t owner = LABYRINTH_NOBODY;
	struct labyrinth_stats after;

	while (labyrinth_owner_next(yard.lab, &owner))
		assert_int_equal(labyrinth_owner_retire(yard.lab, owner), LABYRINTH_OK);
	while (labyrinth_maintain(yard.lab, 1000) > 0)
		;
	labyrinth_stats(yard.lab, &after);
	assert_lawful(yard.lab);
	assert_int_equal(after.free + after.cached + after.quarantined + after.vault,
	                 before->free + before->cached + before->vault);
	if (slack)
		assert_true(after.vault >= after.vault_target);
	else
		assert_int_equal(after.vault, before->vault);
	assert_int_equal(after.reserve, before->reserve);
	assert_int_equal(after.guaranteed, 0);
}

/* Where frames are scarce, a run without a refusal would have tested nothing. */
static void report(bool scarce)
{
	uint64_t steps = 0, granted = 0, refused = 0, taken = 0;

	for (unsigned w = 0; w < yard.threads; w++) {
		steps += yard.worker[w].steps;
		granted += yard.worker[w].granted;
		refused += yard.worker[w].refused;
		taken += crew_cpu[w].taken;
	}
	printf("%u threads: %llu steps, %llu granted, %llu refused, %llu interrupts and NMIs\n", yard.threads,
	       (unsigned long long)steps, (unsigned long long)granted, (unsigned long long)refused,
	       (unsigned long long)taken);
	assert_true(granted > 0 && (refused > 0 || !scarce) && taken > steps / 1000);
}

static void stress_in(struct arena *arena, unsigned threads, bool scarce)
{
	struct labyrinth_stats before;

	labyrinth_stats(arena->lab, &before);
	set_up(arena, threads);
	crew_run(threads, work, interrupted);
	assert_nothing_wrong();
	report(scarce);
	give_all_back();
	assert_nothing_wrong();
	tables_refuse(false);
	retire_all(&before, before.vault > before.vault_target);
}

static void stress(const uint64_t (*ranges)[2], struct labyrinth_config config, unsigned threads, bool scarce)
{
	struct arena arena;

	port_open();
	arena = arena_new(ranges, config);
	stress_in(&arena, threads, scarce);
	arena_end(&arena);
}

/* With an isolation port; ranges are in ascending order. */
static void stress_hidden(const uint64_t (*ranges)[2], struct labyrinth_config config, unsigned threads, bool scarce)
{
	struct labyrinth_isolation port;
	struct labyrinth_stats stats;
	struct arena arena;
	unsigned last = 0;

	while (ranges[last + 1][1] != 0)
		last++;
	port_open();
	arena = arena_new(ranges, config);
	port = tables_start(ranges[0][0], ranges[last][1] - ranges[0][0]);
	assert_int_equal(labyrinth_isolate(arena.lab, &port), LABYRINTH_OK);
	tables_refuse(true);
	stress_in(&arena, threads, scarce);
	labyrinth_stats(arena.lab, &stats);
	assert_int_equal(tables_hidden(), stats.vault);
	tables_end();
	arena_end(&arena);
}

/* So few frames that most requests are refused, and so few owner slots that they change hands all the time. */
static void tiny(void **state)
{
	unsigned threads = *(unsigned *)*state;
	const uint64_t ranges[][2] = { { 0x1100, 0x1108 + 12 * threads }, { 0, 0 } };

	stress(ranges, config_with(4 + threads / 2, 2, 5 * threads, threads, 0), threads, true);
}

/* The same, a little larger, as claims get nothing from the zones there. */
static void tiny_hidden(void **state)
{
	unsigned threads = *(unsigned *)*state;
	const uint64_t ranges[][2] = { { 0x1100, 0x1108 + 16 * threads }, { 0, 0 } };

	stress_hidden(ranges, config_with(4 + threads / 2, 2, 7 * threads, threads, 0), threads, true);
}

/* So many frames that the vault takes whole page blocks. */
static void roomy_hidden(void **state)
{
	unsigned threads = *(unsigned *)*state;
	static const uint64_t ranges[][2] = { { 0x8000, 0x8123 }, { 0x8200, 0xa400 }, { 0, 0 } };

	stress_hidden(ranges, config_with(4 + threads, 16, 64, threads, 8), threads, false);
}

/* Three zones, several page blocks, a ragged one among them. */
static void medium(void **state)
{
	static const uint64_t ranges[][2] = { { 0x100, 0x180 }, { 0x8000, 0x8123 }, { 0x100000, 0x100600 }, { 0, 0 } };
	unsigned threads = *(unsigned *)*state;

	stress(ranges, config_with(4 + threads, 16, 64, threads, 8), threads, false);
}

static void false_alarm(const struct labyrinth_debug_report *report, void *context)
{
	(void)context;
	labyrinth_port_panic(labyrinth_debug_kind_text(report->kind), report->pfn.n);
}

/*
 * The debug aids. What one thread has left in a frame, the next one compares: not where interrupts arrive at every turn
 * of the loops that fill and compare, which would take all of the time.
 */
static void aided(void **state)
{
	static const uint64_t ranges[][2] = { { 0x8000, 0x8123 }, { 0x100000, 0x100200 }, { 0, 0 } };
	unsigned threads = *(unsigned *)*state;
	struct labyrinth_config config = config_with(4 + threads, 16, 64, threads, 8);

	config.debug.aids = LABYRINTH_DEBUG_TRACE | LABYRINTH_DEBUG_QUARANTINE;
	if (!INTERRUPTS_POLLED)
		config.debug.aids |= LABYRINTH_DEBUG_POISON | LABYRINTH_DEBUG_RED_ZONE;
	config.debug.quarantine = 12;
	config.debug.report = false_alarm;
	stress(ranges, config, threads, false);
}

int main(void)
{
	static unsigned two = 2, four = 4, eight = 8;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(tiny, &two),   cmocka_unit_test_prestate(tiny, &four),
		cmocka_unit_test_prestate(tiny, &eight), cmocka_unit_test_prestate(medium, &two),
		cmocka_unit_test_prestate(medium, &four), cmocka_unit_test_prestate(medium, &eight),
		cmocka_unit_test_prestate(aided, &four), cmocka_unit_test_prestate(tiny_hidden, &two),
		cmocka_unit_test_prestate(tiny_hidden, &four), cmocka_unit_test_prestate(roomy_hidden, &four),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
