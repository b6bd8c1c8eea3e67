/*
 * probe.c - one byte, read or written, or code, run, with a way out.
 *
 * Writes  What each CPU has probed in vain last, and where it is about to jump.
 */
#include <stddef.h>

#include "image.h"
#include "x86/percpu.h"
#include "x86/probe.h"

struct way_out {
	uint64_t faults_at, goes_on_at;
};

static struct probe_fault last[CPUS_MOST];
static volatile struct way_out jump[CPUS_MOST];

#define WAY_OUT ".pushsection .probes, \"a\"\n\t.quad 1b, 2b\n\t.popsection\n"

bool probe_read(const volatile void *at, uint8_t *byte)
{
	bool done = false;
	uint8_t value = 0;

	__asm__ volatile("1: movb (%2), %1\n\tmovb $1, %0\n2:\n" WAY_OUT
	                 : "+q"(done), "+q"(value) : "r"(at) : "memory");
	if (done)
		*byte = value;
	return done;
}

bool probe_write(volatile void *at, uint8_t byte)
{
	bool done = false;

	__asm__ volatile("1: movb %1, (%2)\n\tmovb $1, %0\n2:\n" WAY_OUT : "+q"(done) : "q"(byte), "r"(at) : "memory");
	return done;
}

const uint8_t probe_code[4] = { 0xb0, 0x01, 0xff, 0xe2 }; /* movb $1, %al; jmp *%rdx */

bool probe_run(const void *copy)
{
	volatile struct way_out *mine = &jump[cpu_index()];
	bool done = false;

	mine->faults_at = (uintptr_t)copy;
	__asm__ volatile("leaq 1f(%%rip), %%rdx\n\tmovq %%rdx, %1\n\tjmp *%2\n1:\n"
	                 : "+a"(done), "=m"(mine->goes_on_at) : "r"(copy) : "rdx", "memory");
	mine->faults_at = 0;
	return done;
}

struct probe_fault probe_last(void)
{
	return last[cpu_index()];
}

static uint64_t way_out_of(uint64_t rip)
{
	const struct way_out *end = (const struct way_out *)probes_end;

	for (const struct way_out *way = (const struct way_out *)probes_begin; way < end; way++)
		if (way->faults_at == rip)
			return way->goes_on_at;
	return rip != 0 && jump[cpu_index()].faults_at == rip ? jump[cpu_index()].goes_on_at : 0;
}

uint64_t probe_goes_on(uint64_t rip, uint64_t virt)
{
	uint64_t on = way_out_of(rip);

	if (on != 0)
		last[cpu_index()] = (struct probe_fault){ virt, rip };
	return on;
}
