/*
 * step.c - single-step a function in this process, with a scene that can be put back.
 *
 * Writes  The body runs on a stack of its own, signal handlers on another, so a scene is: registers, the used part of
 *         the body's stack, and the test's memory.
 */
#define _GNU_SOURCE
#include "interrupt/step.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "port/host.h"

#define TRAP_FLAG   0x100 /* EFLAGS.TF */
#define STACK_BYTES 65536
#define RED_ZONE    128   /* below the stack pointer, in use: System V ABI for x86-64, section 3.2.2 */
#define SCENE_BYTES 262144

static struct {
	gregset_t registers;
	struct _libc_fpstate fp;
	size_t    stack_bytes;
	uint8_t   stack[STACK_BYTES];
	uint8_t   memory[SCENE_BYTES];
} scene;

static _Alignas(16) uint8_t body_stack[STACK_BYTES], launch_stack[STACK_BYTES], signal_stack[STACK_BYTES];
static ucontext_t           engine; /* where to go when the body has ended */
static const struct step   *running;
static volatile uint64_t    count;
static volatile bool        interrupted;

static void move_memory(bool out)
{
	uint8_t *copy = scene.memory;

	for (const struct step_memory *m = running->memory; m->at != NULL; copy += m->bytes, m++) {
		if (copy + m->bytes > scene.memory + SCENE_BYTES)
			abort();
		memcpy(out ? copy : m->at, out ? m->at : copy, m->bytes);
	}
}

static void save_scene(const ucontext_t *at)
{
	uint8_t *low = (uint8_t *)at->uc_mcontext.gregs[REG_RSP] - RED_ZONE;

	if (low < body_stack || low > body_stack + STACK_BYTES)
		abort();
	scene.stack_bytes = (size_t)(body_stack + STACK_BYTES - low);
	memcpy(scene.registers, at->uc_mcontext.gregs, sizeof(scene.registers));
	memcpy(&scene.fp, at->uc_mcontext.fpregs, sizeof(scene.fp));
	memcpy(scene.stack, low, scene.stack_bytes);
	move_memory(true);
}

static void interrupt_now(void)
{
	enum labyrinth_context context = host_context;
	bool irq_on = host_irq_on;

	host_context = running->nmi ? LABYRINTH_NMI : LABYRINTH_INTERRUPT;
	host_irq_on = false;
	running->interrupt();
	host_irq_on = irq_on;
	host_context = context;
}

/*
 * After each instruction of the body. The kernel clears the trap flag for handlers, so what they call is not stepped.
 */
static void on_trap(int signal, siginfo_t *info, void *context)
{
	ucontext_t *at = context;

	(void)signal;
	(void)info;
	count++;
	if (!running->nmi && !host_irq_on)
		return;
	save_scene(at);
	interrupt_now();
	interrupted = true;
	at->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
}

/* Puts the registers of the scene into the context that the handler returns to: the body goes on from there. */
static void on_resume(int signal, siginfo_t *info, void *context)
{
	ucontext_t *to = context;

	(void)signal;
	(void)info;
	memcpy(to->uc_mcontext.gregs, scene.registers, sizeof(scene.registers));
	memcpy(to->uc_mcontext.fpregs, &scene.fp, sizeof(scene.fp));
}

static inline void trap_flag_on(void)
{
	__asm__ volatile("pushfq; orq %0, (%%rsp); popfq" : : "i"(TRAP_FLAG) : "memory", "cc");
}

static inline void trap_flag_off(void)
{
	__asm__ volatile("pushfq; andq %0, (%%rsp); popfq" : : "i"(~TRAP_FLAG) : "memory", "cc");
}

static void first_launch(void)
{
	trap_flag_on();
	running->body();
	trap_flag_off();
	setcontext(&engine);
}

static void relaunch(void)
{
	raise(SIGUSR1);
	abort(); /* the body ends in first_launch() */
}

/* Runs until the body ends. */
static void launch(void (*entry)(void), uint8_t *stack)
{
	ucontext_t context;

	getcontext(&context);
	context.uc_stack = (stack_t){ .ss_sp = stack, .ss_size = STACK_BYTES };
	context.uc_link = NULL;
	makecontext(&context, entry, 0);
	interrupted = false;
	swapcontext(&engine, &context);
}

static void catch_signals(void)
{
	stack_t stack = { .ss_sp = signal_stack, .ss_size = STACK_BYTES };
	struct sigaction trap = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	struct sigaction resume = { .sa_sigaction = on_resume, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	if (sigaltstack(&stack, NULL) != 0 || sigaction(SIGTRAP, &trap, NULL) != 0
	    || sigaction(SIGUSR1, &resume, NULL) != 0)
		abort();
}

uint64_t step_through(const struct step *step)
{
	uint64_t interruptions = 0;

	catch_signals();
	running = step;
	count = 0;
	launch(first_launch, body_stack);
	while (interrupted) {
		interruptions++;
		if (!step->judge(count))
			break;
		move_memory(false);
		memcpy(body_stack + STACK_BYTES - scene.stack_bytes, scene.stack, scene.stack_bytes);
		launch(relaunch, launch_stack);
	}
	return interruptions;
}
