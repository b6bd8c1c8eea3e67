/*
 * aids.h - a small machine with debug aids on, and a witness of what they say.
 *
 * Needs   kit.h's machine; frames that are hidden are only marked so: test_debug_guard.c takes the access away.
 */
#ifndef TESTS_AIDS_H
#define TESTS_AIDS_H

#include "kit.h"

#define AIDS_ALL (LABYRINTH_DEBUG_POISON | LABYRINTH_DEBUG_TRACE | LABYRINTH_DEBUG_RED_ZONE \
                  | LABYRINTH_DEBUG_QUARANTINE | LABYRINTH_DEBUG_GUARD)

struct witness {
	unsigned reports;
	struct labyrinth_debug_report report; /* the latest */
	bool hidden[2048];                    /* frames of small_machine */
};

static struct witness witness;

static inline void witness_report(const struct labyrinth_debug_report *report, void *context)
{
	struct witness *w = context;

	w->reports++;
	w->report = *report;
}

static inline void witness_mark(struct witness *w, phys_addr_t first, unsigned order, bool hidden)
{
	for (uint64_t i = 0; i < UINT64_C(1) << order; i++)
		w->hidden[labyrinth_pfn_floor(first).n - GIB4 + i] = hidden;
}

static inline void witness_hide(phys_addr_t first, unsigned order, void *context)
{
	witness_mark(context, first, order, true);
}

static inline void witness_show(phys_addr_t first, unsigned order, void *context)
{
	witness_mark(context, first, order, false);
}

static inline struct labyrinth_config aids_config(uint32_t aids, uint32_t quarantine)
{
	struct labyrinth_config config = config_of(4, 4, 16);

	config.debug = (struct labyrinth_debug_config){ aids, quarantine, witness_report, witness_hide, witness_show,
		                                        &witness };
	return config;
}

static inline struct arena aids_machine(uint32_t aids, uint32_t quarantine)
{
	witness = (struct witness){ .reports = 0 };
	return arena_new(small_machine, aids_config(aids, quarantine));
}

/* Before the definition of a function: it gets a section of its own, of which the linker says where it ends. */
#define SECTION_OF(function) \
	extern const char __start_place_##function[], __stop_place_##function[]; \
	__attribute__((section("place_" #function)))

/* Is a call site in such a function? */
#define SITE_IN(site, function) \
	((site) > (uintptr_t)__start_place_##function && (site) < (uintptr_t)__stop_place_##function)

#endif
