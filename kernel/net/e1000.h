/*
 * e1000.h - the driver of two gigabit cards: Intel 82574L ("e1000e", MSI) and 82540EM ("e1000").
 *
 * Idea    Both speak the legacy descriptors, at the same registers; a row of a table says where they differ. What all
 *         drivers share is in nic.c: here a frame is posted, seen to be filled, sent, and seen to be sent.
 * Writes  struct e1000, the card's registers. The rings are one ordinary frame, which the card reads and writes.
 */
#ifndef NET_E1000_H
#define NET_E1000_H

#include "answer.h"
#include "bell.h"
#include "e1000_registers.h"
#include "nic.h"
#include "x86/pci.h"

struct e1000_kind;

struct e1000 {
	struct labyrinth        *lab;
	struct nic              *nic;
	struct bell             *bell;       /* rung at every interrupt                    */
	struct pci_function      at;
	const struct e1000_kind *kind;
	volatile uint8_t        *registers;
	struct page             *page;       /* of both rings                              */
	struct e1000_received   *received;   /* NIC_SLOTS of them                          */
	struct e1000_transmit   *transmit;   /* as many                                    */
	uint32_t                 tail;       /* receive descriptor behind the last posted  */
	uint32_t                 sending, sent; /* frames handed to the card, and back; count up for ever */
	uint8_t                  mac[MAC_BYTES];
	bool                     running;
	uint32_t                 taken;      /* packets, in interrupts since e1000_poll() found none   */
	bool                     masked;     /* what was received is fetched by e1000_poll()           */
	bool                     gone;       /* it does not answer any more                */
	bool                     link;
	const char              *how;        /* its interrupts come: "MSI", "INTx", "polled" */
	bool                     polled;     /* they do not                                */
	uint64_t                 missed;     /* by the card's own statistics               */
	uint64_t                 idle;       /* interrupts with nothing to do              */
};

extern const struct nic_operations e1000_operations;

/*
 * Finds the first such card, "e1000e" or "e1000", maps its registers, resets it, reads its address. Task, once.
 *
 * false: there is none that can be used; for one that is there a line says why.
 */
bool e1000_open(struct e1000 *card, const char *name);

/* The card is reset and no longer reaches memory. Task. */
void e1000_close(struct e1000 *card);

/*
 * Takes in a gust of packets at most; false: there was none, and interrupts may take in the next gust. Task, on the CPU
 * that gets the interrupts.
 */
bool e1000_poll(struct e1000 *card);

/* Now and then: is the card still there? The same task. */
void e1000_look(struct e1000 *card);

#endif
