/*
 * crew.c - starting, meeting, noting.
 */
#define _GNU_SOURCE
#include "threads/crew.h"

struct cpu crew_cpu[CREW_MAX];

static pthread_barrier_t gate;
static void (*crew_body)(unsigned number);

static _Atomic(const char *) wrong;
static _Atomic uint64_t      wrong_number;
static volatile unsigned     reports; /* of ThreadSanitizer, which calls one at a time */

/* ThreadSanitizer calls it for every report, inside its own locks: nothing but a store is safe. */
void __tsan_on_report(void *report);
void __tsan_on_report(void *report)
{
	(void)report;
	reports++;
}

void crew_wrong(const char *what, uint64_t number)
{
	const char *nothing = NULL;

	if (atomic_compare_exchange_strong(&wrong, &nothing, what))
		atomic_store(&wrong_number, number);
}

bool crew_stopped(void)
{
	return atomic_load_explicit(&wrong, memory_order_relaxed) != NULL;
}

const char *crew_verdict(uint64_t *number)
{
	const char *what = atomic_exchange(&wrong, NULL);

	*number = atomic_load(&wrong_number);
	if (what == NULL && reports > 0) {
		*number = reports;
		what = "ThreadSanitizer reported (how often)";
	}
	reports = 0;
	return what;
}

static void *thread_main(void *arg)
{
	struct cpu *cpu = arg;

	cpu_enter(cpu);
	pthread_barrier_wait(&gate); /* from here on everybody's thread is known */
	cpu_thaw();
	crew_body((unsigned)(cpu - crew_cpu));
	cpu_freeze();
	pthread_barrier_wait(&gate); /* until here anybody may raise a line */
	cpu_leave();
	return NULL;
}

void crew_run(unsigned threads, void (*body)(unsigned number), void (*handler)(enum level level))
{
	pthread_t thread[CREW_MAX];

	crew_body = body;
	pthread_barrier_init(&gate, NULL, threads);
	for (unsigned i = 0; i < threads; i++) {
		crew_cpu[i].index = i;
		atomic_store(&crew_cpu[i].raised, 0);
		crew_cpu[i].handler = handler;
		crew_cpu[i].taken = crew_cpu[i].ticks = crew_cpu[i].blocks = 0;
		if (pthread_create(&thread[i], NULL, thread_main, &crew_cpu[i]) != 0)
			labyrinth_port_panic("a thread cannot be started", i);
	}
	for (unsigned i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	pthread_barrier_destroy(&gate);
}

void crew_pause(void (*audit)(void))
{
	cpu_freeze();
	if (pthread_barrier_wait(&gate) == PTHREAD_BARRIER_SERIAL_THREAD && !crew_stopped())
		audit();
	pthread_barrier_wait(&gate);
	cpu_thaw();
}
