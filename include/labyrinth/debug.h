/*
 * debug.h - aids for finding who writes where he should not: switched on at bring-up, free when off.
 *
 * POISON    A freed shared block is filled with LABYRINTH_POISON; a claim's frame holds keystream from when maintenance
 *           has shredded it. Both are compared, byte by byte, when the frame is handed out again.
 * TRACE     24 bytes a frame say who took it and who gave it back last: call site, CPU, a sequence number.
 * RED_ZONE  A block of order k lies in one of order k + 2: 2^k frames before it and 2^(k+1) behind it hold
 *           LABYRINTH_RED_ZONE and are compared when it is freed. For labyrinth_alloc_pages() and _bulk() up to order
 *           LABYRINTH_MAX_ORDER - 2, while the zones have blocks of that size: a request that finds none gets a
 *           plain one.
 * QUARANTINE  A freed shared block waits until as many others have been freed; when the zones are empty it is used all
 *           the same.
 * GUARD     Frames are out of reach (hide) from the moment they are given back until they are handed out (show): a
 *           write, and a read, faults at once. Red zones are hidden too.
 *
 * Frames that were never freed are not compared and not hidden. A frame that was written to is reported, counted, and
 * handed out: to withhold it would break guarantees. What happens next is for the report function to decide.
 */
#ifndef LABYRINTH_DEBUG_H
#define LABYRINTH_DEBUG_H

#include <labyrinth/types.h>

#define LABYRINTH_DEBUG_POISON     (UINT32_C(1) << 0)
#define LABYRINTH_DEBUG_TRACE      (UINT32_C(1) << 1)
#define LABYRINTH_DEBUG_RED_ZONE   (UINT32_C(1) << 2)
#define LABYRINTH_DEBUG_QUARANTINE (UINT32_C(1) << 3)
#define LABYRINTH_DEBUG_GUARD      (UINT32_C(1) << 4)

/* 64-bit words, in the CPU's byte order; as pointers neither is canonical on x86-64, so following one faults. */
#define LABYRINTH_POISON   UINT64_C(0xf4eef4eef4eef4ee)
#define LABYRINTH_RED_ZONE UINT64_C(0x9ed209e59ed209e5)

/* Blocks at most in the quarantine. */
#define LABYRINTH_MAX_QUARANTINE 65536u

/* One end of a frame's last use. */
struct labyrinth_debug_event {
	uintptr_t site;     /* where the call returns to; 0: 128 TiB or more from the allocator's code */
	uint32_t  cpu;      /* LABYRINTH_DEBUG_NO_CPU in an NMI, or where it is 65535 or higher        */
	uint32_t  sequence; /* of all such events of the instance; wraps past 0; 0: there was none     */
};

#define LABYRINTH_DEBUG_NO_CPU UINT32_C(0xffff)

/* What a compaction moves (move.h) takes its own along. */
struct labyrinth_debug_trace {
	struct labyrinth_debug_event taken; /* allocated, claimed, received by transfer */
	struct labyrinth_debug_event given; /* freed, released, retired                 */
};

enum labyrinth_debug_kind {
	LABYRINTH_DEBUG_WRITTEN_FREE,   /* after it was freed or released        */
	LABYRINTH_DEBUG_WRITTEN_BEFORE, /* in the red zone before a block        */
	LABYRINTH_DEBUG_WRITTEN_BEHIND, /* in the red zone behind a block        */
	LABYRINTH_DEBUG_KINDS
};

/* A sentence; "?" for a number that is none. Any context. */
const char *labyrinth_debug_kind_text(enum labyrinth_debug_kind kind);

/* A frame that was written to while nobody had it. */
struct labyrinth_debug_report {
	enum labyrinth_debug_kind kind;
	pfn_t    pfn;             /* the frame                                            */
	uint32_t offset;          /* its first byte that is not what it should be         */
	uint8_t  found, expected;
	pfn_t    block;           /* first frame of the block that is handed out or freed */
	unsigned order;
	uintptr_t site;           /* of the call that noticed                             */
	struct labyrinth_debug_trace last; /* of the frame, or of the block beside the red zone; zeros without TRACE */
};

/*
 * Which aids, and what they need.
 *
 * report     for POISON and RED_ZONE. Called once a frame, in the context of the call that noticed, without a lock;
 *            must not call the allocator, but for labyrinth_debug_last(), labyrinth_for_each_block() and
 *            labyrinth_dump().
 * hide, show for GUARD: take 2^order frames out of the direct map, and put them back. Any context, NMI included, with
 *            interrupts as they are; what is hidden may be hidden again, and what is shown, shown.
 */
struct labyrinth_debug_config {
	uint32_t aids;       /* LABYRINTH_DEBUG_*; 0 for none         */
	uint32_t quarantine; /* blocks that wait, 1..65536             */
	void (*report)(const struct labyrinth_debug_report *report, void *context);
	void (*hide)(phys_addr_t first, unsigned order, void *context);
	void (*show)(phys_addr_t first, unsigned order, void *context);
	void *context;
};

/*
 * Who took and who gave back a frame last. For an interior frame as for the block that it was part of.
 *
 * Context  any. While others use the frame, the parts may belong to different uses.
 * Errors   NULL_POINTER, FOREIGN_PAGE, NOT_ENABLED: no TRACE. *out is unchanged.
 * Cost     O(1).
 */
enum labyrinth_status labyrinth_debug_last(const struct labyrinth *lab, const struct page *page,
                                           struct labyrinth_debug_trace *out) LABYRINTH_MUST_USE;

/* Frames reported since bring-up. Any context. */
uint64_t labyrinth_debug_reports(const struct labyrinth *lab);

/* The sequence number of the latest event; 0 without TRACE. Any context. */
uint32_t labyrinth_debug_now(const struct labyrinth *lab);

/* Blocks that are out, by the call that took them. */
struct labyrinth_debug_site {
	uintptr_t site;
	uint64_t  blocks, frames;
	uint32_t  oldest; /* sequence number of the first of them */
};

struct labyrinth_debug_leaks {
	uint32_t sites;                      /* filled in at[]                       */
	uint64_t blocks, frames;             /* in all                               */
	uint64_t other_blocks, other_frames; /* of these, from sites that found no room */
};

/*
 * What is out: shared, claimed or lent blocks, by call site, most frames first.
 *
 * since    only blocks taken after this event (labyrinth_debug_now()); 0 for all.
 * at       room for `most` sites; sites that come when it is full are summed up as "other".
 * Context  any; takes no lock. While others allocate, each block counts as it was when it was looked at.
 * Errors   NULL_POINTER, NOT_ENABLED: no TRACE. Nothing is written.
 * Cost     O(frames in page blocks ever used), a look through at[] for each block that is out, O(most^2) to sort.
 */
enum labyrinth_status labyrinth_debug_leaks(const struct labyrinth *lab, uint32_t since,
                                            struct labyrinth_debug_site *at, uint32_t most,
                                            struct labyrinth_debug_leaks *out) LABYRINTH_MUST_USE;

#endif
