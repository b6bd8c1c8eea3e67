/*
 * machine.c - memory, bring-up, hog.
 *
 * Idea    Nobody in the simulation reads a frame, so all physical memory is the same few MiB of the host, mapped over
 *         and over: a budget of gigabytes costs the host nothing.
 */
#define _GNU_SOURCE
#include "sim/machine.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "port/host.h"
#include "sim/die.h"

#define MEMORY (UINT64_C(16) << 30) /* bytes of physical memory at most */
#define PIECE  (UINT64_C(64) << 20) /* bytes that it repeats            */
#define FIRST  256                  /* the lowest frame, at 1 MiB       */
#define SPARE  4096                 /* frames beside vault and reserve  */

static void repeat_memory(void)
{
	static bool done;
	int file = done ? -1 : memfd_create("sim", 0);

	if (done)
		return;
	if (file < 0 || ftruncate(file, (off_t)PIECE) != 0)
		die("the host", "no memory to share");
	for (uint64_t at = 0; at < MEMORY; at += PIECE)
		if (mmap(host_bytes((phys_addr_t){ at }), PIECE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file,
		         0) == MAP_FAILED)
			die("the host", "memory cannot be mapped twice");
	close(file);
	done = true;
}

void machine_new(struct machine *m, uint64_t vault)
{
	const struct labyrinth_budget hog = { .name = "hog", .limit = LABYRINTH_MAX_BUDGET };
	struct labyrinth_range all = { { FIRST }, { FIRST + 2 * vault + SPARE } };
	struct labyrinth_ranges ranges = { &all, 1, 1 };
	struct labyrinth_config config = labyrinth_config_for(&ranges);
	size_t bytes;

	if (all.end.n > MEMORY / LABYRINTH_PAGE_SIZE)
		die("the simulation", "its memory is too small for this guarantee");
	repeat_memory();
	config.vault_frames = vault;
	config.reserve_frames = SPARE / 4;
	must("metadata", labyrinth_metadata_bytes(&ranges, &config, &bytes));
	bytes = (bytes + LABYRINTH_PAGE_SIZE - 1) & ~(size_t)(LABYRINTH_PAGE_SIZE - 1);
	m->metadata = must_have(aligned_alloc(LABYRINTH_PAGE_SIZE, bytes));
	must("init", labyrinth_init(&m->lab, m->metadata, bytes, &ranges, &config));
	must("register the hog", labyrinth_owner_register(m->lab, &hog, &m->hog));
}

static void eat_shared(struct machine *m, labyrinth_gfp_t gfp)
{
	struct labyrinth_grant grant;

	for (unsigned order = LABYRINTH_MAX_ORDER + 1; order-- > 0;) {
		do
			grant = labyrinth_alloc_pages(m->lab, gfp, order);
		while (grant.page != NULL);
		if (grant.status != LABYRINTH_NO_MEMORY)
			die("the hog's request", labyrinth_status_name(grant.status));
	}
}

void machine_eat(struct machine *m)
{
	struct labyrinth_claim claim = { .lab = m->lab, .owner = m->hog };

	eat_shared(m, LABYRINTH_GFP_NOWAIT);
	eat_shared(m, LABYRINTH_GFP_ATOMIC);
	do
		labyrinth_void_alloc_page_gfp_atomic_exclusive(&claim);
	while (claim.page != NULL);
	if (claim.status != LABYRINTH_NO_MEMORY)
		die("the hog's claim", labyrinth_status_name(claim.status));
}

void machine_end(struct machine *m)
{
	const char *broken = labyrinth_check(m->lab, NULL);

	if (broken != NULL)
		die("a law is broken", broken);
	must("retire the hog", labyrinth_owner_retire(m->lab, m->hog));
	free(m->metadata);
}
