/*
 * pic.h - the two legacy 8259A interrupt controllers.
 */
#ifndef X86_PIC_H
#define X86_PIC_H

/*
 * Where their interrupts would arrive: IRQ 0 at the first, IRQ 8 at the second; above the vectors that drivers may
 * have.
 */
#define PIC_FIRST_VECTOR  0xf0
#define PIC_SECOND_VECTOR 0xf8

/* Moves them out of the way of the exceptions and masks every line. */
void pic_disable(void);

#endif
