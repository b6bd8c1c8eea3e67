/*
 * mmu.c - hides with mprotect(), shows windows with mmap().
 */
#define _GNU_SOURCE
#include "mmu.h"

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host.h"
#include "instance.h"
#include "page.h"
#include "window.h"

enum reach { SHOWN, LINGERS, HIDDEN };

struct mmu mmu;

static int      memory; /* the file */
static uint64_t first, frames;
static uint8_t *reach; /* of each frame, enum reach */
static uint8_t *windows, *device;
static uint64_t window[MMU_CPUS][MMU_SLOTS]; /* frame number; 0: nothing */

static void must(bool holds, const char *what, uint64_t number)
{
	if (holds)
		return;
	fprintf(stderr, "mmu: %s (%llu)\n", what, (unsigned long long)number);
	abort();
}

static uint64_t index_of(phys_addr_t phys)
{
	uint64_t pfn = labyrinth_pfn_floor(phys).n;

	must(pfn >= first && pfn - first < frames, "a frame that was not announced", pfn);
	return pfn - first;
}

static uint8_t *direct(uint64_t i)
{
	return host_bytes(labyrinth_pfn_phys((pfn_t){ first + i }));
}

static void protect(uint64_t i, uint64_t count, int how)
{
	must(mprotect(direct(i), count * LABYRINTH_PAGE_SIZE, how) == 0, "mprotect() fails", i);
}

static void in_task(void)
{
	must(host_context == LABYRINTH_TASK && host_irq_on, "a hook for tasks is called elsewhere", host_context);
}

static bool hide(phys_addr_t phys, unsigned order, void *context)
{
	uint64_t i = index_of(phys), count = UINT64_C(1) << order;

	(void)context;
	in_task();
	must(order == 0 || order == 9, "this order is not hidden", order);
	must((first + i) % count == 0 && i + count <= frames, "a block that does not lie right", i);
	if (mmu.tables == 0)
		return false;
	mmu.tables--;
	*(order == 0 ? &mmu.single : &mmu.whole) += 1;
	for (uint64_t k = i; k < i + count; k++) {
		must(reach[k] == SHOWN, "what is hidden is hidden again", k);
		reach[k] = LINGERS;
	}
	return true;
}

/* Nobody may have it, or get it, as long as others reach it; but for the vault that is being isolated. */
static void must_be_loose(uint64_t i)
{
	const struct page *page;

	if (mmu.lab == NULL || !mmu.lab->isolation->on)
		return;
	page = labyrinth_frames_find(mmu.lab->frames, (pfn_t){ first + i });
	must(page != NULL && word_state(frames_word(mmu.lab->frames, page)) == FRAME_FREE,
	     "a frame is exclusive before all CPUs have forgotten it", i);
}

static void flush(void *context)
{
	(void)context;
	in_task();
	if (mmu.flushing != NULL)
		mmu.flushing();
	mmu.flushes++;
	for (uint64_t i = 0; i < frames; i++)
		if (reach[i] == LINGERS) {
			must_be_loose(i);
			reach[i] = HIDDEN;
			protect(i, 1, PROT_NONE);
		}
}

static void show(phys_addr_t phys, unsigned order, void *context)
{
	uint64_t i = index_of(phys), count = UINT64_C(1) << order;

	(void)context;
	mmu.shown += count;
	for (uint64_t k = i; k < i + count; k++) {
		must(reach[k] != SHOWN, "what is shown is shown again", k);
		for (unsigned w = 0; w < MMU_CPUS * MMU_SLOTS; w++)
			must(window[w / MMU_SLOTS][w % MMU_SLOTS] != first + k, "who has a window is shown", w);
		reach[k] = SHOWN;
	}
	protect(i, count, PROT_READ | PROT_WRITE);
}

static uint8_t *slot_of(unsigned slot)
{
	must(host_cpu < MMU_CPUS && slot < MMU_SLOTS, "no such slot", slot);
	return windows + ((size_t)host_cpu * MMU_SLOTS + slot) * LABYRINTH_PAGE_SIZE;
}

static void *map(unsigned slot, phys_addr_t phys, void *context)
{
	uint8_t *at = slot_of(slot);
	uint64_t i = index_of(phys);

	(void)context;
	must(window[host_cpu][slot] == 0, "a slot is filled twice", slot);
	must(reach[i] == HIDDEN, "a frame in everybody's reach is seen through a window", i);
	window[host_cpu][slot] = first + i;
	mmu.maps++;
	must(mmap(at, LABYRINTH_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, memory,
	          (off_t)(i * LABYRINTH_PAGE_SIZE)) == at, "no window", slot);
	return at;
}

static void unmap(unsigned slot, void *context)
{
	uint8_t *at = slot_of(slot);

	(void)context;
	must(window[host_cpu][slot] != 0, "a slot is emptied twice", slot);
	window[host_cpu][slot] = 0;
	mmu.unmaps++;
	must(mmap(at, LABYRINTH_PAGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at,
	     "a window stays", slot);
}

/* In nobody's reach, what CPUs remember included. */
static bool hidden(phys_addr_t phys, void *context)
{
	(void)context;
	return reach[index_of(phys)] == HIDDEN;
}

struct labyrinth_isolation mmu_start(uint64_t first_frame, uint64_t count)
{
	size_t bytes = count * LABYRINTH_PAGE_SIZE;

	first = first_frame;
	frames = count;
	mmu = (struct mmu){ .tables = UINT64_MAX };
	memset(window, 0, sizeof(window));
	must(direct(count - 1) == direct(0) + bytes - LABYRINTH_PAGE_SIZE, "the host shows it in two places", first);
	reach = calloc(count, sizeof(*reach));
	memory = memfd_create("memory", 0);
	must(reach != NULL && memory >= 0 && ftruncate(memory, (off_t)bytes) == 0, "no file in memory", bytes);
	must(mmap(direct(0), bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, memory, 0) == direct(0),
	     "no direct map", bytes);
	windows = mmap(NULL, MMU_CPUS * MMU_SLOTS * LABYRINTH_PAGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	device = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	must(windows != MAP_FAILED && device != MAP_FAILED, "no place for windows", bytes);
	return (struct labyrinth_isolation){
		.hide = hide, .flush = flush, .show = show, .map = map, .unmap = unmap, .hidden = hidden,
		.slots = MMU_SLOTS,
	};
}

/* The memory becomes what the host's is. */
void mmu_end(void)
{
	size_t bytes = frames * LABYRINTH_PAGE_SIZE;

	must(mmap(direct(0), bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
	          0) == direct(0), "no memory any more", bytes);
	munmap(windows, MMU_CPUS * MMU_SLOTS * LABYRINTH_PAGE_SIZE);
	munmap(device, bytes);
	close(memory);
	free(reach);
	reach = NULL;
}

uint64_t mmu_hidden(void)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < frames; i++)
		n += reach[i] == HIDDEN;
	return n;
}

uint8_t *mmu_device(phys_addr_t phys)
{
	return device + index_of(phys) * LABYRINTH_PAGE_SIZE + phys.a % LABYRINTH_PAGE_SIZE;
}

/* ---- Faults. */

static sigjmp_buf back;

static void caught(int signal)
{
	(void)signal;
	siglongjmp(back, 1);
}

static bool faults(volatile uint8_t *at, bool write)
{
	struct sigaction action = { .sa_handler = caught }, was;
	bool fault = false;

	sigaction(SIGSEGV, &action, &was);
	if (sigsetjmp(back, 1) != 0)
		fault = true;
	else if (write)
		*at = *at;
	else
		(void)*at;
	sigaction(SIGSEGV, &was, NULL);
	return fault;
}

bool mmu_read_faults(const void *at)
{
	return faults((volatile uint8_t *)(uintptr_t)at, false);
}

bool mmu_write_faults(void *at)
{
	return faults(at, true);
}
