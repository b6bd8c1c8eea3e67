/*
 * isolate.h - the allocator's isolation port: what is exclusive is out of reach, and who reaches for it is named.
 */
#ifndef KERNEL_ISOLATE_H
#define KERNEL_ISOLATE_H

#include <labyrinth/isolate.h>

/* From here on what is in the vault or claimed is not in the direct map. Refuses to boot without. Task, once. */
void isolate_start(struct labyrinth *lab);

/* Somebody touched what was not his. */
struct isolate_touch {
	pfn_t             frame;
	labyrinth_owner_t owner;      /* whose frame it is: claimed or recycled; else LABYRINTH_NOBODY */
	uint32_t          generation; /* of the claim                                                  */
	uint32_t          cpu;        /* where the instruction ran                                     */
	uint64_t          rip;
};

/*
 * If `virt` is where a hidden frame would be in the direct map: prints the frame, whose it is, by which claim, this
 * CPU, the instruction and the thread. false: it is not, and nothing was printed. Any context; O(frames managed).
 */
bool isolate_explain(uint64_t virt, uint64_t rip, struct isolate_touch *touch);

#endif
