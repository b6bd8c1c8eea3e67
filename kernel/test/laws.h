/*
 * laws.h - what a test promises, sentence by sentence, and who keeps each.
 */
#ifndef TEST_LAWS_H
#define TEST_LAWS_H

#include <stdbool.h>
#include <stddef.h>

struct law {
	const char *law;
	bool (*holds)(void);
};

/* In their order; the first that does not hold is the last that is asked. It, or NULL. */
static inline const char *first_broken(const struct law *laws, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!laws[i].holds())
			return laws[i].law;
	return NULL;
}

#define FIRST_BROKEN(laws) first_broken(laws, sizeof(laws) / sizeof((laws)[0]))

#endif
