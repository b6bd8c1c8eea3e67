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
#include "wires.h"
#include "x86/pci.h"

struct e1000_kind;

/* What the card has counted. */
enum e1000_count {
	COUNT_GOOD_RECEIVED, COUNT_RECEIVED, /* packets without an error; all, the lost ones too   */
	COUNT_GOOD_SENT, COUNT_SENT,
	COUNT_MISSED,                        /* there was no room for them in the card             */
	COUNT_NO_FRAME,                      /* no frame was posted when they came; not lost by that alone */
	COUNT_WRONG_CRC, COUNT_ERRORS, COUNT_TOO_LONG,
	E1000_COUNTS
};

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
	_Atomic bool             link;
	_Atomic uint64_t         link_changes;
	const char              *how;        /* its interrupts come: "MSI", "INTx", "polled" */
	_Atomic bool             polled;     /* they do not                                */
	bool                     by_wire;    /* not by message: by this one, if at all     */
	struct wire              wire;
	bool                     storm_said; /* a line about others on it was printed      */
	uint64_t                 count[E1000_COUNTS]; /* as of e1000_count()               */
	uint64_t                 counted;    /* cpu_tsc() then                             */
	uint64_t                 idle;       /* interrupts with nothing to do              */
};

extern const struct nic_operations e1000_operations;

/*
 * Finds the first such card, "e1000e" or "e1000", maps its registers, resets it, reads its address. Task, once.
 *
 * false: there is none that can be used; for one that is there a line says why.
 */
bool e1000_open(struct e1000 *card, const char *name);

/* "e1000e" or "e1000". */
const char *e1000_name(const struct e1000 *card);

/* The card is reset and no longer reaches memory. Task. */
void e1000_close(struct e1000 *card);

/*
 * Takes in a gust of packets at most; false: there was none, and interrupts may take in the next gust. Task, on the CPU
 * that gets the interrupts.
 */
bool e1000_poll(struct e1000 *card);

/* Now and then: is the card still there, and does it interrupt? One task, on that CPU; may print. */
void e1000_look(struct e1000 *card);

/* Adds up what the card has counted. The same task. */
void e1000_count(struct e1000 *card);

/* Is every frame that was posted filled? The same task. */
bool e1000_full(const struct e1000 *card);

/* The card interrupts as if this had happened: one of CAUSE_*, e1000_registers.h. Task. */
void e1000_provoke(struct e1000 *card, uint32_t cause);

#endif
