/*
 * e1000_state.c - what the card says of itself: is it there, is there a link, what has it counted.
 *
 * Idea    A statistics register is cleared by being read, so each is added to a count of 64 bits, in good time: at full
 *         speed, 1.49 million packets a second, one of 32 bits lasts 48 minutes.
 * Writes  struct e1000, in one task; the link in the card's interrupt, too.
 * Manual  317453 sections 13.4.2 (status), 13.7 (statistics); 82574L datasheet section 10.2.
 */
#include "cmdline.h"
#include "e1000_card.h"
#include "view/print.h"
#include "x86/apic.h"
#include "x86/cpu.h"

#define COUNT_SECONDS 2400u

static const uint32_t registers[E1000_COUNTS] = {
	[COUNT_GOOD_RECEIVED] = E1000_GPRC, [COUNT_RECEIVED]   = E1000_TPR,
	[COUNT_GOOD_SENT]     = E1000_GPTC, [COUNT_SENT]       = E1000_TPT,
	[COUNT_MISSED]        = E1000_MPC,  [COUNT_NO_FRAME]   = E1000_RNBC,
	[COUNT_WRONG_CRC]     = E1000_CRCERRS, [COUNT_ERRORS]  = E1000_RXERRC,
	[COUNT_TOO_LONG]      = E1000_ROC,
};

void e1000_look_at_link(struct e1000 *card)
{
	bool up = (e1000_read(card, E1000_STATUS) & STATUS_LINK_UP) != 0;

	card->link_changes += up != card->link;
	card->link = up;
}

/* A card that is there still has the address that it was given. One that is not may read as anything. */
static bool is_there(struct e1000 *card)
{
	card->gone |= e1000_read(card, E1000_RAL) != e1000_mac_low(card);
	return !card->gone;
}

void e1000_count(struct e1000 *card)
{
	uint32_t read[E1000_COUNTS];

	for (unsigned i = 0; i < E1000_COUNTS; i++)
		read[i] = e1000_read(card, registers[i]);
	card->counted = cpu_tsc();
	if (!is_there(card))
		return;
	for (unsigned i = 0; i < E1000_COUNTS; i++)
		card->count[i] += read[i];
}

static void look_at_link_without_interrupt(struct e1000 *card)
{
	uintptr_t flags = irq_save();

	e1000_look_at_link(card);
	irq_restore(flags);
}

static void say_that_it_storms(struct e1000 *card)
{
	card->storm_said = true;
	kprintf("%s: another device holds its interrupt line, and nobody serves it; the line is masked, "
	        "the card polled\n", e1000_name(card));
}

void e1000_look(struct e1000 *card)
{
	if (card->polled && !card->storm_said && !word_is(card->how, "polled"))
		say_that_it_storms(card);
	if (!is_there(card))
		return;
	if (card->polled)
		look_at_link_without_interrupt(card);
	if (cpu_tsc() - card->counted > COUNT_SECONDS * tsc_hertz())
		e1000_count(card);
}
