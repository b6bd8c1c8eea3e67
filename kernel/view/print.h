/*
 * print.h - formatted text for people: on the serial line and on the screen at once.
 */
#ifndef VIEW_PRINT_H
#define VIEW_PRINT_H

#include <stdarg.h>

/*
 * Prints; what one call prints is not mixed with what other CPUs print. Any context: a handler may print inside a print
 * that it interrupted, and who waits for another CPU waits about a second at most, then prints all the same.
 *
 * format   %s %c %d %u %x and %%, with `l` or `z`, the flags `-` and `0`, a width (digits or *), and a precision for
 *          %s (.N or .*).
 */
void kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
void kvprintf(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

#endif
