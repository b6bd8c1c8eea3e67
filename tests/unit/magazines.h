/*
 * magazines.h - a machine with magazines, whose laws are checked after every step.
 *
 * Needs   kit.h before it.
 */
#ifndef TESTS_MAGAZINES_H
#define TESTS_MAGAZINES_H

#include "magazine.h"

#define CAPACITY 32u
#define BATCH    8u
#define RESERVE  8u /* of the first page block: the other frames of it are free in blocks of a batch or more */
#define PIECE    magazine_piece(CAPACITY)
#define FIRST    (1u << ZONE_FIRST_RUN)

static inline struct arena machine(const uint64_t (*ranges)[2])
{
	struct labyrinth_config config = config_with(1, RESERVE, 4, 2, CAPACITY);

	return arena_new(ranges, config);
}

static inline struct page *take(const struct arena *a)
{
	struct labyrinth_grant grant = labyrinth_alloc_pages(a->lab, LABYRINTH_GFP_NOWAIT, 0);

	assert_lawful(a->lab);
	return grant.page;
}

static inline void give(const struct arena *a, struct page *page)
{
	assert_status(labyrinth_free_pages(a->lab, page, 0), LABYRINTH_OK);
	assert_lawful(a->lab);
}

static inline const struct magazine *front_end(const struct arena *a, enum labyrinth_context context)
{
	return magazine_of(a->lab->magazines->at, 0, context);
}

static inline uint64_t pfn(const struct arena *a, const struct page *page)
{
	return labyrinth_page_pfn(a->lab, page).n;
}

#endif
