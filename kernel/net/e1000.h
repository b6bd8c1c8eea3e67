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
#include "e1000_registers.h"
#include "nic.h"
#include "wait.h"
#include "x86/pci.h"

struct e1000_kind;

struct e1000 {
	struct labyrinth        *lab;
	struct nic              *nic;
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
	bool                     masked;     /* what was received is fetched by e1000_poll() */
	bool                     gone;       /* it does not answer any more                */
	bool                     link;
	const char              *how;        /* its interrupts come: "MSI", "INTx", "polled" */
	uint64_t                 missed;     /* by the card's own statistics               */
	uint64_t                 idle;       /* interrupts with nothing to do              */
	_Atomic uint64_t         interrupts;
	struct wait_queue        waiters;    /* for another one                            */
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

/* What an interrupt has left to do, because there was so much. Task; true if there was something. */
bool e1000_poll(struct e1000 *card);

/* Waits while there have been `seen` interrupts, or until cpu_tsc() has reached `deadline`. Task. */
void e1000_wait(struct e1000 *card, uint64_t seen, uint64_t deadline);

#endif
