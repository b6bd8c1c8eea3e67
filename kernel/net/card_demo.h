/*
 * card_demo.h - packets from outside: a real driver, and a peer at the other end of the wire.
 *
 * Idea    Without `phases` it answers whoever asks. With it, it goes through the phases of demo.h together with a peer
 *         that knows them: a phase begins with a line on the serial port, and ends when the peer sends its letter to
 *         the discard port. The peer counts what it sent and got back, the kernel what it received and dropped.
 */
#ifndef NET_CARD_DEMO_H
#define NET_CARD_DEMO_H

#include "demo.h"

/* NULL, or the law that was broken, as a sentence. Everything taken is given back either way. Task, interrupts on. */
const char *card_run(struct labyrinth *lab, const struct demo_options *options);

#endif
