/*
 * lines.c - words and numbers, put together to lines.
 */
#include "lines.h"

void labyrinth_lines_end(struct lines *t)
{
	if (t->length == 0)
		return;
	t->line[t->length] = '\0';
	t->print(t->line, t->context);
	t->length = 0;
}

void labyrinth_lines_put(struct lines *t, char c)
{
	if (t->length < LINES_WIDTH)
		t->line[t->length++] = c;
}

void labyrinth_lines_words(struct lines *t, const char *words)
{
	while (*words != '\0')
		labyrinth_lines_put(t, *words++);
}

/* n / 10, and the rest: 16 bits at a time, because 64-bit division is a library call on 32-bit CPUs. */
static uint64_t divide_by_10(uint64_t n, unsigned *rest)
{
	uint64_t quotient = 0;
	uint32_t left = 0;

	for (unsigned shift = 64; shift > 0;) {
		shift -= 16;
		left = left << 16 | (uint32_t)(n >> shift & 0xffff);
		quotient |= (uint64_t)(left / 10) << shift;
		left %= 10;
	}
	*rest = left;
	return quotient;
}

static size_t length_of(const char *words)
{
	size_t length = 0;

	while (words[length] != '\0')
		length++;
	return length;
}

void labyrinth_lines_words_with_room(struct lines *t, const char *words, size_t following)
{
	if (t->length + length_of(words) + following >= LINES_WIDTH) {
		if (*words == ',' || *words == ';')
			labyrinth_lines_put(t, *words++);
		words += *words == ' ';
		labyrinth_lines_end(t);
		labyrinth_lines_words(t, "    ");
	}
	labyrinth_lines_words(t, words);
}

void labyrinth_lines_say(struct lines *t, const char *words, uint64_t n)
{
	char digits[20];
	size_t count = 0;
	unsigned digit;

	do {
		n = divide_by_10(n, &digit);
		digits[count++] = (char)('0' + digit);
	} while (n > 0);
	labyrinth_lines_words_with_room(t, words, count);
	while (count > 0)
		labyrinth_lines_put(t, digits[--count]);
}

void labyrinth_lines_last(struct lines *t, const char *words)
{
	labyrinth_lines_words(t, words);
	labyrinth_lines_end(t);
}
