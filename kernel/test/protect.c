/*
 * protect.c - breaks each rule that protect.h says is on, on every CPU, and has to fail.
 *
 * Idea    One frame with a short piece of code in it. Where the kernel sees all memory it may be written and not
 *         executed. Seen as a page of user code it may be neither, nor read, by a CPU with SMAP and SMEP; one without
 *         does all three, which shows that nothing else has refused them. UMIP binds user code only: nothing that the
 *         kernel does can show it.
 */
#include <stdatomic.h>

#include <labyrinth/alloc.h>
#include <labyrinth/page.h>

#include "call.h"
#include "cpus.h"
#include "image.h"
#include "test/protect.h"
#include "view/print.h"
#include "x86/mem.h"
#include "x86/paging.h"
#include "x86/percpu.h"
#include "x86/probe.h"
#include "x86/protect.h"
#include "x86/user_page.h"

static phys_addr_t frame;

static bool text_is_read_only(void)
{
	uint8_t byte;
	volatile uint8_t *text = (volatile uint8_t *)(uintptr_t)text_begin;

	return probe_read(text, &byte) && !probe_write(text, byte);
}

static bool memory_is_not_code(void)
{
	return !probe_run(phys_virt(frame)) && probe_last().virt == (uintptr_t)phys_virt(frame);
}

/* Whether what is tried with the page of user code is as `refused` says, each part of it. */
static bool with_user_page(bool (*try)(volatile uint8_t *page, bool refused), bool refused)
{
	volatile uint8_t *page = user_page_show(frame);

	if (page == NULL)
		return false;
	bool right = user_page_at((uintptr_t)page) && try(page, refused);
	user_page_hide();
	return right && !user_page_at((uintptr_t)page);
}

static bool touched(volatile uint8_t *page, bool refused)
{
	uint8_t byte = 0;

	return probe_read(page, &byte) != refused && probe_write(page, probe_code[0]) != refused &&
	       (refused ? probe_last().virt == (uintptr_t)page : byte == probe_code[0]);
}

static bool user_data_is_not_touched(void)
{
	return with_user_page(touched, protect_smap());
}

static bool executed(volatile uint8_t *page, bool refused)
{
	return probe_run((const void *)(uintptr_t)page) != refused;
}

static bool user_code_is_not_executed(void)
{
	return with_user_page(executed, protect_smep());
}

/* It is gone for good: no page, not one of others. */
static bool nothing_is_left(void)
{
	void *page = user_page_show(frame);
	uint8_t byte;

	if (page == NULL)
		return false;
	user_page_hide();
	return !probe_read(page, &byte) && !probe_run(page);
}

static const struct {
	const char *law;
	bool (*holds)(void);
} laws[] = {
	{ "the kernel's code cannot be written (WP)",                          text_is_read_only         },
	{ "memory cannot be executed (NX)",                                    memory_is_not_code        },
	{ "a page of user code is neither read nor written (SMAP), or else both", user_data_is_not_touched  },
	{ "a page of user code is not executed (SMEP), or else it is",         user_code_is_not_executed },
	{ "a page of user code that is gone is gone",                          nothing_is_left           },
};

#define LAWS (sizeof(laws) / sizeof(laws[0]))

/* One CPU after the other: each takes tables for its page. */
struct turn {
	uint32_t         cpu;
	_Atomic uint32_t held; /* laws, in their order */
};

static void take_turn(void *context)
{
	struct turn *turn = context;
	unsigned law = 0;

	if (cpu_index() != turn->cpu)
		return;
	while (law < LAWS && laws[law].holds())
		law++;
	turn->held = law;
}

static const char *on_every_cpu(void)
{
	for (uint32_t i = 0; i < cpus_found(); i++) {
		struct turn turn = { .cpu = i };

		if (!cpu_online(i))
			continue;
		call_all(take_turn, &turn);
		if (turn.held < LAWS)
			return laws[turn.held].law;
	}
	return NULL;
}

const char *test_protect(struct labyrinth *lab)
{
	struct labyrinth_grant grant = labyrinth_alloc_pages(lab, LABYRINTH_GFP_KERNEL, 0);
	const char *broken;

	if (grant.page == NULL)
		return "a frame can be had for the test";
	frame = labyrinth_page_phys(lab, grant.page);
	memcpy(phys_virt(frame), probe_code, sizeof(probe_code));
	broken = on_every_cpu();
	kprintf("protection: %u CPUs: WP and NX refuse; SMAP %s, SMEP %s\n", cpus_online(),
	        protect_smap() ? "refuses" : "is off", protect_smep() ? "refuses" : "is off");
	if (labyrinth_free_pages(lab, grant.page, 0) != LABYRINTH_OK && broken == NULL)
		broken = "the frame of the test can be freed";
	return broken;
}
