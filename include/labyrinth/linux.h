/*
 * linux.h - the calls by the names that Linux gives them, over one instance. For kernels that have none of these names.
 *
 *	#define LABYRINTH_DEFAULT my_lab                 // an expression: struct labyrinth *
 *	#define LABYRINTH_PHYS(address) my_phys(address) // optional: physical address of a direct-mapped one
 *	#include <labyrinth/linux.h>
 *
 * Idea    A page is a struct page *, a block an order, a refusal NULL or 0. Why it was refused is what the calls of
 *         alloc.h are for: use those where it matters. What Linux leaves undefined when a page is freed wrongly is
 *         refused here, and changes nothing. As alloc_page() may sleep with GFP_KERNEL there, so it does here.
 */
#ifndef LABYRINTH_LINUX_H
#define LABYRINTH_LINUX_H

#include <labyrinth/alloc.h>
#include <labyrinth/page.h>

#ifndef LABYRINTH_DEFAULT
#error "define LABYRINTH_DEFAULT, the instance that these calls are for, before including this"
#endif

typedef labyrinth_gfp_t gfp_t;

#define PAGE_SHIFT LABYRINTH_PAGE_SHIFT
#define PAGE_SIZE  ((size_t)1 << PAGE_SHIFT)

#define GFP_KERNEL   LABYRINTH_GFP_KERNEL
#define GFP_NOWAIT   LABYRINTH_GFP_NOWAIT
#define GFP_ATOMIC   LABYRINTH_GFP_ATOMIC
#define __GFP_ZERO   LABYRINTH_GFP_ZERO
#define __GFP_DMA    LABYRINTH_GFP_DMA
#define __GFP_DMA32  LABYRINTH_GFP_DMA32
#define __GFP_NOWARN LABYRINTH_GFP_NOWARN
#define GFP_DMA      LABYRINTH_GFP_DMA   /* beside GFP_KERNEL, GFP_NOWAIT or GFP_ATOMIC, as drivers write it */
#define GFP_DMA32    LABYRINTH_GFP_DMA32

#define __GFP_MOVABLE     LABYRINTH_GFP_MOVABLE
#define __GFP_RECLAIMABLE LABYRINTH_GFP_RECLAIMABLE

static inline struct page *alloc_pages(gfp_t gfp, unsigned order)
{
	return labyrinth_alloc_pages(LABYRINTH_DEFAULT, gfp, order).page;
}

static inline struct page *alloc_page(gfp_t gfp)
{
	return alloc_pages(gfp, 0);
}

/* NULL is a mistake here, as it is there. */
static inline void __free_pages(struct page *page, unsigned order)
{
	(void)labyrinth_free_pages(LABYRINTH_DEFAULT, page, order);
}

static inline void __free_page(struct page *page)
{
	__free_pages(page, 0);
}

static inline void *page_address(const struct page *page)
{
	return labyrinth_page_address(LABYRINTH_DEFAULT, page);
}

static inline uint64_t page_to_pfn(const struct page *page)
{
	return labyrinth_page_pfn(LABYRINTH_DEFAULT, page).n;
}

static inline uint64_t page_to_phys(const struct page *page)
{
	return labyrinth_page_phys(LABYRINTH_DEFAULT, page).a;
}

/* NULL, where Linux gives nonsense, for a frame that is none of ours. */
static inline struct page *pfn_to_page(uint64_t pfn)
{
	return labyrinth_pfn_page(LABYRINTH_DEFAULT, (pfn_t){ pfn });
}

static inline bool pfn_valid(uint64_t pfn)
{
	return pfn_to_page(pfn) != NULL;
}

/* The smallest order whose block holds so many bytes; 0 bytes need a page, too. */
static inline unsigned get_order(size_t bytes)
{
	size_t pages = bytes == 0 ? 1 : (bytes - 1) / PAGE_SIZE + 1;
	unsigned order = 0;

	while (order < 8 * sizeof(size_t) - 1 && (size_t)1 << order < pages)
		order++;
	return order;
}

/* How many of pages[0..count) could be filled; the places that hold a page already are left alone, as there. */
static inline unsigned long alloc_pages_bulk(gfp_t gfp, unsigned long count, struct page **pages)
{
	unsigned long filled = 0;

	for (; filled < count; filled++)
		if (pages[filled] == NULL && (pages[filled] = alloc_page(gfp)) == NULL)
			break;
	return filled;
}

/* Pages by the address at which the kernel sees them. */

static inline uintptr_t __get_free_pages(gfp_t gfp, unsigned order)
{
	struct page *page = alloc_pages(gfp, order);

	return page == NULL ? 0 : (uintptr_t)page_address(page);
}

static inline uintptr_t __get_free_page(gfp_t gfp)
{
	return __get_free_pages(gfp, 0);
}

static inline uintptr_t get_zeroed_page(gfp_t gfp)
{
	return __get_free_pages(gfp | __GFP_ZERO, 0);
}

#ifdef LABYRINTH_PHYS

static inline struct page *virt_to_page(const void *address)
{
	phys_addr_t phys = { LABYRINTH_PHYS(address) };

	return pfn_to_page(labyrinth_pfn_floor(phys).n);
}

static inline void free_pages(uintptr_t address, unsigned order)
{
	if (address != 0)
		__free_pages(virt_to_page((const void *)address), order);
}

static inline void free_page(uintptr_t address)
{
	free_pages(address, 0);
}

#endif

/* Bytes, in whole pages, and no more of them than that. */
static inline void *alloc_pages_exact(size_t bytes, gfp_t gfp)
{
	size_t pages = bytes / PAGE_SIZE + (bytes % PAGE_SIZE != 0);
	struct labyrinth_grant grant;

	if (pages > UINT32_MAX)
		return NULL;
	grant = labyrinth_alloc_pages_exact(LABYRINTH_DEFAULT, gfp, (uint32_t)pages);
	return grant.page == NULL ? NULL : page_address(grant.page);
}

#ifdef LABYRINTH_PHYS

static inline void free_pages_exact(void *address, size_t bytes)
{
	size_t pages = bytes / PAGE_SIZE + (bytes % PAGE_SIZE != 0);

	if (pages <= UINT32_MAX)
		(void)labyrinth_free_pages_exact(LABYRINTH_DEFAULT, virt_to_page(address), (uint32_t)pages);
}

#endif

#endif
