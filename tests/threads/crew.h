/*
 * crew.h - threads that run one body, meet at pauses, and remember the first thing that went wrong.
 *
 * Idea    Only the main thread may fail a cmocka test. The others note what they saw and go on to the end without
 *         doing anything more; the main thread judges.
 */
#ifndef TESTS_THREADS_CREW_H
#define TESTS_THREADS_CREW_H

#include "threads/port.h"

#define CREW_MAX 8

extern struct cpu crew_cpu[CREW_MAX];

/* Runs body(0) .. body(threads - 1), each on a CPU of its own, lines open; returns when all are done. */
void crew_run(unsigned threads, void (*body)(unsigned number), void (*handler)(enum level level));

/* All threads meet, lines closed; one runs the audit while the others wait. Level TASK. */
void crew_pause(void (*audit)(void));

/* Notes what is wrong, unless something was before. Any level. */
void crew_wrong(const char *what, uint64_t number);

/* Is anything? */
bool crew_stopped(void);

/* NULL, or what was noted since the last call; reports of ThreadSanitizer included. Main thread. */
const char *crew_verdict(uint64_t *number);

#endif
