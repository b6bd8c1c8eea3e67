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
	return tree_empty(tree) ? TREE_NONE : tree_lowest(shape, tree);
}

/* Sets some bits of one leaf word, and what leads to it. A word that the bit above does not lead to yet is written. */
static void set_leaf(const struct tree_shape *shape, uint64_t *tree, uint32_t leaf, uint64_t bits)
{
	uint32_t shift = 6 * (shape->levels - 1);
	uint64_t *word = tree, was = *word;

	for (const uint32_t *level = shape->level + 1; shift > 0; level++) {
		uint64_t bit = UINT64_C(1) << (leaf >> (shift - 6) & 63);

		*word = was | bit;
		word = &tree[*level + (leaf >> (shift - 6))];
		was = was & bit ? *word : 0;
		shift -= 6;
	}
	*word = was | bits;
}

void labyrinth_tree_set(const struct tree_shape *shape, uint64_t *tree, uint32_t bit)
{
	set_leaf(shape, tree, bit / 64, UINT64_C(1) << bit % 64);
}

void labyrinth_tree_set_run(const struct tree_shape *shape, uint64_t *tree, uint32_t first, uint32_t count)
{
	while (count > 0) {
		uint32_t room = 64 - first % 64, n = count < room ? count : room;

		set_leaf(shape, tree, first / 64, (~UINT64_C(0) >> (64 - n)) << first % 64);
		first += n;
		count -= n;
	}
}

bool labyrinth_tree_clear(const struct tree_shape *shape, uint64_t *tree, uint32_t bit)
{
	if (!tree_test(shape, tree, bit))
		return false;
	for (uint32_t l = shape->levels; l-- > 0; bit /= 64) {
		uint64_t *word = &tree[shape->level[l] + bit / 64];

		*word &= ~(UINT64_C(1) << bit % 64);
		if (*word != 0)
			break;
	}
	return true;
}

static uint32_t words_of(const struct tree_shape *shape, uint32_t level)
{
	return (level + 1 < shape->levels ? shape->level[level + 1] : shape->words) - shape->level[level];
}

/* May word i of a level be looked at? */
static bool reached(const struct tree_shape *shape, const uint64_t *tree, uint32_t level, uint32_t i)
{
	for (uint32_t l = 0; l < level; l++) {
		uint32_t at = i >> 6 * (level - 1 - l);

		if (!((tree[shape->level[l] + at / 64] >> at % 64) & 1))
			return false;
	}
	return true;
}

uint64_t labyrinth_tree_count_run(const struct tree_shape *shape, const uint64_t *tree, uint32_t first, uint32_t count)
{
	uint32_t leaf = shape->levels - 1, end = first + count;
	uint64_t mask = count < 64 ? ((UINT64_C(1) << count) - 1) << first % 64 : UINT64_MAX, set = 0;

	for (uint32_t i = first / 64; i < words_of(shape, leaf) && i * 64 < end; i++)
		if (reached(shape, tree, leaf, i))
			set += bits_count(tree[shape->level[leaf] + i] & mask);
	return set;
}

uint64_t labyrinth_tree_count(const struct tree_shape *shape, const uint64_t *tree)
{
	return labyrinth_tree_count_run(shape, tree, 0, words_of(shape, shape->levels - 1) * 64);
}

/* Do the bits of an inner word lead to words that the next level has? */
static bool inside(uint64_t word, uint32_t i, uint32_t below)
{
	return below / 64 > i || (below / 64 == i ? word >> below % 64 == 0 : word == 0);
}

bool labyrinth_tree_consistent(const struct tree_shape *shape, const uint64_t *tree)
{
	for (uint32_t l = 0; l < shape->levels; l++)
		for (uint32_t i = 0; i < words_of(shape, l); i++) {
			uint64_t word = tree[shape->level[l] + i];

			if (!reached(shape, tree, l, i))
				continue;
			if (l > 0 && word == 0)
				return false;
			if (l + 1 < shape->levels && !inside(word, i, words_of(shape, l + 1)))
				return false;
		}
	return true;
}
