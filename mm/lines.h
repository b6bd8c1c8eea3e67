/*
 * lines.h - text for people, handed out a line at a time, without memory to allocate.
 *
 * Idea    A line is put together from pieces, "words number" each, and is printed when the next piece has no room. So
 *         no line is longer than a screen is wide, and nothing is cut off.
 * Writes  The structure, which is on somebody's stack.
 */
#ifndef MM_LINES_H
#define MM_LINES_H

#include <labyrinth/types.h>

#define LINES_WIDTH 76

struct lines {
	void  (*print)(const char *line, void *context);
	void   *context;
	unsigned length;
	char     line[LINES_WIDTH + 1];
};

/* A character, and words, on this line; what does not fit is lost. */
void labyrinth_lines_put(struct lines *t, char c);
void labyrinth_lines_words(struct lines *t, const char *words);

/*
 * These words, on the next line if there is no room for them and what follows. A comma or semicolon that they begin
 * with stays on the line before: there is always room for one character.
 */
void labyrinth_lines_words_with_room(struct lines *t, const char *words, size_t following);

/* Words and a number, in decimal; on the next line if there is no room for both. */
void labyrinth_lines_say(struct lines *t, const char *words, uint64_t n);

/* Prints the line, unless it is empty; with words before its end. */
void labyrinth_lines_end(struct lines *t);
void labyrinth_lines_last(struct lines *t, const char *words);

#endif
