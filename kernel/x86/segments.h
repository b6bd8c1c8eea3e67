/*
 * segments.h - the segments of one CPU, and the stacks that its interrupts may switch to.
 *
 * Manual  Intel SDM vol. 3 sections 3.4.5 (descriptors), 7.7 (64-bit TSS).
 */
#ifndef X86_SEGMENTS_H
#define X86_SEGMENTS_H

#include <stdint.h>

struct __attribute__((packed)) tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t io_map; /* at or past the limit: no I/O permission map */
};

struct segments {
	uint64_t   gdt[5];
	struct tss tss;
};

#define SELECTOR_CODE 0x08
#define SELECTOR_DATA 0x10
#define SELECTOR_TSS  0x18

/* Entries of the interrupt stack table, 1..7: SDM vol. 3 section 6.14.5. 0 keeps the current stack. */
enum interrupt_stack {
	IST_NONE,
	IST_DOUBLE_FAULT,
	IST_NMI,
	IST_MACHINE_CHECK,
};

/* What LGDT and LIDT read: SDM vol. 3 section 2.4. */
struct __attribute__((packed)) table_pointer {
	uint16_t limit; /* bytes, less one */
	uint64_t base;
};

/* Fills and loads the segments of this CPU, and the task state segment that names its stacks. After percpu_init(). */
void segments_init(void);

#endif
