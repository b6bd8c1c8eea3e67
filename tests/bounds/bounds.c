/*
 * bounds.c - the most instructions that any call was seen to take, and the most with interrupts off.
 *
 * Idea    Each call is stepped through one instruction at a time, often enough to empty and fill what is at hand, in
 *         memory that is made as awkward as we can think of: new, half taken at random, every second frame taken (all
 *         free blocks are single frames, and a freed one merges as far as it goes), and nearly full. The same in 1 GiB
 *         and in 64 GiB. A sample of states, chosen to be bad: no proof. docs/real-time.md has the argument.
 * Writes  A table: one line a call.
 */
#define _GNU_SOURCE
#include <labyrinth/labyrinth.h>

#include "bench/steps.h"
#include "instance.h"
#include "lock.h"
#include "magazine.h"
#include "port/host.h"
#include "zone.h"

#define GIB4   UINT64_C(0x100000)     /* frame number of 4 GiB             */
#define VAULT  4096u
#define AT_ONCE 1024u                 /* calls of one kind in a row: two page blocks of frames */
#define STEPS   120000u               /* instructions counted for a cell, more or less; one takes microseconds */

static struct labyrinth  *lab;
static struct page      **held;       /* what the fill has taken           */
static uint64_t           holding;
static struct page       *pages[AT_ONCE][32];
static struct labyrinth_claim claims[AT_ONCE];
static labyrinth_owner_t  owner, other;
static uint64_t           seed = 1;

/* ---- Counting. */

static volatile uint64_t off_now, off_most;

static void on_instruction(int number)
{
	(void)number;
	steps_seen++;
	off_now = host_irq_on ? 0 : off_now + 1;
	if (off_now > off_most)
		off_most = off_now;
}

/* ---- Memory in a state. */

static void must(bool done, const char *what)
{
	if (!done)
		stop(what);
}

static struct page *take(unsigned order)
{
	return labyrinth_alloc_pages(lab, LABYRINTH_GFP_KERNEL, order).page;
}

static labyrinth_owner_t enrol(const char *name, uint32_t guarantee, uint32_t recycle)
{
	struct labyrinth_budget budget = { name, guarantee, 4 * AT_ONCE, recycle };
	labyrinth_owner_t who;

	must(labyrinth_owner_register(lab, &budget, &who) == LABYRINTH_OK, "an owner was refused");
	return who;
}

static void bring_up(uint64_t frames)
{
	struct labyrinth_range at = { { GIB4 }, { GIB4 + frames } };
	struct labyrinth_ranges ranges = { &at, 1, 1 };
	struct labyrinth_config config = labyrinth_config_for(&ranges);
	size_t bytes;

	config.vault_frames = VAULT;
	must(labyrinth_metadata_bytes(&ranges, &config, &bytes) == LABYRINTH_OK, "no metadata");
	must(labyrinth_init(&lab, memory_new(bytes, false), bytes, &ranges, &config) == LABYRINTH_OK, "no instance");
	owner = enrol("bounds", 2 * AT_ONCE, 0);
	other = enrol("other", AT_ONCE, 0);
	held = memory_new(frames * sizeof(*held), false);
	holding = 0;
}

static void fill(uint64_t leave)
{
	struct labyrinth_stats stats;

	labyrinth_stats(lab, &stats);
	for (uint64_t n = stats.free + stats.cached; n > leave; n--) {
		held[holding] = take(0);
		must(held[holding] != NULL, "memory ended early");
		holding++;
	}
}

static void give_held(uint64_t i)
{
	must(labyrinth_free_pages(lab, held[i], 0) == LABYRINTH_OK, "a free was refused");
	held[i] = held[--holding];
}

/* Nothing has been used but the first half of the first GiB: the next page block is split off all of the other half. */
static void make_new(void)
{
	struct page *page = take(9);

	for (; labyrinth_page_pfn(lab, page).n != GIB4 + (UINT64_C(1) << 17); page = take(9))
		must(page != NULL, "memory ended early");
	must(labyrinth_free_pages(lab, page, 9) == LABYRINTH_OK, "a free was refused");
	labyrinth_magazines_drain(lab->magazines, 0, LABYRINTH_TASK, ZONE_WAIT);
}

static void make_half(void)
{
	fill(0);
	for (uint64_t n = holding / 2; n > 0; n--)
		give_held(below(&seed, holding));
}

/* Every second frame of a page block, or only 8 to 23 of those, in one word: so runs of any length take the last. */
static bool in_comb(uint64_t n)
{
	uint64_t block = n / 512;

	return n % 2 == 1 && (block % 8 == 7 || (n % 512 >= 448 && n % 64 / 2 < 8 + block % 16));
}

static void make_comb(void)
{
	uint64_t kept = 0;

	fill(0);
	for (uint64_t i = 0; i < holding; i++) {
		if (!in_comb(labyrinth_page_pfn(lab, held[i]).n))
			held[kept++] = held[i];
		else
			must(labyrinth_free_pages(lab, held[i], 0) == LABYRINTH_OK, "a free was refused");
	}
	holding = kept;
}

/* All free frames lie in page blocks of two other kinds: half of some in one piece, half of the others' frames. */
static void make_others(void)
{
	labyrinth_gfp_t kind = LABYRINTH_GFP_MOVABLE;
	uint64_t kept = 0;

	while ((held[holding] = labyrinth_alloc_pages(lab, LABYRINTH_GFP_NOWAIT | kind, 0).page) != NULL) {
		kind ^= LABYRINTH_GFP_MOVABLE ^ LABYRINTH_GFP_RECLAIMABLE;
		holding++;
	}
	for (uint64_t i = 0; i < holding; i++) {
		uint64_t n = labyrinth_page_pfn(lab, held[i]).n;

		if (n / 512 % 63 == 0 ? n % 512 >= 256 : below(&seed, 2) != 0)
			held[kept++] = held[i];
		else
			must(labyrinth_free_pages(lab, held[i], 0) == LABYRINTH_OK, "a free was refused");
	}
	holding = kept;
}

static void make_full(void)
{
	fill(0);
	for (unsigned i = 0; i < 4 * AT_ONCE; i++)
		give_held(below(&seed, holding));
}

static const struct { const char *name; void (*make)(void); } states[] = {
	{ "new", make_new }, { "half", make_half }, { "comb", make_comb }, { "full", make_full },
	{ "others", make_others },
};

#define STATES (sizeof(states) / sizeof(states[0]))

/* ---- The calls. Each is made AT_ONCE times; i counts them. */

static void do_take(unsigned i) { pages[i][0] = labyrinth_alloc_pages(lab, LABYRINTH_GFP_KERNEL, 0).page; }
static void do_take_atomic(unsigned i) { pages[i][0] = labyrinth_alloc_pages(lab, LABYRINTH_GFP_ATOMIC, 0).page; }
static void do_take_3(unsigned i) { pages[i][0] = labyrinth_alloc_pages(lab, LABYRINTH_GFP_KERNEL, 3).page; }
static void do_take_9(unsigned i) { pages[i][0] = labyrinth_alloc_pages(lab, LABYRINTH_GFP_KERNEL, 9).page; }
static void do_take_atomic_3(unsigned i) { pages[i][0] = labyrinth_alloc_pages(lab, LABYRINTH_GFP_ATOMIC, 3).page; }
static void do_take_atomic_9(unsigned i) { pages[i][0] = labyrinth_alloc_pages(lab, LABYRINTH_GFP_ATOMIC, 9).page; }
static void do_take_nowait_3(unsigned i) { pages[i][0] = labyrinth_alloc_pages(lab, LABYRINTH_GFP_NOWAIT, 3).page; }
static void do_take_nowait_9(unsigned i) { pages[i][0] = labyrinth_alloc_pages(lab, LABYRINTH_GFP_NOWAIT, 9).page; }

static void give(unsigned i, unsigned order)
{
	if (pages[i][0] != NULL && labyrinth_free_pages(lab, pages[i][0], order) != LABYRINTH_OK)
		stop("a free was refused");
}

static void do_give(unsigned i)   { give(i, 0); }
static void do_give_3(unsigned i) { give(i, 3); }
static void do_give_9(unsigned i) { give(i, 9); }

static uint32_t many[AT_ONCE];

static void do_take_32(unsigned i) { many[i] = labyrinth_alloc_bulk(lab, LABYRINTH_GFP_KERNEL, 32, pages[i]).count; }
static void do_give_32(unsigned i) { labyrinth_free_bulk(lab, pages[i], many[i]); }

static void do_claim(unsigned i)
{
	claims[i] = (struct labyrinth_claim){ .lab = lab, .owner = owner };
	labyrinth_void_alloc_page_gfp_atomic_exclusive(&claims[i]);
}

static void do_release(unsigned i)  { labyrinth_claim_release(&claims[i]); }
static void do_lend(unsigned i)     { must(labyrinth_claim_lend(&claims[i]) == LABYRINTH_OK, "lend"); }
static void do_back(unsigned i)     { must(labyrinth_claim_take_back(&claims[i]) == LABYRINTH_OK, "take back"); }
/* Without an MMU port: what that writes comes on top. */
static void do_map(unsigned i)
{
	must(labyrinth_claim_map(&claims[i]) != NULL && labyrinth_claim_unmap(&claims[i]) == LABYRINTH_OK, "map");
}

static void do_transfer(unsigned i) { must(labyrinth_claim_transfer(&claims[i], other) == LABYRINTH_OK, "transfer"); }
static void do_maintain(unsigned i) { (void)i; labyrinth_maintain(lab, 1); }

/* Somebody holds every zone's lock: what an atomic caller then does. */
static void lock_zones(void)
{
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++)
		lock_take(&lab->zones[z].lock);
}

static void unlock_zones(void)
{
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++)
		lock_drop(&lab->zones[z].lock);
}

static void in_interrupt(void) { host_context = LABYRINTH_INTERRUPT; }
static void in_task(void)      { host_context = LABYRINTH_TASK; }

/* As many frames at hand as there can be: a request that finds nothing gives all of them back. */
static void fill_at_hand(void)
{
	for (unsigned i = 0; i < AT_ONCE; i++)
		do_take_atomic(i);
	for (unsigned i = 0; i < AT_ONCE; i++)
		do_give(i);
}

static void in_full_interrupt(void)
{
	in_interrupt();
	fill_at_hand();
}

static void in_locked(void)
{
	in_interrupt();
	lock_zones();
}

static void leave_locked(void)
{
	unlock_zones();
	in_task();
}

/* Calls that belong together follow each other: the second gives back what the first took. */
static const struct row {
	const char *name;
	void (*before)(void);
	void (*call)(unsigned i);
	void (*after)(void);
} rows[] = {
	{ "alloc, one frame",                     NULL,         do_take,        NULL },
	{ "free, one frame",                      NULL,         do_give,        NULL },
	{ "alloc, one frame, atomic, interrupt",  in_interrupt, do_take_atomic, in_task },
	{ "free, one frame, interrupt",           in_interrupt, do_give,        in_task },
	{ "alloc, order 3",                       fill_at_hand, do_take_3,      NULL },
	{ "free, order 3",                        NULL,         do_give_3,      NULL },
	{ "alloc, order 9",                       fill_at_hand, do_take_9,      NULL },
	{ "free, order 9",                        NULL,         do_give_9,      NULL },
	{ "alloc, order 3, atomic, interrupt",    in_full_interrupt, do_take_atomic_3, in_task },
	{ "free, order 3, interrupt",             in_interrupt, do_give_3,      in_task },
	{ "alloc, order 9, atomic, interrupt",    in_full_interrupt, do_take_atomic_9, in_task },
	{ "free, order 9, interrupt",             in_interrupt, do_give_9,      in_task },
	{ "alloc, order 3, no wait",              fill_at_hand, do_take_nowait_3, NULL },
	{ "free, order 3, after that",            NULL,         do_give_3,      NULL },
	{ "alloc, order 9, no wait",              fill_at_hand, do_take_nowait_9, NULL },
	{ "free, order 9, after that",            NULL,         do_give_9,      NULL },
	{ "alloc 32 in bulk",                     NULL,         do_take_32,     NULL },
	{ "free 32 in bulk",                      NULL,         do_give_32,     NULL },
	{ "claim, guaranteed",                    in_interrupt, do_claim,       in_task },
	{ "lend",                                 in_interrupt, do_lend,        in_task },
	{ "take back",                            in_interrupt, do_back,        in_task },
	{ "map and unmap",                        in_interrupt, do_map,         in_task },
	{ "transfer",                             in_interrupt, do_transfer,    in_task },
	{ "release",                              in_interrupt, do_release,     in_task },
	{ "maintain, one frame's work",           NULL,         do_maintain,    NULL },
	{ "claim, guaranteed, every zone locked", in_locked,    do_claim,       leave_locked },
	{ "release, every zone locked",           in_locked,    do_release,     leave_locked },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static double worst[ROWS][2][STATES], off[ROWS];

static void count(size_t r, unsigned size, size_t state)
{
	const struct row *row = &rows[r];

	if (row->before != NULL)
		row->before();
	steps_left = STEPS;
	for (unsigned i = 0; i < AT_ONCE; i++) {
		double steps;

		if (steps_left == 0) {
			row->call(i);
			continue;
		}
		off_now = off_most = 0;
		steps_begin();
		row->call(i);
		steps = steps_end();
		if (steps > worst[r][size][state])
			worst[r][size][state] = steps;
		if (host_irq_on && (double)off_most > off[r])
			off[r] = (double)off_most;
	}
	if (row->after != NULL)
		row->after();
}

static void print(void)
{
	printf("%-38s %-35s%-34sinterrupts\n%-38s", "most instructions seen", " 1 GiB:", " 64 GiB:", "");
	for (unsigned size = 0; size < 2; size++)
		for (size_t s = 0; s < STATES; s++)
			printf(" %6s", states[s].name);
	printf("  off\n");
	for (size_t r = 0; r < ROWS; r++) {
		printf("%-38s", rows[r].name);
		for (unsigned size = 0; size < 2; size++)
			for (size_t s = 0; s < STATES; s++)
				printf(" %6.0f", worst[r][size][s]);
		printf(" %7.0f\n", off[r]);
	}
}

int main(void)
{
	static const uint64_t sizes[] = { UINT64_C(1) << 18, UINT64_C(1) << 24 };
	struct sigaction action = { .sa_handler = on_instruction };

	workload = "bounds";
	steps_prepare();
	must(sigaction(SIGTRAP, &action, NULL) == 0, "cannot catch SIGTRAP");
	for (unsigned size = 0; size < 2; size++)
		for (size_t s = 0; s < STATES; s++) {
			bring_up(sizes[size]);
			states[s].make();
			for (size_t r = 0; r < ROWS; r++)
				count(r, size, s);
		}
	print();
	return 0;
}
