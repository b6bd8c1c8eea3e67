/*
 * die.h - what must not happen ends the program, and says so.
 */
#ifndef SIM_DIE_H
#define SIM_DIE_H

#include <stdio.h>
#include <stdlib.h>

#include <labyrinth/types.h>

static inline _Noreturn void die(const char *what, const char *why)
{
	fprintf(stderr, "sim: %s: %s\n", what, why);
	exit(1);
}

static inline void must(const char *what, enum labyrinth_status status)
{
	if (status != LABYRINTH_OK)
		die(what, labyrinth_status_name(status));
}

static inline void *must_have(void *memory)
{
	if (memory == NULL)
		die("the host", "out of memory");
	return memory;
}

#endif
