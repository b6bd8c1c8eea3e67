/*
 * serial.c - polls a 16550 UART.
 *
 * Idea    A machine without a UART answers reads with any value; only one that returns a byte in loop-back mode is
 *         believed.
 * Manual  National PC16550D data sheet, section 8 (registers), 8.6.5 (modem control: loop-back).
 */
#include <stdbool.h>

#include "view/serial.h"
#include "x86/cpu.h"
#include "x86/port_io.h"

enum {
	COM1            = 0x3f8,
	DATA            = COM1 + 0, /* divisor low with DIVISOR_ACCESS  */
	INTERRUPTS      = COM1 + 1, /* divisor high with DIVISOR_ACCESS */
	FIFO            = COM1 + 2,
	LINE_CONTROL    = COM1 + 3,
	MODEM_CONTROL   = COM1 + 4,
	LINE_STATUS     = COM1 + 5,
};

enum {
	DIVISOR_ACCESS  = 0x80,
	EIGHT_BITS      = 0x03,
	FIFO_ON_CLEARED = 0x07,
	READY           = 0x03, /* DTR, RTS */
	LOOP_BACK       = 0x10,
	RECEIVED        = 0x01,
	CAN_TAKE        = 0x20,
	IDLE            = 0x40, /* nothing left to shift out */
	DIVISOR_115200  = 1,
	TEST_BYTE       = 0xae,
};

/* Looks at the line status: a second or so, where sending one character takes 0.1 ms. */
#define PATIENCE 1000000u

static bool present;

static bool wait_for(uint8_t status)
{
	for (unsigned i = 0; i < PATIENCE; i++) {
		if (port_read(LINE_STATUS) & status)
			return true;
		cpu_relax();
	}
	return false;
}

static bool returns_what_is_sent(void)
{
	port_write(MODEM_CONTROL, LOOP_BACK);
	port_write(DATA, TEST_BYTE);
	return wait_for(RECEIVED) && port_read(DATA) == TEST_BYTE;
}

void serial_init(void)
{
	port_write(INTERRUPTS, 0);
	port_write(LINE_CONTROL, DIVISOR_ACCESS);
	port_write(DATA, DIVISOR_115200);
	port_write(INTERRUPTS, 0);
	port_write(LINE_CONTROL, EIGHT_BITS);
	port_write(FIFO, FIFO_ON_CLEARED);
	present = returns_what_is_sent();
	port_write(MODEM_CONTROL, READY);
}

void serial_put(char c)
{
	if (!present)
		return;
	present = wait_for(CAN_TAKE);
	port_write(DATA, (uint8_t)c);
}

void serial_drain(void)
{
	if (present)
		present = wait_for(IDLE);
}
