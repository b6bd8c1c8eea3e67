/*
 * e1000_open.c - finds the card, resets it, gives it its rings.
 *
 * Manual  e1000_registers.h; 317453 sections 14.3 (reset, link), 13.5.2 (the address is loaded from the EEPROM); PCI
 *         Local Bus Specification 3.0 section 6.2.2 (a function that is no bus master reads and writes no memory).
 */
#include <labyrinth/alloc.h>
#include <labyrinth/page.h>

#include "address_space.h"
#include "cmdline.h"
#include "e1000_card.h"
#include "view/print.h"
#include "wires.h"
#include "x86/apic.h"
#include "x86/cpu.h"
#include "x86/irq.h"
#include "x86/paging.h"
#include "x86/percpu.h"

#define VENDOR_INTEL 0x8086u
#define VECTOR       65 /* any that drivers may use, see irq.h */
#define BAR_BYTES    UINT64_C(0x20000) /* of registers: 317453 section 4.1, 82574L datasheet section 9.2 */

struct e1000_kind {
	const char *name;
	uint16_t    id;
	unsigned    eeprom_shift; /* of the word's address in EERD */
	uint32_t    eeprom_done;
};

static const struct e1000_kind kinds[] = {
	{ "e1000e", 0x10d3, 2, UINT32_C(1) << 1 }, /* 82574L: datasheet section 10.2.2.5  */
	{ "e1000",  0x100e, 8, UINT32_C(1) << 4 }, /* 82540EM: 317453 section 13.4.4      */
};

static void wait_microseconds(uint64_t us)
{
	uint64_t begin = cpu_tsc(), cycles = us * tsc_hertz() / 1000000;

	while (cpu_tsc() - begin < cycles)
		cpu_relax();
}

void e1000_quiet(const struct e1000 *card)
{
	e1000_read(card, E1000_STATUS); /* the writes before have arrived */
	wait_microseconds(10000);
}

static const struct e1000_kind *kind_named(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (word_is(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

const char *e1000_name(const struct e1000 *card)
{
	return card->kind->name;
}

static bool find(struct e1000 *card)
{
	while (pci_next(&card->at))
		if (card->at.vendor == VENDOR_INTEL && card->at.id == card->kind->id)
			return true;
	return false;
}

static bool say(const struct e1000 *card, const char *why)
{
	kprintf("%s at %x:%x.%u: %s; not used\n", card->kind->name, card->at.bus, card->at.device, card->at.function,
	        why);
	return false;
}

static bool map_registers(struct e1000 *card)
{
	struct pci_memory memory;

	if (!pci_memory(&card->at, 0, &memory) || memory.bytes < BAR_BYTES)
		return say(card, "its registers have no place in memory");
	address_space_map_device(memory.base, memory.bytes);
	card->registers = device_virt(memory.base);
	return true;
}

/* Interrupts masked before and after; both rings start empty. Section 14.3. */
static bool reset(struct e1000 *card)
{
	if (e1000_read(card, E1000_STATUS) == STATUS_GONE)
		return say(card, "it reads as all ones");
	e1000_write(card, E1000_IMC, CAUSES_ALL);
	e1000_write(card, E1000_RCTL, 0);
	e1000_write(card, E1000_TCTL, 0);
	e1000_quiet(card);
	e1000_write(card, E1000_CTRL, e1000_read(card, E1000_CTRL) | CTRL_RESET);
	wait_microseconds(10000); /* section 13.4.1: no access for a microsecond; the EEPROM takes longer */
	if (e1000_read(card, E1000_CTRL) & CTRL_RESET)
		return say(card, "its reset does not end");
	e1000_write(card, E1000_IMC, CAUSES_ALL);
	e1000_read(card, E1000_ICR);
	return true;
}

static bool eeprom_word(const struct e1000 *card, uint32_t at, uint16_t *out)
{
	e1000_write(card, E1000_EERD, EERD_START | at << card->kind->eeprom_shift);
	for (int i = 0; i < 1000; i++) {
		uint32_t value = e1000_read(card, E1000_EERD);

		if (value & card->kind->eeprom_done) {
			*out = (uint16_t)(value >> EERD_DATA_SHIFT);
			return true;
		}
		wait_microseconds(10);
	}
	return false;
}

/* Words 0 to 2 of the EEPROM: 317453 section 5.6.1. If there is none, what the card has in its filter. */
static bool read_mac(struct e1000 *card)
{
	uint16_t word[3];
	bool read = true;

	for (uint32_t i = 0; i < 3 && read; i++)
		read = eeprom_word(card, i, &word[i]);
	if (!read && !(e1000_read(card, E1000_RAH) & RAH_VALID))
		return say(card, "it has no address of its own");
	if (!read) {
		word[0] = (uint16_t)e1000_read(card, E1000_RAL);
		word[1] = (uint16_t)(e1000_read(card, E1000_RAL) >> 16);
		word[2] = (uint16_t)e1000_read(card, E1000_RAH);
	}
	for (unsigned i = 0; i < MAC_BYTES; i++)
		card->mac[i] = (uint8_t)(word[i / 2] >> 8 * (i % 2));
	return true;
}

/* Sections 14.3 (link), 14.4 and 14.5 (rings). */
static void set_up(struct e1000 *card, phys_addr_t rings)
{
	phys_addr_t transmit = { rings.a + NIC_SLOTS * sizeof(card->received[0]) };

	e1000_write(card, E1000_CTRL, e1000_read(card, E1000_CTRL) | CTRL_LINK_UP | CTRL_AUTO_SPEED | CTRL_FULL_DUPLEX);
	for (uint32_t i = 0; i < E1000_MTA_WORDS; i++)
		e1000_write(card, E1000_MTA + 4 * i, 0);
	e1000_write(card, E1000_RAL, e1000_mac_low(card));
	e1000_write(card, E1000_RAH, (uint32_t)card->mac[4] | (uint32_t)card->mac[5] << 8 | RAH_VALID);
	e1000_write(card, E1000_RDBAL, (uint32_t)rings.a);
	e1000_write(card, E1000_RDBAH, (uint32_t)(rings.a >> 32));
	e1000_write(card, E1000_RDLEN, NIC_SLOTS * sizeof(card->received[0]));
	e1000_write(card, E1000_RDH, 0);
	e1000_write(card, E1000_RDT, 0);
	e1000_write(card, E1000_RDTR, 0);
	e1000_write(card, E1000_TDBAL, (uint32_t)transmit.a);
	e1000_write(card, E1000_TDBAH, (uint32_t)(transmit.a >> 32));
	e1000_write(card, E1000_TDLEN, NIC_SLOTS * sizeof(card->transmit[0]));
	e1000_write(card, E1000_TDH, 0);
	e1000_write(card, E1000_TDT, 0);
	e1000_write(card, E1000_TIPG, TIPG_COPPER);
}

static bool open_rings(struct e1000 *card)
{
	struct labyrinth_grant grant = labyrinth_alloc_pages(card->lab, LABYRINTH_GFP_KERNEL | LABYRINTH_GFP_ZERO, 0);

	_Static_assert(2 * NIC_SLOTS * sizeof(struct e1000_received) <= LABYRINTH_PAGE_SIZE, "both lie in one frame");
	_Static_assert(NIC_SLOTS * sizeof(struct e1000_received) % 128 == 0, "317453 section 13.4.27");
	if (grant.page == NULL)
		return say(card, "no memory for its rings");
	card->page = grant.page;
	card->received = labyrinth_page_address(card->lab, grant.page);
	card->transmit = (struct e1000_transmit *)(card->received + NIC_SLOTS);
	set_up(card, labyrinth_page_phys(card->lab, grant.page));
	return true;
}

/* By message, by wire, or not at all: then it is polled. */
static void route(struct e1000 *card)
{
	irq_register(VECTOR, e1000_interrupt, card);
	card->wire.line = pci_interrupt_line(&card->at);
	card->by_wire = !pci_msi_enable(&card->at, percpu[0].apic_id, VECTOR);
	if (card->by_wire)
		pci_msi_disable(&card->at);
	card->polled = card->by_wire && !wires_route_pci(&card->wire, VECTOR);
	card->how = !card->by_wire ? "MSI" : card->polled ? "polled" : "INTx";
}

bool e1000_open(struct e1000 *card, const char *name)
{
	*card = (struct e1000){ .lab = card->lab, .nic = card->nic, .bell = card->bell, .kind = kind_named(name) };
	if (card->kind == NULL || !find(card))
		return false;
	if (!map_registers(card))
		return false;
	pci_enable(&card->at); /* what the firmware's driver has in its rings must not be filled any more */
	if (!reset(card) || !read_mac(card) || !open_rings(card)) {
		pci_disable(&card->at);
		return false;
	}
	pci_enable_master(&card->at);
	route(card);
	card->link = (e1000_read(card, E1000_STATUS) & STATUS_LINK_UP) != 0;
	e1000_count(card); /* what was there before us */
	for (unsigned i = 0; i < E1000_COUNTS; i++)
		card->count[i] = 0;
	return true;
}

void e1000_close(struct e1000 *card)
{
	e1000_write(card, E1000_IMC, CAUSES_ALL);
	e1000_write(card, E1000_CTRL, e1000_read(card, E1000_CTRL) | CTRL_RESET);
	wait_microseconds(10000);
	pci_msi_disable(&card->at);
	if (card->by_wire)
		wires_mask_pci(&card->wire);
	pci_disable(&card->at);
	irq_register(VECTOR, NULL, NULL);
	if (labyrinth_free_pages(card->lab, card->page, 0) != LABYRINTH_OK)
		say(card, "its rings cannot be freed");
}
