/*
 * font_file.S - links build/font.psf into the kernel. The assembler is told where to look for it with -I.
 */
	.section .rodata
	.globl font_file, font_file_end
font_file:
	.incbin "font.psf"
font_file_end:
