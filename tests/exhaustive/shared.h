/*
 * shared.h - all states of an arena of shared blocks; every call in each.
 */
#ifndef TESTS_SHARED_H
#define TESTS_SHARED_H

/*
 * Explores an arena of 2^order frames, order 0 to 4, without owners. Fails on the first call whose outcome is not the
 * model's, or when the numbers of states and transitions are not those of the formulas.
 */
void explore_shared(unsigned order);

#endif
