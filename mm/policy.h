/*
 * policy.h - who may take what, from where, in which order.
 *
 * Idea    policy.c is the way of a request, put.c the way back; shortage.c is what a request, or maintenance, does when
 *         there is too little.
 */
#ifndef MM_POLICY_H
#define MM_POLICY_H

#include <labyrinth/alloc.h>
#include <labyrinth/port.h>

#include "instance.h"
#include "magazine.h"

#define GFP_KINDS (LABYRINTH_GFP_KERNEL | LABYRINTH_GFP_NOWAIT | LABYRINTH_GFP_ATOMIC)
#define GFP_ZONES (LABYRINTH_GFP_DMA | LABYRINTH_GFP_DMA32)
#define GFP_MOBILITY (LABYRINTH_GFP_MOVABLE | LABYRINTH_GFP_RECLAIMABLE)

/*
 * A block from the highest zone that has one, starting at `from` and going down; of zones below `from` what they
 * protect is left alone. NULL when there is none, or none without waiting.
 */
struct page *labyrinth_zones_take(struct labyrinth *lab, enum labyrinth_zone from, unsigned order,
                                  enum mobility mobility, enum patience patience);

static inline enum labyrinth_zone policy_highest_zone(labyrinth_gfp_t gfp)
{
	if (gfp & LABYRINTH_GFP_DMA)
		return LABYRINTH_ZONE_DMA;
	return gfp & LABYRINTH_GFP_DMA32 ? LABYRINTH_ZONE_DMA32 : LABYRINTH_ZONE_NORMAL;
}

/* What the flags say about mobility; and as the word of the block will remember it. */
static inline enum mobility policy_mobility(labyrinth_gfp_t gfp)
{
	if (gfp & LABYRINTH_GFP_MOVABLE)
		return MOBILITY_MOVABLE;
	return gfp & LABYRINTH_GFP_RECLAIMABLE ? MOBILITY_RECLAIMABLE : MOBILITY_SHARED;
}

static inline uint16_t policy_tag(labyrinth_gfp_t gfp)
{
	if (gfp & LABYRINTH_GFP_MOVABLE)
		return TAG_MOVABLE;
	return gfp & LABYRINTH_GFP_RECLAIMABLE ? TAG_RECLAIMABLE : 0;
}

/* Single ordinary frames from any zone come from, and go to, the magazines; an NMI may have interrupted one. */
static inline bool policy_at_hand(const struct magazines *m, labyrinth_gfp_t gfp, unsigned order,
                                  enum labyrinth_context context)
{
	return order == 0 && (gfp & (GFP_ZONES | GFP_MOBILITY)) == 0 && context != LABYRINTH_NMI && m->capacity > 0;
}

/* This CPU's front end; NULL where there is none: a hook may have moved the task since it was judged. */
static inline struct magazine *policy_pin(const struct magazines *m, enum labyrinth_context context)
{
	unsigned cpu = labyrinth_port_pin();

	return cpu < m->cpus ? magazine_of(m->at, cpu, context) : NULL;
}

/* Frames have come back to a zone: lets those know who wait for that. Any context. */
void labyrinth_policy_given(struct labyrinth *lab);

static inline void policy_given(struct labyrinth *lab)
{
	if (__builtin_expect(attention(lab) & (ATTEND_GIVEN | ATTEND_BAD), 0))
		labyrinth_policy_given(lab);
}

/* Does the port name a CPU for which there are no magazines, although there are some? */
static inline bool policy_astray(const struct labyrinth *lab, enum labyrinth_context context)
{
	bool astray;

	if (lab->magazines->capacity == 0 || context == LABYRINTH_NMI)
		return false;
	astray = labyrinth_port_pin() >= lab->magazines->cpus;
	labyrinth_port_unpin();
	return astray;
}

/* What a request of this kind, KERNEL, NOWAIT or ATOMIC alone, does at a lock. */
static inline enum patience policy_patience(labyrinth_gfp_t kind)
{
	return kind & LABYRINTH_GFP_ATOMIC ? ZONE_TRY : ZONE_WAIT;
}

/* What is wrong with a request, before anything is looked for. */
enum labyrinth_status labyrinth_policy_judge(const struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order,
                                             enum labyrinth_context context);

/*
 * A block for a request that has been judged, when nothing is at hand: the zones, then what the magazines keep from
 * them, and what was released and is not wanted by the vault; then, as the flags allow, what the shrinkers free, what
 * others free while the caller sleeps, the reserve. Only its first frame's word is left to be written. NULL when there
 * is none for these flags.
 */
struct page *labyrinth_policy_take(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order,
                                   enum labyrinth_context context);

/*
 * Asks the shrinkers in turn for so many frames, and looks after each that has freed some, until the look finds
 * something. NULL, and nobody asked, while another sweep is under way. For a task.
 */
struct page *labyrinth_policy_reclaim(struct labyrinth *lab, uint64_t want, struct page *(*look)(void *request),
                                      void *request);

/*
 * Looks, and sleeps until somebody frees, again and again: until the look finds something, or the time is over, or at
 * once where nobody sleeps. For a task that has found nothing.
 */
struct page *labyrinth_policy_sleep(struct labyrinth *lab, struct page *(*look)(void *request), void *request);

/* In a task: gives what this CPU has at hand, and what waits, to the zones, to be had there. Is that anything? */
bool labyrinth_policy_drain(struct labyrinth *lab);

/* The calling task; NULL when the kernel does not say. */
const void *labyrinth_policy_self(const struct labyrinth *lab);

/* Have all frames gone offline that were to go, and nobody has said so? */
static inline bool policy_bad_gone(const struct labyrinth *lab)
{
	return (attention(lab) & ATTEND_BAD) && !bad_any(lab->frames);
}

/* Frames that were to go offline may have gone: their spares are frames of the vault like others. Any context. */
void labyrinth_policy_settle_bad(struct labyrinth *lab);

/* Reserve and vault may lack frames now: says so. Frees fill the reserve, maintenance both. */
void labyrinth_policy_missing(struct labyrinth *lab);

/* Frees are no longer asked to fill a reserve that is not short: it has been filled, or is to hold less now. */
void labyrinth_policy_settle_reserve(struct labyrinth *lab);

/* Puts a frame into the reserve if that is short; false, and nothing done, if it is not. */
bool labyrinth_policy_refill(struct labyrinth *lab, struct page *page);

/* The same with a frame of the zones, which goes back if it is not wanted; false when there is none. */
bool labyrinth_policy_feed(struct labyrinth *lab);

/*
 * Takes back a block that nobody else can see, when its place is not at hand: the reserve, if that is short, then the
 * magazine, for which it reads CACHED, or the zone, where others find it. Task or interrupt.
 */
void labyrinth_policy_put(struct labyrinth *lab, struct page *page, unsigned order, enum labyrinth_context context);

/*
 * The same for a block with a tag, which reads FREE. It goes to its zone, so that no other kind of frame comes to live
 * in its page block; if the reserve is short, an ordinary frame is found for that.
 */
void labyrinth_policy_put_tagged(struct labyrinth *lab, struct page *page, unsigned order);

/* Tells the kernel of a request that is refused; NULL, so that a request can end with it. Any context. */
struct page *labyrinth_policy_refuse(struct labyrinth *lab, labyrinth_gfp_t gfp, unsigned order);

/*
 * In maintenance: what this CPU has at hand goes to those who wait, and the shrinkers are asked for at most `budget`
 * frames while a zone is low. Frames freed, as they say.
 */
uint64_t labyrinth_policy_relieve(struct labyrinth *lab, uint64_t budget);

#endif
