/*
 * pic.c - silences the legacy interrupt controllers.
 *
 * Idea    Even a masked 8259A can raise a spurious IRQ 7 or 15, so its vectors are moved away from the exceptions
 *         before it is masked.
 * Manual  Intel 8259A data sheet, "Initialization command words" and "Operation control words".
 */
#include "x86/pic.h"
#include "x86/port_io.h"

#define FIRST  0x20 /* command port; data is one higher */
#define SECOND 0xa0

#define ICW1_INIT 0x11 /* edge triggered, cascade, ICW4 follows */
#define ICW4_8086 0x01
#define MASK_ALL  0xff

static void pic_setup(uint16_t command, uint8_t vector, uint8_t cascade)
{
	port_write(command, ICW1_INIT);
	port_write(command + 1, vector);    /* ICW2 */
	port_write(command + 1, cascade);   /* ICW3 */
	port_write(command + 1, ICW4_8086);
	port_write(command + 1, MASK_ALL);  /* OCW1 */
}

void pic_disable(void)
{
	pic_setup(FIRST, PIC_FIRST_VECTOR, 1 << 2); /* the second hangs on line 2 ... */
	pic_setup(SECOND, PIC_SECOND_VECTOR, 2);    /* ... and is told so             */
}
