/*
 * test_watch.c - an owner hears that its limit is near: once for each time, and before it is refused.
 */
#include "kit.h"

#include "claims.h"

#define LIMIT 10u
#define LOW   3u
#define MARK  (LIMIT - LOW) /* claims outstanding that leave LOW */

/* What the callback has heard, and what it is to do. */
struct ear {
	struct labyrinth       *lab;
	labyrinth_owner_t       owner;
	uint32_t                left;
	unsigned                calls;
	enum labyrinth_context  in;
	struct labyrinth_claim *release; /* NULL: none                     */
	labyrinth_owner_t       claim;   /* NOBODY: for none               */
	struct labyrinth_claim  claimed[LIMIT];
	size_t                  count;
};

static void hear(void *context, labyrinth_owner_t owner, uint32_t left)
{
	struct ear *e = context;

	assert_true(host_irq_on);
	for (unsigned z = 0; z < LABYRINTH_ZONES; z++)
		assert_int_equal(e->lab->zones[z].lock.next, e->lab->zones[z].lock.serving);
	e->owner = owner;
	e->left = left;
	e->in = labyrinth_port_context();
	e->calls++;
	if (e->release != NULL)
		must_release(e->release);
	if (e->claim.generation != 0)
		e->count += claim_many(e->lab, e->claim, e->claimed + e->count, LIMIT - e->count);
}

static enum labyrinth_status watch(struct labyrinth *lab, labyrinth_owner_t owner, uint32_t low_water)
{
	return labyrinth_owner_watch(lab, owner, low_water, hear, NULL);
}

/* A machine and an owner with a watch that hears; one more, without. */
struct listening {
	struct arena      a;
	labyrinth_owner_t owner, other;
	struct ear        ear;
};

static struct listening *listening_new(uint32_t guarantee, uint32_t recycle)
{
	struct listening *l = calloc(1, sizeof(*l));

	assert_non_null(l);
	l->a = arena_new(small_machine, config_of(2, 8, 32));
	l->owner = must_register(l->a.lab, guarantee, LIMIT, recycle);
	l->other = must_register(l->a.lab, 2, LIMIT, 0);
	l->ear.lab = l->a.lab;
	assert_status(labyrinth_owner_watch(l->a.lab, l->owner, LOW, hear, &l->ear), LABYRINTH_OK);
	return l;
}

static void listening_end(struct listening *l)
{
	assert_lawful(l->a.lab);
	arena_end(&l->a);
	free(l);
}

static void assert_heard(const struct listening *l, unsigned calls)
{
	assert_int_equal(l->ear.calls, calls);
	if (calls == 0)
		return;
	assert_int_equal(l->ear.left, LOW);
	assert_int_equal(l->ear.owner.slot, l->owner.slot);
	assert_int_equal(l->ear.owner.generation, l->owner.generation);
}

/* Within the guarantee, across it and beyond it, with and without frames to reuse: the claim that leaves LOW tells. */
static void once_each_time(void **state)
{
	static const uint32_t machines[][2] = {
		{ 0, 0 }, { MARK - 1, 0 }, { MARK, 0 }, { LIMIT, 0 }, { 0, LIMIT }, { LIMIT, 2 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(machines); i++) {
		struct listening *l = listening_new(machines[i][0], machines[i][1]);
		struct labyrinth_claim claims[LIMIT];

		for (unsigned round = 0; round < 3; round++) {
			for (unsigned n = 0; n < LIMIT; n++) {
				claims[n] = must_claim(l->a.lab, l->owner);
				assert_heard(l, round + (n + 1 >= MARK));
			}
			assert_status(try_claim(l->a.lab, l->owner).status, LABYRINTH_OVER_LIMIT);
			assert_heard(l, round + 1);
			release_many(claims, LIMIT);
		}
		assert_heard(l, 3);
		listening_end(l);
	}
}

/* Down to the mark is not above it: only a release beyond it arms again. */
static void armed_by_release(void **state)
{
	struct listening *l = listening_new(4, 0);
	struct labyrinth_claim claims[LIMIT];

	(void)state;
	for (unsigned n = 0; n <= MARK; n++)
		claims[n] = must_claim(l->a.lab, l->owner);
	for (unsigned round = 0; round < 3; round++) {
		must_release(&claims[MARK]);
		claims[MARK] = must_claim(l->a.lab, l->owner);
	}
	assert_heard(l, 1);
	for (unsigned round = 0; round < 3; round++) {
		release_many(claims + MARK - 1, 2);
		claims[MARK - 1] = must_claim(l->a.lab, l->owner);
		assert_heard(l, 2 + round);
		claims[MARK] = must_claim(l->a.lab, l->owner);
		assert_heard(l, 2 + round);
	}
	listening_end(l);
}

/* A frame that was kept before the watch began is not outstanding, although the owner's word counts it. */
static void a_frame_kept_before(void **state)
{
	(void)state;
	for (unsigned gift = 0; gift <= MARK; gift++) {
		struct listening *l = listening_new(2, 2);
		struct labyrinth_claim claims[LIMIT], first = must_claim(l->a.lab, l->owner);

		assert_status(watch(l->a.lab, l->owner, 0), LABYRINTH_BAD_BUDGET);
		must_release(&first);
		labyrinth_owner_retire(l->a.lab, l->owner);
		l->owner = must_register(l->a.lab, 2, LIMIT, 2);
		first = must_claim(l->a.lab, l->owner);
		must_release(&first); /* is kept */
		assert_status(labyrinth_owner_watch(l->a.lab, l->owner, LOW, hear, &l->ear), LABYRINTH_OK);
		for (unsigned n = 0; n < MARK; n++) {
			assert_heard(l, 0);
			claims[n] = must_claim(l->a.lab, n == gift ? l->other : l->owner);
			if (n == gift)
				assert_status(labyrinth_claim_transfer(&claims[n], l->owner), LABYRINTH_OK);
		}
		assert_heard(l, 1);
		release_many(claims, MARK);
		listening_end(l);
	}
}

/* What comes by transfer counts as what is claimed; what goes arms. What is refused tells nobody. */
static void transfers(void **state)
{
	struct listening *l = listening_new(2, 0);
	struct labyrinth_claim claims[LIMIT], gift = must_claim(l->a.lab, l->other);

	(void)state;
	assert_int_equal(claim_many(l->a.lab, l->owner, claims, MARK - 1), MARK - 1);
	for (unsigned round = 0; round < 3; round++) {
		struct labyrinth_claim stale = gift;

		assert_heard(l, round);
		assert_status(labyrinth_claim_transfer(&gift, l->owner), LABYRINTH_OK);
		assert_heard(l, round + 1);
		assert_status(labyrinth_claim_transfer(&stale, l->owner), LABYRINTH_STALE_CLAIM);
		assert_status(labyrinth_claim_transfer(&gift, l->other), LABYRINTH_OK);
		assert_heard(l, round + 1);
	}
	listening_end(l);
}

/* The claim is complete when it is told of, in whatever context that is. */
static void in_its_context(void **state)
{
	static const enum labyrinth_context contexts[] = { LABYRINTH_TASK, LABYRINTH_INTERRUPT, LABYRINTH_NMI };

	(void)state;
	for (size_t i = 0; i < COUNT(contexts); i++) {
		struct listening *l = listening_new(0, 0);
		struct labyrinth_claim claims[LIMIT];

		host_context = contexts[i];
		assert_int_equal(claim_many(l->a.lab, l->owner, claims, MARK), MARK);
		assert_heard(l, 1);
		assert_int_equal(l->ear.in, contexts[i]);
		host_context = LABYRINTH_TASK;
		listening_end(l);
	}
}

/* It releases, so nothing is refused for as long as it likes; and claims for another, and the rest of its own. */
static void may_call_in(void **state)
{
	struct listening *l = listening_new(4, 0);
	struct labyrinth_claim claims[3 * LIMIT];

	(void)state;
	for (unsigned n = 0; n < 3 * LIMIT; n++) {
		l->ear.release = n + 1 > MARK ? &claims[n - MARK + 1] : &claims[0];
		claims[n] = must_claim(l->a.lab, l->owner);
	}
	assert_heard(l, 3 * LIMIT - MARK + 1);
	assert_int_equal(owner_stats(l->a.lab, l->owner).held, MARK - 1);

	l->ear.release = NULL;
	l->ear.claim = l->other;
	must_claim(l->a.lab, l->owner);
	assert_heard(l, 3 * LIMIT - MARK + 2);
	assert_int_equal(l->ear.count, LIMIT);
	release_many(l->ear.claimed, LIMIT);

	must_release(&claims[3 * LIMIT - 1]);
	l->ear.claim = l->owner;
	l->ear.count = 0;
	must_claim(l->a.lab, l->owner);
	assert_heard(l, 3 * LIMIT - MARK + 3);
	assert_int_equal(l->ear.count, LOW);
	assert_int_equal(owner_stats(l->a.lab, l->owner).held, LIMIT);
	listening_end(l);
}

/* Another replaces it, none ends it, and in the middle of a change nobody is told. */
static void replaced_and_ended(void **state)
{
	struct listening *l = listening_new(0, 0);
	struct ear second = { .lab = l->a.lab };
	struct labyrinth_claim claims[LIMIT];
	struct watch *w = &l->a.lab->owners->at[l->owner.slot].watch;

	(void)state;
	assert_status(labyrinth_owner_watch(l->a.lab, l->owner, LIMIT - 1, hear, &second), LABYRINTH_OK);
	claims[0] = must_claim(l->a.lab, l->owner);
	assert_int_equal(second.calls, 1);
	assert_int_equal(second.left, LIMIT - 1);
	must_release(&claims[0]);

	w->changes++;
	claims[0] = must_claim(l->a.lab, l->owner);
	must_release(&claims[0]);
	assert_int_equal(second.calls, 1);
	w->changes++;

	assert_status(labyrinth_owner_watch(l->a.lab, l->owner, 0, NULL, NULL), LABYRINTH_OK);
	assert_int_equal(claim_many(l->a.lab, l->owner, claims, LIMIT), LIMIT);
	release_many(claims, LIMIT);
	assert_int_equal(second.calls, 1);
	assert_heard(l, 0);
	listening_end(l);
}

/* The next owner of a slot starts without. */
static void ends_with_its_owner(void **state)
{
	struct listening *l = listening_new(0, 0);
	struct labyrinth_claim claims[LIMIT];

	(void)state;
	assert_status(labyrinth_owner_retire(l->a.lab, l->owner), LABYRINTH_OK);
	ASSERT_REFUSED_COUNTED(&l->a, watch(l->a.lab, l->owner, LOW), LABYRINTH_BAD_OWNER);
	l->owner = must_register(l->a.lab, 0, LIMIT, 0);
	assert_int_equal(claim_many(l->a.lab, l->owner, claims, LIMIT), LIMIT);
	assert_heard(l, 0);
	listening_end(l);
}

static void bad_input(void **state)
{
	static const uint32_t bad[] = { 0, LIMIT, LIMIT + 1, UINT32_MAX };
	struct listening *l = listening_new(0, 0);
	struct labyrinth *lab = l->a.lab;
	const labyrinth_owner_t beyond = { 2, 1 };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		ASSERT_REFUSED_COUNTED(&l->a, watch(lab, l->owner, bad[i]), LABYRINTH_BAD_BUDGET);
	assert_status(watch(NULL, l->owner, LOW), LABYRINTH_NULL_POINTER);
	ASSERT_REFUSED_COUNTED(&l->a, watch(lab, LABYRINTH_NOBODY, LOW), LABYRINTH_BAD_OWNER);
	ASSERT_REFUSED_COUNTED(&l->a, watch(lab, beyond, LOW), LABYRINTH_BAD_OWNER);
	host_context = LABYRINTH_INTERRUPT;
	ASSERT_REFUSED(&l->a, watch(lab, l->owner, LOW), LABYRINTH_IN_INTERRUPT);
	host_context = LABYRINTH_TASK;
	listening_end(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(once_each_time),
		kit_test(armed_by_release),
		kit_test(a_frame_kept_before),
		kit_test(transfers),
		kit_test(in_its_context),
		kit_test(may_call_in),
		kit_test(replaced_and_ended),
		kit_test(ends_with_its_owner),
		kit_test(bad_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
