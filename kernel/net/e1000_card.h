/*
 * e1000_card.h - between e1000.c and e1000_open.c: the registers.
 */
#ifndef NET_E1000_CARD_H
#define NET_E1000_CARD_H

#include "e1000.h"

static inline uint32_t e1000_read(const struct e1000 *card, uint32_t offset)
{
	return *(volatile uint32_t *)(card->registers + offset);
}

/* Descriptors are written before the register that tells of them: stores keep their order on x86. */
static inline void e1000_write(const struct e1000 *card, uint32_t offset, uint32_t value)
{
	*(volatile uint32_t *)(card->registers + offset) = value;
}

/* The first four bytes of the card's address, as its register has them: 317453 section 13.5.2. */
static inline uint32_t e1000_mac_low(const struct e1000 *card)
{
	return (uint32_t)card->mac[0] | (uint32_t)card->mac[1] << 8 | (uint32_t)card->mac[2] << 16
	       | (uint32_t)card->mac[3] << 24;
}

/* Waits until nothing is on its way to memory any more. Task. */
void e1000_quiet(const struct e1000 *card);

/* Reads whether there is a link. Interrupts off. */
void e1000_look_at_link(struct e1000 *card);

/* The card's interrupt, with interrupts off. */
void e1000_interrupt(void *context);

#endif
