/*
 * port.h - what a kernel supplies so that mm/ can live in it.
 *
 * Idea    Plain functions, resolved by the linker. A hook that is missing is a link error, never a silent default.
 *         `nm -u` over mm/ shows these and memcpy, memset, memmove and memcmp, nothing else.
 *         Hooks of a few instructions may be inlined: with -DLABYRINTH_PORT_INLINE='"my_hooks.h"' that file is included
 *         where the types of the hooks are known, and what it defines as `static inline` is used as it stands; the rest
 *         stays with the linker. pin, unpin and context are on the way of every call, so it pays there.
 *
 * Three to start with: labyrinth_port_virt(), labyrinth_port_panic() and a statement of the concurrency model.
 * Either compile mm/ with -DLABYRINTH_SINGLE_CPU_NO_INTERRUPTS, which says aloud that no interrupt handler and no other
 * CPU ever calls in, or supply the hooks of the second part.
 */
#ifndef LABYRINTH_PORT_H
#define LABYRINTH_PORT_H

#include <labyrinth/types.h>

enum labyrinth_context {
	LABYRINTH_TASK,      /* may wait                                                     */
	LABYRINTH_INTERRUPT, /* a hard interrupt handler, or a task with interrupts off      */
	LABYRINTH_NMI,       /* may have interrupted anything, a section with interrupts off included */
};

typedef struct { uintptr_t flags; } labyrinth_irq_t; /* what labyrinth_port_irq_off() found */

/* A declaration after a `static inline` definition leaves that as it is (C11 6.2.2, 4 and 5). */
#ifdef LABYRINTH_PORT_INLINE
#include LABYRINTH_PORT_INLINE
#endif

/*
 * Where a physical address can be read and written. Asked only for frames that the instance manages, and only to
 * clear (ZERO) or shred them, for a debug aid that is on, by labyrinth_page_address(), and, without an isolation port,
 * by labyrinth_claim_map(). The frames of a block that is to be cleared follow each
 * other there as they do in physical memory. Any context.
 */
void *labyrinth_port_virt(phys_addr_t phys);

/*
 * The allocator's own metadata is corrupt: what was found, and the number that shows it. Any context, NMI included.
 * Never called for a caller's mistake.
 */
_Noreturn void labyrinth_port_panic(const char *found, uint64_t number);

/*
 * 32 bytes that an attacker cannot guess, for the key of the shredder: RDSEED, RDRAND, firmware, at worst the cycle
 * counter. Called once by labyrinth_init(), in task context.
 */
void labyrinth_port_random(uint8_t seed[32]);

#ifdef LABYRINTH_SINGLE_CPU_NO_INTERRUPTS

static inline labyrinth_irq_t labyrinth_port_irq_off(void) { return (labyrinth_irq_t){ 0 }; }
static inline void labyrinth_port_irq_back(labyrinth_irq_t was) { (void)was; }
static inline enum labyrinth_context labyrinth_port_context(void) { return LABYRINTH_TASK; }
static inline void labyrinth_port_relax(void) { }
static inline unsigned labyrinth_port_pin(void) { return 0; }
static inline void labyrinth_port_unpin(void) { }

#else

/*
 * Interrupts off on this CPU; returns what they were. Nests: hand the result to labyrinth_port_irq_back(). Any context.
 */
labyrinth_irq_t labyrinth_port_irq_off(void);
void labyrinth_port_irq_back(labyrinth_irq_t was);

/* Which context the caller is in. Any context. */
enum labyrinth_context labyrinth_port_context(void);

/* One turn of a loop that waits for another CPU (PAUSE, YIELD). Interrupts are off. Never on an atomic path. */
void labyrinth_port_relax(void);

/*
 * The index of this CPU, below the `cpus` of the configuration; until labyrinth_port_unpin() no other task runs on it.
 * Interrupts stay as they are. A kernel that does not preempt inside calls returns the index and leaves unpin empty.
 * Any context; interrupt handlers of one CPU must not interrupt each other in between. Where there are magazines, an
 * index that is too high has the calls for shared frames refused (BAD_CPU); a call whose task sleeps in a hook, and
 * wakes up on such a CPU, goes on without magazines. With an isolation port such a CPU has no window, and nothing can
 * be shredded there: maintenance does nothing, requests for shared frames go without what owners have released, but it
 * must not claim: a claim within a guarantee cannot be refused, and panics if nothing clean is left, or a debug aid is
 * on.
 */
unsigned labyrinth_port_pin(void);
void labyrinth_port_unpin(void);

#endif

#endif
