/*
 * labyrinth.c - ours: shared frames with all checks on, and claims.
 *
 * Idea    The library as it is linked into a kernel: calls, no inlining, no link-time optimisation. Its port here is
 *         made for threads: interrupts are a flag of each thread, so that masking costs a call and not the CPU's cli.
 * Needs   The arena begins at 4 GiB: one zone. No frames are set aside but for claims.
 */
#include "bench/steps.h"

#include <labyrinth/labyrinth.h>

typedef struct page *handle_t;

#define HANDLE_NONE    NULL
#define PEER_MAX_ORDER 9
#define PEER_BOUNDED   true
#define PEER_LARGEST   (UINT64_C(1) << 28)
#define PEER_REMOTE    true
#define PEER_FRAME

#define FIRST_FRAME (UINT64_C(1) << 20)

static _Thread_local bool irq_on = true;
static enum labyrinth_context context = LABYRINTH_TASK;

labyrinth_irq_t labyrinth_port_irq_off(void)
{
	labyrinth_irq_t was = { irq_on };

	irq_on = false;
	return was;
}

void labyrinth_port_irq_back(labyrinth_irq_t was)
{
	irq_on = was.flags != 0;
}

enum labyrinth_context labyrinth_port_context(void)
{
	return context;
}

static _Thread_local unsigned cpu;

unsigned labyrinth_port_pin(void)
{
	return cpu;
}

void labyrinth_port_unpin(void)
{
}

void labyrinth_port_relax(void)
{
	__builtin_ia32_pause();
}

void labyrinth_port_random(uint8_t seed[32])
{
	memset(seed, 1, 32);
}

_Noreturn void labyrinth_port_panic(const char *found, uint64_t number)
{
	(void)number;
	stop(found);
}

/* Only claims are shredded, and only they touch memory. */
void *labyrinth_port_virt(phys_addr_t phys)
{
	static uint8_t *memory;

	if (memory == NULL)
		memory = memory_new(FRAMES * LABYRINTH_PAGE_SIZE, false);
	return memory + (phys.a - FIRST_FRAME * LABYRINTH_PAGE_SIZE);
}

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

static const struct labyrinth_config bare = { 64, 0, 0, 2, 128 };

static size_t peer_bytes(uint64_t frames)
{
	return bytes_for(frames, bare);
}

static void peer_open(struct peer *p, void *memory, uint64_t frames)
{
	open_with(p, memory, frames, bare);
}

static struct peer *peer_thread(struct peer *p, unsigned i)
{
	cpu = i;
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
static void run_claim_instr(void);

#define PEER_EXTRA { "claim", run_claim }, { "claim_instr", run_claim_instr },

#include "bench/peer.h"

#define VAULT 4096

static struct labyrinth_claim claim_ready(struct peer *p, uint32_t recycle)
{
	struct labyrinth_config config = { 64, 0, VAULT, 2, 128 };
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

	context = LABYRINTH_INTERRUPT;
	for (unsigned i = 0; i < claims; i++)
		counted_claim(&claim, &taken);
	counted_release(&claim, &given);
	context = LABYRINTH_TASK;
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
	context = LABYRINTH_INTERRUPT;
	for (unsigned i = 0; i < 20; i++) {
		counted_claim(&claim, &taken);
		counted_release(&claim, &given);
		sample(&both, taken.at[i] + given.at[i]);
	}
	context = LABYRINTH_TASK;
	report_samples("claim, recycled", &taken);
	report_samples("release, recycled", &given);
	report_samples("claim and release, recycled", &both);
}

/* Shared frames in interrupt context, with GFP_ATOMIC. */
static void atomic_rows(struct peer *p)
{
	static struct samples both;
	handle_t h = must_take(p, 0); /* stays */

	context = LABYRINTH_INTERRUPT;
	for (unsigned i = 0; i < 20; i++) {
		double takes;

		steps_begin();
		h = labyrinth_alloc_pages(p->lab, LABYRINTH_GFP_ATOMIC, 0).page;
		takes = steps_end();
		steps_begin();
		peer_give(p, h, 0);
		sample(&both, takes + steps_end());
	}
	context = LABYRINTH_TASK;
	report_samples("atomic pair in an interrupt", &both);
}

static void run_claim_instr(void)
{
	struct peer p;
	struct labyrinth_claim claim;

	steps_prepare();
	recycled_rows(claim_ready(&p, 8));
	claim = claim_ready(&p, 0);
	claim_rows(claim, "fresh zone", 40);
	atomic_rows(&p);
	while (peer_take(&p, 0) != HANDLE_NONE)
		continue;
	claim_rows(claim, "vault", 20);
}
