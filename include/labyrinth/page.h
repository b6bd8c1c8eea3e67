/*
 * page.h - from a page to its frame number, its physical address, its direct-map address, and back.
 *
 * Cost: O(1) for a page of a page block (2 MiB) that has been used. From a frame number to its page, and for pages that
 * nobody has used, a search among the ranges that the instance was made of: log2 of their number.
 *
 * Context: any. What these read never changes after labyrinth_init(), but that frames which come by labyrinth_online()
 * have no page before. The page must belong to the instance: labyrinth_page_known() tells; the others do not check.
 */
#ifndef LABYRINTH_PAGE_H
#define LABYRINTH_PAGE_H

#include <labyrinth/types.h>

/* Is this pointer one of the instance's pages? Also answers for NULL and for pointers from anywhere. */
bool labyrinth_page_known(const struct labyrinth *lab, const struct page *page);

pfn_t       labyrinth_page_pfn(const struct labyrinth *lab, const struct page *page);
phys_addr_t labyrinth_page_phys(const struct labyrinth *lab, const struct page *page);

/* The page of a frame; NULL when the instance does not manage that frame. */
struct page *labyrinth_pfn_page(const struct labyrinth *lab, pfn_t pfn);

/* Where the port maps the frame: labyrinth_port_virt() of its address. */
void *labyrinth_page_address(const struct labyrinth *lab, const struct page *page);

#endif
