/*
 * image.h - the edges of the kernel in memory, as linker.ld sets them. Only their addresses mean something.
 */
#ifndef KERNEL_IMAGE_H
#define KERNEL_IMAGE_H

#include <stdint.h>

/* Physical: all frames that the image occupies, the boot part included. */
extern const uint8_t image_begin[], image_end[];

/* Virtual: page aligned, in this order; data ends where the image ends. */
extern const uint8_t text_begin[], text_end[];
extern const uint8_t rodata_begin[], rodata_end[];
extern const uint8_t data_begin[], data_end[];

/* Virtual: what probe.c has put into .probes. */
extern const uint8_t probes_begin[], probes_end[];

#endif
