/*
 * config.h - what a configuration asks for, and whether that can be had.
 */
#ifndef MM_CONFIG_H
#define MM_CONFIG_H

#include <labyrinth/init.h>

/* Is everything in it within its bounds, for a memory of so many frames? `later` is judged with the ranges. */
bool labyrinth_config_sound(const struct labyrinth_config *config, uint64_t frames);

#endif
