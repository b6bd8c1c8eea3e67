/*
 * tables.c - what is hidden, what lingers, and what the windows show.
 *
 * Writes  Of each frame one byte, by exchange: whoever is late finds something else than he should. What lingers on a
 *         CPU lies between two frame numbers that only its task writes.
 */
#include "threads/tables.h"

#include <stdlib.h>

enum { SHOWN, HIDDEN, SEEN, LINGERS /* + CPU */ };

static struct table {
	uint64_t begin, end;  /* frames among which those are that linger */
	unsigned asked;       /* how often to hide something              */
	_Atomic uint64_t slot[TABLES_SLOTS]; /* frame + 1; 0: nothing     */
} table[CREW_MAX];

static _Atomic uint8_t *reach;
static uint64_t         first, frames;
static bool             refusing;

static void must(bool holds, const char *what, uint64_t number)
{
	if (!holds)
		crew_wrong(what, number);
}

static uint64_t index_of(phys_addr_t frame)
{
	uint64_t i = labyrinth_pfn_floor(frame).n - first;

	if (i >= frames)
		labyrinth_port_panic("a frame that the tables do not have", i);
	return i;
}

static void change(uint64_t i, uint8_t from, uint8_t to, const char *wrong)
{
	must(atomic_exchange(&reach[i], to) == from, wrong, first + i);
}

static void in_task(void)
{
	must(labyrinth_port_context() == LABYRINTH_TASK, "a hook for tasks is called elsewhere", 0);
}

static bool hide(phys_addr_t at, unsigned order, void *context)
{
	unsigned cpu = labyrinth_port_pin();
	struct table *t = &table[cpu];
	uint64_t i = index_of(at), end = i + (UINT64_C(1) << order);

	(void)context;
	in_task();
	must((order == 0 || order == 9) && end <= frames, "this block cannot be hidden", order);
	if (refusing && ++t->asked % 7 == 0)
		return false;
	t->begin = t->begin == t->end || i < t->begin ? i : t->begin;
	t->end = end > t->end ? end : t->end;
	for (; i < end; i++)
		change(i, SHOWN, (uint8_t)(LINGERS + cpu), "what is not shown is hidden");
	return true;
}

static void flush(void *context)
{
	unsigned cpu = labyrinth_port_pin();
	struct table *t = &table[cpu];

	(void)context;
	in_task();
	for (uint64_t i = t->begin; i < t->end; i++)
		if (atomic_load(&reach[i]) == LINGERS + cpu)
			change(i, (uint8_t)(LINGERS + cpu), HIDDEN, "what lingers is somebody's already");
	t->begin = t->end = 0;
}

static void show(phys_addr_t at, unsigned order, void *context)
{
	uint64_t i = index_of(at), end = i + (UINT64_C(1) << order);

	(void)context;
	for (; i < end; i++)
		change(i, HIDDEN, SHOWN, "what is not hidden, or is in a window, is shown");
}

static void *map(unsigned slot, phys_addr_t frame, void *context)
{
	uint64_t i = index_of(frame);

	(void)context;
	change(i, HIDDEN, SEEN, "what is not hidden, or in a window already, gets one");
	must(atomic_exchange(&table[labyrinth_port_pin()].slot[slot], i + 1) == 0, "a slot is filled twice", slot);
	return labyrinth_port_virt(frame);
}

static void unmap(unsigned slot, void *context)
{
	uint64_t i = atomic_exchange(&table[labyrinth_port_pin()].slot[slot], 0);

	(void)context;
	must(i != 0, "a slot is emptied twice", slot);
	if (i != 0)
		change(i - 1, SEEN, HIDDEN, "a window shows what is not in one");
}

static bool hidden(phys_addr_t frame, void *context)
{
	uint8_t now = atomic_load(&reach[index_of(frame)]);

	(void)context;
	return now == HIDDEN || now == SEEN;
}

struct labyrinth_isolation tables_start(uint64_t first_frame, uint64_t count)
{
	first = first_frame;
	frames = count;
	refusing = false;
	for (unsigned cpu = 0; cpu < CREW_MAX; cpu++)
		table[cpu] = (struct table){ .asked = 0 };
	reach = calloc(count, sizeof(*reach));
	if (reach == NULL)
		labyrinth_port_panic("no memory for tables", count);
	return (struct labyrinth_isolation){
		.hide = hide, .flush = flush, .show = show, .map = map, .unmap = unmap, .hidden = hidden,
		.slots = TABLES_SLOTS,
	};
}

void tables_end(void)
{
	free((void *)reach);
	reach = NULL;
}

void tables_refuse(bool refuse)
{
	refusing = refuse;
}

void tables_expect(phys_addr_t frame, bool exclusive)
{
	if (reach == NULL)
		return;
	must(atomic_load(&reach[index_of(frame)]) == (exclusive ? HIDDEN : SHOWN),
	     exclusive ? "an exclusive frame is not hidden" : "a shared frame is not shown",
	     labyrinth_pfn_floor(frame).n);
}

uint64_t tables_hidden(void)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < frames; i++)
		n += atomic_load(&reach[i]) == HIDDEN;
	return n;
}
