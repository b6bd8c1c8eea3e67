/*
 * contents.c - records, patterns, and the kernel's means to hide.
 */
#include "contents.h"

/* The bytes of a frame are its users'; here they are words, whatever they were to them. */
typedef uint64_t __attribute__((may_alias)) any_word;

void labyrinth_contents_note(const struct contents *c, const struct page *page, unsigned order, uint64_t record)
{
	uint64_t first = page_index(c->frames, page);

	if (c->record == NULL)
		return;
	for (uint64_t i = first; i < first + (UINT64_C(1) << order); i++)
		atomic_store_explicit(&c->record[i], record, memory_order_relaxed);
}

uint64_t labyrinth_contents_of(const struct contents *c, const struct page *page)
{
	if (c->record == NULL)
		return CONTENT_ANY;
	return atomic_load_explicit(&c->record[page_index(c->frames, page)], memory_order_relaxed);
}

static phys_addr_t phys_of(const struct contents *c, const struct page *page)
{
	return labyrinth_pfn_phys(labyrinth_frames_pfn(c->frames, page));
}

void labyrinth_contents_hide(const struct contents *c, const struct page *page, unsigned order)
{
	if (c->hide != NULL)
		c->hide(phys_of(c, page), order, c->context);
}

void labyrinth_contents_show(const struct contents *c, const struct page *page, unsigned order)
{
	if (c->show != NULL)
		c->show(phys_of(c, page), order, c->context);
}

void labyrinth_pattern_fill(void *at, size_t bytes, uint64_t pattern)
{
	any_word *word = at;

	for (size_t i = 0; i < bytes / sizeof(*word); i++)
		word[i] = pattern;
}

size_t labyrinth_pattern_differs(const void *at, size_t bytes, uint64_t pattern)
{
	const any_word *word = at;
	const uint8_t *byte = at, *expected = (const uint8_t *)&pattern;
	size_t i = 0;

	while (i < bytes / sizeof(*word) && word[i] == pattern)
		i++;
	for (i *= sizeof(*word); i < bytes && byte[i] == expected[i % sizeof(*word)]; i++)
		;
	return i;
}
