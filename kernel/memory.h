/*
 * memory.h - from the firmware's memory map to an allocator.
 *
 * Idea    Three lists of frames. `direct` is all memory that may be seen at DIRECT_BASE; `free` is what of it nobody
 *         holds; `later` is what only the boot needs: firmware tables. The boot information has been read when the
 *         first frame is taken, and is not kept. Each step of the boot takes what it needs out of `free`; the rest
 *         becomes the allocator's, and `later` when the boot is over. A step that cannot go on refuses to boot.
 */
#ifndef KERNEL_MEMORY_H
#define KERNEL_MEMORY_H

#include <labyrinth/range.h>

#include "boot_info.h"
#include "display.h"
#include "x86/stack.h"

struct memory {
	struct labyrinth_ranges direct, free, later;

	/* Of the CPUs but the first: see x86/stack.h. */
	phys_addr_t stacks;
	uint64_t    stack_count;
	phys_addr_t trampoline; /* a frame below 640 KiB, where they start */

	/* For the report, in frames. */
	uint64_t usable;     /* as the firmware map says, whole frames      */
	uint64_t loaded;     /* frame 0, modules, framebuffer: where usable */
	uint64_t tables;     /* final page tables                           */
	uint64_t metadata;   /* the allocator's                             */
	uint64_t cycles;     /* of the cycle counter, in labyrinth_init()   */
};

/* Frames that hold this many bytes. */
static inline uint64_t frames_for(uint64_t bytes)
{
	return labyrinth_pfn_ceil((phys_addr_t){ bytes }).n;
}

static inline uint64_t memory_stack_frames(const struct memory *memory)
{
	return frames_for(memory->stack_count * STACK_BYTES);
}

/*
 * Reads the map, prints it as given and as used, and takes out what is in use already: frame 0, kernel, modules,
 * screen.
 */
void memory_find(struct memory *memory, const struct boot_info *boot, const struct display *display);

/* `frames` consecutive free frames, the highest below `limit`; `what_for` is named if there are none. */
phys_addr_t memory_take(struct memory *memory, uint64_t frames, phys_addr_t limit, const char *what_for);

/* What was taken is not to be mapped as memory like all else. */
void memory_leave_out(struct memory *memory, phys_addr_t first, uint64_t frames);

/* Takes what CPUs need besides the first: stacks, and a place to start. Else says what is missing; nothing is taken. */
const char *memory_take_for_cpus(struct memory *memory, uint32_t cpus);

/* Builds the allocator from all that is free, for so many CPUs. With the final page tables live. */
struct labyrinth *memory_hand_over(struct memory *memory, uint32_t cpus);

/* fault=metadata: is the first try to take memory for the allocator's metadata one frame short? Any context. */
bool memory_falls_short(void);

/* The boot is over: what only it needed is the allocator's, too. Prints how much that is. */
void memory_reclaim(const struct memory *memory, struct labyrinth *lab);

#endif
