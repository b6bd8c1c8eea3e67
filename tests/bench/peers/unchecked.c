/*
 * unchecked.c - Labyrinth, several CPUs, with the one check off that a free cannot have without a bus lock.
 *
 * Idea    mm/ is compiled into this program with LABYRINTH_UNCHECKED: word_swap() of a frame that is shared stores and
 *         does not compare. So the difference to labyrinth.c is what that check costs. No kernel is built like this.
 */
#include "labyrinth.c"
