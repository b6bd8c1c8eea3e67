/*
 * nmi.h - who was meant by a non-maskable interrupt.
 *
 * Idea    An NMI does not say where it comes from, so all who may have sent one are asked. One that nobody sent is the
 *         hardware's, and a panic.
 */
#ifndef X86_NMI_H
#define X86_NMI_H

#include <stdbool.h>

/* true: it was mine. Runs on the NMI stack, in NMI context; a fault inside would let the next NMI in too early. */
typedef bool nmi_handler_t(void);

/* From now on this one is asked, too. Task; at most NMI_HANDLERS in all, more panic. */
void nmi_register(nmi_handler_t *handler);

#define NMI_HANDLERS 4u

/* Asks all of them; true: at least one says that it was its own. For trap.c. */
bool nmi_entry(void);

#endif
