/*
 * test_debug_guard.c - with frames really out of reach: who touches one that is not his faults, and nobody else does.
 *
 * Idea    hide and show are mprotect(); a fault is caught, and its address is looked at.
 * Needs   A host with pages of 4 KiB: elsewhere there is nothing that could be protected frame by frame.
 */
#define _DEFAULT_SOURCE
#include "aids.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

static sigjmp_buf          landing;
static volatile uintptr_t  fault;

static void on_fault(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	fault = (uintptr_t)info->si_addr;
	siglongjmp(landing, 1);
}

static void protect(phys_addr_t first, unsigned order, int how)
{
	assert_int_equal(mprotect(host_bytes(first), (size_t)4096 << order, how), 0);
}

static void really_hide(phys_addr_t first, unsigned order, void *context)
{
	(void)context;
	protect(first, order, PROT_NONE);
}

static void really_show(phys_addr_t first, unsigned order, void *context)
{
	(void)context;
	protect(first, order, PROT_READ | PROT_WRITE);
}

/* In the test itself: cmocka puts its own handler in place after the setup, and takes it away before the teardown. */
static void catch_faults(void)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };

	assert_int_equal(sigaction(SIGSEGV, &action, NULL), 0);
}

static int show_all(void **state)
{
	(void)state;
	really_show((phys_addr_t){ GIB4 << 12 }, 11, NULL);
	return 0;
}

static struct arena machine_new(uint32_t aids)
{
	struct labyrinth_config config = aids_config(aids, 4);

	witness = (struct witness){ .reports = 0 };
	config.debug.hide = really_hide;
	config.debug.show = really_show;
	return arena_new(small_machine, config);
}

static bool write_faults(uint8_t *at)
{
	fault = 0;
	if (sigsetjmp(landing, 1) == 0)
		*(volatile uint8_t *)at = 1;
	return fault == (uintptr_t)at;
}

static bool read_faults(const uint8_t *at)
{
	fault = 0;
	if (sigsetjmp(landing, 1) == 0)
		(void)*(const volatile uint8_t *)at;
	return fault == (uintptr_t)at;
}

static bool no_small_pages(void)
{
	return sysconf(_SC_PAGESIZE) != (long)LABYRINTH_PAGE_SIZE;
}

static void a_use_after_free_faults(void **state)
{
	struct arena a;
	struct page *page;
	uint8_t *at;

	(void)state;
	if (no_small_pages())
		skip();
	catch_faults();
	a = machine_new(LABYRINTH_DEBUG_GUARD);
	page = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 1);
	at = bytes_of(a.lab, page);
	assert_false(write_faults(at) || write_faults(at + 8191) || read_faults(at + 4096));
	must_free(a.lab, page, 1);
	assert_true(write_faults(at) && write_faults(at + 8191) && read_faults(at + 4096));
	assert_ptr_equal(must_alloc(a.lab, LABYRINTH_GFP_KERNEL | LABYRINTH_GFP_ZERO, 0), page);
	assert_false(write_faults(at) || read_faults(at + 4095));
	assert_true(read_faults(at + 4096));
	arena_end(&a);
}

static void a_use_after_release_faults(void **state)
{
	struct arena a;
	labyrinth_owner_t owner;
	struct labyrinth_claim claims[2];
	uint8_t *at[2];

	(void)state;
	if (no_small_pages())
		skip();
	catch_faults();
	a = machine_new(LABYRINTH_DEBUG_GUARD | LABYRINTH_DEBUG_POISON);
	owner = must_register(a.lab, 0, 4, 1);
	for (unsigned i = 0; i < 2; i++) {
		claims[i] = must_claim(a.lab, owner);
		at[i] = bytes_of(a.lab, claims[i].page);
		assert_false(write_faults(at[i]));
	}
	release_many(claims, 2); /* one recycled, one shredded */
	assert_true(read_faults(at[0]) && write_faults(at[1]));
	labyrinth_maintain(a.lab, 100);
	assert_true(read_faults(at[0]) && write_faults(at[1]));
	assert_status(labyrinth_owner_retire(a.lab, owner), LABYRINTH_OK);
	labyrinth_maintain(a.lab, 100);
	assert_true(read_faults(at[0]) && write_faults(at[1]));
	assert_lawful(a.lab);
	arena_end(&a);
}

static void a_step_beside_a_block_faults(void **state)
{
	struct arena a;
	struct page *page;
	uint8_t *at;

	(void)state;
	if (no_small_pages())
		skip();
	catch_faults();
	a = machine_new(LABYRINTH_DEBUG_GUARD | LABYRINTH_DEBUG_RED_ZONE);
	page = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 2);
	at = bytes_of(a.lab, page);
	assert_true(write_faults(at - 1) && read_faults(at + 4 * 4096));
	assert_false(write_faults(at) || write_faults(at + 4 * 4096 - 1));
	must_free(a.lab, page, 2);
	assert_int_equal(witness.reports, 0);
	arena_end(&a);
}

/* What is shredded where it is freed goes out of reach after that, and after it has been poisoned. */
static void what_is_shredded_faults(uint32_t aids, unsigned order)
{
	struct arena a = machine_new(LABYRINTH_DEBUG_GUARD | aids);
	struct page *page = must_alloc(a.lab, LABYRINTH_GFP_KERNEL | LABYRINTH_GFP_SHRED, order);
	uint8_t *at = bytes_of(a.lab, page);

	must_free(a.lab, page, order);
	assert_true(write_faults(at) && read_faults(at + (4096 << order) - 1));
	page = must_alloc(a.lab, LABYRINTH_GFP_KERNEL, order);
	at = bytes_of(a.lab, page);
	assert_false(write_faults(at) || write_faults(at + (4096 << order) - 1));
	must_free(a.lab, page, order);
	assert_int_equal(witness.reports, 0);
	assert_lawful(a.lab);
	arena_end(&a);
}

static void a_use_after_shredding_faults(void **state)
{
	(void)state;
	if (no_small_pages())
		skip();
	catch_faults();
	for (unsigned order = 0; order < 3; order++) {
		what_is_shredded_faults(0, order);
		what_is_shredded_faults(LABYRINTH_DEBUG_POISON, order);
		what_is_shredded_faults(LABYRINTH_DEBUG_POISON | LABYRINTH_DEBUG_RED_ZONE, order);
	}
}

/* All aids, every way in and out; whatever faults here, faults in the allocator. */
static void the_allocator_does_not_fault(void **state)
{
	struct arena a;
	labyrinth_owner_t owner;
	struct labyrinth_claim claims[40];
	size_t n;

	(void)state;
	if (no_small_pages())
		skip();
	a = machine_new(AIDS_ALL);
	for (unsigned round = 0; round < 3; round++) {
		struct hog *hog = hog_new(a.lab);

		hog_free(a.lab, hog, hog->count / 2);
		owner = must_register(a.lab, 4, 40, 3);
		n = claim_many(a.lab, owner, claims, COUNT(claims));
		release_many(claims, n / 2);
		assert_status(labyrinth_owner_retire(a.lab, owner), LABYRINTH_OK);
		hog_end(a.lab, hog);
		while (labyrinth_maintain(a.lab, 64) == 64)
			;
		assert_lawful(a.lab);
	}
	assert_int_equal(witness.reports, 0);
	arena_end(&a);
}

/* Whatever a test that failed has left hidden. */
static int reset(void **state)
{
	show_all(state);
	return host_reset(state);
}

#define guard_test(function) cmocka_unit_test_setup(function, reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		guard_test(a_use_after_free_faults),
		guard_test(a_use_after_release_faults),
		guard_test(a_step_beside_a_block_faults),
		guard_test(a_use_after_shredding_faults),
		guard_test(the_allocator_does_not_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
