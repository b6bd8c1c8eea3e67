/*
 * device_pages.c - collects the pages of registers, and leaves out what cannot be one.
 */
#include "device_pages.h"
#include "view/print.h"
#include "x86/apic.h"
#include "x86/pci.h"

/* Consecutive bytes. */
struct place {
	phys_addr_t base;
	uint64_t    bytes;
};

static bool overlap(struct place a, struct place b)
{
	return a.base.a < b.base.a + b.bytes && b.base.a < a.base.a + a.bytes;
}

static struct place whole_page(phys_addr_t page)
{
	return (struct place){ page, LABYRINTH_PAGE_SIZE };
}

static struct place of_range(struct labyrinth_range range)
{
	return (struct place){ labyrinth_pfn_phys(range.begin), labyrinth_range_frames(range) * LABYRINTH_PAGE_SIZE };
}

static bool in_memory(const struct memory *memory, struct place place)
{
	for (size_t i = 0; i < memory->direct.count; i++)
		if (overlap(place, of_range(memory->direct.at[i])))
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

static bool on_screen(const struct found *found, struct place place)
{
	return overlap(place, (struct place){ found->display->base, found->display->bytes });
}

static void add(struct found *found, uint64_t phys, const char *what)
{
	phys_addr_t page = page_of((phys_addr_t){ phys });

	if (phys == 0 || device_pages_have(&found->pages, page))
		return;
	if (page.a >= DEVICE_BYTES || in_memory(found->memory, whole_page(page)) || on_screen(found, whole_page(page)))
		kprintf("ACPI: no %s can be at %lx; going on without it\n", what, phys);
	else
		insert(&found->pages, page);
}

static bool among_pages(const struct device_pages *pages, struct place place)
{
	for (size_t i = 0; i < pages->count; i++)
		if (overlap(place, whole_page(pages->page[i])))
			return true;
	return false;
}

/* NULL, or why configuration space is not where the MCFG has it. */
static const char *wrong_with_pci(const struct found *found, const struct mcfg *mcfg, struct place place)
{
	if (in_memory(found->memory, place) || on_screen(found, place) || among_pages(&found->pages, place))
		return "the MCFG has it where something else is";
	if (!pci_memory_agrees(device_virt((phys_addr_t){ mcfg->base }), mcfg->first_bus))
		return "what is there is not what the ports say";
	return NULL;
}

static void add_pci(struct found *found, const struct acpi *acpi)
{
	const struct mcfg *mcfg = &acpi->mcfg;
	struct place place = { { mcfg->base + mcfg->first_bus * PCI_BUS_BYTES },
	                       ((uint64_t)mcfg->last_bus + 1 - mcfg->first_bus) * PCI_BUS_BYTES };
	const char *wrong = acpi->no_mcfg != NULL ? acpi->no_mcfg : wrong_with_pci(found, mcfg, place);

	if (mcfg->beyond > 0)
		kprintf("PCI: entries of the MCFG beyond what is reached, skipped: %u\n", mcfg->beyond);
	if (wrong != NULL) {
		kprintf("PCI: configuration space by ports (MCFG: %s)\n", wrong);
		return;
	}
	kprintf("PCI: configuration space in memory at %lx, buses %u to %u\n", mcfg->base, mcfg->first_bus,
	        mcfg->last_bus);
	found->pages.pci.base = place.base;
	found->pages.pci.bytes = place.bytes;
	pci_use_memory(device_virt((phys_addr_t){ mcfg->base }), mcfg->first_bus, mcfg->last_bus);
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
	add_pci(&found, acpi);
	return found.pages;
}
