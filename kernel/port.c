/*
 * port.c - what <labyrinth/port.h> asks of a kernel, but for what inline_port.h inlines.
 *
 * Manual  Intel SDM vol. 1 section 7.3.17 (RDRAND, RDSEED: carry is set when the number is good).
 */
#include <labyrinth/port.h>

#include "panic.h"
#include "port.h"
#include "x86/cpu.h"
#include "x86/mem.h"
#include "x86/paging.h"

#define CPUID_1_ECX_RDRAND (1u << 30)
#define CPUID_7_EBX_RDSEED (1u << 18)
#define TRIES              10  /* SDM: ten failures in a row mean that the generator is broken */
#define JITTER_ROUNDS      256 /* even a fraction of a bit each makes a word                   */

bool port_booted;

void port_interrupts_start(void)
{
	port_booted = true;
	irq_on();
}

void *labyrinth_port_virt(phys_addr_t phys)
{
	return phys_virt(phys);
}

void labyrinth_port_panic(const char *found, uint64_t number)
{
	panic("the allocator's metadata is corrupt: %s (0x%lx)", found, number);
}

static bool rdseed(uint64_t *out)
{
	bool good;

	__asm__ volatile("rdseed %0" : "=r"(*out), "=@ccc"(good));
	return good;
}

static bool rdrand(uint64_t *out)
{
	bool good;

	__asm__ volatile("rdrand %0" : "=r"(*out), "=@ccc"(good));
	return good;
}

/* RDSEED, else RDRAND, else 0: what follows is mixed in anyway. */
static uint64_t from_cpu(void)
{
	bool has_seed = (cpu_id_if_any(7).ebx & CPUID_7_EBX_RDSEED) != 0;
	bool has_rand = (cpu_id(1).ecx & CPUID_1_ECX_RDRAND) != 0;
	uint64_t word;

	for (int i = 0; has_seed && i < TRIES; i++)
		if (rdseed(&word))
			return word;
	for (int i = 0; has_rand && i < TRIES; i++)
		if (rdrand(&word))
			return word;
	return 0;
}

/* An odd multiplier and shifts: every bit of `in` reaches every bit of the result. */
static uint64_t mix(uint64_t pool, uint64_t in)
{
	pool = (pool ^ in) * UINT64_C(0x9e3779b97f4a7c15);
	return pool ^ pool >> 29;
}

/* How long CPUID takes varies: it serializes, and under a hypervisor it leaves the guest. */
static uint64_t from_jitter(uint64_t pool)
{
	for (int i = 0; i < JITTER_ROUNDS; i++) {
		cpu_id(0);
		pool = mix(pool, cpu_tsc());
	}
	return pool;
}

/* Adding the jitter by XOR cannot make the CPU's word worse. */
void labyrinth_port_random(uint8_t seed[32])
{
	uint64_t jitter = 0, word;

	for (int i = 0; i < 4; i++) {
		jitter = from_jitter(jitter);
		word = from_cpu() ^ jitter;
		memcpy(seed + 8 * i, &word, sizeof(word));
	}
}
