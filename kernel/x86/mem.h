/*
 * mem.h - the four functions of memory that C compilers call on their own, and mm/ calls by name.
 */
#ifndef X86_MEM_H
#define X86_MEM_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *at, int value, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);

#endif
