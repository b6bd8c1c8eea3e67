/*
 * trees.h - what the tests of trees share: memory of just the size, and places chosen by chance.
 */
#ifndef TESTS_TREES_H
#define TESTS_TREES_H

#include "kit.h"

#include "dice.h"
#include "tree.h"

/*
 * Memory for the nodes of a tree, of so many bytes each: exactly as much as the shape asks for, so that a step too far
 * meets the sanitizer, and full of what nobody may look at. For free().
 */
static inline void *tree_memory(const struct tree_shape *shape, size_t bytes)
{
	void *memory = malloc(shape->words * bytes);

	assert_non_null(memory);
	return memset(memory, 0xa5, shape->words * bytes);
}

/* One of so many places, those at the far end more often than the rest. */
static inline uint32_t tree_place(struct dice *dice, uint32_t places)
{
	uint32_t near = (uint32_t)dice_below(dice, places < 70 ? places : 70);

	return dice_below(dice, 2) ? (uint32_t)dice_below(dice, places) : places - 1 - near;
}

#endif
