/*
 * refuse32.S - one line, on serial and on the VGA text screen, when the kernel cannot even be entered.
 *
 * Idea    Nothing is known yet but that this is a PC: COM1 and the text buffer are written blindly, with bounded
 *         waiting. Leaving QEMU writes to a port that on a real machine may be anything; so only if `exit` is on the
 *         command line, or, when there is no command line to be found, if CPUID says that this is a virtual machine.
 * Needs   ESI message; boot_magic and boot_info as entry32.S saved them.
 */

#define MULTIBOOT2_BOOT_MAGIC 0x36d76289
#define TAG_END               0
#define TAG_CMDLINE           1
#define WORD_EXIT             0x74697865 /* "exit", little endian */

#define COM1                  0x3f8 /* PC16550D data sheet, section 8 */
#define VGA_TEXT              0xb8000
#define VGA_CELLS             (80 * 25)
#define VGA_BLANK             0x0720 /* light grey on black, space */
#define PATIENCE              100000 /* looks at the transmitter, about 0.1 s */

#define DEBUG_EXIT_PORT       0xf4 /* QEMU isa-debug-exit, as in kernel/panic.c */
#define VERDICT_PANIC         0x12
#define HYPERVISOR_PRESENT    31 /* CPUID.1:ECX: zero on real CPUs. SDM vol. 2, CPUID */

	.code32
	.section .boot.text, "ax"

	.globl refuse32
refuse32:
	pushl %esi
	call serial_setup
	movl $VGA_TEXT, %edi
	movl $VGA_CELLS, %ecx
	movw $VGA_BLANK, %ax
	rep stosw
	movl $VGA_TEXT, %edi
	movl $prefix, %esi
	call say
	popl %esi
	call say
	movl $newline, %esi
	call say
	call exit_wanted
	jnz halt
	movb $VERDICT_PANIC, %al
	movw $DEBUG_EXIT_PORT, %dx
	outb %al, %dx
halt:
	cli
	hlt
	jmp halt

/* 115200 baud, 8 data bits, no parity, one stop bit, FIFO on. */
serial_setup:
	movl $serial_steps, %esi
1:	lodsw
	movzbl %al, %edx
	addl $COM1, %edx
	movb %ah, %al
	outb %al, %dx
	cmpl $serial_steps_end, %esi
	jb 1b
	ret

/* ESI text; EDI place on the screen, moved along. */
say:
	lodsb
	testb %al, %al
	jz 9f
	call serial_put
	movb $VGA_BLANK >> 8, %ah
	cmpb $' ', %al
	jb say
	stosw
	jmp say
9:	ret

/* AL character, kept. */
serial_put:
	movb %al, %bl
	movl $PATIENCE, %ecx
	movw $COM1 + 5, %dx
1:	inb %dx, %al
	testb $0x20, %al /* transmitter holding register empty */
	jnz 2f
	loop 1b
2:	movb %bl, %al
	movw $COM1, %dx
	outb %al, %dx
	ret

/* Zero flag set: write the exit port. */
exit_wanted:
	cmpl $MULTIBOOT2_BOOT_MAGIC, boot_magic
	je exit_on_cmdline
	call has_cpuid
	jz 1f
	movl $1, %eax
	cpuid
	notl %ecx
	testl $1 << HYPERVISOR_PRESENT, %ecx
	ret
1:	testl %esp, %esp
	ret

/* Walks the tags as Multiboot2 Specification 2.0 section 3.6 lays them out; gives up where they do not add up. */
exit_on_cmdline:
	movl boot_info, %ebx
	movl %ebx, %edx
	addl (%ebx), %edx /* EDX: end of the information */
	jc 9f
	addl $8, %ebx
1:	movl %edx, %ecx
	subl %ebx, %ecx   /* ECX: bytes left */
	jb 9f
	cmpl $8, %ecx
	jb 9f
	movl 4(%ebx), %eax
	cmpl $8, %eax
	jb 9f
	cmpl %ecx, %eax
	ja 9f
	cmpl $TAG_CMDLINE, (%ebx)
	je find_exit
	cmpl $TAG_END, (%ebx)
	je 9f
	addl $7, %eax
	andl $~7, %eax
	addl %eax, %ebx
	jnc 1b
9:	testl %esp, %esp  /* never zero: no */
	ret

/*
 * EBX the command line's tag, EAX its size. The text starts 8 bytes in, behind the size's top byte, which is 0 like
 * the byte at the text's end: so a word is what stands between bytes that are 0 or a space.
 */
find_exit:
	leal 8(%ebx), %esi
	leal -4(%ebx, %eax), %edi /* EDI: one past the last place where "exit" and the text's NUL have room */
1:	cmpl %edi, %esi
	jae 8f
	cmpl $WORD_EXIT, (%esi)
	jne 2f
	testb $~' ', -1(%esi)
	jnz 2f
	testb $~' ', 4(%esi)
	jz 9f
2:	incl %esi
	jmp 1b
8:	testl %esp, %esp
9:	ret

	.section .boot.rodata, "a"
prefix:
	.asciz "\r\nlabyrinth: cannot boot: "
newline:
	.asciz "\r\n"

/*
 * Register, value. PC16550D data sheet, table 8-1: line control, divisor low and high, line control, FIFO,
 * interrupts, modem.
 */
serial_steps:
	.byte 3, 0x80
	.byte 0, 1
	.byte 1, 0
	.byte 3, 0x03
	.byte 2, 0x07
	.byte 1, 0
	.byte 4, 0x03
serial_steps_end:
