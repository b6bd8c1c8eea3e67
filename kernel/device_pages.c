/*
 * device_pages.c - collects the pages of registers, and leaves out what cannot be one.
 */
#include "device_pages.h"
#include "view/print.h"
#include "x86/apic.h"

static bool overlaps(phys_addr_t page, phys_addr_t base, uint64_t bytes)
{
	return page.a < base.a + bytes && base.a < page.a + LABYRINTH_PAGE_SIZE;
}

static bool in_memory(const struct memory *memory, phys_addr_t page)
{
	for (size_t i = 0; i < memory->direct.count; i++)
		if (overlaps(page, labyrinth_pfn_phys(memory->direct.at[i].begin),
		             labyrinth_range_frames(memory->direct.at[i]) * LABYRINTH_PAGE_SIZE))
			return true;
	return false;
}

static size_t place_of(const struct device_pages *pages, phys_addr_t page)
{
	size_t at = 0;

	while (at < pages->count && pages->page[at].a < page.a)
		at++;
	return at;
}

static phys_addr_t page_of(phys_addr_t at)
{
	return (phys_addr_t){ at.a & ~(LABYRINTH_PAGE_SIZE - 1) };
}

bool device_pages_have(const struct device_pages *pages, phys_addr_t at)
{
	size_t place = place_of(pages, page_of(at));

	return place < pages->count && pages->page[place].a == page_of(at).a;
}

static void insert(struct device_pages *pages, phys_addr_t page)
{
	size_t place = place_of(pages, page);

	for (size_t i = pages->count++; i > place; i--)
		pages->page[i] = pages->page[i - 1];
	pages->page[place] = page;
}

struct found {
	struct device_pages   pages;
	const struct memory  *memory;
	const struct display *display;
};

static void add(struct found *found, uint64_t phys, const char *what)
{
	phys_addr_t page = page_of((phys_addr_t){ phys });

	if (phys == 0 || device_pages_have(&found->pages, page))
		return;
	if (page.a >= DEVICE_BYTES || in_memory(found->memory, page) ||
	    overlaps(page, found->display->base, found->display->bytes))
		kprintf("ACPI: no %s can be at %lx; going on without it\n", what, phys);
	else
		insert(&found->pages, page);
}

struct device_pages device_pages_find(const struct acpi *acpi, const struct memory *memory,
                                      const struct display *display)
{
	struct found found = { .memory = memory, .display = display };

	if (apic_in_memory())
		add(&found, apic_registers().a, "local APIC");
	for (uint32_t i = 0; i < acpi->madt.io_apics; i++)
		add(&found, acpi->madt.io_apic[i].phys, "I/O APIC");
	add(&found, acpi->hpet, "HPET");
	return found.pages;
}
