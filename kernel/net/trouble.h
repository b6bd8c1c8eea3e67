/*
 * trouble.h - what goes wrong on a wire, brought about on purpose, with a peer that knows it: tests/boot/trouble.py.
 */
#ifndef NET_TROUBLE_H
#define NET_TROUBLE_H

#include "station.h"

/* Starts the thread that packets compete with, which waits. Once, task. false: no memory. */
bool trouble_start(struct station *station) LABYRINTH_MUST_USE;

/* It ends. */
void trouble_stop(void);

/*
 * The peer's order: I, interrupts with nothing to do; O, a ring that is full; K, the link goes down with packets still
 * to be sent, and comes up again; L, a flood. Anything else is no trouble.
 *
 * Prints "test NAME: passed", or the law that was broken, and returns NULL, or that law. Task; the station is open.
 */
const char *trouble_make(struct station *station, uint8_t order);

#endif
