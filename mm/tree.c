/*
 * tree.c - a 64-ary find-first-set tree.
 */
#include "tree.h"

struct tree_shape labyrinth_tree_shape(uint32_t bits)
{
	struct tree_shape shape = { .levels = 1 };
	uint32_t words[TREE_LEVELS]; /* leaf level first */

	words[0] = bits / 64 + (bits % 64 != 0);
	if (words[0] == 0)
		words[0] = 1;
	while (words[shape.levels - 1] > 1) {
		words[shape.levels] = (words[shape.levels - 1] + 63) / 64;
		shape.levels++;
	}
	for (uint32_t l = 0; l < shape.levels; l++) {
		shape.level[l] = shape.words;
		shape.words += words[shape.levels - 1 - l];
	}
	return shape;
}

uint32_t labyrinth_tree_first(const struct tree_shape *shape, const uint64_t *tree)
{
	uint32_t at = 0;

	if (tree[0] == 0)
		return TREE_NONE;
	for (uint32_t l = 0; l < shape->levels; l++)
		at = at * 64 + bits_lowest(tree[shape->level[l] + at]);
	return at;
}

void labyrinth_tree_set(const struct tree_shape *shape, uint64_t *tree, uint32_t bit)
{
	for (uint32_t l = shape->levels; l-- > 0; bit /= 64) {
		uint64_t *word = &tree[shape->level[l] + bit / 64];
		uint64_t was = *word;

		*word = was | UINT64_C(1) << bit % 64;
		if (was != 0)
			return;
	}
}

void labyrinth_tree_clear(const struct tree_shape *shape, uint64_t *tree, uint32_t bit)
{
	for (uint32_t l = shape->levels; l-- > 0; bit /= 64) {
		uint64_t *word = &tree[shape->level[l] + bit / 64];

		*word &= ~(UINT64_C(1) << bit % 64);
		if (*word != 0)
			return;
	}
}

bool labyrinth_tree_consistent(const struct tree_shape *shape, const uint64_t *tree)
{
	for (uint32_t l = 1; l < shape->levels; l++) {
		uint32_t end = l + 1 < shape->levels ? shape->level[l + 1] : shape->words;

		for (uint32_t i = 0; i < end - shape->level[l]; i++) {
			bool said = (tree[shape->level[l - 1] + i / 64] >> i % 64) & 1;

			if (said != (tree[shape->level[l] + i] != 0))
				return false;
		}
	}
	return true;
}
