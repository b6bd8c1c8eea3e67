/*
 * instance.h - where each stage of one allocator keeps its state.
 *
 * Idea    One pointer a stage, in the order in which frames flow. A stage's .c file knows its own structure and those
 *         before it; the others stay incomplete types to it, so the compiler keeps the line too.
 * Needs   Set by labyrinth_init(), constant afterwards.
 */
#ifndef MM_INSTANCE_H
#define MM_INSTANCE_H

#include <labyrinth/types.h>

struct labyrinth {
	struct shredder *shredder;
	struct frames   *frames;
	struct zone     *zones;    /* LABYRINTH_ZONES of them   */
	struct magazines *magazines;
	struct reserve  *reserve;  /* for shared GFP_ATOMIC     */
	struct vault    *vault;    /* for exclusive claims      */
	struct injector *injector; /* refusals on demand        */
	struct owners   *owners;
	uint64_t         usable;   /* frames managed            */
	size_t           metadata_bytes;
	size_t           metadata_check; /* ~metadata_bytes: tells that neither was overwritten */
};

#endif
