/*
 * init.h - bring-up: from usable ranges to a working instance, in memory that the caller supplies.
 *
 *	labyrinth_metadata_bytes(&ranges, &config, &bytes);
 *	labyrinth_ranges_carve(&ranges, frames for bytes, 1, reachable, &place);
 *	labyrinth_init(&lab, labyrinth_port_virt(place), bytes, &ranges, &config);
 */
#ifndef LABYRINTH_INIT_H
#define LABYRINTH_INIT_H

#include <labyrinth/range.h>

struct labyrinth_config {
	uint32_t owners;         /* owner slots; 1..65535                                        */
	uint64_t reserve_frames; /* set aside for shared GFP_ATOMIC, an exact number              */
	uint64_t vault_frames;   /* set aside for exclusive claims; bounds the sum of guarantees */
	uint32_t cpus;           /* CPUs that call, for the magazines; 1..4096                   */
	uint32_t magazine;       /* frames in one; 0 for none, or 8..1024                        */
};

/*
 * A configuration that suits the memory: 64 owners, 1/256 of it in reserve, 1/64 in the vault, both within [64, 16384]
 * frames, but never more than a quarter of it; one CPU, magazines of 128 frames (none below 4 MiB).
 */
struct labyrinth_config labyrinth_config_for(const struct labyrinth_ranges *ranges);

/*
 * How much metadata memory labyrinth_init() needs for these ranges: at most 9 bytes a frame from 4 GiB on. What the
 * caller then carves out of the ranges only makes it less.
 *
 * Errors   NULL_POINTER, BAD_RANGES, BAD_CONFIG, NO_USABLE_MEMORY.
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
 * Errors    NULL_POINTER, BAD_RANGES, BAD_CONFIG: owners, cpus or magazine out of bounds, reserve and vault above half
 *           of the memory, or metadata memory that is not aligned;
 *           METADATA_TOO_SMALL, NO_USABLE_MEMORY. *out is unchanged.
 * Cost      O(page blocks of 2 MiB), and the frames of the reserve and the vault. Frame words of page blocks that
 *           nobody has used are not touched.
 */
enum labyrinth_status labyrinth_init(struct labyrinth **out, void *memory, size_t bytes,
                                     const struct labyrinth_ranges *ranges,
                                     const struct labyrinth_config *config) LABYRINTH_MUST_USE;

#endif
