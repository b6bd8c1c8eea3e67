/*
 * init.h - bring-up: from usable ranges to a working instance, in memory that the caller supplies.
 *
 *	labyrinth_metadata_bytes(&ranges, &config, &bytes);
 *	labyrinth_ranges_carve(&ranges, frames for bytes, 1, reachable, &place);
 *	labyrinth_init(&lab, labyrinth_port_virt(place), bytes, &ranges, &config);
 */
#ifndef LABYRINTH_INIT_H
#define LABYRINTH_INIT_H

#include <labyrinth/debug.h>
#include <labyrinth/hooks.h>
#include <labyrinth/range.h>
#include <labyrinth/reclaim.h>

/* As many as suit memory and CPUs: 8, or fewer, so that all that CPUs can keep is at most a 64th of the memory. */
#define LABYRINTH_SHELF_SUITS UINT32_MAX

struct labyrinth_config {
	uint32_t owners;         /* owner slots; 1..65535                                        */
	uint64_t reserve_frames; /* set aside for shared GFP_ATOMIC, an exact number              */
	uint64_t vault_frames;   /* set aside for exclusive claims; bounds the sum of guarantees */
	uint32_t vault_share;    /* percent of the sum of guarantees, 0..1000: what the vault has at  */
	                         /* least beyond what it has promised, though vault_frames leave less */
	uint32_t reserve_share;  /* percent of that sum, 0..1000: by how much the reserve is larger  */
	uint64_t kick_frames;    /* to be shredded, or lacking in the vault, before `kick` is called */
	                         /* for it: at most vault_frames; 0 and 1: for the first             */
	uint32_t cpus;           /* CPUs that call, for the magazines; 1..4096; 1: no other does. Without */
	                         /* magazines any number: 0 is 1, there are windows for 4096 at most */
	uint32_t magazine;       /* frames in one; 0 for none, or 8..1024                        */
	uint32_t shelf;          /* beside them, blocks of each of the orders 1 to 3: 0 for none, or */
	                         /* 1..64, or LABYRINTH_SHELF_SUITS; none without a magazine     */
	struct labyrinth_debug_config debug; /* aids for finding errors; zeros for none          */

	/* How much of each zone stays free; 0 for none of that, or 1..63. */
	uint32_t low_shift;      /* a zone is low below its frames / 2^low_shift, at most 16384, ... */
	uint32_t high_shift;     /* ... until it has its frames / 2^high_shift, at most 32768        */
	uint32_t protect_shift;  /* kept from requests that may use higher zones: the frames of      */
	                         /* those / 2^protect_shift, at most half of the zone                */

	/* When there is too little. */
	uint32_t shrinkers;      /* slots for them; 0..LABYRINTH_MAX_SHRINKERS                       */
	uint64_t sleep_ticks;    /* for which a GFP_KERNEL request sleeps in all; 0: never           */
	struct labyrinth_hooks hooks;

	/* Frames that may come into use after bring-up, by labyrinth_online(); NULL for none. Not used after init. */
	const struct labyrinth_ranges *later;
};

/*
 * A configuration that suits the memory: 64 owners, 1/256 of it in reserve, 1/64 in the vault, both within [64, 16384]
 * frames, but never more than a quarter of it, no shares, a kick for an eighth of the vault; one CPU, magazines of 128
 * frames (none below 4 MiB), LABYRINTH_SHELF_SUITS beside them; 16 shrinkers; a zone is low below 1/128 of its frames,
 * until 1/64 are free; 1/256 of what is above a zone is protected in it. No hooks, so nobody sleeps.
 */
struct labyrinth_config labyrinth_config_for(const struct labyrinth_ranges *ranges);

/*
 * How much metadata memory labyrinth_init() needs for these ranges: at most 9 bytes a frame from 4 GiB on. What the
 * caller then carves out of the ranges makes it less; or, if that opens a gap, in the middle of a range or before one
 * of `later`, at most two frames more. Who carves takes as many more, or asks again.
 *
 * Errors   NULL_POINTER, BAD_RANGES (also when `later` has a frame of theirs), BAD_CONFIG, NO_USABLE_MEMORY.
 */
enum labyrinth_status labyrinth_metadata_bytes(const struct labyrinth_ranges *ranges,
                                               const struct labyrinth_config *config, size_t *bytes) LABYRINTH_MUST_USE;

/*
 * Builds an instance.
 *
 * out       the instance; it lies at the start of the metadata memory.
 * memory    the metadata memory: 4 KiB aligned, outside the ranges, the caller's until the instance is no longer used.
 *           Not cleared.
 * ranges    every frame that may be handed out; not used after the call.
 * Context   task, once, before any other call.
 * Errors    NULL_POINTER, BAD_RANGES, BAD_CONFIG: owners, cpus, magazine, shelf, shrinkers or a shift out of bounds; a
 *           high watermark below the low one, or one without the other; of sleep, wake, self and sleep_ticks some
 *           but not all; a debug aid that is unknown or lacks what it needs; a share or kick_frames out of bounds;
 *           reserve and vault, with their shares of as much as could be guaranteed, above half of the memory;
 *           metadata memory that is not aligned;
 *           METADATA_TOO_SMALL, NO_USABLE_MEMORY. *out is unchanged.
 * Cost      O(ranges), a bit for every 2 MiB and four bytes for every GiB to write, and the frames of the reserve and
 *           the vault. What describes page blocks of 2 MiB that nobody has used is not touched. The debug aids' records
 *           are: O(frames) with POISON or TRACE.
 */
enum labyrinth_status labyrinth_init(struct labyrinth **out, void *memory, size_t bytes,
                                     const struct labyrinth_ranges *ranges,
                                     const struct labyrinth_config *config) LABYRINTH_MUST_USE;

#endif
