/*
 * serial.h - the first serial line, COM1: 115200 baud, 8 data bits, no parity, one stop bit.
 */
#ifndef VIEW_SERIAL_H
#define VIEW_SERIAL_H

/* Sets the line up if there is one. Without one, serial_put() does nothing. */
void serial_init(void);

/*
 * Waits until the character is taken, but never for ever: a line that stops taking characters is given up. Any
 * context.
 */
void serial_put(char c);

/* Waits until all that was put is on the line, likewise. */
void serial_drain(void);

#endif
