/*
 * isolate.h - exclusive as a fact of the page tables: the port to a kernel's MMU.
 *
 * Idea    What the vault holds and what is claimed is out of the direct map, so nobody reaches it by an address. Frames
 *         are hidden before they enter the vault, in a task, many at a time and with one shootdown for all of them; so
 *         an interrupt handler that claims one waits for no other CPU. The owner reaches his frame through a window, a
 *         virtual page that only this CPU's tables have: labyrinth_claim_map() in owner.h.
 *         Without this port the same calls work, and what is exclusive is so by bookkeeping.
 */
#ifndef LABYRINTH_ISOLATE_H
#define LABYRINTH_ISOLATE_H

#include <labyrinth/owner.h>

/* Window slots that a port may have for each CPU; and those of them that claims leave to shredding. */
#define LABYRINTH_MAX_WINDOWS  31u
#define LABYRINTH_KEPT_WINDOWS 3u

/*
 * The hooks. None of them may call the allocator, but that `hide` may ask it, before it decides, for shared frames that
 * need no wait (GFP_NOWAIT): tables. Handed `context`, all of them.
 *
 * Of blocks: 2^order frames from `first` on, a multiple of their size. What is hidden is not hidden again, what is
 * shown is not shown again, and what was hidden as a whole may be shown frame by frame.
 */
struct labyrinth_isolation {
	/*
	 * Takes a block, of order 0 or 9, out of the direct map of all CPUs. Translations may linger until flush().
	 * false: there is no table for it; nothing changed. Context: task, interrupts on, no lock held.
	 */
	bool (*hide)(phys_addr_t first, unsigned order, void *context);

	/*
	 * When it returns, no CPU reaches by an address of the direct map what was hidden before it was called. One
	 * shootdown, however much that was. Context: task, interrupts on, no lock held.
	 */
	void (*flush)(void *context);

	/*
	 * Puts a block back into the direct map of all CPUs. Cannot fail; needs no shootdown, as no CPU remembers that
	 * something was not there (x86: Intel SDM vol. 3 section 4.10.2.3). Context: any.
	 */
	void (*show)(phys_addr_t first, unsigned order, void *context);

	/*
	 * A slot of this CPU's window, 0 to slots - 1, shows the frame from now on; its address. The slot is empty
	 * before. One entry is written: an absent one needs no invalidation, as above. unmap empties it, and this CPU
	 * forgets it. Context: any; the CPU is pinned. An interrupt may come at any instruction and use higher slots.
	 */
	void *(*map)(unsigned slot, phys_addr_t frame, void *context);
	void  (*unmap)(unsigned slot, void *context);

	/* Is the frame out of the direct map? For labyrinth_check(). Context: task. */
	bool (*hidden)(phys_addr_t frame, void *context);

	/*
	 * Slots of each CPU, 4 to LABYRINTH_MAX_WINDOWS. The last LABYRINTH_KEPT_WINDOWS are for shredding: a task, an
	 * interrupt that came in its midst and an NMI that came in the midst of that may each have to.
	 */
	unsigned slots;
	void    *context;
};

/*
 * From now on what is exclusive is hidden: at once what the vault holds, and in future whatever enters it.
 *
 * Where a page block (2 MiB) is at most a sixteenth of the memory, the vault then takes whole ones: it may hold that
 * much more than its target, so that a refill costs one hide and one shootdown for 512 frames, and no large page of the
 * direct map is broken up. Shared requests get the surplus when the zones are empty. Otherwise, and where no page block
 * is free, frames are hidden one by one, with a shootdown for up to 32.
 *
 * Afterwards claims take nothing from the zones any more, where frames are in everybody's reach: a claim beyond its
 * owner's guarantee needs surplus of the vault, and is refused when maintenance has not come to refill that, though
 * zones may have free frames. Size the vault for what claims take between two calls of labyrinth_maintain().
 *
 * with     copied.
 * Context  task, once. Meanwhile nobody claims, releases, maintains or takes frames offline.
 * Errors   NULL_POINTER: lab, with, or a hook; IN_INTERRUPT; ALREADY_ISOLATED; BAD_CONFIG: the number of slots, or the
 *          debug aid GUARD is on, which hides frames for another purpose; BUSY: frames are claimed, recycled, or
 *          released and not shredded, or the vault has more than it is to keep: labyrinth_maintain(); NO_MEMORY: `hide`
 *          refused a frame. Nothing changed: what was hidden until then is shown.
 * Cost     O(frames managed in page blocks ever used), a shootdown. hide is called for whole page blocks where the
 *          vault has all of one.
 */
enum labyrinth_status labyrinth_isolate(struct labyrinth *lab,
                                        const struct labyrinth_isolation *with) LABYRINTH_MUST_USE;

#endif
