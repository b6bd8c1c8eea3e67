/*
 * types.h - the words that every other header uses: frame numbers, addresses, outcomes.
 *
 * Idea    Different numbers have different types, so that a compiler refuses to mix them.
 * Needs   C's freestanding headers, nothing else.
 */
#ifndef LABYRINTH_TYPES_H
#define LABYRINTH_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LABYRINTH_PAGE_SHIFT 12
#define LABYRINTH_PAGE_SIZE  (UINT64_C(1) << LABYRINTH_PAGE_SHIFT) /* bytes in a frame */

/* A block of order k is 2^k frames at a multiple of 2^k frames. Order 9 is a page block, 2 MiB; order 18 is 1 GiB. */
#define LABYRINTH_MAX_ORDER 18

#define LABYRINTH_MUST_USE __attribute__((warn_unused_result))

typedef struct { uint64_t n; } pfn_t;       /* number of a physical frame, 4 KiB each */
typedef struct { uint64_t a; } phys_addr_t; /* physical address, bytes                */

/* There is no plain "convert": the caller says which way it rounds. */
static inline pfn_t labyrinth_pfn_floor(phys_addr_t p)
{
	return (pfn_t){ p.a >> LABYRINTH_PAGE_SHIFT };
}

static inline pfn_t labyrinth_pfn_ceil(phys_addr_t p)
{
	return (pfn_t){ (p.a >> LABYRINTH_PAGE_SHIFT) + ((p.a & (LABYRINTH_PAGE_SIZE - 1)) != 0) };
}

/* The first byte of a frame. */
static inline phys_addr_t labyrinth_pfn_phys(pfn_t f)
{
	return (phys_addr_t){ f.n << LABYRINTH_PAGE_SHIFT };
}

/*
 * Every outcome, as (name, sentence). A call that returns anything but LABYRINTH_OK, or PENDING, has changed nothing,
 * unless its own description says what.
 */
#define LABYRINTH_STATUSES(X) \
	X(OK,                "done") \
	/* Firmware map and bring-up. */ \
	X(TRUNCATED,         "the boot information ends before what it announces") \
	X(INCONSISTENT,      "the boot information contradicts itself") \
	X(NO_MAP,            "the boot information holds no memory map") \
	X(TOO_MANY_ENTRIES,  "the caller's array is too small for the map") \
	X(NO_USABLE_MEMORY,  "the map holds no usable frame") \
	X(NO_ROOM,           "no usable range is large enough for what must be placed in it") \
	X(BAD_RANGES,        "the ranges are unsorted, overlapping, empty or out of reach") \
	X(METADATA_TOO_SMALL, "the metadata memory is smaller than labyrinth_metadata_bytes() says") \
	X(BAD_CONFIG,        "the configuration asks for what the memory cannot give") \
	/* Arguments. */ \
	X(NULL_POINTER,      "a pointer that must not be NULL is NULL") \
	X(BAD_ORDER,         "the order is above LABYRINTH_MAX_ORDER") \
	X(BAD_COUNT,         "the number of frames is 0 or above 2^LABYRINTH_MAX_ORDER") \
	X(BAD_CPU,           "labyrinth_port_pin() names a CPU that the configuration does not count") \
	X(BAD_CONSTRAINT,    "alignment or boundary is no power of two, or no range can be within them and the limit") \
	X(BAD_FLAGS,         "the GFP flags are unknown or contradict each other") \
	X(IN_INTERRUPT,      "this call may wait, and an interrupt handler cannot") \
	X(FOREIGN_PAGE,      "the page is not described by this instance") \
	/* The state of frames. */ \
	X(NO_MEMORY,         "no free block of that size in the zones allowed") \
	X(NOT_ALLOCATED,     "the page is not the first of an allocated block: freed twice, or an interior page") \
	X(WRONG_ORDER,       "the block was allocated with another order") \
	X(NOT_SHARED,        "the page is claimed: only labyrinth_claim_release() takes it back") \
	/* Movers. */ \
	X(BAD_MOVER,         "no such mover, or it has been unregistered") \
	X(TOO_MANY_MOVERS,   "every mover slot is taken") \
	/* Owners and claims. */ \
	X(BAD_OWNER,         "no such owner, or it has been retired") \
	X(BAD_BUDGET,        "limit, guarantee, recycle, pace or mark are out of bounds, or do not fit each other") \
	X(NOT_COVERED,       "the vault cannot cover the sum of the guarantees") \
	X(TOO_MANY_OWNERS,   "every owner slot is taken") \
	X(OVER_LIMIT,        "the owner holds as many frames as its limit allows") \
	X(OVER_RATE,         "the owner goes beyond its guarantee faster than its pace allows") \
	X(STALE_CLAIM,       "the claim no longer holds the frame: released, transferred or retired") \
	X(FRAME_LENT,        "the frame is lent to a device") \
	X(NOT_LENT,          "the frame is not lent to a device") \
	X(FRAME_MAPPED,      "the frame is mapped: its window must be closed first") \
	X(NOT_MAPPED,        "the frame is not mapped") \
	X(OTHER_CPU,         "the frame's window was opened on another CPU") \
	X(NOT_INNERMOST,     "a window that this CPU opened later is still open") \
	X(TOO_DEEP,          "this CPU has as many windows open as it may") \
	X(ALREADY_ISOLATED,  "there is an isolation port already") \
	X(BUSY,              "what is to end is in use: frames out, lent or on their way, or a call that runs") \
	/* Shrinkers. */ \
	X(BAD_SHRINKER,      "no such shrinker, or its registration has ended") \
	X(TOO_MANY_SHRINKERS, "every slot for shrinkers is taken") \
	/* Frames that come and go. */ \
	X(NOT_DECLARED,      "not all of it was declared at labyrinth_init() as memory that may come later") \
	X(ALREADY_ONLINE,    "a frame of it is in use as memory already") \
	X(PENDING,           "the frame is in use: it goes offline when it comes back") \
	X(ALREADY_OFFLINE,   "the frame is offline") \
	X(TOO_MANY_PENDING,  "LABYRINTH_MAX_PENDING frames in use are to go offline already") \
	/* Debug aids. */ \
	X(NOT_ENABLED,       "this debug aid was not switched on at labyrinth_init()")

enum labyrinth_status {
#define LABYRINTH_STATUS_NAME(name, text) LABYRINTH_##name,
	LABYRINTH_STATUSES(LABYRINTH_STATUS_NAME)
#undef LABYRINTH_STATUS_NAME
	LABYRINTH_STATUS_COUNT
};

/* The name ("NO_MEMORY") and the sentence of a status; "?" for a number that is none. Any context. */
const char *labyrinth_status_name(enum labyrinth_status status);
const char *labyrinth_status_text(enum labyrinth_status status);

struct labyrinth;  /* one instance of the allocator                                     */
struct page;       /* one frame; the pointer is its name, what it points to is private  */

#endif
