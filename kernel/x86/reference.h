/*
 * reference.h - clocks of known rate, to measure others by.
 */
#ifndef X86_REFERENCE_H
#define X86_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

struct reference {
	const char *name;          /* for people, and for the word clock=                    */
	uint64_t  (*hertz)(void);  /* 0: this machine has no such clock                      */
	bool      (*start)(void);  /* false: it does not count                               */
	uint32_t  (*passed)(void); /* ticks since then; asked often until it is 10 ms' worth */
};

extern const struct reference pit_reference, hpet_reference, pm_timer_reference;

#endif
