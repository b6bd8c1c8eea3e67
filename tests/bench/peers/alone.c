/*
 * alone.c - Labyrinth told that one CPU calls: all checks on, but no bus lock.
 */
#define BENCH_CPUS 1
#define PEER_ALONE true

#include "labyrinth.c"
