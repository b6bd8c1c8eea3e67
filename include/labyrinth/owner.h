/*
 * owner.h - budgets, and exclusive claims on frames.
 *
 * An owner registers with a guarantee and a limit, in frames. Its first `guarantee` outstanding frames cannot be
 * refused, whatever any other owner or shared allocation does: the vault holds a frame for each of them. Beyond the
 * guarantee it competes for what is left, up to its limit. A claim is {page, owner, generation}: every call compares
 * all three with the frame word, in one compare-and-swap where it changes hands.
 */
#ifndef LABYRINTH_OWNER_H
#define LABYRINTH_OWNER_H

#include <labyrinth/types.h>

/* Names an owner; a copy of it goes stale when the owner is retired. {0, 0} is nobody. */
typedef struct {
	uint16_t slot;
	uint16_t generation;
} labyrinth_owner_t;

#define LABYRINTH_NOBODY ((labyrinth_owner_t){ 0, 0 })

/* The most that a limit can say: 64 GiB but for two frames. */
#define LABYRINTH_MAX_BUDGET ((UINT32_C(1) << 24) - 2)
/* Of an owner's name, with the zero at its end. */
#define LABYRINTH_NAME_BYTES 32
/* The most frames that an owner can keep for its own reuse. */
#define LABYRINTH_MAX_RECYCLE ((UINT32_C(1) << 10) - 1)

struct labyrinth_budget {
	const char *name;      /* for reports; not NULL; the first LABYRINTH_NAME_BYTES - 1 bytes are copied       */
	uint32_t    guarantee; /* frames that cannot be refused                                                    */
	uint32_t    limit;     /* frames at most, recycled ones included; at least 1 and at least the guarantee    */
	uint32_t    recycle;   /* released frames that stay with this owner, unshredded, for its own next claims;  */
	                       /* at most the limit, and LABYRINTH_MAX_RECYCLE                                   */
};

/*
 * An exclusive claim. The caller sets lab and owner, the allocator the rest. It is a value: copies are allowed, the
 * first use of one makes the others stale, and racing uses of copies are decided by one compare-and-swap. One and the
 * same object belongs to one context at a time.
 */
struct labyrinth_claim {
	struct labyrinth     *lab;
	labyrinth_owner_t     owner;
	uint32_t              generation; /* which of the frame's claims this is */
	struct page          *page;       /* the frame; NULL when refused        */
	enum labyrinth_status status;     /* why                                 */
};

/*
 * Registers an owner.
 *
 * budget   copied; see its fields.
 * out      the owner.
 * Context  task.
 * Errors   NULL_POINTER, IN_INTERRUPT, BAD_BUDGET, NOT_COVERED, TOO_MANY_OWNERS; BUSY: the sum of guarantees would be
 *          covered, but frames of the vault are out on claims beyond guarantees: labyrinth_maintain() and try again.
 *          Nothing changed.
 * Cost     O(owner slots), with interrupts off: a look at each slot that is taken, up to the first that is not.
 */
enum labyrinth_status labyrinth_owner_register(struct labyrinth *lab, const struct labyrinth_budget *budget,
                                               labyrinth_owner_t *out) LABYRINTH_MUST_USE;

/*
 * Sets a pace at which an owner may claim beyond its guarantee: `rate` frames a tick, `burst` at once after a pause.
 * Without it there is none. Claims within the guarantee and of recycled frames, and transfers, are never slowed down.
 *
 * rate     0 and burst 0: no pace; otherwise 1 to burst.
 * burst    at most LABYRINTH_MAX_BUDGET. It is allowed from the start.
 * Context  task.
 * Errors   NULL_POINTER, IN_INTERRUPT, BAD_OWNER, BAD_BUDGET: nothing changed.
 * Cost     O(1).
 */
enum labyrinth_status labyrinth_owner_pace(struct labyrinth *lab, labyrinth_owner_t owner, uint32_t rate,
                                           uint32_t burst) LABYRINTH_MUST_USE;

/*
 * Has an owner told that its limit is near, before that refuses it: low() is called by the claim, or transfer to it,
 * after which its limit allows no more than `low_water` claims, when it allowed more before. Recycled frames can be
 * claimed, so they count as left. It is called once, and again when releases or transfers to others have brought it
 * above the mark in between. low_water = limit - guarantee: when as many claims are outstanding as are guaranteed. What
 * is low already is not told: see labyrinth_owner_stats(). One watch an owner; a new one replaces it, retiring ends it.
 *
 * low_water  1 to limit - 1.
 * low        NULL: no watch any more; low_water is then ignored. Otherwise called when the claim or transfer is
 *            complete, in its context, NMI included, with no lock held. It may do what that context may do: release,
 *            lend, claim for any owner. Claims for this one call it again only when it has brought that above the mark
 *            itself. left: frames that it could still claim at the crossing. Its time is the caller's.
 * context    handed to it. A call that has begun on another CPU may still run, or begin, after the watch is replaced
 *            or has ended.
 * Context    task.
 * Errors     NULL_POINTER, IN_INTERRUPT, BAD_OWNER, BAD_BUDGET: nothing changed.
 * Cost       O(1). Claims that come between begin and end of this call may be told to the old watch, the new or
 *            neither. A transfer that loses its frame to another CPU at the last moment may have been told of.
 */
enum labyrinth_status labyrinth_owner_watch(struct labyrinth *lab, labyrinth_owner_t owner, uint32_t low_water,
                                            void (*low)(void *context, labyrinth_owner_t owner, uint32_t left),
                                            void *context) LABYRINTH_MUST_USE;

/* A tick has passed, for the pace of owners: for the kernel's timer, on one CPU. Context: any. Cost: one addition. */
void labyrinth_tick(struct labyrinth *lab);

/*
 * Ends an owner: its claims go stale, its frames are released, its guarantee is returned.
 *
 * Context  task.
 * Errors   NULL_POINTER, IN_INTERRUPT, BAD_OWNER; BUSY: frames are lent to a device that may still write to them,
 *          or mapped: nothing changed. BUSY as well when another CPU was in the middle of a call for this owner: it
 *          gets no more claims, call again for the rest; BAD_OWNER then says that there was none.
 * Cost     O(frames managed). Interrupts stay on. Shredding is left to labyrinth_maintain(). `kick` and `wake` of
 *          hooks.h may be called.
 * Memory   As for labyrinth_claim_release().
 */
enum labyrinth_status labyrinth_owner_retire(struct labyrinth *lab, labyrinth_owner_t owner);

/*
 * One frame, for one owner, at once or not at all.
 *
 * claim    lab and owner are set by the caller. The outcome is in claim->page and claim->status.
 * Context  any: task, interrupt, NMI.
 * Errors   in claim->status: NULL_POINTER, BAD_OWNER, OVER_LIMIT, OVER_RATE, NO_MEMORY. claim->page is then NULL and
 *          nothing changed. An owner that holds less than its guarantee is never refused; one that holds more does not
 *          get the last frame of the vault, with which maintenance works. A NULL claim is ignored: there is nowhere to
 *          report.
 * Cost     A bounded number of instructions, whatever the state of memory. This owner's recycled frames, then the
 *          vault's clean ones: at most 120 instructions on x86-64, but for compare-and-swaps that others win. When the
 *          vault has nothing clean, or beyond the guarantee no surplus, because maintenance has not come, each zone
 *          whose lock is free at that moment: one buddy operation. When there is no free frame either, a frame is
 *          shredded on the spot: 64 ChaCha blocks more. With an isolation port (isolate.h) the zones are not looked at.
 *          `kick` of hooks.h may be called, and `wake` when what was taken for the claim was not needed after all.
 * Memory   Never what another owner left: those bytes were overwritten. Not cleared: it may hold what a shared user, or
 *          this same owner, left in it.
 */
void labyrinth_void_alloc_page_gfp_atomic_exclusive(struct labyrinth_claim *claim);

/*
 * Gives the frame back. The first `recycle` frames stay with the owner unshredded; any other waits in the vault to be
 * overwritten with random bytes.
 *
 * Context  any.
 * Errors   NULL_POINTER, BAD_OWNER, FOREIGN_PAGE, STALE_CLAIM, FRAME_LENT, FRAME_MAPPED: nothing changed. On success
 *          claim->page is NULL and claim->status LABYRINTH_OK.
 * Cost     Bounded: a few compare-and-swaps. No lock is tried, nothing is shredded. `kick` and `wake` of hooks.h may be
 *          called.
 * Memory   Nobody else gets at what was in it: labyrinth_maintain() shreds it, or whoever gets the frame before that,
 *          on the spot. Until then the bytes are there.
 */
enum labyrinth_status labyrinth_claim_release(struct labyrinth_claim *claim);

/*
 * Hands the frame to another owner, with its contents. Copies of the claim from before are stale afterwards.
 *
 * claim    on success claim->owner and claim->generation name the new holder.
 * Context  any.
 * Errors   NULL_POINTER, BAD_OWNER: either one; FOREIGN_PAGE, STALE_CLAIM, FRAME_LENT, FRAME_MAPPED; OVER_LIMIT: of
 *          the receiver; NO_MEMORY: the receiver is beyond its guarantee, and the vault had no surplus to spare, nor
 *          the zones (not looked at with an isolation port) a free frame, to stand for the frame that the giver's
 *          guarantee may allow it to claim next. Nothing changed.
 * Cost     Bounded; no copy. `wake` of hooks.h may be called.
 */
enum labyrinth_status labyrinth_claim_transfer(struct labyrinth_claim *claim, labyrinth_owner_t to) LABYRINTH_MUST_USE;

/*
 * Marks the frame as posted to a device, and takes it back. While lent it cannot be released, transferred, mapped or
 * retired. The address for the device is that of the frame: labyrinth_page_phys(lab, claim->page).
 *
 * Context  any.
 * Errors   NULL_POINTER, BAD_OWNER, FOREIGN_PAGE, STALE_CLAIM; lend: FRAME_LENT, FRAME_MAPPED, or OVER_LIMIT: 1,048,575
 *          frames of this owner are lent or mapped already; take back: NOT_LENT. Nothing changed.
 * Cost     Bounded: two compare-and-swaps.
 */
enum labyrinth_status labyrinth_claim_lend(struct labyrinth_claim *claim) LABYRINTH_MUST_USE;
enum labyrinth_status labyrinth_claim_take_back(struct labyrinth_claim *claim) LABYRINTH_MUST_USE;

/*
 * Opens a window onto the frame: 4 KiB at the address returned, which this CPU alone can use, until
 * labyrinth_claim_unmap(). While mapped the frame cannot be released, transferred, lent, mapped again or retired.
 *
 * The caller is pinned to this CPU in between (labyrinth_port_pin()), so that a task does not sleep, or end, with a
 * window open. Windows of a CPU close in the opposite order of opening; what a handler opens, it closes before it
 * returns. If it does not, its frame stays mapped, and those opened before it cannot be closed (NOT_INNERMOST), until
 * somebody with the claim closes the window on the same CPU; no slot is lost. Without an isolation port (isolate.h) the
 * address is labyrinth_port_virt()'s; all else is the same.
 *
 * Context  any: task, interrupt, NMI.
 * Returns  NULL when refused. claim->status says why; nothing else changed. A NULL claim is ignored.
 * Errors   in claim->status: NULL_POINTER, BAD_OWNER, FOREIGN_PAGE, STALE_CLAIM, FRAME_LENT, FRAME_MAPPED, BAD_CPU,
 *          OVER_LIMIT: as for lending; TOO_DEEP: this CPU has as many windows open as its port has slots for
 *          (LABYRINTH_MAX_WINDOWS without one), less LABYRINTH_KEPT_WINDOWS.
 * Cost     Bounded: four atomic steps, and one entry of a page table.
 * Memory   as it was left.
 */
void *labyrinth_claim_map(struct labyrinth_claim *claim) LABYRINTH_MUST_USE;

/*
 * Closes it again.
 *
 * Context  any, on the CPU that opened it.
 * Errors   NULL_POINTER, BAD_OWNER, FOREIGN_PAGE, STALE_CLAIM, NOT_MAPPED; OTHER_CPU: another one opened it;
 *          NOT_INNERMOST: this CPU opened one later that is still open. Nothing changed.
 * Cost     Bounded: four atomic steps, one entry of a page table, and what it takes this CPU to forget it.
 */
enum labyrinth_status labyrinth_claim_unmap(struct labyrinth_claim *claim);

#endif
