/*
 * font_file.h - the bytes of the font file, build/font.psf, as font_file.S links them in.
 */
#ifndef VIEW_FONT_FILE_H
#define VIEW_FONT_FILE_H

#include <stdint.h>

extern const uint8_t font_file[], font_file_end[];

#endif
