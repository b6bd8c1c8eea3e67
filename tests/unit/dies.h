/*
 * dies.h - a call that must end in the port's panic, made in a child process.
 *
 * Needs   kit.h before it.
 */
#ifndef TESTS_DIES_H
#define TESTS_DIES_H

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child: the call, with what it prints going into the pipe, and the signal's default effect. */
static inline _Noreturn void die_into(int pipe, void (*call)(void *), void *argument)
{
	signal(SIGABRT, SIG_DFL);
	dup2(pipe, STDERR_FILENO);
	call(argument);
	_exit(0);
}

/* The call aborts, and what it prints last begins with "host: " and this sentence. */
static inline void assert_dies(void (*call)(void *), void *argument, const char *sentence)
{
	char said[512] = { 0 };
	int ends[2], status;
	size_t length = 0;
	ssize_t got;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		die_into(ends[1], call, argument);
	close(ends[1]);
	while (length < sizeof(said) - 1 && (got = read(ends[0], said + length, sizeof(said) - 1 - length)) > 0)
		length += (size_t)got;
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_memory_equal(said, "host: ", 6);
	assert_non_null(strstr(said, sentence));
}

#endif
