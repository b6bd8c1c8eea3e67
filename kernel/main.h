/*
 * main.h - where entry64.S goes.
 */
#ifndef KERNEL_MAIN_H
#define KERNEL_MAIN_H

#include <stdint.h>

_Noreturn void kernel_main(uint32_t boot_info_phys);

#endif
