/*
 * switch.h - from one stack to another.
 */
#ifndef X86_SWITCH_H
#define X86_SWITCH_H

#include <stdint.h>

/*
 * Saves where this thread is, at *from, and goes on where the other one was when `to` was saved for it. Returns when
 * somebody switches back, on whatever CPU that is. Interrupts are off.
 */
void stack_switch(uint64_t *from, uint64_t to);

/*
 * What stack_switch() takes to call entry(), which does not return, on a stack that nothing has run on yet; `top` is
 * 16-byte aligned.
 */
uint64_t stack_prepare(uint64_t top, void (*entry)(void));

#endif
