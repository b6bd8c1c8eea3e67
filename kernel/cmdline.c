/*
 * cmdline.c - cuts the command line into words and remembers which were asked for.
 *
 * Writes  Its own copy of the text, where NULs replace the spaces.
 */
#include "cmdline.h"
#include "view/print.h"

#define MOST_BYTES 1024
#define MOST_WORDS 64

static char text[MOST_BYTES];
static struct {
	const char *start;
	bool        asked;
} words[MOST_WORDS];
static size_t word_count;

static void keep_word(const char *start)
{
	if (word_count < MOST_WORDS)
		words[word_count++].start = start;
	else
		kprintf("labyrinth: command line: more than %d words; ignoring %s\n", MOST_WORDS, start);
}

/* Control characters separate words, too, and never reach the screen. */
static bool separates(char c)
{
	return (unsigned char)c <= ' ';
}

void cmdline_init(const char *from, size_t bytes)
{
	size_t length = 0;

	while (length < bytes && from[length] != '\0' && length < MOST_BYTES - 1) {
		text[length] = separates(from[length]) ? '\0' : from[length];
		length++;
	}
	if (length < bytes && from[length] != '\0')
		kprintf("labyrinth: command line: ignoring what follows the first %zu bytes\n", length);
	text[length] = '\0';
	word_count = 0;
	for (size_t i = 0; i < length; i++)
		if (text[i] != '\0' && (i == 0 || text[i - 1] == '\0'))
			keep_word(text + i);
}

/* What follows `name` in word; NULL if it does not start so. */
static const char *behind(const char *word, const char *name)
{
	while (*name != '\0')
		if (*word++ != *name++)
			return NULL;
	return word;
}

/* The last word that is `name` followed by `mark`; what stands behind it. */
static const char *find(const char *name, char mark)
{
	const char *found = NULL;

	for (size_t i = 0; i < word_count; i++) {
		const char *rest = behind(words[i].start, name);

		if (rest == NULL || *rest != mark)
			continue;
		words[i].asked = true;
		found = rest;
	}
	return found;
}

bool cmdline_has(const char *word)
{
	return find(word, '\0') != NULL;
}

const char *cmdline_value(const char *name)
{
	const char *value = find(name, '=');

	return value != NULL ? value + 1 : NULL;
}

bool word_is(const char *word, const char *that)
{
	const char *rest = behind(word, that);

	return rest != NULL && *rest == '\0';
}

static unsigned digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : UINT32_MAX;
}

static bool parse(const char *at, uint64_t *out)
{
	uint64_t base = at[0] == '0' && at[1] == 'x' ? 16 : 10, value = 0;

	if (base == 16)
		at += 2;
	if (*at == '\0')
		return false;
	for (; *at != '\0'; at++) {
		if (digit(*at) >= base || value > (UINT64_MAX - digit(*at)) / base)
			return false;
		value = value * base + digit(*at);
	}
	*out = value;
	return true;
}

bool cmdline_number(const char *name, uint64_t least, uint64_t most, uint64_t fallback, uint64_t *out)
{
	const char *value = cmdline_value(name);
	uint64_t number;

	*out = fallback;
	if (value == NULL)
		return true;
	if (!parse(value, &number) || number < least || number > most) {
		kprintf("labyrinth: command line: %s=%s is not a number from %lu to %lu; using %lu\n",
		        name, value, least, most, fallback);
		return false;
	}
	*out = number;
	return true;
}

void cmdline_report_unknown(void)
{
	bool any = false;

	for (size_t i = 0; i < word_count; i++) {
		if (words[i].asked)
			continue;
		kprintf("%s %s", any ? "" : "labyrinth: command line: ignoring what is not known:", words[i].start);
		any = true;
	}
	if (any)
		kprintf("\n");
}
