/*
 * claims.h - the calls on a claim as a table, and what the tests of claims do with all of them.
 *
 * Needs   kit.h before it.
 */
#ifndef TESTS_CLAIMS_H
#define TESTS_CLAIMS_H

/* Whom transfer_call() gives to. */
static labyrinth_owner_t claims_taker;

/* A small machine with somebody to give to. */
static inline struct arena claims_machine(struct labyrinth_config config)
{
	struct arena a = arena_new(small_machine, config);

	claims_taker = must_register(a.lab, 0, 100, 0);
	return a;
}

static inline enum labyrinth_status transfer_call(struct labyrinth_claim *claim)
{
	return labyrinth_claim_transfer(claim, claims_taker);
}

static enum labyrinth_status (*const claim_calls[])(struct labyrinth_claim *claim) = {
	labyrinth_claim_release, transfer_call, labyrinth_claim_lend, labyrinth_claim_take_back,
};

/* Every call refuses this claim for this reason; neither the claim nor the metadata changes. */
static inline void assert_all_refuse(const struct arena *a, struct labyrinth_claim *claim, enum labyrinth_status why)
{
	for (size_t i = 0; i < COUNT(claim_calls); i++) {
		struct labyrinth_claim before = *claim;

		ASSERT_REFUSED_COUNTED(a, claim_calls[i](claim), why);
		assert_memory_equal(claim, &before, sizeof(before));
	}
}

static inline void lock_all_zones(struct labyrinth *lab)
{
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++)
		lock_take(&lab->zones[z].lock);
}

static inline void unlock_all_zones(struct labyrinth *lab)
{
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++)
		lock_drop(&lab->zones[z].lock);
}

/* ---- Eight bytes that fill a frame, and whether they are still anywhere in it. */

#define SECRET UINT64_C(0x5ec2e7b1d0c4a396)

static inline void write_secret(struct labyrinth *lab, const struct page *page)
{
	const uint64_t secret = SECRET;

	for (size_t i = 0; i < LABYRINTH_PAGE_SIZE; i += 8)
		memcpy(bytes_of(lab, page) + i, &secret, 8);
}

/* Eight bytes in a row, wherever they begin in the frame and in the secret. */
static inline bool holds_secret(struct labyrinth *lab, const struct page *page)
{
	const uint8_t *bytes = bytes_of(lab, page);

	for (size_t i = 0; i + 8 <= LABYRINTH_PAGE_SIZE; i++) {
		uint64_t window;

		memcpy(&window, bytes + i, 8);
		for (unsigned turn = 0; turn < 8; turn++, window = window << 8 | window >> 56)
			if (window == SECRET)
				return true;
	}
	return false;
}

/* Physical memory outlives a test, and with it what the last one wrote. */
static inline void wipe_memory(struct labyrinth *lab)
{
	struct hog *hog = hog_new(lab);

	for (size_t i = 0; i < hog->count; i++)
		memset(bytes_of(lab, hog->page[i]), 0, (size_t)LABYRINTH_PAGE_SIZE);
	hog_end(lab, hog);
}

/* No shared allocation of a frame sees a secret. */
static inline void assert_nobody_sees_secrets(struct labyrinth *lab)
{
	struct hog *hog = hog_new(lab);

	for (size_t i = 0; i < hog->count; i++)
		assert_false(holds_secret(lab, hog->page[i]));
	hog_end(lab, hog);
}

#endif
