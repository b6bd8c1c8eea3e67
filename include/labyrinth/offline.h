/*
 * offline.h - frames that must never be handed out again: memory that has been found bad.
 */
#ifndef LABYRINTH_OFFLINE_H
#define LABYRINTH_OFFLINE_H

#include <labyrinth/types.h>

/* Frames that may wait to come back from their users before they go offline. */
#define LABYRINTH_MAX_PENDING 32u

/*
 * Takes a frame out of use for good. If it is free, at once; if somebody has it, when it comes back, by whatever way:
 * all but this frame of a block is free then. It is not handed out meanwhile, wherever it is kept.
 *
 * pfn      one of the instance's frames.
 * Context  task.
 * Errors   NULL_POINTER, IN_INTERRUPT, BAD_CPU, FOREIGN_PAGE, ALREADY_OFFLINE; BUSY: another call is under way,
 *          or one of labyrinth_online(), or somebody is just saying that the last pending frame has gone: try again;
 *          TOO_MANY_PENDING: of frames in use;
 *          NO_MEMORY: the frame is in use, and there is neither a free frame nor surplus of the vault for a spare,
 *          which stands in for it if it should turn up in the vault. Nothing changed, but that what this CPU has at
 *          hand is in the zones. PENDING is no error: the frame is in use and will go. Asking again says what has
 *          become of it.
 * Cost     A zone's lock, this CPU's magazines and the quarantine, given to the zones, and for a frame set aside as
 *          many frames of reserve and vault as lie above it: those are popped and pushed back, half of the reserve at
 *          most, and of the vault what has surplus, so no guarantee is touched. While frames are pending, and until
 *          the next free after that, shared calls go the slow way.
 */
enum labyrinth_status labyrinth_offline(struct labyrinth *lab, pfn_t pfn) LABYRINTH_MUST_USE;

#endif
