/*
 * status.c - outcomes in words.
 *
 * Idea    One list, LABYRINTH_STATUSES, so that no outcome can lack a name or a sentence.
 */
#include <labyrinth/types.h>

#define NAME(name, text) [LABYRINTH_##name] = #name,
#define TEXT(name, text) [LABYRINTH_##name] = text,

static const char *const names[LABYRINTH_STATUS_COUNT] = { LABYRINTH_STATUSES(NAME) };
static const char *const texts[LABYRINTH_STATUS_COUNT] = { LABYRINTH_STATUSES(TEXT) };

/* Through unsigned: whether an enum can be negative is the compiler's choice. */
static const char *word(const char *const *words, unsigned status)
{
	return status < LABYRINTH_STATUS_COUNT ? words[status] : "?";
}

const char *labyrinth_status_name(enum labyrinth_status status)
{
	return word(names, (unsigned)status);
}

const char *labyrinth_status_text(enum labyrinth_status status)
{
	return word(texts, (unsigned)status);
}
