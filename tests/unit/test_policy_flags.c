/*
 * test_policy_flags.c - the modifiers that outlast a request: SHRED, which acts when the block is freed, and NOWARN.
 */
#include "kit.h"

#include "claims.h"

#define KERNEL LABYRINTH_GFP_KERNEL
#define NOWAIT LABYRINTH_GFP_NOWAIT
#define ATOMIC LABYRINTH_GFP_ATOMIC
#define SHRED  LABYRINTH_GFP_SHRED
#define ZERO   LABYRINTH_GFP_ZERO
#define NOWARN LABYRINTH_GFP_NOWARN

#define MARK 0x5a

/* How many of a block's bytes are still the secret: by chance one in 256. */
static size_t left_of_secret(const uint8_t *bytes, size_t n)
{
	size_t left = 0;

	for (size_t i = 0; i < n; i++)
		left += bytes[i] == MARK;
	return left;
}

static void assert_shredded(const uint8_t *bytes, size_t frames)
{
	for (size_t i = 0; i < frames; i++)
		assert_true(left_of_secret(bytes + i * LABYRINTH_PAGE_SIZE, LABYRINTH_PAGE_SIZE) < 64);
}

/* Every order, in a task and in an interrupt, through the magazine and past it; the neighbours stay as they are. */
static void shred(void **state)
{
	(void)state;
	for (uint32_t magazine = 0; magazine <= 16; magazine += 16)
		for (unsigned c = LABYRINTH_TASK; c <= LABYRINTH_INTERRUPT; c++) {
			struct arena a = arena_new(small_machine, config_with(1, 0, 0, 1, magazine));

			host_context = (enum labyrinth_context)c;
			must_alloc(a.lab, ATOMIC, 9);
			for (unsigned order = 0; order <= BLOCK_ORDER; order++) {
				struct page *page = must_alloc(a.lab, ATOMIC | SHRED, order);
				size_t n = (size_t)LABYRINTH_PAGE_SIZE << order;
				uint64_t before = stats_of(a.lab).shredded;
				uint8_t *bytes = bytes_of(a.lab, page);

				memset(bytes - LABYRINTH_PAGE_SIZE, MARK, n + 2 * LABYRINTH_PAGE_SIZE);
				assert_lawful(a.lab);
				must_free(a.lab, page, order);
				assert_int_equal(stats_of(a.lab).shredded - before, UINT64_C(1) << order);
				assert_shredded(bytes, (size_t)1 << order);
				assert_int_equal(left_of_secret(bytes - LABYRINTH_PAGE_SIZE, LABYRINTH_PAGE_SIZE),
				                 LABYRINTH_PAGE_SIZE);
				assert_int_equal(left_of_secret(bytes + n, LABYRINTH_PAGE_SIZE), LABYRINTH_PAGE_SIZE);
				assert_lawful(a.lab);
			}
			machine_end(&a);
		}
}

/* The next user of the same frame did not ask for it, so it is not shredded again. */
static void once(void **state)
{
	struct arena a = arena_new(small_machine, config_with(1, 0, 0, 1, 16));
	struct page *page = must_alloc(a.lab, KERNEL | SHRED | ZERO, 0);

	(void)state;
	assert_int_equal(left_of_secret(bytes_of(a.lab, page), LABYRINTH_PAGE_SIZE), 0);
	must_free(a.lab, page, 0);
	assert_int_equal(stats_of(a.lab).shredded, 1);
	assert_ptr_equal(must_alloc(a.lab, KERNEL, 0), page);
	must_free(a.lab, page, 0);
	assert_int_equal(stats_of(a.lab).shredded, 1);
	machine_end(&a);
}

/* A free that is refused shreds nothing: the block is still somebody's. */
static void refused_frees(void **state)
{
	struct arena a = arena_new(small_machine, config_of(1, 0, 0));
	struct page *page = must_alloc(a.lab, KERNEL | SHRED, 2);
	uint8_t *bytes = bytes_of(a.lab, page);

	(void)state;
	memset(bytes, MARK, 4 * LABYRINTH_PAGE_SIZE);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, page, 1), LABYRINTH_WRONG_ORDER);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, page + 1, 0), LABYRINTH_NOT_ALLOCATED);
	host_context = LABYRINTH_NMI;
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, page, 2), LABYRINTH_IN_INTERRUPT);
	host_context = LABYRINTH_TASK;
	assert_int_equal(left_of_secret(bytes, 4 * LABYRINTH_PAGE_SIZE), 4 * LABYRINTH_PAGE_SIZE);
	must_free(a.lab, page, 2);
	assert_shredded(bytes, 4);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, page, 2), LABYRINTH_NOT_ALLOCATED);
	machine_end(&a);
}

/* In bulk and in exact counts: all that was asked for, nothing more. */
static void bulk_and_exact(void **state)
{
	struct arena a = arena_new(small_machine, config_with(1, 0, 0, 1, 16));
	struct labyrinth_grant grant = labyrinth_alloc_pages_exact(a.lab, KERNEL | SHRED, 13);
	struct page *pages[7];

	(void)state;
	assert_status(grant.status, LABYRINTH_OK);
	memset(bytes_of(a.lab, grant.page), MARK, 16 * LABYRINTH_PAGE_SIZE);
	assert_lawful(a.lab);
	assert_status(labyrinth_free_pages_exact(a.lab, grant.page, 13), LABYRINTH_OK);
	assert_int_equal(stats_of(a.lab).shredded, 13);
	assert_shredded(bytes_of(a.lab, grant.page), 13);
	assert_int_equal(labyrinth_alloc_bulk(a.lab, NOWAIT | SHRED, 7, pages).count, 7);
	assert_int_equal(labyrinth_free_bulk(a.lab, pages, 7).count, 7);
	assert_int_equal(stats_of(a.lab).shredded, 20);
	machine_end(&a);
}

/* ---- Warnings. */

static struct record {
	unsigned                 count;
	struct labyrinth_warning last;
} record;

static void warn(const struct labyrinth_warning *warning, void *context)
{
	struct record *r = context;

	r->count++;
	r->last = *warning;
}

static struct arena wary_machine(void)
{
	struct labyrinth_config config = config_of(2, 4, 4);

	config.hooks.warn = warn;
	config.hooks.context = &record;
	record.count = 0;
	return arena_new(three_zones, config);
}

/* The 1st, 2nd, 4th and so on refusal. */
static void warnings_are_rare(void **state)
{
	struct arena a = wary_machine();
	unsigned warned = 0;

	(void)state;
	for (unsigned order = LABYRINTH_MAX_ORDER + 1; order-- > 0;)
		while (alloc_status(a.lab, NOWAIT | NOWARN, order) == LABYRINTH_OK)
			;
	assert_int_equal(record.count, 0);
	for (unsigned i = 1; i <= 100; i++) {
		assert_status(alloc_status(a.lab, KERNEL | NOWARN, 0), LABYRINTH_NO_MEMORY);
		assert_status(alloc_status(a.lab, KERNEL, 0), LABYRINTH_NO_MEMORY);
		warned += (i & (i - 1)) == 0;
		assert_int_equal(record.count, warned);
	}
	assert_int_equal(record.last.refused, 64);
	machine_end(&a);
}

static void what_a_warning_says(void **state)
{
	struct arena a = wary_machine();

	(void)state;
	lock_all_zones(a.lab);
	host_context = LABYRINTH_NMI;
	must_alloc(a.lab, ATOMIC, 0);
	assert_status(alloc_status(a.lab, ATOMIC | LABYRINTH_GFP_DMA32 | ZERO, 4), LABYRINTH_NO_MEMORY);
	unlock_all_zones(a.lab);
	assert_int_equal(record.count, 1);
	assert_ptr_equal(record.last.lab, a.lab);
	assert_int_equal(record.last.gfp, ATOMIC | LABYRINTH_GFP_DMA32 | ZERO);
	assert_int_equal(record.last.order, 4);
	assert_int_equal(record.last.context, LABYRINTH_NMI);
	assert_int_equal(record.last.refused, 1);
	assert_int_equal(record.last.free, 2048);
	assert_int_equal(record.last.reserve, 3);
	machine_end(&a);
}

/* A mistake of the caller is no warning; an injected refusal looks like a real one, and every frame of a bulk. */
static void what_is_warned_of(void **state)
{
	struct arena a = wary_machine();
	struct page *pages[4];

	(void)state;
	assert_status(alloc_status(a.lab, KERNEL, 99), LABYRINTH_BAD_ORDER);
	assert_status(alloc_status(a.lab, 0, 0), LABYRINTH_BAD_FLAGS);
	host_context = LABYRINTH_INTERRUPT;
	assert_status(alloc_status(a.lab, KERNEL, 0), LABYRINTH_IN_INTERRUPT);
	host_context = LABYRINTH_TASK;
	assert_int_equal(record.count, 0);
	assert_status(labyrinth_inject(a.lab, &(struct labyrinth_injection){ .every = 1 }), LABYRINTH_OK);
	assert_status(alloc_status(a.lab, KERNEL, 0), LABYRINTH_NO_MEMORY);
	assert_int_equal(record.count, 1);
	assert_int_equal(labyrinth_alloc_bulk(a.lab, KERNEL, 4, pages).count, 0);
	assert_int_equal(record.count, 2);
	assert_status(labyrinth_alloc_pages_exact(a.lab, KERNEL | NOWARN, 3).status, LABYRINTH_NO_MEMORY);
	assert_int_equal(record.count, 2);
	machine_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(shred),
		kit_test(once),
		kit_test(refused_frees),
		kit_test(bulk_and_exact),
		kit_test(warnings_are_rare),
		kit_test(what_a_warning_says),
		kit_test(what_is_warned_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
