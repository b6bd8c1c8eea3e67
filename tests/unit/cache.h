/*
 * cache.h - a user of movable frames, as a page cache would be: a table of frames, each with a mark in its bytes.
 *
 * Idea    The callback finds `from` in the table, copies the frame and switches the entry. A test may say that it
 *         refuses, and what it does besides.
 */
#ifndef TESTS_CACHE_H
#define TESTS_CACHE_H

#include "kit.h"
#include "mover.h"

#define CACHE_MOST 4096

struct cache {
	struct labyrinth *lab;
	labyrinth_mover_t mover;
	struct page      *page[CACHE_MOST]; /* NULL: a place that is free */
	uint64_t          mark[CACHE_MOST];
	uint64_t          marks, asked;
	bool            (*refuses)(struct cache *cache, unsigned at); /* NULL: never */
	void            (*before)(struct cache *cache, unsigned at);  /* NULL: nothing */
	void            (*after)(struct cache *cache, unsigned at);
};

/* Where a frame is; CACHE_MOST when it is not ours. */
static inline unsigned cache_find(const struct cache *c, const struct page *page)
{
	unsigned i = 0;

	while (i < CACHE_MOST && c->page[i] != page)
		i++;
	return i;
}

static inline uint64_t *cache_bytes(const struct cache *c, const struct page *page)
{
	return (uint64_t *)(void *)bytes_of(c->lab, page);
}

static inline bool cache_relocate(void *context, struct page *from, struct page *to)
{
	struct cache *c = context;
	unsigned at = cache_find(c, from);

	c->asked++;
	if (at < CACHE_MOST && c->before != NULL)
		c->before(c, at);
	if (at == CACHE_MOST || c->page[at] != from || (c->refuses != NULL && c->refuses(c, at)))
		return false;
	memcpy(cache_bytes(c, to), cache_bytes(c, from), LABYRINTH_PAGE_SIZE);
	c->page[at] = to;
	if (c->after != NULL)
		c->after(c, at);
	return true;
}

static inline struct cache *cache_new(struct labyrinth *lab)
{
	struct cache *c = calloc(1, sizeof(*c));
	struct labyrinth_mover mover = { "cache", cache_relocate, c };

	assert_non_null(c);
	c->lab = lab;
	assert_status(labyrinth_mover_register(lab, &mover, &c->mover), LABYRINTH_OK);
	return c;
}

/* A frame for a place of the table; false when there is no memory. */
static inline bool cache_fill(struct cache *c, unsigned at, labyrinth_gfp_t gfp)
{
	struct labyrinth_grant grant = labyrinth_alloc_movable(c->lab, gfp, c->mover);

	if (grant.status == LABYRINTH_NO_MEMORY)
		return false;
	assert_status(grant.status, LABYRINTH_OK);
	c->page[at] = grant.page;
	c->mark[at] = ++c->marks;
	*cache_bytes(c, grant.page) = c->mark[at];
	return true;
}

/* The lookup ends before the frame is freed, as move.h demands. */
static inline void cache_drop(struct cache *c, unsigned at)
{
	struct page *page = c->page[at];

	assert_int_equal(*cache_bytes(c, page), c->mark[at]);
	c->page[at] = NULL;
	must_free(c->lab, page, 0);
}

static inline unsigned cache_fill_all(struct cache *c, unsigned most)
{
	unsigned n = 0;

	while (n < most && cache_fill(c, n, LABYRINTH_GFP_KERNEL))
		n++;
	return n;
}

static inline void assert_cache_sound(const struct cache *c)
{
	uint64_t frames = 0;

	for (unsigned i = 0; i < CACHE_MOST; i++)
		if (c->page[i] != NULL) {
			assert_int_equal(*cache_bytes(c, c->page[i]), c->mark[i]);
			frames++;
		}
	assert_int_equal(stats_of(c->lab).movable, frames);
}

static inline void cache_end(struct cache *c)
{
	for (unsigned i = 0; i < CACHE_MOST; i++)
		if (c->page[i] != NULL)
			cache_drop(c, i);
	assert_status(labyrinth_mover_unregister(c->lab, c->mover), LABYRINTH_OK);
	free(c);
}

#endif
