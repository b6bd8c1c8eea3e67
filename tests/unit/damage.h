/*
 * damage.h - damage to a sound machine, and the law that is then broken.
 *
 * Idea    One machine with a frame in every state. Each case damages its metadata by hand and says where; afterwards
 *         the metadata is copied back. So the check itself is tested: it can fail, and it fails for the right reason.
 * Needs   kit.h before it.
 */
#ifndef TESTS_DAMAGE_H
#define TESTS_DAMAGE_H

#define RESERVE 8u
#define VAULT   16u
#define NOWHERE UINT64_MAX /* the law is about a sum, not about one frame */

/* 71 page blocks: 64 and 4 of them stay whole, the last three are used. */
static const uint64_t machine[][2] = { { GIB4, GIB4 + 71 * BLOCK_FRAMES }, { 0, 0 } };

struct world {
	struct arena      arena;
	struct labyrinth *lab;
	struct zone      *zone;
	labyrinth_owner_t name;
	struct owner     *owner;
	struct page      *shared; /* one frame, at an odd number       */
	struct page      *block;  /* eight frames                      */
	struct page      *hole;   /* one free frame, its twin is taken */
	struct page      *lent;
	struct page      *dirty;
	struct page      *movable;
};

static inline bool stays(void *context, struct page *from, struct page *to)
{
	(void)context;
	(void)from;
	(void)to;
	return false;
}

static inline struct page *movable_new(struct labyrinth *lab)
{
	const struct labyrinth_mover who = { "cache", stays, NULL };
	labyrinth_mover_t mover;
	struct labyrinth_grant grant;

	assert_status(labyrinth_mover_register(lab, &who, &mover), LABYRINTH_OK);
	grant = labyrinth_alloc_movable(lab, LABYRINTH_GFP_KERNEL, mover);
	assert_status(grant.status, LABYRINTH_OK);
	return grant.page;
}

static inline struct world world_new(void)
{
	struct labyrinth_config config = config_of(4, RESERVE, VAULT);
	struct world w;
	struct labyrinth_claim claims[7];
	struct page *single[4];

	config.shrinkers = 2;
	w.arena = arena_new(machine, config);
	w.lab = w.arena.lab;
	w.zone = &w.lab->zones[LABYRINTH_ZONE_NORMAL];
	w.name = must_register(w.lab, 2, 20, 2);
	w.owner = &w.lab->owners->at[w.name.slot];
	w.block = must_alloc(w.lab, LABYRINTH_GFP_KERNEL, 3);
	for (unsigned i = 0; i < 4; i++)
		single[i] = must_alloc(w.lab, LABYRINTH_GFP_KERNEL, 0);
	w.shared = single[1];
	w.hole = single[2];
	must_free(w.lab, w.hole, 0);
	assert_int_equal(claim_many(w.lab, w.name, claims, 7), 7);
	assert_status(labyrinth_claim_lend(&claims[0]), LABYRINTH_OK);
	w.lent = claims[0].page;
	assert_non_null(labyrinth_claim_map(&claims[1]));
	w.dirty = claims[6].page;
	release_many(claims + 4, 3);
	w.movable = movable_new(w.lab);
	return w;
}

static inline uint64_t pfn(const struct world *w, const struct page *page)
{
	return labyrinth_page_pfn(w->lab, page).n;
}

struct damage {
	const char *law;
	uint64_t  (*inflict)(struct world *w); /* returns the frame number that a finding should name, or NOWHERE */
};

/* Every case breaks the law that it should; a check changes nothing. */
static inline void damage_each(const struct damage *cases, size_t count)
{
	struct world w = world_new();
	void *sound = arena_snapshot(&w.arena), *damaged;

	assert_lawful(w.lab);
	for (size_t i = 0; i < count; i++) {
		struct labyrinth_finding found = { 0 };
		uint64_t where = cases[i].inflict(&w);
		const char *law;

		damaged = arena_snapshot(&w.arena);
		law = labyrinth_check(w.lab, &found);
		assert_unchanged(&w.arena, damaged);
		if (law == NULL || strcmp(law, cases[i].law) != 0)
			fail_msg("case %zu: expected \"%s\", found \"%s\"", i, cases[i].law, law ? law : "nothing");
		assert_string_equal(found.law, law);
		assert_int_equal(found.pfn.n, where == NOWHERE ? 0 : where);
		assert_string_equal(labyrinth_check(w.lab, NULL), law);
		memcpy(w.arena.metadata, sound, w.arena.bytes);
		assert_lawful(w.lab);
	}
	free(sound);
	arena_end(&w.arena);
}

/* The numbers of a finding are two. */
static inline void damage_disagrees(const struct damage *cases, size_t count)
{
	struct world w = world_new();
	void *sound = arena_snapshot(&w.arena);
	size_t agree = 0;

	for (size_t i = 0; i < count; i++) {
		struct labyrinth_finding found = { 0 };

		cases[i].inflict(&w);
		labyrinth_check(w.lab, &found);
		if (found.found == found.expected)
			print_error("case %zu, \"%s\": found and expected are both %llu\n", i, cases[i].law,
			            (unsigned long long)found.found);
		agree += found.found == found.expected;
		memcpy(w.arena.metadata, sound, w.arena.bytes);
	}
	free(sound);
	arena_end(&w.arena);
	assert_int_equal(agree, 0);
}

#endif
