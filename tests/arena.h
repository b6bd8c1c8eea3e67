/*
 * arena.h - an instance over a few ranges of frames, in metadata memory of exactly the size that it asks for.
 *
 * Needs   cmocka included before. The metadata is filled with garbage first: nothing may rely on cleared memory.
 */
#ifndef TESTS_ARENA_H
#define TESTS_ARENA_H

#include <stdlib.h>
#include <string.h>

#include <labyrinth/labyrinth.h>

struct arena {
	struct labyrinth *lab;
	void             *metadata;
	size_t            bytes;
};

/* What most tests choose; all else is off. */
static inline struct labyrinth_config config_with(uint32_t owners, uint64_t reserve, uint64_t vault, uint32_t cpus,
                                                  uint32_t magazine)
{
	return (struct labyrinth_config){ .owners = owners, .reserve_frames = reserve, .vault_frames = vault,
	                                  .cpus = cpus, .magazine = magazine, .shelf = magazine > 0 ? 4 : 0 };
}

/* Memory for metadata: whole pages. */
static inline void *arena_memory(size_t bytes)
{
	size_t whole = (bytes + LABYRINTH_PAGE_SIZE - 1) & ~(size_t)(LABYRINTH_PAGE_SIZE - 1);
	void *memory = aligned_alloc(LABYRINTH_PAGE_SIZE, whole);

	assert_non_null(memory);
	return memory;
}

/* Ranges as pairs of frame numbers, closed by {0, 0}. */
static inline struct arena arena_new(const uint64_t (*pairs)[2], struct labyrinth_config config)
{
	struct labyrinth_range at[64];
	struct labyrinth_ranges ranges = { at, 0, 64 };
	struct arena a;

	for (; (*pairs)[1] != 0; pairs++)
		assert_int_equal(labyrinth_ranges_add(&ranges, (struct labyrinth_range){ { (*pairs)[0] }, { (*pairs)[1] } }),
		                 LABYRINTH_OK);
	assert_int_equal(labyrinth_metadata_bytes(&ranges, &config, &a.bytes), LABYRINTH_OK);
	a.metadata = arena_memory(a.bytes);
	memset(a.metadata, 0xa5, a.bytes);
	assert_int_equal(labyrinth_init(&a.lab, a.metadata, a.bytes, &ranges, &config), LABYRINTH_OK);
	return a;
}

static inline void arena_end(struct arena *a)
{
	free(a->metadata);
	a->lab = NULL;
}

/* Fails the test with the law, if one is broken. */
static inline void assert_lawful(const struct labyrinth *lab)
{
	struct labyrinth_finding finding;

	if (labyrinth_check(lab, &finding) != NULL)
		fail_msg("law broken: %s (frame %llx: found %llu, expected %llu)", finding.law,
		         (unsigned long long)finding.pfn.n, (unsigned long long)finding.found,
		         (unsigned long long)finding.expected);
}

/*
 * A copy of all of an instance's metadata, as aligned as that is, to compare with after a call that must have changed
 * nothing.
 */
static inline void *arena_snapshot(const struct arena *a)
{
	void *copy = arena_memory(a->bytes);

	memcpy(copy, a->metadata, a->bytes);
	return copy;
}

/* Frees the snapshot. */
static inline void assert_unchanged(const struct arena *a, void *snapshot)
{
	assert_memory_equal(a->metadata, snapshot, a->bytes);
	free(snapshot);
}

#endif
