/*
 * main.h - where entry64.S goes.
 */
#ifndef KERNEL_MAIN_H
#define KERNEL_MAIN_H

#include <stdint.h>

/* entered: the cycle counter, early in entry32.S. */
_Noreturn void kernel_main(uint32_t boot_info_phys, uint64_t entered);

#endif
