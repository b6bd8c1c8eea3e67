/*
 * test_claim_map.c - windows onto claimed frames, kept count of without an MMU port: who may open and close which.
 */
#include "kit.h"

#include "claims.h"
#include "window.h"

#define CPUS  3u
#define SLOTS (LABYRINTH_MAX_WINDOWS - LABYRINTH_KEPT_WINDOWS) /* for claims */

static struct arena machine_new(void)
{
	struct labyrinth_config config = config_of(4, 8, 64);

	config.cpus = CPUS;
	return claims_machine(config);
}

static uint8_t *must_map(struct labyrinth_claim *claim)
{
	uint8_t *address = labyrinth_claim_map(claim);

	assert_status(claim->status, LABYRINTH_OK);
	assert_non_null(address);
	return address;
}

static void must_unmap(struct labyrinth_claim *claim)
{
	assert_status(labyrinth_claim_unmap(claim), LABYRINTH_OK);
}

/* The status of a refusal; claim->status is all of the claim that it may write. */
static enum labyrinth_status map_status(struct labyrinth_claim *claim)
{
	struct labyrinth_claim before = *claim;
	enum labyrinth_status status;

	assert_null(labyrinth_claim_map(claim));
	status = claim->status;
	claim->status = before.status;
	assert_memory_equal(claim, &before, sizeof(before));
	return status;
}

static void there_and_back_in_every_context(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 2, 4, 0);
	struct labyrinth_claim claim = must_claim(a.lab, owner), copy = claim;

	(void)state;
	for (unsigned c = LABYRINTH_TASK; c <= LABYRINTH_NMI; c++) {
		host_context = (enum labyrinth_context)c;
		assert_ptr_equal(must_map(&claim), bytes_of(a.lab, claim.page));
		assert_int_equal(owner_stats(a.lab, owner).mapped, 1);
		assert_int_equal(owner_stats(a.lab, owner).held, 1);
		assert_int_equal(owner_stats(a.lab, owner).lent, 0);
		assert_int_equal(stats_of(a.lab).mapped, 1);
		assert_int_equal(stats_of(a.lab).owned + stats_of(a.lab).lent, 0);
		assert_lawful(a.lab);
		must_unmap(&claim);
		assert_int_equal(stats_of(a.lab).mapped, 0);
		assert_int_equal(stats_of(a.lab).owned, 1);
		assert_memory_equal(&claim, &copy, sizeof(claim)); /* still the same claim on the same frame */
	}
	host_context = LABYRINTH_TASK;
	must_release(&claim);
	machine_end(&a);
}

static void what_was_written_is_there(void **state)
{
	struct arena a = machine_new();
	struct labyrinth_claim claim = must_claim(a.lab, claims_taker);

	(void)state;
	memset(must_map(&claim), 0x5c, LABYRINTH_PAGE_SIZE);
	must_unmap(&claim);
	assert_status(labyrinth_claim_transfer(&claim, must_register(a.lab, 1, 1, 0)), LABYRINTH_OK);
	assert_int_equal(must_map(&claim)[LABYRINTH_PAGE_SIZE - 1], 0x5c);
	must_unmap(&claim);
	machine_end(&a);
}

static void a_mapped_frame_stays(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 1, 4, 4);
	struct labyrinth_claim claim = must_claim(a.lab, owner);

	(void)state;
	must_map(&claim);
	ASSERT_REFUSED_COUNTED(&a, labyrinth_claim_release(&claim), LABYRINTH_FRAME_MAPPED);
	ASSERT_REFUSED_COUNTED(&a, labyrinth_claim_transfer(&claim, claims_taker), LABYRINTH_FRAME_MAPPED);
	ASSERT_REFUSED_COUNTED(&a, labyrinth_claim_lend(&claim), LABYRINTH_FRAME_MAPPED);
	ASSERT_REFUSED_COUNTED(&a, map_status(&claim), LABYRINTH_FRAME_MAPPED);
	ASSERT_REFUSED_COUNTED(&a, labyrinth_claim_take_back(&claim), LABYRINTH_NOT_LENT);
	ASSERT_REFUSED(&a, labyrinth_owner_retire(a.lab, owner), LABYRINTH_BUSY);
	ASSERT_REFUSED(&a, labyrinth_free_pages(a.lab, claim.page, 0), LABYRINTH_NOT_SHARED);
	assert_int_equal(owner_stats(a.lab, owner).misused, 5);
	must_unmap(&claim);
	must_release(&claim);
	machine_end(&a);
}

static void a_lent_frame_is_not_mapped(void **state)
{
	struct arena a = machine_new();
	struct labyrinth_claim claim = must_claim(a.lab, claims_taker);

	(void)state;
	ASSERT_REFUSED_COUNTED(&a, labyrinth_claim_unmap(&claim), LABYRINTH_NOT_MAPPED);
	assert_status(labyrinth_claim_lend(&claim), LABYRINTH_OK);
	ASSERT_REFUSED_COUNTED(&a, map_status(&claim), LABYRINTH_FRAME_LENT);
	ASSERT_REFUSED_COUNTED(&a, labyrinth_claim_unmap(&claim), LABYRINTH_NOT_MAPPED);
	assert_status(labyrinth_claim_take_back(&claim), LABYRINTH_OK);
	must_map(&claim);
	must_unmap(&claim);
	ASSERT_REFUSED_COUNTED(&a, labyrinth_claim_unmap(&claim), LABYRINTH_NOT_MAPPED);
	machine_end(&a);
}

/* Claims that hold nothing: somebody else's frame, an old generation, no frame, no owner, pointers from anywhere. */
static void strangers(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 0, 4, 0);
	struct labyrinth_claim claim = must_claim(a.lab, owner), other = claim, none = { .lab = a.lab, .owner = owner };

	(void)state;
	for (unsigned mapped = 0; mapped < 2; mapped++) {
		if (mapped)
			must_map(&claim);
		other = claim;
		other.owner = claims_taker;
		ASSERT_REFUSED_COUNTED(&a, map_status(&other), LABYRINTH_STALE_CLAIM);
		ASSERT_REFUSED_COUNTED(&a, labyrinth_claim_unmap(&other), LABYRINTH_STALE_CLAIM);
		other = claim;
		other.generation--;
		ASSERT_REFUSED_COUNTED(&a, map_status(&other), LABYRINTH_STALE_CLAIM);
		ASSERT_REFUSED_COUNTED(&a, labyrinth_claim_unmap(&other), LABYRINTH_STALE_CLAIM);
	}
	must_unmap(&claim);
	ASSERT_REFUSED_COUNTED(&a, map_status(&none), LABYRINTH_STALE_CLAIM);
	ASSERT_REFUSED_COUNTED(&a, labyrinth_claim_unmap(&none), LABYRINTH_STALE_CLAIM);
	other = claim;
	other.owner.generation += 2;
	ASSERT_REFUSED(&a, map_status(&other), LABYRINTH_BAD_OWNER);
	ASSERT_REFUSED(&a, labyrinth_claim_unmap(&other), LABYRINTH_BAD_OWNER);
	other = claim;
	for (unsigned i = 0; i < FOREIGN_PAGES; i++) {
		other.page = foreign_page(&a, i);
		ASSERT_REFUSED(&a, map_status(&other), LABYRINTH_FOREIGN_PAGE);
		ASSERT_REFUSED(&a, labyrinth_claim_unmap(&other), LABYRINTH_FOREIGN_PAGE);
	}
	other.lab = NULL;
	assert_status(map_status(&other), LABYRINTH_NULL_POINTER);
	assert_status(labyrinth_claim_unmap(&other), LABYRINTH_NULL_POINTER);
	assert_null(labyrinth_claim_map(NULL));
	assert_status(labyrinth_claim_unmap(NULL), LABYRINTH_NULL_POINTER);
	machine_end(&a);
}

static void windows_close_in_order(void **state)
{
	struct arena a = machine_new();
	struct labyrinth_claim claims[SLOTS + 1];

	(void)state;
	assert_int_equal(claim_many(a.lab, claims_taker, claims, SLOTS + 1), SLOTS + 1);
	for (unsigned i = 0; i < SLOTS; i++)
		must_map(&claims[i]);
	ASSERT_REFUSED(&a, map_status(&claims[SLOTS]), LABYRINTH_TOO_DEEP);
	assert_lawful(a.lab);
	for (unsigned i = SLOTS; i-- > 0;) {
		for (unsigned k = 0; k < i; k++)
			ASSERT_REFUSED_COUNTED(&a, labyrinth_claim_unmap(&claims[k]), LABYRINTH_NOT_INNERMOST);
		must_unmap(&claims[i]);
	}
	machine_end(&a);
}

/* Every CPU has all of its windows to itself, and closes no other's. */
static void each_cpu_has_its_own(void **state)
{
	struct arena a = machine_new();
	struct labyrinth_claim claims[CPUS];

	(void)state;
	for (host_cpu = 0; host_cpu < CPUS; host_cpu++) {
		claims[host_cpu] = must_claim(a.lab, claims_taker);
		must_map(&claims[host_cpu]);
	}
	assert_lawful(a.lab);
	for (unsigned i = 0; i < CPUS; i++) {
		host_cpu = (i + 1) % CPUS;
		ASSERT_REFUSED_COUNTED(&a, labyrinth_claim_unmap(&claims[i]), LABYRINTH_OTHER_CPU);
		host_cpu = CPUS;
		ASSERT_REFUSED_COUNTED(&a, labyrinth_claim_unmap(&claims[i]), LABYRINTH_OTHER_CPU);
		host_cpu = i;
		must_unmap(&claims[i]);
	}
	host_cpu = CPUS;
	ASSERT_REFUSED(&a, map_status(&claims[0]), LABYRINTH_BAD_CPU);
	host_cpu = 0;
	machine_end(&a);
}

/* A window that is being opened or closed is nobody else's business: the word of its frame says so. */
static void on_its_way(void **state)
{
	struct arena a = machine_new();
	struct labyrinth_claim claim = must_claim(a.lab, claims_taker);
	uint64_t word;

	(void)state;
	must_map(&claim);
	word = word_load(claim.page);
	word_store(claim.page, word_mapped(word_anywhere(word), 0, WORD_NO_WINDOW));
	ASSERT_REFUSED_COUNTED(&a, labyrinth_claim_release(&claim), LABYRINTH_FRAME_MAPPED);
	ASSERT_REFUSED_COUNTED(&a, map_status(&claim), LABYRINTH_FRAME_MAPPED);
	ASSERT_REFUSED_COUNTED(&a, labyrinth_claim_unmap(&claim), LABYRINTH_NOT_MAPPED);
	word_store(claim.page, word);
	must_unmap(&claim);
	machine_end(&a);
}

/* The count of what cannot be taken back has 20 bits. */
static void more_than_can_be_counted(void **state)
{
	struct arena a = machine_new();
	struct labyrinth_claim claim = must_claim(a.lab, claims_taker);
	struct owner *o = &a.lab->owners->at[claims_taker.slot];

	(void)state;
	o->word += OWNER_LENT * OWNER_MAX_LENT;
	ASSERT_REFUSED(&a, map_status(&claim), LABYRINTH_OVER_LIMIT);
	o->word -= OWNER_LENT * OWNER_MAX_LENT;
	machine_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(there_and_back_in_every_context),
		kit_test(what_was_written_is_there),
		kit_test(a_mapped_frame_stays),
		kit_test(a_lent_frame_is_not_mapped),
		kit_test(strangers),
		kit_test(windows_close_in_order),
		kit_test(each_cpu_has_its_own),
		kit_test(on_its_way),
		kit_test(more_than_can_be_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
