/*
 * labyrinth.c - ours: shared frames with all checks on, and claims.
 *
 * Idea    The library as it is linked into a kernel: calls, no inlining, no link-time optimisation; the hooks of
 *         its port are inlined into it, as docs/porting.md says. Interrupts are a flag of each thread, so that masking
 *         costs two stores and not the CPU's cli.
 * Needs   The arena begins at 4 GiB: one zone. No frames are set aside but for claims.
 */
#include "bench/steps.h"

#include <labyrinth/labyrinth.h>

#include "port/host.h"

typedef struct page *handle_t;

#define HANDLE_NONE    NULL
#define PEER_MAX_ORDER 9
#define PEER_BOUNDED   true
#define PEER_LARGEST   (UINT64_C(1) << 28)
#define PEER_REMOTE    true
#define PEER_FRAME

#define FIRST_FRAME (UINT64_C(1) << 20)

struct peer {
	struct labyrinth *lab;
};

static size_t bytes_for(uint64_t frames, struct labyrinth_config config)
{
	struct labyrinth_range at = { { FIRST_FRAME }, { FIRST_FRAME + frames } };
	struct labyrinth_ranges ranges = { &at, 1, 1 };
	size_t bytes;

	if (labyrinth_metadata_bytes(&ranges, &config, &bytes) != LABYRINTH_OK)
		stop("labyrinth_metadata_bytes refused");
	return bytes;
}

static void open_with(struct peer *p, void *memory, uint64_t frames, struct labyrinth_config config)
{
	struct labyrinth_range at = { { FIRST_FRAME }, { FIRST_FRAME + frames } };
	struct labyrinth_ranges ranges = { &at, 1, 1 };

	if (labyrinth_init(&p->lab, memory, bytes_for(frames, config), &ranges, &config) != LABYRINTH_OK)
		stop("labyrinth_init refused");
}

#ifndef BENCH_CPUS
#define BENCH_CPUS 2
#endif

static struct labyrinth_config bare = { .owners = 64, .cpus = BENCH_CPUS, .magazine = 128,
	                                            .shelf = LABYRINTH_SHELF_SUITS };

static size_t peer_bytes(uint64_t frames)
{
	return bytes_for(frames, bare);
}

static void peer_open(struct peer *p, void *memory, uint64_t frames)
{
	open_with(p, memory, frames, bare);
}

static void spin(void)
{
	__builtin_ia32_pause();
}

static struct peer *peer_thread(struct peer *p, unsigned i)
{
	host_cpu = i;
	host_relax = spin;
	return p;
}

static inline handle_t peer_take(struct peer *p, unsigned order)
{
	return labyrinth_alloc_pages(p->lab, LABYRINTH_GFP_KERNEL, order).page;
}

static inline void peer_give(struct peer *p, handle_t h, unsigned order)
{
	if (labyrinth_free_pages(p->lab, h, order) != LABYRINTH_OK)
		stop("a free was refused");
}

#define PEER_MANY

static inline void peer_take_32(struct peer *p, handle_t *handles)
{
	if (labyrinth_alloc_bulk(p->lab, LABYRINTH_GFP_KERNEL, 32, handles).count != 32)
		stop("a bulk call was refused");
}

static inline void peer_give_32(struct peer *p, handle_t *handles)
{
	if (labyrinth_free_bulk(p->lab, handles, 32).count != 32)
		stop("a bulk free was refused");
}

static inline uint64_t peer_frame(const struct peer *p, handle_t h)
{
	return labyrinth_page_pfn(p->lab, h).n - FIRST_FRAME;
}

static void run_claim(void);
static void run_claim_threads(void);
static void run_claim_instr(void);
static void run_compact(void);
static void run_shelves(void);
static void run_apart(void);

#define PEER_EXTRA { "claim", run_claim }, { "claim_threads", run_claim_threads }, \
	{ "claim_instr", run_claim_instr }, { "compact", run_compact }, \
	{ "shelves", run_shelves }, { "apart", run_apart },

#include "bench/peer.h"
#include "bench/shelves.h"

#define VAULT 4096

/* ---- Two threads: what of their time is not because they share, and how often each needs the zone. */

/* Each thread has an instance of its own. */
static void apart_body(struct worker *w)
{
	struct peer own;

	peer_open(&own, memory_new(peer_bytes(FRAMES), true), FRAMES);
	w->peer = &own;
	mix_body(w);
}

static struct labyrinth *passed_through; /* the instance of the last remote run */

static void passing_body(struct worker *w)
{
	remote_body(w);
	if (w->index == 0)
		passed_through = w->peer->lab;
}

static void run_apart(void)
{
	struct labyrinth_stats stats;
	double frames = 2000000 / (double)divisor;

	if (cpus_allowed() < 2 || PEER_ALONE)
		return;
	(void)!setpriority(PRIO_PROCESS, 0, -10); /* where it is allowed */
	table_fill(1);
	report("mix, an instance each", "M/s", in_two(apart_body));
	in_two(passing_body);
	labyrinth_stats(passed_through, &stats);
	report("remote, a refill", "frames", frames / (double)stats.refills);
	report("remote, a flush", "frames", frames / (double)stats.flushes);
}

static struct labyrinth_claim claim_ready(struct peer *p, uint32_t recycle)
{
	struct labyrinth_config config = { .owners = 64, .vault_frames = VAULT, .cpus = BENCH_CPUS, .magazine = 128 };
	struct labyrinth_budget budget = { "bench", 64, 2048, recycle };
	struct labyrinth_claim claim = { 0 };

	open_with(p, memory_new(bytes_for(FRAMES, config), true), FRAMES, config);
	claim.lab = p->lab;
	if (labyrinth_owner_register(p->lab, &budget, &claim.owner) != LABYRINTH_OK)
		stop("the owner was refused");
	return claim;
}

static void must_claim(struct labyrinth_claim *claim)
{
	labyrinth_void_alloc_page_gfp_atomic_exclusive(claim);
	if (claim->page == NULL)
		stop("a claim was refused");
}

static void must_release(struct labyrinth_claim *claim)
{
	if (labyrinth_claim_release(claim) != LABYRINTH_OK)
		stop("a release was refused");
}

static void claim_pairs(const char *metric, uint32_t recycle, uint64_t n)
{
	struct peer p;
	struct labyrinth_claim claim = claim_ready(&p, recycle);
	double start = 0;

	for (uint64_t i = 0; i < n + n / 10; i++) {
		if (i == n / 10)
			start = cpu_ns();
		must_claim(&claim);
		must_release(&claim);
	}
	report(metric, "ns", (cpu_ns() - start) / (double)n);
}

static void run_claim(void)
{
	claim_pairs("pair, recycled", 8, 2000000 / divisor);
	claim_pairs("pair, shredded", 0, 20000 / divisor);
}

/*
 * ---- Claims on two threads: of what owners keep, and of the one vault. A round counts if the threads were at it at
 * the same time; on a busy machine few are.
 */

#define ROUNDS 200
#define ROUND  256 /* claims in a row */

static struct {
	struct labyrinth *lab;
	labyrinth_owner_t owner[2]; /* of each thread          */
	unsigned          threads;  /* that claim              */
	_Atomic unsigned  met;
	double            begin[ROUNDS][2], end[ROUNDS][2];
} claimers;

/* Both are here, and both running. */
static void meet(unsigned times)
{
	atomic_fetch_add(&claimers.met, 1);
	while (atomic_load(&claimers.met) < 2 * times)
		__builtin_ia32_pause();
}

static void kept_round(struct labyrinth_claim *claim)
{
	for (unsigned i = 0; i < 8 * ROUND; i++) {
		must_claim(claim);
		must_release(claim);
	}
}

static void vault_round(struct labyrinth_claim *claim)
{
	struct labyrinth_claim claims[ROUND];

	for (unsigned i = 0; i < ROUND; i++) {
		claims[i] = *claim;
		must_claim(&claims[i]);
	}
	for (unsigned i = 0; i < ROUND; i++)
		must_release(&claims[i]);
}

/* What was released is shredded between rounds, which is not timed. */
static void claim_rounds(struct worker *w, void (*round)(struct labyrinth_claim *claim))
{
	struct labyrinth_claim claim = { .lab = claimers.lab, .owner = claimers.owner[w->index] };

	for (unsigned i = 0; i < ROUNDS / divisor; i++) {
		meet(2 * i + 1);
		claimers.begin[i][w->index] = wall_ns();
		if (w->index < claimers.threads)
			round(&claim);
		claimers.end[i][w->index] = wall_ns();
		meet(2 * i + 2);
		while (w->index == 0 && labyrinth_maintain(claimers.lab, ROUND) > 0)
			continue;
	}
}

static void kept_body(struct worker *w)
{
	claim_rounds(w, kept_round);
}

static void vault_body(struct worker *w)
{
	claim_rounds(w, vault_round);
}

/* The best round, in which both threads were busy for nine tenths of the time; 0 if there was none. */
static double best_round(unsigned pairs)
{
	double best = 0;

	for (unsigned i = 0; i < ROUNDS / divisor; i++) {
		const double *b = claimers.begin[i], *e = claimers.end[i];
		double first = b[0] < b[1] ? b[0] : b[1], last = e[0] > e[1] ? e[0] : e[1];
		double both = (e[0] < e[1] ? e[0] : e[1]) - (b[0] > b[1] ? b[0] : b[1]);
		double rate = pairs * 1e3 / (claimers.threads == 1 ? e[0] - b[0] : last - first);

		if ((claimers.threads == 1 || both > 0.9 * (last - first)) && rate > best)
			best = rate;
	}
	return best;
}

#define RING_CLAIMS 32

/* What a driver holds, one owner after the other. One frame of each is released: that is what comes and goes. */
static void claim_rings(void)
{
	for (unsigned i = 0; i < 2; i++) {
		struct labyrinth_claim claim = { .lab = claimers.lab, .owner = claimers.owner[i] };

		for (unsigned k = 0; k < RING_CLAIMS; k++)
			must_claim(&claim);
		must_release(&claim);
	}
}

/* rings: both owners hold a ring of frames; otherwise the frames that come and go lie side by side. */
static void claim_on_threads(const char *metric, unsigned owners, unsigned threads, bool kept, bool rings)
{
	struct labyrinth_budget budget = { "second", 64, 2048, kept ? 8 : 0 };
	struct peer p;
	struct labyrinth_claim first = claim_ready(&p, budget.recycle);
	double best;

	claimers.lab = p.lab;
	claimers.threads = threads;
	claimers.met = 0;
	claimers.owner[0] = claimers.owner[1] = first.owner;
	if (owners > 1 && labyrinth_owner_register(p.lab, &budget, &claimers.owner[1]) != LABYRINTH_OK)
		stop("the second owner was refused");
	if (rings)
		claim_rings();
	in_two(kept ? kept_body : vault_body);
	best = best_round(threads * ROUND * (kept ? 8 : 1));
	if (best > 0)
		report(metric, "M/s", best);
}

static void run_claim_threads(void)
{
	if (cpus_allowed() < 2)
		return;
	claim_on_threads("kept, one thread alone", 1, 1, true, false);
	claim_on_threads("kept, an owner and a ring each", 2, 2, true, true);
	claim_on_threads("kept, an owner each, side by side", 2, 2, true, false);
	claim_on_threads("kept, one owner", 1, 2, true, false);
	claim_on_threads("vault, one thread alone", 1, 1, false, false);
	claim_on_threads("vault, an owner each", 2, 2, false, false);
	claim_on_threads("vault, one owner", 1, 2, false, false);
}

static void counted_claim(struct labyrinth_claim *claim, struct samples *into)
{
	steps_begin();
	labyrinth_void_alloc_page_gfp_atomic_exclusive(claim);
	sample(into, steps_end());
	if (claim->page == NULL)
		stop("a claim was refused");
}

static void counted_release(struct labyrinth_claim *claim, struct samples *into)
{
	steps_begin();
	labyrinth_claim_release(claim);
	sample(into, steps_end());
	if (claim->page != NULL)
		stop("a release was refused");
}

/* So many claims, then the release of the last one: a release that shreds takes a second to count. */
static void claim_rows(struct labyrinth_claim claim, const char *name, unsigned claims)
{
	static struct samples taken, given;
	char what[64];

	host_context = LABYRINTH_INTERRUPT;
	for (unsigned i = 0; i < claims; i++)
		counted_claim(&claim, &taken);
	counted_release(&claim, &given);
	host_context = LABYRINTH_TASK;
	snprintf(what, sizeof(what), "claim, %s", name);
	report_samples(what, &taken);
	snprintf(what, sizeof(what), "release, %s", name);
	report_samples(what, &given);
}

/* A claim of the frame that the same owner has just released, and its release. */
static void recycled_rows(struct labyrinth_claim claim)
{
	static struct samples taken, given, both;

	must_claim(&claim);
	must_release(&claim);
	host_context = LABYRINTH_INTERRUPT;
	for (unsigned i = 0; i < 20; i++) {
		counted_claim(&claim, &taken);
		counted_release(&claim, &given);
		sample(&both, taken.at[i] + given.at[i]);
	}
	host_context = LABYRINTH_TASK;
	report_samples("claim, recycled", &taken);
	report_samples("release, recycled", &given);
	report_samples("claim and release, recycled", &both);
}

/* Shared frames in interrupt context, with GFP_ATOMIC. */
static void atomic_rows(struct peer *p)
{
	static struct samples both;
	handle_t h = must_take(p, 0); /* stays */

	host_context = LABYRINTH_INTERRUPT;
	for (unsigned i = 0; i < 20; i++) {
		double takes;

		steps_begin();
		h = labyrinth_alloc_pages(p->lab, LABYRINTH_GFP_ATOMIC, 0).page;
		takes = steps_end();
		steps_begin();
		peer_give(p, h, 0);
		sample(&both, takes + steps_end());
	}
	host_context = LABYRINTH_TASK;
	report_samples("atomic pair in an interrupt", &both);
}

static void run_claim_instr(void)
{
	struct peer p;
	struct labyrinth_claim claim;

	steps_prepare();
	recycled_rows(claim_ready(&p, 8));
	claim = claim_ready(&p, 0);
	claim_rows(claim, "nothing used", 40);
	atomic_rows(&p);
	while (peer_take(&p, 0) != HANDLE_NONE)
		continue;
	claim_rows(claim, "vault", 20);
	for (unsigned i = 0; i < 64; i++)
		must_claim(&claim); /* all of the guarantee */
	claim_rows(claim, "beyond the guarantee", 20);
}

/* ---- Compaction: frames of one user who moves whatever he is asked to. Nothing is copied: that would be timed too. */

struct book {
	struct peer *peer;
	handle_t     held[FRAMES];
	uint32_t     place[FRAMES]; /* of a frame: its number in held[] */
	uint64_t     n;
};

static struct book book;

static bool relocate(void *unused, struct page *from, struct page *to)
{
	uint32_t place = book.place[peer_frame(book.peer, from)];

	(void)unused;
	book.held[place] = to;
	book.place[peer_frame(book.peer, to)] = place;
	return true;
}

static void book_fill(labyrinth_mover_t mover, uint64_t frames)
{
	for (; book.n < frames; book.n++) {
		handle_t h = labyrinth_alloc_movable(book.peer->lab, LABYRINTH_GFP_KERNEL, mover).page;

		if (h == HANDLE_NONE)
			stop("refused, although there is memory");
		book.held[book.n] = h;
		book.place[peer_frame(book.peer, h)] = (uint32_t)book.n;
	}
}

static void book_free_one(uint64_t i)
{
	peer_give(book.peer, book.held[i], 0);
	book.held[i] = book.held[--book.n];
	book.place[peer_frame(book.peer, book.held[i])] = (uint32_t)i;
}

static uint64_t order9_free(void)
{
	struct labyrinth_stats stats;
	uint64_t blocks = 0;

	labyrinth_stats(book.peer->lab, &stats);
	for (unsigned k = 9; k <= LABYRINTH_MAX_ORDER; k++)
		blocks += stats.zone[LABYRINTH_ZONE_NORMAL].free_blocks[k] << (k - 9);
	return blocks;
}

/* 90 % full, then half of the frames go, chosen at random: how many page blocks are whole, and how many can be made? */
static void run_compact(void)
{
	const struct labyrinth_mover user = { "bench", relocate, NULL };
	labyrinth_mover_t mover;
	uint64_t state = 1, moved = 0;
	double start;

	book.peer = fresh(FRAMES);
	if (labyrinth_mover_register(book.peer->lab, &user, &mover) != LABYRINTH_OK)
		stop("the mover was refused");
	book_fill(mover, FRAMES * 9 / 10);
	for (uint64_t n = book.n / 2; book.n > n;)
		book_free_one(below(&state, book.n));
	report("order 9, before", "blocks", (double)order9_free());
	start = cpu_ns();
	for (struct labyrinth_compaction done = { .status = LABYRINTH_OK }; done.status == LABYRINTH_OK;) {
		done = labyrinth_compact(book.peer->lab, 9, UINT64_MAX);
		moved += done.moved;
	}
	report("frame moved", "ns", (cpu_ns() - start) / (double)moved);
	report("order 9, after", "blocks", (double)order9_free());
	report("order 9, if packed", "blocks", (double)((FRAMES - book.n) / BLOCK));
}
