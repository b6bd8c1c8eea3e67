/*
 * user_page.h - a page that user code may use. There is no user code: so that what SMEP and SMAP refuse can be seen.
 */
#ifndef X86_USER_PAGE_H
#define X86_USER_PAGE_H

#include <labyrinth/types.h>

/*
 * The frame is seen by this CPU, and no other, at an address in the low half of the address space, where nothing else
 * is: user code may read, write and execute it. NULL: there are no tables for that; it takes three from table_pool.h.
 * Once until user_page_hide(), pinned to this CPU; any context.
 */
void *user_page_show(phys_addr_t frame);

/* Nothing is there, and the tables are given back. Likewise. */
void user_page_hide(void);

/* Is this an address that the tables of this CPU let user code use? Any context. */
bool user_page_at(uint64_t virt);

#endif
