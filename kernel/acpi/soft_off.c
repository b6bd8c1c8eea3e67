/*
 * soft_off.c - looks for one object in the DSDT's byte code.
 */
#include "acpi/soft_off.h"
#include "acpi/tables.h"

enum {
	AML_ZERO    = 0x00, /* section 20.2.3 */
	AML_ONE     = 0x01,
	AML_NAME    = 0x08,
	AML_BYTE    = 0x0a,
	AML_WORD    = 0x0b,
	AML_DWORD   = 0x0c,
	AML_PACKAGE = 0x12,
	AML_ROOT    = '\\',
};

#define MOST_TYPE 7u /* SLP_TYP has three bits: table 4.19 */

/* The contents of the package whose length is encoded at `at`: section 20.2.4. No bytes when that is malformed. */
static struct bytes package_at(struct bytes aml, size_t at)
{
	uint8_t lead = bytes_u8(aml, at);
	size_t more = lead >> 6, length = lead & (more > 0 ? 0x0f : 0x3f);

	if (bytes_part(aml, at, 1 + more).count == 0 || (more > 0 && (lead & 0x30) != 0))
		return (struct bytes){ NULL, 0 };
	for (size_t i = 0; i < more; i++)
		length |= (size_t)bytes_u8(aml, at + 1 + i) << (4 + 8 * i);
	if (length <= 1 + more || bytes_part(aml, at, length).count == 0)
		return (struct bytes){ NULL, 0 };
	return bytes_part(aml, at + 1 + more, length - 1 - more);
}

/* The number encoded at *at, and *at behind it; false when there is none, or it is no sleep type. */
static bool type_at(struct bytes package, size_t *at, uint8_t *type)
{
	static const uint8_t sizes[] = { [AML_BYTE] = 1, [AML_WORD] = 2, [AML_DWORD] = 4 };
	uint8_t op = bytes_u8(package, *at);
	size_t size = op < sizeof(sizes) ? sizes[op] : 0;
	uint64_t number = size > 0 ? bytes_number(package, *at + 1, size) : op;

	if (bytes_part(package, *at, 1 + size).count == 0 || (size == 0 && op != AML_ZERO && op != AML_ONE))
		return false;
	*at += 1 + size;
	*type = (uint8_t)number;
	return number <= MOST_TYPE;
}

/* After the name: a package of at least two elements, the first two of them sleep types. */
static bool object_at(struct bytes aml, size_t at, struct soft_off *found)
{
	struct bytes package = package_at(aml, at + 1);
	size_t element = 1;

	found->known = bytes_u8(aml, at) == AML_PACKAGE && package.count > 0 && bytes_u8(package, 0) >= 2 &&
	               type_at(package, &element, &found->a) && type_at(package, &element, &found->b);
	return found->known;
}

/* Where the name ends that begins here; 0 when it is another. */
static size_t behind_name(struct bytes aml, size_t at)
{
	size_t name = at + 1 + (bytes_u8(aml, at + 1) == AML_ROOT);

	return bytes_u8(aml, at) == AML_NAME && bytes_spell(aml, name, "_S5_") ? name + 4 : 0;
}

struct soft_off soft_off_read(struct bytes dsdt)
{
	struct soft_off first = { false, 0, 0 }, found;

	for (size_t at = ACPI_HEADER_BYTES; at < dsdt.count; at++) {
		size_t object = behind_name(dsdt, at);

		if (object == 0 || !object_at(dsdt, object, &found))
			continue;
		if (first.known && (first.a != found.a || first.b != found.b))
			return (struct soft_off){ false, 0, 0 };
		first = found;
	}
	return first;
}
