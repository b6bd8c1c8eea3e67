/*
 * print.c - a small printf to serial and screen.
 *
 * Idea    Every conversion becomes some characters and a width to fill; one function fills. Compilers check the
 *         formats. What one call prints stays together: the other CPUs wait, but not for ever, so that a panic gets out
 *         whoever holds the line.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "view/print.h"
#include "view/screen.h"
#include "view/serial.h"
#include "x86/cpu.h"
#include "x86/percpu.h"

#define NOBODY   0u
#define PATIENCE 10000000u /* looks at who prints: a second or so; a line takes some milliseconds */

static _Atomic uint32_t printer = NOBODY; /* the CPU that prints, its index plus one */

struct spec {
	bool   left, zero, wide; /* flags `-` and `0`; 64-bit argument */
	size_t width, precision;
};

static void put(char c)
{
	if (c == '\n')
		serial_put('\r');
	serial_put(c);
	screen_put(c);
}

static void put_times(char c, size_t times)
{
	while (times-- > 0)
		put(c);
}

static void put_filled(const struct spec *spec, const char *text, size_t length)
{
	size_t fill = spec->width > length ? spec->width - length : 0;

	if (!spec->left)
		put_times(spec->zero ? '0' : ' ', fill);
	for (size_t i = 0; i < length; i++)
		put(text[i]);
	if (spec->left)
		put_times(' ', fill);
}

static void put_text(const struct spec *spec, const char *text)
{
	struct spec filled_with_spaces = *spec;
	size_t length = 0;

	if (text == NULL)
		text = "(null)";
	while (length < spec->precision && text[length] != '\0')
		length++;
	filled_with_spaces.zero = false;
	put_filled(&filled_with_spaces, text, length);
}

static void put_number(struct spec spec, uint64_t value, unsigned base, bool negative)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value != 0);
	if (negative && spec.zero && !spec.left) {
		put('-');
		spec.width -= spec.width > 0;
	} else if (negative) {
		digits[--at] = '-';
	}
	put_filled(&spec, digits + at, sizeof(digits) - at);
}

static size_t read_number(const char **at, va_list *args)
{
	size_t number = 0;

	if (**at == '*') {
		int given = va_arg(*args, int);

		(*at)++;
		return given > 0 ? (size_t)given : 0;
	}
	for (; **at >= '0' && **at <= '9'; (*at)++)
		number = number * 10 + (size_t)(**at - '0');
	return number;
}

/* What stands between `%` and the conversion's letter. */
static struct spec read_spec(const char **at, va_list *args)
{
	struct spec spec = { .precision = SIZE_MAX };

	for (; **at == '-' || **at == '0'; (*at)++) {
		spec.left |= **at == '-';
		spec.zero |= **at == '0';
	}
	spec.zero &= !spec.left;
	spec.width = read_number(at, args);
	if (**at == '.') {
		(*at)++;
		spec.precision = read_number(at, args);
	}
	for (; **at == 'l' || **at == 'z'; (*at)++)
		spec.wide = true;
	return spec;
}

static void put_signed(const struct spec *spec, int64_t value)
{
	put_number(*spec, value < 0 ? -(uint64_t)value : (uint64_t)value, 10, value < 0);
}

static void put_unsigned(const struct spec *spec, uint64_t value, char letter)
{
	put_number(*spec, value, letter == 'x' ? 16 : 10, false);
}

static void convert(char letter, const struct spec *spec, va_list *args)
{
	switch (letter) {
	case 's':
		put_text(spec, va_arg(*args, const char *));
		break;
	case 'c':
		put((char)va_arg(*args, int));
		break;
	case 'd':
		put_signed(spec, spec->wide ? va_arg(*args, long) : va_arg(*args, int));
		break;
	case 'u':
	case 'x':
		put_unsigned(spec, spec->wide ? va_arg(*args, unsigned long) : va_arg(*args, unsigned), letter);
		break;
	default:
		put(letter);
	}
}

/* true: this CPU has just got the line, and gives it up again. false: it had it before it was interrupted. */
static bool line_take(void)
{
	uint32_t self = cpu_index() + 1, was = NOBODY;

	if (atomic_load(&printer) == self)
		return false;
	for (unsigned i = 0; i < PATIENCE; i++, was = NOBODY) {
		if (atomic_compare_exchange_weak(&printer, &was, self))
			return true;
		cpu_relax();
	}
	atomic_store(&printer, self);
	return true;
}

/* Unless somebody lost patience and took it. */
static void line_give(void)
{
	uint32_t self = cpu_index() + 1;

	atomic_compare_exchange_strong(&printer, &self, NOBODY);
}

/* A copy of args, because a va_list that is a parameter cannot portably be pointed to. */
static void print(const char *format, va_list args)
{
	va_list own;

	va_copy(own, args);
	while (*format != '\0') {
		if (*format != '%') {
			put(*format++);
			continue;
		}
		format++;
		struct spec spec = read_spec(&format, &own);

		if (*format == '\0')
			break;
		convert(*format++, &spec, &own);
	}
	va_end(own);
}

void kvprintf(const char *format, va_list args)
{
	preempt_off();
	bool taken = line_take();

	print(format, args);
	if (taken)
		line_give();
	preempt_on();
}

void kprintf(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	kvprintf(format, args);
	va_end(args);
}
