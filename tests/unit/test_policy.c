/*
 * test_policy.c - shared frames: who may take what, from where, and every way to be refused one.
 */
#include "kit.h"

#include "dies.h"

#define KERNEL LABYRINTH_GFP_KERNEL
#define NOWAIT LABYRINTH_GFP_NOWAIT
#define ATOMIC LABYRINTH_GFP_ATOMIC
#define ZERO   LABYRINTH_GFP_ZERO
#define DMA    LABYRINTH_GFP_DMA
#define MOVABLE     LABYRINTH_GFP_MOVABLE
#define RECLAIMABLE LABYRINTH_GFP_RECLAIMABLE
#define DMA32  LABYRINTH_GFP_DMA32

#define BLOCK_BYTES(order) ((size_t)LABYRINTH_PAGE_SIZE << (order))

static struct arena machine_new(void)
{
	return arena_new(three_zones, config_of(2, 8, 8));
}

static uint64_t pfn(const struct arena *a, const struct page *page)
{
	return labyrinth_page_pfn(a->lab, page).n;
}

static void bad_orders_and_flags(void **state)
{
	static const struct {
		const char *name;
		labyrinth_gfp_t gfp;
		unsigned order;
		enum labyrinth_status why;
	} cases[] = {
		{ "order 19",          KERNEL,                   19,           LABYRINTH_BAD_ORDER },
		{ "order 64",          ATOMIC,                   64,           LABYRINTH_BAD_ORDER },
		{ "order 2^32 - 1",    NOWAIT,                   ~0u,          LABYRINTH_BAD_ORDER },
		{ "nothing",           0,                        0,            LABYRINTH_BAD_FLAGS },
		{ "modifiers only",    ZERO | DMA,               0,            LABYRINTH_BAD_FLAGS },
		{ "kernel and nowait", KERNEL | NOWAIT,          0,            LABYRINTH_BAD_FLAGS },
		{ "kernel and atomic", KERNEL | ATOMIC,          0,            LABYRINTH_BAD_FLAGS },
		{ "nowait and atomic", NOWAIT | ATOMIC,          0,            LABYRINTH_BAD_FLAGS },
		{ "all three",         KERNEL | NOWAIT | ATOMIC, 0,            LABYRINTH_BAD_FLAGS },
		{ "both zones",        KERNEL | DMA | DMA32,     0,            LABYRINTH_BAD_FLAGS },
		{ "both mobilities",   KERNEL | MOVABLE | RECLAIMABLE, 0,      LABYRINTH_BAD_FLAGS },
		{ "everything",        ~0u,                      0,            LABYRINTH_BAD_FLAGS },
		{ "flags before order", KERNEL | DMA | DMA32,    19,           LABYRINTH_BAD_FLAGS },
	};
	struct arena a = machine_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		ASSERT_REFUSED(&a, alloc_status(a.lab, cases[i].gfp, cases[i].order), cases[i].why);
	for (unsigned bit = 8; bit < 32; bit++)
		if (((labyrinth_gfp_t)1 << bit & (MOVABLE | RECLAIMABLE)) == 0)
			ASSERT_REFUSED(&a, alloc_status(a.lab, KERNEL | (labyrinth_gfp_t)1 << bit, 0),
			               LABYRINTH_BAD_FLAGS);
	assert_status(alloc_status(NULL, KERNEL, 0), LABYRINTH_NULL_POINTER);
	machine_end(&a);
}

static void contexts(void **state)
{
	static const struct { labyrinth_gfp_t gfp; enum labyrinth_status in[3]; } cases[] = {
		/*        task          interrupt               NMI */
		{ KERNEL, { LABYRINTH_OK, LABYRINTH_IN_INTERRUPT, LABYRINTH_IN_INTERRUPT } },
		{ NOWAIT, { LABYRINTH_OK, LABYRINTH_OK,           LABYRINTH_IN_INTERRUPT } },
		{ ATOMIC, { LABYRINTH_OK, LABYRINTH_OK,           LABYRINTH_OK } },
	};
	struct arena a = machine_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (unsigned c = LABYRINTH_TASK; c <= LABYRINTH_NMI; c++) {
			host_context = (enum labyrinth_context)c;
			if (cases[i].in[c] == LABYRINTH_OK)
				must_alloc(a.lab, cases[i].gfp | ZERO, 1);
			else
				ASSERT_REFUSED(&a, alloc_status(a.lab, cases[i].gfp | ZERO, 1), cases[i].in[c]);
		}
	machine_end(&a);
}

/* Every block is in the highest zone that has one, lowest first, aligned to its size; to the last one. */
static void zones_from_high_to_low(void **state)
{
	static const struct { labyrinth_gfp_t gfp; unsigned first_row; } cases[] = {
		{ KERNEL, 2 }, { NOWAIT | DMA32, 1 }, { ATOMIC | DMA, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (unsigned order = 0; order <= BLOCK_ORDER; order++) {
			struct arena a = arena_new(three_zones, config_of(1, 0, 0));
			const uint64_t step = UINT64_C(1) << order;

			for (unsigned row = cases[i].first_row + 1; row-- > 0;)
				for (uint64_t at = three_zones[row][0]; at < three_zones[row][1]; at += step)
					assert_int_equal(pfn(&a, must_alloc(a.lab, cases[i].gfp, order)), at);
			ASSERT_REFUSED_COUNTED(&a, alloc_status(a.lab, cases[i].gfp, order), LABYRINTH_NO_MEMORY);
			assert_int_equal(stats_of(a.lab).free, (2 - cases[i].first_row) * 0x400);
			machine_end(&a);
		}
}

static void a_zone_flag_bounds_the_frame(void **state)
{
	static const struct { labyrinth_gfp_t gfp; uint64_t below; } cases[] = {
		{ KERNEL, UINT64_MAX }, { KERNEL | DMA32, GIB4 }, { KERNEL | DMA, 0x1000 },
	};
	static const uint64_t borders[][2] = { { 0xf80, 0x1080 }, { GIB4 - 0x80, GIB4 + 0x80 }, { 0, 0 } };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena a = arena_new(borders, config_of(1, 0, 0));
		struct labyrinth_grant grant;
		uint64_t count = 0, wanted = 0;

		for (size_t r = 0; r < 2; r++)
			for (uint64_t n = borders[r][0]; n < borders[r][1]; n++)
				wanted += n < cases[i].below;
		for (; (grant = labyrinth_alloc_pages(a.lab, cases[i].gfp, 0)).page != NULL; count++)
			assert_true(pfn(&a, grant.page) < cases[i].below);
		assert_int_equal(count, wanted);
		machine_end(&a);
	}
}

/* ZERO clears all of the block and nothing else; without it the bytes are those of the last user. */
static void zero(void **state)
{
	struct arena a = arena_new(three_zones, config_of(1, 0, 0));

	(void)state;
	for (unsigned order = 0; order <= BLOCK_ORDER; order++) {
		struct page *page = must_alloc(a.lab, KERNEL, order);
		uint8_t *bytes = bytes_of(a.lab, page);

		memset(bytes - BLOCK_BYTES(0), 0x5a, BLOCK_BYTES(order) + 2 * BLOCK_BYTES(0));
		must_free(a.lab, page, order);
		assert_ptr_equal(must_alloc(a.lab, KERNEL, order), page);
		assert_int_equal(bytes[0] & bytes[BLOCK_BYTES(order) - 1], 0x5a);
		must_free(a.lab, page, order);
		assert_ptr_equal(must_alloc(a.lab, NOWAIT | ZERO, order), page);
		for (size_t i = 0; i < BLOCK_BYTES(order); i++)
			assert_int_equal(bytes[i], 0);
		assert_int_equal(bytes[-1], 0x5a);
		assert_int_equal(bytes[BLOCK_BYTES(order)], 0x5a);
		must_free(a.lab, page, order);
	}
	machine_end(&a);
}

/* A block from every zone whose lock is free; the others are passed over; then the reserve; never a wait. */
static void atomic_passes_held_locks_over(void **state)
{
	struct arena a = machine_new();

	(void)state;
	host_context = LABYRINTH_NMI;
	for (unsigned z = LABYRINTH_ZONES; z-- > 0;) {
		assert_ptr_equal(zone_of(a.lab->zones, must_alloc(a.lab, ATOMIC, 3)), &a.lab->zones[z]);
		lock_take(&a.lab->zones[z].lock);
	}
	ASSERT_REFUSED(&a, alloc_status(a.lab, ATOMIC, 1), LABYRINTH_NO_MEMORY);
	ASSERT_REFUSED(&a, alloc_status(a.lab, ATOMIC | DMA, 0), LABYRINTH_NO_MEMORY);
	for (unsigned i = 0; i < 8; i++)
		must_alloc(a.lab, ATOMIC, 0);
	assert_int_equal(stats_of(a.lab).reserve, 0);
	ASSERT_REFUSED(&a, alloc_status(a.lab, ATOMIC, 0), LABYRINTH_NO_MEMORY);
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++)
		lock_drop(&a.lab->zones[z].lock);
	must_alloc(a.lab, ATOMIC, 0);
	machine_end(&a);
}

struct request {
	struct labyrinth *lab;
	labyrinth_gfp_t   gfp;
};

static void ask(void *request)
{
	const struct request *r = request;

	alloc_status(r->lab, r->gfp, 0);
}

static void the_others_wait_for_a_held_lock(void **state)
{
	struct arena a = machine_new();

	(void)state;
	lock_take(&a.lab->zones[LABYRINTH_ZONE_NORMAL].lock);
	assert_dies(ask, &(struct request){ a.lab, KERNEL }, "a single CPU waits for itself");
	assert_dies(ask, &(struct request){ a.lab, NOWAIT }, "a single CPU waits for itself");
	lock_drop(&a.lab->zones[LABYRINTH_ZONE_NORMAL].lock);
	machine_end(&a);
}

static struct labyrinth *interrupted;

static void handler(void)
{
	struct page *page = must_alloc(interrupted, ATOMIC, 2);

	assert_false(host_irq_on);
	ASSERT_REFUSED(&((struct arena){ interrupted, interrupted, interrupted->metadata_bytes }),
	               alloc_status(interrupted, KERNEL, 0), LABYRINTH_IN_INTERRUPT);
	must_free(interrupted, page, 2);
}

/* An interrupt handler that allocates runs whenever a call lets interrupts in: the laws hold, all comes back. */
static void an_interrupt_in_every_gap(void **state)
{
	struct arena a = machine_new();
	uint64_t before = stats_of(a.lab).free;

	(void)state;
	interrupted = a.lab;
	host_interrupt = handler;
	for (unsigned order = 0; order <= BLOCK_ORDER; order++)
		must_free(a.lab, must_alloc(a.lab, KERNEL, order), order);
	host_interrupt = NULL;
	assert_int_equal(stats_of(a.lab).free, before);
	machine_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(bad_orders_and_flags),
		kit_test(contexts),
		kit_test(zones_from_high_to_low),
		kit_test(a_zone_flag_bounds_the_frame),
		kit_test(zero),
		kit_test(atomic_passes_held_locks_over),
		kit_test(the_others_wait_for_a_held_lock),
		kit_test(an_interrupt_in_every_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
