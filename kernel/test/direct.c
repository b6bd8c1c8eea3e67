/*
 * direct.c - hides frames of a block that this test has allocated, and tries to touch them.
 *
 * Idea    Each frame holds its own number, so what comes back into the direct map can be seen to be what went.
 */
#include <labyrinth/alloc.h>
#include <labyrinth/page.h>

#include "test/direct.h"
#include "test/laws.h"
#include "x86/direct.h"
#include "x86/percpu.h"
#include "x86/probe.h"
#include "x86/table_pool.h"
#include "x86/window.h"

#define BLOCK_ORDER 9u
#define FRAMES      (1u << BLOCK_ORDER)
#define MIDDLE      200u

/* The block under test. */
static phys_addr_t block;

static phys_addr_t frame(unsigned i)
{
	return (phys_addr_t){ block.a + i * LABYRINTH_PAGE_SIZE };
}

static volatile uint64_t *number_in(unsigned i)
{
	return phys_virt(frame(i));
}

/* Can it be touched, and does it hold its number? Both kinds of access answer alike, or it is neither. */
static bool there(unsigned i)
{
	uint8_t byte;
	bool read = probe_read(number_in(i), &byte);

	return read && probe_write(number_in(i), byte) && *number_in(i) == i && !direct_hidden(frame(i));
}

static bool gone(unsigned i)
{
	uint8_t byte;

	return !probe_read(number_in(i), &byte) && !probe_write(number_in(i), 0) && direct_hidden(frame(i));
}

/* Every frame of [first, end) is there, or every one is gone. */
static bool all(bool (*are)(unsigned), unsigned first, unsigned end)
{
	for (unsigned i = first; i < end; i++)
		if (!are(i))
			return false;
	return true;
}

static bool hide(unsigned first, unsigned order)
{
	bool hidden = direct_hide(frame(first), order);

	direct_flush();
	return hidden;
}

/* The first time, a page of 1 GiB that the block is in becomes a table, and stays one. */
static bool whole(void)
{
	bool right = hide(0, BLOCK_ORDER);

	direct_show(block, BLOCK_ORDER);
	uint64_t tables = table_pool_frames();
	right = right && hide(0, BLOCK_ORDER) && all(gone, 0, FRAMES);
	direct_show(block, BLOCK_ORDER);
	return right && all(there, 0, FRAMES) && table_pool_frames() == tables;
}

static bool in_parts(void)
{
	bool right = hide(0, BLOCK_ORDER);

	direct_show(frame(MIDDLE), 0);
	right = right && there(MIDDLE) && all(gone, 0, MIDDLE) && all(gone, MIDDLE + 1, FRAMES);
	direct_show(frame(0), 3);
	right = right && all(there, 0, 8) && gone(8);
	for (unsigned i = 8; i < FRAMES; i++)
		if (i != MIDDLE)
			direct_show(frame(i), 0);
	return right && all(there, 0, FRAMES);
}

static bool single(void)
{
	bool right = hide(MIDDLE, 0) && hide(FRAMES - 1, 0);

	right = right && gone(MIDDLE) && gone(FRAMES - 1) && all(there, 0, MIDDLE) &&
	        all(there, MIDDLE + 1, FRAMES - 1);
	direct_show(frame(MIDDLE), 0);
	direct_show(frame(FRAMES - 1), 0);
	return right && all(there, 0, FRAMES);
}

/* A CPU may still know the table of a block that was in parts; it serves until a flush. */
static bool not_flushed(void)
{
	uint64_t tables = table_pool_frames();
	bool right = direct_hide(block, BLOCK_ORDER);

	direct_show(block, BLOCK_ORDER);
	return right && all(there, 0, FRAMES) && table_pool_frames() == tables;
}

/* It was in parts, and becomes one page again: its table is spare. */
static bool joined(void)
{
	uint64_t tables = table_pool_frames();
	bool right = hide(0, BLOCK_ORDER) && all(gone, 0, FRAMES);

	direct_show(block, BLOCK_ORDER);
	return right && all(there, 0, FRAMES) && table_pool_frames() == tables + 1;
}

/* What is hidden is read and written through a slot, and on no other address. */
static bool windows(void)
{
	bool right = hide(MIDDLE, 0);
	volatile uint64_t *window;
	uint8_t byte;

	preempt_off();
	window = window_map(WINDOW_TEST, frame(MIDDLE));
	right = right && *window == MIDDLE && gone(MIDDLE);
	*window = MIDDLE + 1;
	right = right && !probe_read((volatile uint8_t *)window + LABYRINTH_PAGE_SIZE, &byte) &&
	        !probe_read((volatile uint8_t *)window - 1, &byte) &&
	        !probe_read(window_address(cpu_index() + 1, WINDOW_TEST), &byte);
	window_unmap(WINDOW_TEST);
	right = right && !probe_read(window, &byte) && !probe_write(window, 0);
	preempt_on();
	direct_show(frame(MIDDLE), 0);
	right = right && *number_in(MIDDLE) == MIDDLE + 1;
	*number_in(MIDDLE) = MIDDLE;
	return right;
}

static const struct law laws[] = {
	{ "a block hidden as a whole is gone, and comes back whole with its table given back", whole       },
	{ "a block hidden as a whole comes back in parts, whatever is left being gone",       in_parts    },
	{ "a frame is hidden alone",                                                          single      },
	{ "a table that a CPU may know is kept until a flush",                                not_flushed },
	{ "a block in parts becomes one page again",                                          joined      },
	{ "a hidden frame is seen in its window, and nowhere else",                           windows     },
};

const char *test_direct(struct labyrinth *lab)
{
	struct labyrinth_grant grant = labyrinth_alloc_pages(lab, LABYRINTH_GFP_KERNEL, BLOCK_ORDER);
	const char *broken;

	if (grant.page == NULL)
		return "a page block can be had for the test";
	block = labyrinth_page_phys(lab, grant.page);
	for (unsigned i = 0; i < FRAMES; i++)
		*number_in(i) = i;
	broken = FIRST_BROKEN(laws);
	if (broken == NULL && labyrinth_free_pages(lab, grant.page, BLOCK_ORDER) != LABYRINTH_OK)
		broken = "the page block of the test can be freed";
	return broken;
}
