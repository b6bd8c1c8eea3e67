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
/* The most frames that an owner can keep for its own reuse. */
#define LABYRINTH_MAX_RECYCLE ((UINT32_C(1) << 10) - 1)

struct labyrinth_budget {
	const char *name;      /* for reports; must outlive the owner; not NULL                                    */
	uint32_t    guarantee; /* frames that cannot be refused                                                    */
	uint32_t    limit;     /* frames at most, recycled ones included; at least 1 and at least the guarantee    */
	uint32_t    recycle;   /* released frames that stay with this owner, unshredded, for its own next claims   */
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
 * Cost     O(owner slots).
 */
enum labyrinth_status labyrinth_owner_register(struct labyrinth *lab, const struct labyrinth_budget *budget,
                                               labyrinth_owner_t *out) LABYRINTH_MUST_USE;

/*
 * Ends an owner: its claims go stale, its frames are shredded and free again, its guarantee is returned.
 *
 * Context  task.
 * Errors   NULL_POINTER, IN_INTERRUPT, BAD_OWNER; BUSY: frames are lent to a device that may still write to them:
 *          nothing changed. BUSY as well when another CPU was in the middle of a call for this owner: it gets no more
 *          claims, call again for the rest; BAD_OWNER then says that there was none.
 * Cost     O(frames managed); shredding of each frame held. Interrupts stay on.
 */
enum labyrinth_status labyrinth_owner_retire(struct labyrinth *lab, labyrinth_owner_t owner);

/*
 * One frame, for one owner, at once or not at all.
 *
 * claim    lab and owner are set by the caller. The outcome is in claim->page and claim->status.
 * Context  any: task, interrupt, NMI.
 * Errors   in claim->status: NULL_POINTER, BAD_OWNER, OVER_LIMIT, NO_MEMORY. claim->page is then NULL and nothing
 *          changed. An owner that holds less than its guarantee is never refused. A NULL claim is ignored: there is
 *          nowhere to report.
 * Cost     A bounded number of instructions, whatever the state of memory: this owner's recycled frames, then each zone
 *          whose lock is free at that moment, then the vault.
 * Memory   Never what another owner left: those bytes were overwritten. Not cleared: it may hold what a shared user, or
 *          this same owner, left in it.
 */
void labyrinth_void_alloc_page_gfp_atomic_exclusive(struct labyrinth_claim *claim);

/*
 * Gives the frame back. The first `recycle` frames stay with the owner unshredded; any other is overwritten with random
 * bytes before this returns.
 *
 * Context  any.
 * Errors   NULL_POINTER, BAD_OWNER, FOREIGN_PAGE, STALE_CLAIM, FRAME_LENT: nothing changed. On success claim->page is
 *          NULL and claim->status LABYRINTH_OK.
 * Cost     Bounded: 64 ChaCha blocks when it shreds, then at most one buddy operation, tried.
 */
enum labyrinth_status labyrinth_claim_release(struct labyrinth_claim *claim);

/*
 * Hands the frame to another owner, with its contents. Copies of the claim from before are stale afterwards.
 *
 * claim    on success claim->owner and claim->generation name the new holder.
 * Context  any.
 * Errors   NULL_POINTER, BAD_OWNER: either one; FOREIGN_PAGE, STALE_CLAIM, FRAME_LENT; OVER_LIMIT: of the receiver;
 *          NO_MEMORY: the receiver is beyond its guarantee, and the vault had no surplus, nor the zones a free frame,
 *          to stand for the frame that the giver's guarantee may allow it to claim next. Nothing changed.
 * Cost     Bounded; no copy.
 */
enum labyrinth_status labyrinth_claim_transfer(struct labyrinth_claim *claim, labyrinth_owner_t to) LABYRINTH_MUST_USE;

/*
 * Marks the frame as posted to a device, and takes it back. While lent it cannot be released, transferred or retired.
 *
 * Context  any.
 * Errors   NULL_POINTER, BAD_OWNER, FOREIGN_PAGE, STALE_CLAIM; lend: FRAME_LENT, or OVER_LIMIT: 1,048,575 frames of
 *          this owner are lent already; take back: NOT_LENT. Nothing changed.
 * Cost     Bounded: two compare-and-swaps.
 */
enum labyrinth_status labyrinth_claim_lend(struct labyrinth_claim *claim) LABYRINTH_MUST_USE;
enum labyrinth_status labyrinth_claim_take_back(struct labyrinth_claim *claim) LABYRINTH_MUST_USE;

#endif
