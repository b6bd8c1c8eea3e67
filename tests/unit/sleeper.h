/*
 * sleeper.h - a machine that is full, under a kernel in which requests sleep.
 *
 * Idea    sleep() plays the other tasks: what they do while the request sleeps is a script.
 * Needs   kit.h before it.
 */
#ifndef TESTS_SLEEPER_H
#define TESTS_SLEEPER_H

#define KERNEL LABYRINTH_GFP_KERNEL
#define TICKS  10u

/* One kernel; what happens in the n-th sleep is up to act(). */
static struct kernel {
	struct labyrinth *lab;
	struct hog       *hog;
	void            (*act)(unsigned sleep);
	unsigned          sleeps, wakes, naps; /* naps: returned at once, because of a wake-up before */
	unsigned          kicks;
	uint64_t          step;                /* ticks that a sleep takes; 0: the kernel has no clock */
} kernel;

static inline uint64_t sleep_(struct labyrinth *lab, uint32_t seen, uint64_t ticks, void *context)
{
	assert_ptr_equal(context, &kernel);
	assert_int_equal(host_context, LABYRINTH_TASK);
	assert_true(host_irq_on);
	assert_lawful(lab); /* nothing is held, nothing is half done */
	if (labyrinth_wakes(lab) != seen) {
		kernel.naps++;
		return ticks;
	}
	if (kernel.act != NULL)
		kernel.act(kernel.sleeps);
	kernel.sleeps++;
	return ticks > kernel.step ? ticks - kernel.step : 0;
}

static inline void wake(struct labyrinth *lab, void *context)
{
	assert_ptr_equal(context, &kernel);
	assert_int_not_equal(host_context, LABYRINTH_NMI);
	assert_true(labyrinth_wakes(lab) > 0);
	kernel.wakes++;
}

static const void *task; /* who calls; another pointer, another task */

static inline const void *self(void *context)
{
	assert_ptr_equal(context, &kernel);
	return task;
}

static inline void kick(struct labyrinth *lab, void *context)
{
	assert_ptr_equal(context, &kernel);
	assert_true(labyrinth_maintenance_wanted(lab));
	kernel.kicks++;
}

static inline struct labyrinth_config sleepy(uint32_t magazine)
{
	struct labyrinth_config config = config_with(2, 4, 8, 2, magazine);

	task = &kernel;
	config.shrinkers = 2;
	config.sleep_ticks = TICKS;
	config.hooks = (struct labyrinth_hooks){
		.sleep = sleep_, .wake = wake, .self = self, .kick = kick, .context = &kernel,
	};
	return config;
}

static struct labyrinth_claim claims[16];
static size_t claimed;

/* A machine that is full: claims, and the rest to a hog; the vault is as it should be. */
static inline struct arena machine_new(uint32_t magazine, void (*act)(unsigned sleep))
{
	struct arena a = arena_new(small_machine, sleepy(magazine));

	claimed = claim_many(a.lab, must_register(a.lab, 0, 100, 0), claims, COUNT(claims));
	assert_int_equal(claimed, COUNT(claims));
	maintain_all(a.lab);
	kernel = (struct kernel){ .lab = a.lab, .act = act, .step = 3, .hog = hog_new(a.lab) };
	return a;
}

static inline void kernel_end(struct arena *a)
{
	assert_int_equal(attention(a->lab) & ATTEND_WAITERS, 0);
	free(kernel.hog);
	machine_end(a);
}

static inline void free_one(void) { hog_free(kernel.lab, kernel.hog, 1); }

static inline void release(void) { must_release(&claims[--claimed]); }

#endif
