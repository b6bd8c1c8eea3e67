/*
 * test_dump.c - the instance as text: what it says, how wide it is, and that it only looks.
 */
#include "kit.h"

#include <inttypes.h>

#include "claims.h"
#include "inject.h"

#define COLUMNS 76

static void collect(const char *line, void *context)
{
	char *text = context;

	assert_true(strlen(line) > 0 && strlen(line) <= COLUMNS);
	assert_null(strchr(line, '\n'));
	assert_true(strlen(text) + strlen(line) + 2 < 8000);
	strcat(text, line);
	strcat(text, "\n");
}

static void dump(const struct labyrinth *lab, char text[8000])
{
	text[0] = '\0';
	labyrinth_dump(lab, collect, text);
}

static void assert_dump(const struct labyrinth *lab, const char *expected)
{
	char text[8000];

	dump(lab, text);
	assert_string_equal(text, expected);
}

static void assert_says(const struct labyrinth *lab, const char *part)
{
	char text[8000];

	dump(lab, text);
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

static struct arena machine_new(void)
{
	return arena_new(three_zones, config_of(6, 8, 16));
}

/* With the first line before it, which says a size that depends on the CPU. */
static const char *sized(const struct arena *a, const char *rest)
{
	static char text[8000];

	snprintf(text, sizeof(text), "labyrinth: usable 3072 frames, metadata %zu bytes\n%s", a->bytes, rest);
	return text;
}

static void a_fresh_machine(void **state)
{
	struct arena a = machine_new();

	(void)state;
	assert_dump(a.lab, sized(&a,
		"zone DMA: free 1024 of 1024; blocks: 2*2^9\n"
		"zone DMA32: free 1024 of 1024; blocks: 1*2^10\n"
		"zone NORMAL: free 1000 of 1024; blocks: 1*2^3 2*2^4 2*2^5 2*2^6 2*2^7\n"
		"    2*2^8\n"
		"reserve: 8 of 8; vault: 16 of 16, dirty 0, surplus 16, guaranteed 0,\n"
		"    promised 0\n"));
	arena_end(&a);
}

static void a_machine_in_use(void **state)
{
	const struct labyrinth_budget nic = { "nic", 5, 9, 2 }, odd = { "\x1b[2J\ttoo long to be printed", 0, 2, 0 };
	struct arena a = machine_new();
	labyrinth_owner_t owner[2];
	struct labyrinth_claim claims[6];

	(void)state;
	assert_status(labyrinth_owner_register(a.lab, &nic, &owner[0]), LABYRINTH_OK);
	assert_status(labyrinth_owner_register(a.lab, &odd, &owner[1]), LABYRINTH_OK);
	assert_int_equal(claim_many(a.lab, owner[0], claims, 3), 3);
	assert_status(labyrinth_claim_lend(&claims[0]), LABYRINTH_OK);
	must_release(&claims[2]);
	assert_int_equal(claim_many(a.lab, owner[1], claims + 3, 3), 2);
	must_release(&claims[4]);
	assert_status(labyrinth_claim_transfer(&claims[3], owner[0]), LABYRINTH_OK);
	must_alloc(a.lab, LABYRINTH_GFP_KERNEL | LABYRINTH_GFP_DMA, 9);
	must_alloc(a.lab, LABYRINTH_GFP_KERNEL | LABYRINTH_GFP_DMA, 9);
	assert_status(labyrinth_inject(a.lab, &(struct labyrinth_injection){ .first = 2 }), LABYRINTH_OK);
	must_alloc(a.lab, LABYRINTH_GFP_KERNEL | LABYRINTH_GFP_DMA32, 9);
	assert_status(alloc_status(a.lab, LABYRINTH_GFP_KERNEL, 0), LABYRINTH_NO_MEMORY);
	assert_dump(a.lab, sized(&a,
		"zone DMA: free 0 of 1024\n"
		"zone DMA32: free 512 of 1024; blocks: 1*2^9\n"
		"zone NORMAL: free 1000 of 1024; blocks: 1*2^3 2*2^4 2*2^5 2*2^6 2*2^7\n"
		"    2*2^8\n"
		"reserve: 8 of 8; vault: 11 of 16, dirty 1, surplus 11, guaranteed 5,\n"
		"    promised 1\n"
		"owner 0 \"nic\": guarantee 5, limit 9, holds 3, of them lent 1, keeps 1,\n"
		"    at most 4; got from recycled 0, zones 0, vault 3, others 1;\n"
		"    refused over limit 0, no memory 0, misused 0\n"
		"owner 1 \"?[2J?too long to be prin\": guarantee 0, limit 2, holds 0,\n"
		"    of them lent 0, keeps 0, at most 2; got from recycled 0, zones 0,\n"
		"    vault 2, others 0; refused over limit 1, no memory 0, misused 0\n"
		"injection in force: refused 1 requests of 2\n"));
	arena_end(&a);
}

static uint64_t sleep_(struct labyrinth *lab, uint32_t seen, uint64_t ticks, void *context)
{
	(void)lab, (void)seen, (void)context;
	return ticks;
}

static void wake(struct labyrinth *lab, void *context)
{
	(void)lab, (void)context;
}

static const void *self(void *context)
{
	(void)context;
	return "self";
}

static uint64_t scan(uint64_t wanted, unsigned priority, void *context)
{
	(void)priority;
	must_free(context, labyrinth_pfn_page(context, (pfn_t){ 0x200 }), 9);
	return wanted;
}

static void a_machine_under_pressure(void **state)
{
	struct labyrinth_config config = config_of(1, 8, 16);
	struct labyrinth_shrinker shrinker = { "s", scan, NULL };
	labyrinth_shrinker_t id;
	struct arena a;

	(void)state;
	config.low_shift = 7;
	config.high_shift = 6;
	config.protect_shift = 4;
	config.shrinkers = 3;
	config.sleep_ticks = 5;
	config.hooks = (struct labyrinth_hooks){ .sleep = sleep_, .wake = wake, .self = self };
	a = arena_new(three_zones, config);
	shrinker.context = a.lab;
	for (unsigned i = 0; i < 2; i++)
		must_alloc(a.lab, LABYRINTH_GFP_NOWAIT | LABYRINTH_GFP_DMA, 9);
	assert_status(alloc_status(a.lab, LABYRINTH_GFP_KERNEL | LABYRINTH_GFP_DMA, 0), LABYRINTH_NO_MEMORY);
	assert_status(labyrinth_shrinker_register(a.lab, &shrinker, &id), LABYRINTH_OK);
	must_alloc(a.lab, LABYRINTH_GFP_KERNEL | LABYRINTH_GFP_DMA, 9);
	must_free(a.lab, labyrinth_pfn_page(a.lab, (pfn_t){ 0x400 }), 9);
	assert_dump(a.lab, sized(&a,
		"zone DMA: free 512 of 1024, low below 8 until 16, protects 128;\n"
		"    blocks: 1*2^9\n"
		"zone DMA32: free 1024 of 1024, low below 8 until 16, protects 64;\n"
		"    blocks: 1*2^10\n"
		"zone NORMAL: free 1000 of 1024, low below 8 until 16; blocks: 1*2^3\n"
		"    2*2^4 2*2^5 2*2^6 2*2^7 2*2^8\n"
		"reserve: 8 of 8; vault: 16 of 16, dirty 0, surplus 16, guaranteed 0,\n"
		"    promised 0\n"
		"shrinkers: slots 3, taken 1, freed 64\n"
		"sleepers: 0, so far 1, in vain 1, woken 0\n"));
	arena_end(&a);
}

static void an_owner_that_is_ending(void **state)
{
	struct arena a = machine_new();
	labyrinth_owner_t owner = must_register(a.lab, 3, 9, 2);

	(void)state;
	must_claim(a.lab, owner);
	a.lab->owners->at[0].word += OWNER_BORN; /* as between two steps of labyrinth_owner_retire() */
	assert_says(a.lab, "\nowner 0 \"test\" (retired): guarantee 3, limit 9, holds 1");
	assert_says(a.lab, "promised 0\n");
	arena_end(&a);
}

static void numbers(void **state)
{
	static const uint64_t values[] = {
		0, 1, 9, 10, 11, 99, 100, 65535, 65536, 99999999, UINT32_MAX, UINT64_C(1) << 32, INT64_MAX,
		UINT64_C(9999999999999999999), UINT64_C(10000000000000000000), UINT64_MAX - 1, UINT64_MAX,
	};
	struct arena a = machine_new();
	char expected[100];

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		a.lab->usable = values[i];
		snprintf(expected, sizeof(expected), "labyrinth: usable %" PRIu64 " frames", values[i]);
		assert_says(a.lab, expected);
		a.lab->vault->surplus = values[i];
		snprintf(expected, sizeof(expected), ", surplus %" PRIu64 ",", values[i]);
		assert_says(a.lab, expected);
	}
	arena_end(&a);
}

/* Twenty owners whose numbers are as long as they can be: no line is too long, nothing is cut off. */
static void no_line_is_too_long(void **state)
{
	struct arena a = arena_new(three_zones, config_of(20, 8, 16));
	char text[8000];
	unsigned named = 0;

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		struct owner *o;

		must_register(a.lab, 0, LABYRINTH_MAX_BUDGET, 0);
		o = &a.lab->owners->at[i];
		o->from_recycled = UINT64_MAX - kept_gone(o->kept.word);
		o->from_zone = o->from_vault = o->received = UINT64_MAX;
		o->over_limit = o->no_memory = o->misused = o->worst_ticks = UINT64_MAX;
		o->high_water = UINT32_MAX;
	}
	dump(a.lab, text);
	for (const char *at = text; (at = strstr(at, "18446744073709551615")) != NULL; at++)
		named++;
	assert_int_equal(named, 20 * 8);
	arena_end(&a);
}

/* The lines as one text again. */
static void unwrap(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++) {
		if (strncmp(from, "\n    ", 5) == 0) {
			*to++ = ' ';
			from += 4;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
}

/* Two numbers of every length: wherever the line breaks, nothing is lost at its end. */
static void wherever_a_line_breaks(void **state)
{
	struct arena a = machine_new();
	char text[8000], expected[200];

	(void)state;
	for (uint64_t x = 1; x < UINT64_MAX / 10; x *= 10)
		for (uint64_t y = 1; y < UINT64_MAX / 10; y *= 10) {
			a.lab->reserve->target = x;
			a.lab->vault->surplus = y;
			snprintf(expected, sizeof(expected), "\nreserve: 8 of %" PRIu64 "; vault: 16 of 16, dirty 0, "
			         "surplus %" PRIu64 ", guaranteed 0, promised 0\n", x, y);
			dump(a.lab, text);
			unwrap(text);
			assert_non_null(strstr(text, expected));
		}
	arena_end(&a);
}

static void it_only_looks(void **state)
{
	static const enum labyrinth_context contexts[] = { LABYRINTH_TASK, LABYRINTH_INTERRUPT, LABYRINTH_NMI };
	struct arena a = machine_new();
	char text[8000];

	(void)state;
	must_claim(a.lab, must_register(a.lab, 1, 2, 1));
	lock_all_zones(a.lab);
	lock_take(&a.lab->owners->lock);
	lock_take(&a.lab->injector->lock);
	for (size_t i = 0; i < COUNT(contexts); i++) {
		void *before = arena_snapshot(&a);

		host_context = contexts[i];
		dump(a.lab, text); /* the host would die rather than wait */
		assert_unchanged(&a, before);
	}
	arena_end(&a);
}

static void to_nobody(void **state)
{
	struct arena a = machine_new();
	char text[8000] = "";

	(void)state;
	labyrinth_dump(NULL, collect, text);
	labyrinth_dump(a.lab, NULL, text);
	assert_string_equal(text, "");
	arena_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(a_fresh_machine),
		kit_test(a_machine_in_use),
		kit_test(a_machine_under_pressure),
		kit_test(an_owner_that_is_ending),
		kit_test(numbers),
		kit_test(no_line_is_too_long),
		kit_test(wherever_a_line_breaks),
		kit_test(it_only_looks),
		kit_test(to_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
