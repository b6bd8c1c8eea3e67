/*
 * hiders.c - threads that hide and show page blocks of their own, whole and in parts, while the others flush.
 *
 * Idea    What one has hidden and flushed must be gone, and what it has shown must be there, whatever flush of somebody
 *         else's comes in between. In the end each block must be one page again when it has been hidden and shown as a
 *         whole: a table that is never given back would show.
 */
#include <labyrinth/alloc.h>
#include <labyrinth/page.h>

#include "maintenance.h"
#include "test/hiders.h"
#include "thread.h"
#include "x86/direct.h"
#include "x86/probe.h"
#include "x86/table_pool.h"

#define BLOCK_ORDER 9u
#define FRAMES      (1u << BLOCK_ORDER)
#define HIDERS      3u
#define ROUNDS      60u

struct hider {
	struct thread *thread;
	struct page   *page;
	phys_addr_t    block;
	bool           right;
};

static struct hider hiders[HIDERS];

static phys_addr_t frame(const struct hider *h, unsigned i)
{
	return (phys_addr_t){ h->block.a + i * LABYRINTH_PAGE_SIZE };
}

static volatile uint64_t *number_in(const struct hider *h, unsigned i)
{
	return phys_virt(frame(h, i));
}

static bool there(const struct hider *h, unsigned i)
{
	return !direct_hidden(frame(h, i)) && *number_in(h, i) == i;
}

static bool gone(const struct hider *h, unsigned i)
{
	uint8_t byte;

	return direct_hidden(frame(h, i)) && !probe_read(number_in(h, i), &byte);
}

/* Frames first .. first + count - 1, a few of them. */
static bool some(bool (*are)(const struct hider *, unsigned), const struct hider *h, unsigned first, unsigned count)
{
	for (unsigned i = 0; i < count; i += count / 8 + 1)
		if (!are(h, first + i))
			return false;
	return are(h, first + count - 1);
}

/* As a whole; back as a whole, or half by half. */
static bool block_there_and_back(const struct hider *h, bool halves, bool flushed)
{
	if (!direct_hide(h->block, BLOCK_ORDER))
		return false;
	if (flushed)
		direct_flush();
	bool right = !flushed || some(gone, h, 0, FRAMES);

	direct_show(h->block, halves ? BLOCK_ORDER - 1 : BLOCK_ORDER);
	right = right && some(there, h, 0, FRAMES / 2);
	if (halves && flushed)
		right = right && some(gone, h, FRAMES / 2, FRAMES / 2);
	if (halves)
		direct_show(frame(h, FRAMES / 2), BLOCK_ORDER - 1);
	return right && some(there, h, 0, FRAMES);
}

static bool frame_there_and_back(const struct hider *h, unsigned i, bool flushed)
{
	if (!direct_hide(frame(h, i), 0))
		return false;
	if (flushed)
		direct_flush();
	bool right = !flushed || gone(h, i);

	direct_show(frame(h, i), 0);
	return right && there(h, i);
}

/* Every way with a flush in between, and without, in which case the next one, or another hider's, is late. */
static void hide_and_show(void *context)
{
	struct hider *h = context;

	for (unsigned i = 0; i < ROUNDS && h->right; i++) {
		bool flushed = i % 5 != 0;

		if (i % 3 == 0)
			h->right = frame_there_and_back(h, i * 7 % FRAMES, flushed);
		else
			h->right = block_there_and_back(h, i % 3 == 1, flushed);
	}
}

static bool start(struct labyrinth *lab, struct hider *h)
{
	struct labyrinth_grant grant = labyrinth_alloc_pages(lab, LABYRINTH_GFP_KERNEL, BLOCK_ORDER);

	*h = (struct hider){ .page = grant.page, .right = true };
	if (grant.page == NULL)
		return false;
	h->block = labyrinth_page_phys(lab, grant.page);
	for (unsigned i = 0; i < FRAMES; i++)
		*number_in(h, i) = i;
	h->thread = thread_start("hider", ANY_CPU, hide_and_show, h);
	return h->thread != NULL;
}

/* A page of 2 MiB takes a table with it when it is hidden, and gives it back. */
static bool is_one_page(const struct hider *h)
{
	uint64_t tables = table_pool_frames();
	bool right = direct_hide(h->block, BLOCK_ORDER) && table_pool_frames() == tables - 1;

	direct_flush();
	direct_show(h->block, BLOCK_ORDER);
	return right && table_pool_frames() == tables;
}

static bool becomes_one_page(const struct hider *h)
{
	return block_there_and_back(h, false, true) && is_one_page(h);
}

static const char *at_work(struct labyrinth *lab)
{
	const char *broken = NULL;
	unsigned started = 0;

	while (started < HIDERS && start(lab, &hiders[started]))
		started++;
	for (unsigned i = 0; i < started; i++)
		if (!thread_join(hiders[i].thread) || !hiders[i].right)
			broken = "what a thread hides is gone, and what it shows is there, whoever flushes";
	return started < HIDERS ? "a page block and a thread can be had for each hider" : broken;
}

static const char *in_the_end(void)
{
	maintenance_settle(); /* it takes tables, too */
	for (unsigned i = 0; i < HIDERS; i++)
		if (!becomes_one_page(&hiders[i]))
			return "a block that was in parts becomes one page, whoever has flushed";
	return NULL;
}

const char *test_hiders(struct labyrinth *lab)
{
	const char *broken = at_work(lab);

	if (broken == NULL)
		broken = in_the_end();
	for (unsigned i = 0; i < HIDERS; i++)
		if (hiders[i].page != NULL &&
		    labyrinth_free_pages(lab, hiders[i].page, BLOCK_ORDER) != LABYRINTH_OK && broken == NULL)
			broken = "the page blocks of the test can be freed";
	return broken;
}
