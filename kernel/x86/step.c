/*
 * step.c - the trap flag, on and off, and what happens in between.
 *
 * Writes  The count under way.
 */
#include <stddef.h>

#include "x86/cpu.h"
#include "x86/step.h"
#include "x86/trap.h"

#define RFLAGS_TF UINT64_C(0x100) /* SDM vol. 1 section 3.4.3.3 */

static struct {
	volatile bool on;
	uint64_t      count, off_now, off;
} under_way;

bool step_taken(const struct trap_frame *frame)
{
	if (frame->vector != TRAP_DEBUG || !under_way.on)
		return false;
	under_way.count++;
	under_way.off_now = (frame->rflags & RFLAGS_IF) != 0 ? 0 : under_way.off_now + 1;
	if (under_way.off_now > under_way.off)
		under_way.off = under_way.off_now;
	return true;
}

static void nothing(void *context)
{
	(void)context;
}

/* What the call itself takes, and the flag, is counted as well. */
static struct steps counted(void (*call)(void *context), void *context)
{
	under_way.count = under_way.off_now = under_way.off = 0;
	under_way.on = true;
	__asm__ volatile("pushfq\n\torq %0, (%%rsp)\n\tpopfq" :: "i"((int)RFLAGS_TF) : "memory", "cc");
	call(context);
	__asm__ volatile("pushfq\n\tandq %0, (%%rsp)\n\tpopfq" :: "i"(~(int)RFLAGS_TF) : "memory", "cc");
	under_way.on = false;
	return (struct steps){ under_way.count, under_way.off };
}

struct steps step_through(void (*call)(void *context), void *context)
{
	struct steps empty = counted(nothing, NULL), steps = counted(call, context);

	steps.count -= empty.count;
	return steps;
}
