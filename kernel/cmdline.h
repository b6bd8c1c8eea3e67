/*
 * cmdline.h - the words on the kernel's command line: `name` and `name=value`, separated by spaces.
 *
 * Idea    A word becomes known by being asked for, so there is no second list to keep in step. Of a word given twice
 *         the last counts.
 */
#ifndef KERNEL_CMDLINE_H
#define KERNEL_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copies the text and cuts it into words. Before this, and when there is no command line, no word is present. */
void cmdline_init(const char *text, size_t bytes);

/* Is the bare word there? */
bool cmdline_has(const char *word);

/* What stands behind `name=`, NUL-terminated; NULL if absent. */
const char *cmdline_value(const char *name);

/* Is this word that one? */
bool word_is(const char *word, const char *that);

/*
 * The number behind `name=`, decimal or 0x...; `fallback` when it is absent.
 *
 * false: it is malformed or outside least..most. One line said so, and *out is `fallback`.
 */
bool cmdline_number(const char *name, uint64_t least, uint64_t most, uint64_t fallback, uint64_t *out);

/* One line that names the words nobody asked for, if there are any. Call it after every option has been read. */
void cmdline_report_unknown(void);

#endif
