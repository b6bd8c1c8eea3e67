/*
 * peer.h - what a peer supplies, and the program that is made of it: NAME [-q] WORKLOAD...
 *
 * Idea    A peer is one small .c file that defines the names below and then includes this file. So each peer is a
 *         program of its own, with its allocator inlined where it can be.
 *
 *	handle_t, HANDLE_NONE             what an allocation returns, and what a refusal returns
 *	PEER_MAX_ORDER                    0, or 9 when it has blocks of 2^order frames
 *	PEER_BOUNDED                      false when it takes more from the operating system instead of refusing
 *	PEER_LARGEST                      frames in the largest arena worth bringing up; 0 when there is nothing to
 *	PEER_REMOTE                       can one thread give back what another one took?
 *	struct peer                       one allocator
 *	peer_bytes(frames)                metadata memory that it wants; 0 when it brings its own
 *	peer_open(p, memory, frames)      a fresh allocator
 *	peer_thread(p, i)                 the allocator that thread i uses; called on that thread
 *	peer_take(p, order), peer_give(p, handle, order)
 *	PEER_MANY                         defined when there are peer_take_32(p, handles) and peer_give_32(p, handles)
 *	PEER_FRAME                        defined when there is peer_frame(p, handle): 0..frames - 1
 *	PEER_EXTRA                        may be defined: workloads of its own
 *	PEER_ALONE                        may be defined: true when it serves one thread only
 */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <string.h>

#ifndef PEER_ALONE
#define PEER_ALONE false
#endif

#include "bench/costs.h"
#include "bench/frag.h"
#include "bench/threads.h"
#include "bench/workloads.h"

#ifndef PEER_EXTRA
#define PEER_EXTRA
#endif

static const struct {
	const char *name;
	void      (*run)(void);
} workloads[] = {
	{ "hot",      run_hot      }, { "burst",    run_burst    }, { "many",    run_many    },
	{ "bulk",     run_bulk     }, { "mix50",    run_mix50    }, { "mix90",   run_mix90   },
	{ "hot9",     run_hot9     }, { "o9",       run_o9       },
	{ "orders50", run_orders50 }, { "orders90", run_orders90 },
	{ "threads",  run_threads  }, { "frag",     run_frag     }, { "init",    run_init    },
	{ "instr",    run_instr    },
	PEER_EXTRA
};

static void run(const char *name)
{
	for (size_t i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++)
		if (strcmp(name, workloads[i].name) == 0) {
			workload = workloads[i].name;
			workloads[i].run();
			return;
		}
	/* A workload that only another peer has. */
}

int main(int argc, char **argv)
{
	int first = 1;

	if (argc > 1 && strcmp(argv[1], "-q") == 0) {
		divisor = 10;
		first = 2;
	}
	if (first + 1 != argc) {
		fprintf(stderr, "usage: %s [-q] WORKLOAD\n", argv[0]);
		return 2;
	}
	pin(1);
	run(argv[first]);
	return fflush(stdout) != 0;
}

#endif
