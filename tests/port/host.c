/*
 * host.c - the port of mm/ to a process.
 */
#define _GNU_SOURCE
#include "host.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum labyrinth_context host_context = LABYRINTH_TASK;
_Thread_local unsigned host_cpu;
_Thread_local volatile bool host_irq_on = true;
uint8_t                host_seed = 1;
void                 (*host_interrupt)(void);

/*
 * Physical memory is mapped a window at a time, when it is first touched. Where addresses are wide enough one window
 * holds it all. On a 32-bit CPU a window is 256 MiB around a multiple of that, so that what tests like to cross, 4 GiB
 * for one, lies in the middle.
 */
#define WIDE         (UINTPTR_MAX > UINT32_MAX)
#define WINDOW_SHIFT (WIDE ? 36 : 28)
#define WINDOW       (UINT64_C(1) << WINDOW_SHIFT) /* bytes */
#define BELOW        (WIDE ? 0 : WINDOW / 2)       /* bytes of the first window that lie below address 0 */

static uint8_t *windows[((HOST_MEMORY + BELOW - 1) >> WINDOW_SHIFT) + 1];

static void die(const char *why, uint64_t number)
{
	fprintf(stderr, "host: %s (%llu)\n", why, (unsigned long long)number);
	abort();
}

uint8_t *host_bytes(phys_addr_t phys)
{
	uint8_t **window;

	if (phys.a >= HOST_MEMORY)
		die("a test touches physical memory that the host does not have", phys.a);
	window = &windows[(phys.a + BELOW) >> WINDOW_SHIFT];
	if (*window == NULL) {
		*window = mmap(NULL, (size_t)WINDOW, PROT_READ | PROT_WRITE,
		               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (*window == MAP_FAILED)
			die("no address space for the physical memory of the tests", WINDOW);
	}
	return *window + ((phys.a + BELOW) & (WINDOW - 1));
}

void *labyrinth_port_virt(phys_addr_t phys)
{
	return host_bytes(phys);
}

_Noreturn void labyrinth_port_panic(const char *found, uint64_t number)
{
	die(found, number);
	abort();
}

void labyrinth_port_random(uint8_t seed[32])
{
	for (unsigned i = 0; i < 32; i++)
		seed[i] = (uint8_t)(host_seed + i);
}

void host_take_interrupt(void)
{
	void (*handler)(void) = host_interrupt;
	enum labyrinth_context was = host_context;

	if (handler == NULL || was != LABYRINTH_TASK)
		return;
	host_context = LABYRINTH_INTERRUPT;
	host_irq_on = false;
	handler();
	host_irq_on = true;
	host_context = was;
}

static void wait_for_oneself(void)
{
	die("a single CPU waits for itself", 0);
}

void (*host_relax)(void) = wait_for_oneself;

void labyrinth_port_relax(void)
{
	host_relax();
}
