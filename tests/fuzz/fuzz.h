/*
 * fuzz.h - one input's machine: the allocator, and what is known of every frame without asking it.
 *
 * Idea    The allocator decides which frame it grants; who holds a frame from then on, what is in it, and which calls
 *         are in order, is written down here.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <labyrinth/isolate.h>
#include <labyrinth/labyrinth.h>
#include <labyrinth/memmap.h>

#include "fuzz/input.h"

#define AREAS   24u
#define BLOCKS  1000u
#define CLAIMS  160u
#define OLD     16u /* copies of claims, of some time ago */
#define OWNERS  6u
#define HELPERS 3u  /* movers; shrinkers */
#define CPUS    4u

/* What is known of a frame. */
struct frame {
	uint64_t secret; /* what its last exclusive owner left in it; 0: nothing */
	uint32_t keeper; /* that owner                                           */
	bool     there, held, bad;
	uint8_t  reach;  /* enum reach of hidden.c                               */
};

/* Usable memory, or such as may come. */
struct area {
	uint64_t begin, end, first; /* first: its place in frame[] */
	bool     later;
};

struct block {
	struct page *page;
	uint64_t pfn, mark;
	unsigned order;
	uint32_t group, frames; /* of the request that it is a part of */
	bool     shred, moves;
	unsigned mover;
};

enum claim_state { OWNED, LENT, MAPPED };

struct held {
	struct labyrinth_claim claim;
	uint64_t pfn, mark;
	unsigned owner, cpu;
	enum claim_state state;
};

struct owner_known {
	labyrinth_owner_t name;
	bool     alive;
	unsigned busy;   /* calls for it that are under way    */
	uint32_t serial; /* of all owners that there ever were */
	uint32_t guarantee, limit, out;
};

struct windows {
	uint64_t pfn[LABYRINTH_MAX_WINDOWS]; /* in the order in which they were opened */
	unsigned count;
	bool     unsure; /* something came between: the order is not known */
};

struct fuzz {
	struct input            in;
	struct labyrinth       *lab;
	void                   *metadata;
	size_t                  bytes;
	struct labyrinth_config config;
	unsigned                cpus;
	struct area             area[AREAS];
	unsigned                areas;
	struct frame           *frame;
	uint64_t                frames;
	struct block            block[BLOCKS];
	struct held             claim[CLAIMS];
	unsigned                blocks, claims;
	struct labyrinth_claim  old[OLD];
	unsigned                olds;
	struct owner_known      owner[OWNERS];
	struct windows          window[CPUS];
	labyrinth_mover_t       mover[HELPERS];
	labyrinth_shrinker_t    shrinker[HELPERS];
	bool                    mover_on[HELPERS], shrinker_on[HELPERS];
	bool                    mover_changes[HELPERS]; /* it is on its way in or out */
	bool                    injecting, breaking; /* an injection is in force; one that breaks guarantees */
	bool                    isolated;
	bool                    trying;    /* another CPU may hold any lock: only what waits for none */
	unsigned                depth;     /* calls that are under way                              */
	unsigned                quiet;     /* nothing comes between                                 */
	uint64_t                disturbed; /* calls that came between others                        */
	uint32_t                groups, serials;
};

extern struct fuzz fuzz;

static inline uint64_t below(uint64_t sides)
{
	return input_below(&fuzz.in, sides);
}

static inline bool one_in(uint64_t sides)
{
	return below(sides) == sides - 1; /* zeros: no */
}

/* Says what is wrong, and ends the process, unless it holds. */
void must(bool holds, const char *what, uint64_t number);

/* ---- memory.c: from bytes to an instance. False: what they describe has none. */

bool memory_bring_up(void);
void memory_end(void);

/* ---- boot.c: entries go through a boot loader's format, and come back as they are. */

void boot_through(const struct labyrinth_memmap_entry *entry, size_t entries);

/* ---- shadow.c: frames. */

struct frame *shadow_find(uint64_t pfn); /* NULL: neither there nor declared */
bool shadow_there(uint64_t pfn);
uint64_t shadow_pfn(const struct page *page);
struct page *shadow_page(uint64_t pfn);
bool shadow_known(const struct page *page);
/* They were nobody's, and are granted now: to an owner, by serial number, or, with 0, to nobody in particular. */
void shadow_grant(uint64_t pfn, uint64_t frames, uint32_t serial);
void shadow_drop(uint64_t pfn, uint64_t frames);
uint64_t shadow_write(uint64_t pfn, uint64_t frames); /* a new mark, which it returns   */
void shadow_copy(uint64_t from, uint64_t to);
bool shadow_reads(uint64_t pfn, uint64_t frames, uint64_t mark); /* is it all still there? */
void shadow_must_be_zero(uint64_t pfn, uint64_t frames);
void shadow_audit(void);   /* the laws                                              */
void shadow_compare(void); /* statistics, and block by block                        */

/* ---- moments.c: what comes between. */

void moments_never(void);
void moments_start(void);
void moments_stop(void);
/* As another task, or the same one in a callback, does; or an interrupt or NMI, by context. */
void moments_nest(enum labyrinth_context context, unsigned cpu);
/* In a callback, once in so many: what the same context may do. */
void moments_call_back(unsigned seldom);
void moments_hooks(struct labyrinth_hooks *hooks);

/* ---- hidden.c: the direct map, for isolation and for the debug aid GUARD. */

bool hidden_from_all(uint64_t pfn);
void hidden_report(const struct labyrinth_debug_report *report, void *context);
void hidden_guard(phys_addr_t first, unsigned order, void *context);
void hidden_unguard(phys_addr_t first, unsigned order, void *context);
void hidden_isolate(void);
void hidden_end(void);

/* ---- The calls. Each reads what it needs, makes one call, and judges what comes back. */

void call_alloc(void);
void call_exact(void);
void call_range(void);
void call_bulk(void);
void call_movable(void);
void call_free(void);
void call_free_bulk(void);
void call_free_wild(void);
void call_claim(void);
void call_release(void);
void call_transfer(void);
void call_lend(void);
void call_take_back(void);
void call_map(void);
void call_unmap(void);
void call_register(void);
void call_retire(void);
void call_pace(void);
void call_watch(void);
void call_tick(void);
void call_mover(void);
void call_scatter(void);
void call_shrinker(void);
void call_compact(void);
void call_maintain(void);
void call_online(void);
void call_offline(void);
void call_inject(void);
void call_look(void);
void call_isolate(void);
void call_astray(void);

/* One call, drawn from those of this context. */
void call_any(void);

/* ---- What several of them need. */

void movable_take(labyrinth_gfp_t gfp, unsigned mover); /* one frame, which the mover has then */
void block_free(unsigned i); /* gives one back, which cannot fail                            */
void claim_end(unsigned i);  /* closes its window, the innermost, takes it back, releases it */

#endif
