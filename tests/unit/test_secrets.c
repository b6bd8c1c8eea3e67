/*
 * test_secrets.c - what an owner wrote, looked for in all of memory after each way in which a frame leaves its owner.
 *
 * Idea    Four claimed frames are full of a secret. Each path lets go of them in its own way. Whoever then gets a frame
 *         must not find a byte of it; after maintenance nobody could, in any frame or in the metadata. That the search
 *         finds secrets is seen first: releasing leaves them in place.
 */
#include "kit.h"

#include "claims.h"

#define SECRETS 4u
#define RESERVE 4u
#define VAULT   8u
#define MOST    64u

struct scene {
	struct arena           a;
	struct labyrinth      *lab;
	labyrinth_owner_t      giver, other;
	struct labyrinth_claim claim[SECRETS], others[MOST];
	struct hog            *hog;
};

static struct scene scene_new(uint32_t guarantee, uint32_t recycle)
{
	struct scene s = { .a = arena_new(small_machine, config_of(3, RESERVE, VAULT)) };

	s.lab = s.a.lab;
	wipe_memory(s.lab);
	s.giver = must_register(s.lab, guarantee, 20, recycle);
	s.other = must_register(s.lab, 0, MOST, 0);
	assert_int_equal(claim_many(s.lab, s.giver, s.claim, SECRETS), SECRETS);
	for (unsigned i = 0; i < SECRETS; i++)
		write_secret(s.lab, s.claim[i].page);
	maintain_all(s.lab); /* the vault is as it should be */
	return s;
}

static size_t frames_with_secrets(const struct scene *s)
{
	const struct frames *f = s->lab->frames;
	size_t n = 0;

	for (uint64_t i = 0; i < (uint64_t)f->blocks * BLOCK_FRAMES; i++)
		n += holds_secret(s->lab, &f->page[i]);
	return n;
}

static bool metadata_holds_secret(const struct scene *s)
{
	const uint64_t secret = SECRET;

	for (size_t i = 0; i + 4 <= s->a.bytes; i++)
		for (unsigned part = 0; part <= 4; part++)
			if (memcmp((const uint8_t *)s->a.metadata + i, (const uint8_t *)&secret + part, 4) == 0)
				return true;
	return false;
}

static void release_secrets(struct scene *s)
{
	release_many(s->claim, SECRETS);
	assert_int_equal(frames_with_secrets(s), SECRETS);
}

/* Nothing clean is left but what is promised: the zones to a hog, the surplus to another owner. */
static void dry_up(struct scene *s)
{
	s->hog = hog_new(s->lab);
	claim_many(s->lab, s->other, s->others, MOST);
	assert_int_equal(vault_surplus(s->lab->vault), LEFT);
}

/* ---- The paths. */

static void released(struct scene *s)
{
	release_secrets(s);
	assert_int_equal(stats_of(s->lab).dirty, SECRETS);
}

static void released_in_interrupts(struct scene *s)
{
	for (unsigned i = 0; i < SECRETS; i++) {
		host_context = i % 2 == 0 ? LABYRINTH_INTERRUPT : LABYRINTH_NMI;
		must_release(&s->claim[i]);
	}
	host_context = LABYRINTH_TASK;
	assert_int_equal(frames_with_secrets(s), SECRETS);
}

static void retired(struct scene *s)
{
	assert_status(labyrinth_owner_retire(s->lab, s->giver), LABYRINTH_OK);
	assert_int_equal(stats_of(s->lab).dirty, SECRETS);
}

static void retired_with_recycled_ones(struct scene *s)
{
	release_secrets(s);
	assert_int_equal(stats_of(s->lab).recycled, 3);
	retired(s);
}

static void released_after_retirement(struct scene *s)
{
	uint64_t word = word_load(s->claim[0].page);

	word_store(s->claim[0].page, word_loose(word)); /* as if another CPU's claim were about to end */
	assert_status(labyrinth_owner_retire(s->lab, s->giver), LABYRINTH_BUSY);
	word_store(s->claim[0].page, word);
	must_release(&s->claim[0]);
}

static void transferred(struct scene *s)
{
	for (unsigned i = 0; i < SECRETS; i++)
		assert_status(labyrinth_claim_transfer(&s->claim[i], s->other), LABYRINTH_OK);
	release_secrets(s);
}

static void lent_and_taken_back(struct scene *s)
{
	for (unsigned i = 0; i < SECRETS; i++) {
		assert_status(labyrinth_claim_lend(&s->claim[i]), LABYRINTH_OK);
		assert_status(labyrinth_claim_take_back(&s->claim[i]), LABYRINTH_OK);
	}
	release_secrets(s);
}

/* The next claims, its own and another's, get the very frames. */
static void claimed_on_the_spot(struct scene *s)
{
	struct labyrinth_claim next[SECRETS];

	dry_up(s);
	release_secrets(s);
	for (unsigned i = 0; i < SECRETS; i++) {
		host_context = (enum labyrinth_context)(i % 3);
		next[i] = must_claim(s->lab, i < 2 ? s->giver : s->other);
		assert_false(holds_secret(s->lab, next[i].page));
	}
	host_context = LABYRINTH_TASK;
	assert_int_equal(stats_of(s->lab).shredded, SECRETS - 1); /* one was clean */
	assert_status(try_claim(s->lab, s->other).status, LABYRINTH_NO_MEMORY);
}

/* What nobody is promised and the vault does not want is not lost to shared callers. */
static void shared_on_the_spot(struct scene *s)
{
	static const labyrinth_gfp_t gfp[] = { LABYRINTH_GFP_KERNEL, LABYRINTH_GFP_NOWAIT };
	struct page *page;

	s->hog = hog_new(s->lab);
	release_secrets(s);
	for (unsigned i = 0; i < 2; i++) {
		assert_status(alloc_status(s->lab, gfp[i] | LABYRINTH_GFP_DMA32, 0), LABYRINTH_NO_MEMORY);
		assert_status(alloc_status(s->lab, gfp[i], 1), LABYRINTH_NO_MEMORY);
		page = must_alloc(s->lab, gfp[i], 0);
		assert_false(holds_secret(s->lab, page));
		assert_int_equal(stats_of(s->lab).shredded, i + 1);
	}
	assert_status(alloc_status(s->lab, LABYRINTH_GFP_NOWAIT, 0), LABYRINTH_NO_MEMORY);
	assert_int_equal(stats_of(s->lab).dirty, SECRETS - 2);
}

static void shared_in_interrupts(struct scene *s)
{
	s->hog = hog_new(s->lab);
	release_secrets(s);
	host_context = LABYRINTH_NMI;
	for (unsigned i = 0; i < RESERVE + 2; i++)
		assert_false(holds_secret(s->lab, must_alloc(s->lab, LABYRINTH_GFP_ATOMIC, 0)));
	assert_status(alloc_status(s->lab, LABYRINTH_GFP_ATOMIC, 0), LABYRINTH_NO_MEMORY);
	assert_int_equal(stats_of(s->lab).shredded, 2);
	host_context = LABYRINTH_TASK;
}

/* All that waits is promised, nothing is free. */
static void promised(struct scene *s)
{
	dry_up(s);
	release_secrets(s);
	assert_int_equal(vault_surplus(s->lab->vault), LEFT);
	assert_int_equal(labyrinth_maintain(s->lab, 3), 3);
	assert_int_equal(stats_of(s->lab).dirty, SECRETS - 3);
	assert_int_equal(frames_with_secrets(s), SECRETS - 3);
}

/* And what is left to maintenance gets promised too: nothing can be shredded before a frame is free. */
static void all_promised(struct scene *s)
{
	dry_up(s);
	must_register(s->lab, LEFT, LEFT, 0);
	release_secrets(s);
	assert_int_equal(labyrinth_maintain(s->lab, 3), 0);
	assert_int_equal(frames_with_secrets(s), SECRETS);
	hog_free(s->lab, s->hog, 1);
}

static const struct path {
	const char *name;
	void      (*let_go)(struct scene *s);
	uint32_t    guarantee, recycle; /* of the owner */
} paths[] = {
	{ "released",                             released,                   2, 0 },
	{ "released in interrupts and NMIs",      released_in_interrupts,     2, 0 },
	{ "retired",                              retired,                    2, 0 },
	{ "retired with recycled frames",         retired_with_recycled_ones, 2, 3 },
	{ "released after the owner's end",       released_after_retirement,  2, 2 },
	{ "transferred, released",                transferred,                2, 4 },
	{ "lent, taken back, released",           lent_and_taken_back,        2, 0 },
	{ "claimed before maintenance",           claimed_on_the_spot,        2, 0 },
	{ "shared before maintenance",            shared_on_the_spot,         2, 0 },
	{ "shared before it, in an NMI",          shared_in_interrupts,       2, 0 },
	{ "maintained with nothing but promises", promised,                   7, 0 },
	{ "the last frame promised too",          all_promised,               7, 0 },
};

static void no_byte_of_it_is_left(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(paths); i++) {
		struct scene s = scene_new(paths[i].guarantee, paths[i].recycle);

		print_message("%s\n", paths[i].name);
		assert_int_equal(frames_with_secrets(&s), SECRETS);
		paths[i].let_go(&s);
		assert_lawful(s.lab);
		maintain_all(s.lab);
		assert_int_equal(stats_of(s.lab).dirty, 0);
		assert_int_equal(stats_of(s.lab).shredded, SECRETS);
		assert_int_equal(frames_with_secrets(&s), 0);
		assert_false(metadata_holds_secret(&s));
		assert_lawful(s.lab);
		free(s.hog);
		arena_end(&s.a);
	}
}

/* Until it is released, what is kept for the same owner stays, whatever is maintained. */
static void what_is_kept_stays(void **state)
{
	struct scene s = scene_new(2, SECRETS);

	(void)state;
	release_secrets(&s);
	maintain_all(s.lab);
	assert_int_equal(frames_with_secrets(&s), SECRETS);
	assert_int_equal(stats_of(s.lab).shredded, 0);
	for (unsigned i = 0; i < SECRETS; i++)
		assert_true(holds_secret(s.lab, must_claim(s.lab, s.giver).page));
	arena_end(&s.a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(no_byte_of_it_is_left),
		kit_test(what_is_kept_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
