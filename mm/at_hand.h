/*
 * at_hand.h - what the short ways through allocate and free look at.
 *
 * Idea    A front end answers by a few comparisons whether a request is one that it serves, and a frame's word by one
 *         whether it is a shared frame. Whoever gets a "no" goes a longer way, which asks for the reason.
 * Writes  A front end: its CPU in its context. The word of the frame that is given back.
 */
#ifndef MM_AT_HAND_H
#define MM_AT_HAND_H

#include <labyrinth/port.h>

#include "instance.h"
#include "magazine.h"
#include "page.h"

#define RARELY(condition) __builtin_expect(!!(condition), 0)
#define SITE              __builtin_return_address(0) /* who called, for the debug aids: in a public call */

/* A CPU that the configuration does not count gets a front end from which nothing is had: the slow way says so. */
static inline struct magazine *at_hand_pin(const struct labyrinth *lab, enum labyrinth_context context)
{
	unsigned cpu = labyrinth_port_pin();

	if (RARELY(cpu >= lab->magazines->cpus))
		return magazine_of(lab->magazines->at, 0, LABYRINTH_NMI);
	return magazine_of(lab->magazines->at, cpu, context);
}

/* May this be had from this magazine? */
static inline bool at_hand_serves(const struct magazine *own, labyrinth_gfp_t gfp)
{
	return gfp < 8 && (own->kinds >> gfp & 1) != 0;
}

/* Likewise; then it is what is asked for first next time. */
static inline bool at_hand_turn(struct magazine *own, labyrinth_gfp_t gfp)
{
	if (!at_hand_serves(own, gfp))
		return false;
	own->usual = gfp;
	return true;
}

/* Sets a shared single frame to CACHED; false, and nothing done, if that is not what it is. */
static inline __attribute__((always_inline)) bool at_hand_retract(struct page *page, const struct magazine *own)
{
	uint64_t single = word_single(word_load(page));

#ifdef LABYRINTH_UNCHECKED /* for `make bench`: what the comparison costs */
	word_store(page, single + FRAME_CACHED);
	return true;
#endif
	if (RARELY(own->alone)) {
		if (!word_swap_alone(page, single, single + FRAME_CACHED))
			return false;
	} else if (RARELY(!word_swap(page, single, single + FRAME_CACHED))) {
		return false;
	}
	return true;
}

#endif
