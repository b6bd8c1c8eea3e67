/*
 * canary.c - chooses the stack canary, and panics over a dead one.
 *
 * Writes  The word, once; linker.ld places it among read-only data.
 */
#include <labyrinth/port.h>

#include "canary.h"
#include "panic.h"
#include "x86/mem.h"

/* The names are the compiler's: GCC and Clang, -mstack-protector-guard=global. */
uintptr_t __stack_chk_guard __attribute__((section(".sealed")));

/* Its lowest byte is 0, so that what copies text does not run across it unseen. */
#define TEXT_STOPS_HERE (~(uintptr_t)0xff)

static uintptr_t random_word(void)
{
	uint8_t seed[32];
	uintptr_t word;

	labyrinth_port_random(seed);
	memcpy(&word, seed, sizeof(word));
	return word;
}

/* It takes effect in the middle of this very function, which therefore has none. */
__attribute__((no_stack_protector)) void canary_init(void)
{
	__stack_chk_guard = random_word() & TEXT_STOPS_HERE;
}

void __stack_chk_fail(void)
{
	panic("the stack was overwritten: the canary is dead in the function that returns to rip %016lx",
	      (uintptr_t)__builtin_return_address(0));
}
