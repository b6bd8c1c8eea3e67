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

/* Waits until nothing is on its way to memory any more. Task. */
void e1000_quiet(const struct e1000 *card);

/* The card's interrupt, with interrupts off. */
void e1000_interrupt(void *context);

#endif
