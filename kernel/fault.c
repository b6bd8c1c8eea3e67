/*
 * fault.c - decodes an exception.
 *
 * Manual  Intel SDM vol. 3 table 6-1 (names), section 4.7 (page-fault error code), section 6.13 (selector error
 *         code), section 15.3.1.2 (IA32_MCG_STATUS).
 */
#include <stddef.h>

#include "fault.h"
#include "isolate.h"
#include "panic.h"
#include "stop_others.h"
#include "thread.h"
#include "view/print.h"
#include "x86/cpu.h"
#include "x86/probe.h"
#include "x86/protect.h"
#include "x86/stack.h"
#include "x86/step.h"
#include "x86/user_page.h"

#define PF_PROTECTION  0x01u /* the page is mapped; 0: it is not */
#define PF_WRITE       0x02u
#define PF_USER        0x04u
#define PF_RESERVED    0x08u
#define PF_INSTRUCTION 0x10u

#define NULL_BYTES 4096u /* what no structure is larger than: a smaller address was a NULL pointer */

#define MSR_MCG_STATUS 0x17au

static const char *const names[TRAP_COUNT] = {
	"#DE divide error", "#DB debug", "NMI non-maskable interrupt", "#BP breakpoint",
	"#OF overflow", "#BR bound range exceeded", "#UD invalid opcode", "#NM no math coprocessor",
	"#DF double fault", "coprocessor segment overrun", "#TS invalid TSS", "#NP segment not present",
	"#SS stack-segment fault", "#GP general protection", "#PF page fault", "exception 15",
	"#MF x87 floating-point error", "#AC alignment check", "#MC machine check", "#XM SIMD floating-point error",
	"#VE virtualization exception", "#CP control protection", "exception 22", "exception 23",
	"exception 24", "exception 25", "exception 26", "exception 27",
	"#HV hypervisor injection", "#VC VMM communication", "#SX security exception", "exception 31",
};

static void print_registers(const struct trap_frame *f)
{
	kprintf("  rax %016lx rbx %016lx rcx %016lx\n", f->rax, f->rbx, f->rcx);
	kprintf("  rdx %016lx rsi %016lx rdi %016lx\n", f->rdx, f->rsi, f->rdi);
	kprintf("  rbp %016lx rsp %016lx r8  %016lx\n", f->rbp, f->rsp, f->r8);
	kprintf("  r9  %016lx r10 %016lx r11 %016lx\n", f->r9, f->r10, f->r11);
	kprintf("  r12 %016lx r13 %016lx r14 %016lx\n", f->r12, f->r13, f->r14);
	kprintf("  r15 %016lx rip %016lx rflags %lx\n", f->r15, f->rip, f->rflags);
	kprintf("  cs %lx ss %lx cr2 %016lx error code %lx\n", f->cs, f->ss, cr2_read(), f->error);
	kprintf("  in thread \"%s\"\n", thread_name(thread_current()));
}

static const char *access_of(uint64_t error)
{
	if (error & PF_INSTRUCTION)
		return "instruction fetch from";
	return error & PF_WRITE ? "write to" : "read from";
}

static const char *cause_of(uint64_t error, uint64_t virt)
{
	bool of_user = (error & PF_PROTECTION) && !(error & PF_USER) && user_page_at(virt);

	if (error & PF_RESERVED)
		return "a reserved bit is set in a page table entry";
	if (of_user && (error & PF_INSTRUCTION) && protect_smep())
		return "the page is for user code, which the kernel does not execute (SMEP)";
	if (of_user && !(error & PF_INSTRUCTION) && protect_smap())
		return "the page is for user code, which the kernel does not touch (SMAP)";
	return error & PF_PROTECTION ? "the page does not permit it" : "nothing is mapped there";
}

static _Noreturn void report_page_fault(const struct trap_frame *f)
{
	const char *stack = stack_guarded(cr2_read());

	if (stack != NULL)
		kprintf("  cr2 lies in the guard page below the %s stack\n", stack);
	if (cr2_read() < NULL_BYTES)
		kprintf("  cr2 is NULL, or a field of a structure at NULL\n");
	panic("%s: %s %016lx by %s code at rip %016lx: %s", names[TRAP_PAGE_FAULT], access_of(f->error), cr2_read(),
	      f->error & PF_USER ? "user" : "kernel", f->rip, cause_of(f->error, cr2_read()));
}

/*
 * A stack that has run out cannot take the page fault that tells of it, so it becomes a double fault; CR2 still holds
 * the address.
 */
static _Noreturn void report_double_fault(const struct trap_frame *f)
{
	const char *stack = stack_guarded(cr2_read());
	const struct thread *thread = thread_guarded(cr2_read());

	if (thread != NULL)
		panic("%s at rip %016lx: the stack of the thread \"%s\" has overflowed into its guard page",
		      names[TRAP_DOUBLE_FAULT], f->rip, thread_name(thread));
	if (stack != NULL)
		panic("%s at rip %016lx: the %s stack has overflowed into its guard page", names[TRAP_DOUBLE_FAULT],
		      f->rip, stack);
	panic("%s at rip %016lx: a second exception while one was delivered; rsp %016lx, cr2 %016lx",
	      names[TRAP_DOUBLE_FAULT], f->rip, f->rsp, cr2_read());
}

static _Noreturn void report_selector(const struct trap_frame *f)
{
	const char *const table = f->error & 2 ? "IDT" : f->error & 4 ? "LDT" : "GDT";

	if (f->error == 0)
		panic("%s at rip %016lx", names[f->vector], f->rip);
	panic("%s at rip %016lx: entry %lu of the %s%s", names[f->vector], f->rip, f->error >> 3, table,
	      f->error & 1 ? ", from outside the program" : "");
}

/* A probe goes on, and so does a call that is stepped through. */
static bool provoked(struct trap_frame *f)
{
	if (step_taken(f))
		return true;
	uint64_t on = f->vector == TRAP_PAGE_FAULT ? probe_goes_on(f->rip, cr2_read()) : 0;

	if (on == 0)
		return false;
	f->rip = on;
	return true;
}

static _Noreturn void report(const struct trap_frame *f)
{
	stop_others();
	print_registers(f);
	switch (f->vector) {
	case TRAP_PAGE_FAULT:
		report_page_fault(f);
	case TRAP_DOUBLE_FAULT:
		report_double_fault(f);
	case TRAP_INVALID_TSS:
	case TRAP_NOT_PRESENT:
	case TRAP_STACK:
	case TRAP_PROTECTION:
		report_selector(f);
	case TRAP_MACHINE_CHECK:
		panic("%s at rip %016lx: machine check status %lx", names[TRAP_MACHINE_CHECK], f->rip,
		      msr_read(MSR_MCG_STATUS));
	default:
		panic("%s at rip %016lx", names[f->vector % TRAP_COUNT], f->rip);
	}
}

/* Whoever touches a frame that is somebody's own is reported. A thread is stopped, and all others go on. */
static void stop_offender(const struct trap_frame *f)
{
	struct isolate_touch touch;

	if (f->vector == TRAP_PAGE_FAULT && isolate_explain(cr2_read(), f->rip, &touch))
		thread_stop_offender((f->rflags & RFLAGS_IF) != 0);
}

void fault_report(struct trap_frame *f)
{
	if (provoked(f))
		return;
	stop_offender(f);
	report(f);
}
