/*
 * test_init.c - bring-up: sizes, refusals, and every usable frame in its zone, for machines of all shapes.
 */
#include "kit.h"

#include "dice.h"

#define TIB     (UINT64_C(1) << 28) /* frames */
#define GIB     (UINT64_C(1) << 18)
#define MAX_PFN (UINT64_C(1) << 40)

/* A list of ranges as it stands, valid or not; closed by {0, 0}. */
struct list {
	struct labyrinth_range  at[8];
	struct labyrinth_ranges ranges;
};

static struct labyrinth_ranges *list_of(struct list *list, const uint64_t (*pairs)[2])
{
	size_t n = 0;

	for (; n < 8 && (pairs[n][0] | pairs[n][1]) != 0; n++)
		list->at[n] = (struct labyrinth_range){ { pairs[n][0] }, { pairs[n][1] } };
	list->ranges = (struct labyrinth_ranges){ list->at, n, 8 };
	return &list->ranges;
}

static enum labyrinth_status bytes_status(const struct labyrinth_ranges *ranges, const struct labyrinth_config *config)
{
	size_t bytes = 12345;
	enum labyrinth_status status = labyrinth_metadata_bytes(ranges, config, &bytes);

	assert_true(status == LABYRINTH_OK || bytes == 12345);
	return status;
}

/* Both calls refuse for the same reason; neither the result nor the memory is touched. */
static void assert_init_refuses(const struct labyrinth_ranges *ranges, const struct labyrinth_config *config,
                                enum labyrinth_status why)
{
	static _Alignas(4096) uint8_t memory[2 * 4096];
	struct labyrinth *lab = (struct labyrinth *)(uintptr_t)1;

	memset(memory, 0xa5, sizeof(memory));
	assert_status(bytes_status(ranges, config), why);
	assert_status(labyrinth_init(&lab, memory, SIZE_MAX, ranges, config), why);
	assert_ptr_equal(lab, (struct labyrinth *)(uintptr_t)1);
	for (size_t i = 0; i < sizeof(memory); i++)
		assert_int_equal(memory[i], 0xa5);
}

static void bad_ranges(void **state)
{
	static const struct { const char *name; uint64_t pairs[4][2]; enum labyrinth_status why; } cases[] = {
		{ "none",              { { 0, 0 } },                                       LABYRINTH_NO_USABLE_MEMORY },
		{ "empty",             { { 5, 5 } },                                       LABYRINTH_BAD_RANGES },
		{ "inverted",          { { 9, 5 } },                                       LABYRINTH_BAD_RANGES },
		{ "one empty",         { { 1, 400 }, { 500, 500 } },                       LABYRINTH_BAD_RANGES },
		{ "unsorted",          { { 600, 900 }, { 1, 500 } },                       LABYRINTH_BAD_RANGES },
		{ "overlapping",       { { 1, 500 }, { 499, 900 } },                       LABYRINTH_BAD_RANGES },
		{ "touching",          { { 1, 500 }, { 500, 900 } },                       LABYRINTH_BAD_RANGES },
		{ "twice",             { { 1, 500 }, { 1, 500 } },                         LABYRINTH_BAD_RANGES },
		{ "out of reach",      { { 1, 500 }, { MAX_PFN, MAX_PFN + 1 } },           LABYRINTH_BAD_RANGES },
		{ "beyond addresses",  { { 1, 500 }, { MAX_PFN, UINT64_MAX } },            LABYRINTH_BAD_RANGES },
		{ "ends beyond",       { { MAX_PFN - 5, MAX_PFN + 1 } },                   LABYRINTH_BAD_RANGES },
		{ "64 TiB in pieces",  { { 0, 60 * TIB }, { 61 * TIB, 64 * TIB }, { 65 * TIB, 66 * TIB } },
		                                                                           LABYRINTH_BAD_RANGES },
		{ "more than 64 TiB",  { { 0, 64 * TIB } },                                LABYRINTH_BAD_RANGES },
		{ "far more",          { { 0, MAX_PFN } },                                 LABYRINTH_BAD_RANGES },
	};
	const struct labyrinth_config config = config_of(1, 0, 0);
	struct list list;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		print_message("%s\n", cases[i].name);
		assert_init_refuses(list_of(&list, cases[i].pairs), &config, cases[i].why);
	}
}

/* Does the metadata, eight bytes a frame and somewhat more, fit in this CPU's largest object? */
static bool describable(uint64_t frames)
{
	return frames * 8 + frames / 2 < PTRDIFF_MAX;
}

static void ranges_at_the_edge(void **state)
{
	static const uint64_t edges[][2][2] = {
		{ { MAX_PFN - 5, MAX_PFN } }, { { 0, 1 } }, { { 511, 512 } }, { { 0, 64 * TIB - 512 } },
		{ { 0, 256 * GIB } }, { { 0, TIB } }, { { 0, 2 * TIB } },
	};
	const struct labyrinth_config config = config_of(1, 0, 0);
	struct list list;

	(void)state;
	for (size_t i = 0; i < COUNT(edges); i++)
		assert_status(bytes_status(list_of(&list, edges[i]), &config),
		              describable(edges[i][0][1] - edges[i][0][0]) ? LABYRINTH_OK : LABYRINTH_BAD_RANGES);
}

#define OF(owner_slots, reserve, vault, cpu_count, places) \
	{ .owners = (owner_slots), .reserve_frames = (reserve), .vault_frames = (vault), .cpus = (cpu_count), \
	  .magazine = (places) }

#define SHELVES(places) { .owners = 1, .cpus = 1, .magazine = 8, .shelf = (places) }

#define SHARES(reserve, vault, percent_vault, percent_reserve, kick) \
	{ .owners = 1, .reserve_frames = (reserve), .vault_frames = (vault), .vault_share = (percent_vault), \
	  .reserve_share = (percent_reserve), .kick_frames = (kick) }

static void bad_configurations(void **state)
{
	static const uint64_t pairs[][2] = { { 1, 1001 }, { 0, 0 } };
	static const struct { const char *name; struct labyrinth_config config; enum labyrinth_status why; } cases[] = {
		{ "no owners",            OF(0, 0, 0, 0, 0),                   LABYRINTH_BAD_CONFIG },
		{ "65536 owners",         OF(65536, 0, 0, 0, 0),               LABYRINTH_BAD_CONFIG },
		{ "2^32 - 1 owners",      OF(UINT32_MAX, 0, 0, 0, 0),          LABYRINTH_BAD_CONFIG },
		{ "reserve too large",    OF(1, 501, 0, 0, 0),                 LABYRINTH_BAD_CONFIG },
		{ "vault too large",      OF(1, 0, 501, 0, 0),                 LABYRINTH_BAD_CONFIG },
		{ "together too large",   OF(1, 250, 251, 0, 0),               LABYRINTH_BAD_CONFIG },
		{ "the sum wraps",        OF(1, 2, UINT64_MAX, 0, 0),          LABYRINTH_BAD_CONFIG },
		{ "the sum wraps, too",   OF(1, UINT64_MAX, 2, 0, 0),          LABYRINTH_BAD_CONFIG },
		{ "half of the memory",   OF(1, 250, 250, 0, 0),               LABYRINTH_OK },
		{ "all in reserve",       OF(1, 500, 0, 0, 0),                 LABYRINTH_OK },
		{ "vault share too large", SHARES(0, 100, 1001, 0, 0),         LABYRINTH_BAD_CONFIG },
		{ "reserve share too large", SHARES(0, 1, 0, 1001, 0),         LABYRINTH_BAD_CONFIG },
		{ "shares of 2^32 - 1",   SHARES(1, 1, UINT32_MAX, UINT32_MAX, 0), LABYRINTH_BAD_CONFIG },
		{ "more than half with the vault's share", SHARES(0, 101, 400, 0, 0), LABYRINTH_BAD_CONFIG },
		{ "half with it",         SHARES(0, 100, 400, 0, 0),           LABYRINTH_OK },
		{ "more than half with the reserve's share", SHARES(1, 100, 0, 400, 0), LABYRINTH_BAD_CONFIG },
		{ "half with it, too",    SHARES(0, 100, 0, 400, 0),           LABYRINTH_OK },
		{ "more than half with both", SHARES(1, 100, 200, 200, 0),     LABYRINTH_BAD_CONFIG },
		{ "the largest shares",   SHARES(458, 2, 1000, 1000, 0),       LABYRINTH_OK },
		{ "a kick that never comes", SHARES(0, 100, 0, 0, 101),        LABYRINTH_BAD_CONFIG },
		{ "a kick for all",       SHARES(0, 100, 0, 0, 100),           LABYRINTH_OK },
		{ "no CPU",               OF(1, 0, 0, 0, 8),                   LABYRINTH_BAD_CONFIG },
		{ "4097 CPUs",            OF(1, 0, 0, 4097, 8),                LABYRINTH_BAD_CONFIG },
		{ "tiny magazine",        OF(1, 0, 0, 1, 7),                   LABYRINTH_BAD_CONFIG },
		{ "large magazine",       OF(1, 0, 0, 1, 1025),                LABYRINTH_BAD_CONFIG },
		{ "smallest magazine",    OF(1, 0, 0, 1, 8),                   LABYRINTH_OK },
		{ "largest magazines",    OF(1, 0, 0, 4096, 1024),             LABYRINTH_OK },
		{ "largest shelves",      SHELVES(64),                         LABYRINTH_OK },
		{ "large shelves",        SHELVES(65),                         LABYRINTH_BAD_CONFIG },
		{ "shelves that suit",    SHELVES(LABYRINTH_SHELF_SUITS),      LABYRINTH_OK },
		{ "nearly so many",       SHELVES(LABYRINTH_SHELF_SUITS - 1),  LABYRINTH_BAD_CONFIG },
		{ "CPUs for nothing",     OF(1, 0, 0, UINT32_MAX, 0),          LABYRINTH_OK },
		{ "all in the vault",     OF(65535, 0, 500, 0, 0),             LABYRINTH_OK },
	};
	struct list list;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		print_message("%s\n", cases[i].name);
		if (cases[i].why != LABYRINTH_OK) {
			assert_init_refuses(list_of(&list, pairs), &cases[i].config, cases[i].why);
			continue;
		}
		struct arena a = arena_new(pairs, cases[i].config);

		assert_int_equal(stats_of(a.lab).reserve, cases[i].config.reserve_frames);
		assert_int_equal(stats_of(a.lab).vault, cases[i].config.vault_frames);
		assert_lawful(a.lab);
		arena_end(&a);
	}
}

static void null_pointers(void **state)
{
	const struct labyrinth_config config = config_of(1, 0, 0);
	struct labyrinth_ranges nothing = { NULL, 1, 1 };
	struct list list;
	struct labyrinth *lab;
	size_t bytes;

	(void)state;
	list_of(&list, small_machine);
	assert_init_refuses(NULL, &config, LABYRINTH_NULL_POINTER);
	assert_init_refuses(&list.ranges, NULL, LABYRINTH_NULL_POINTER);
	assert_init_refuses(&nothing, &config, LABYRINTH_NULL_POINTER);
	assert_status(labyrinth_metadata_bytes(&list.ranges, &config, NULL), LABYRINTH_NULL_POINTER);
	assert_status(labyrinth_init(NULL, &bytes, SIZE_MAX, &list.ranges, &config), LABYRINTH_NULL_POINTER);
	assert_status(labyrinth_init(&lab, NULL, SIZE_MAX, &list.ranges, &config), LABYRINTH_NULL_POINTER);
}

/* One byte less is refused, untouched; with exactly so many, every word of every frame is written, and none beyond. */
static void the_size_is_exact(void **state)
{
	const struct labyrinth_config config = config_of(3, 100, 200);
	struct list list;
	struct arena a = { .lab = NULL };
	struct hog *hog;

	(void)state;
	list_of(&list, three_zones);
	assert_status(labyrinth_metadata_bytes(&list.ranges, &config, &a.bytes), LABYRINTH_OK);
	assert_int_equal(posix_memalign(&a.metadata, (size_t)LABYRINTH_PAGE_SIZE, a.bytes), 0);
	memset(a.metadata, 0xa5, a.bytes);
	for (size_t less = 1; less <= a.bytes; less = less * 3 + 1)
		ASSERT_REFUSED(&a, labyrinth_init(&a.lab, a.metadata, a.bytes - less, &list.ranges, &config),
		               LABYRINTH_METADATA_TOO_SMALL);
	ASSERT_REFUSED(&a, labyrinth_init(&a.lab, a.metadata, 0, &list.ranges, &config), LABYRINTH_METADATA_TOO_SMALL);
	assert_null(a.lab);
	assert_status(labyrinth_init(&a.lab, a.metadata, a.bytes, &list.ranges, &config), LABYRINTH_OK);
	assert_ptr_equal(a.lab, a.metadata);
	assert_int_equal(stats_of(a.lab).metadata_bytes, a.bytes);
	memset(&list, 0xff, sizeof(list)); /* not used after the call */
	hog = hog_new(a.lab);
	assert_lawful(a.lab);
	hog_end(a.lab, hog);
	arena_end(&a);
}

static void misaligned_memory(void **state)
{
	static _Alignas(4096) uint8_t memory[64 * 4096];
	const struct labyrinth_config config = config_of(1, 0, 0);
	struct labyrinth *lab = NULL;
	struct list list;

	(void)state;
	list_of(&list, small_machine);
	for (size_t off = 1; off < 4096; off *= 2) {
		assert_status(labyrinth_init(&lab, memory + off, sizeof(memory) - off, &list.ranges, &config),
		              LABYRINTH_BAD_CONFIG);
		assert_null(lab);
		assert_int_equal(memory[off], 0);
	}
}

/* At most nine bytes a frame from 4 GiB on, everything included, for the configuration that init.h suggests. */
static void metadata_per_frame(void **state)
{
	static const uint64_t machines[][4][2] = {
		{ { 1, 0x9f }, { 0x100, 0xc0000 }, { 0x100000, 0x140000 } }, /* 4 GiB, as a PC has it */
		{ { 1, 4 * GIB } },
		{ { 1, 0x9f }, { 0x100, 0x7ffde }, { GIB4, GIB4 + 14 * GIB } },
		{ { 0x100, 0x80000 }, { GIB4, GIB4 + 62 * GIB } },
		{ { 0x100, 0x80000 }, { GIB4, GIB4 + TIB } },
		{ { 0x100, 0x80000 }, { GIB4, GIB4 + 16 * TIB } },
	};
	struct list list;

	(void)state;
	for (size_t i = 0; i < COUNT(machines); i++) {
		struct labyrinth_ranges *ranges = list_of(&list, machines[i]);
		const struct labyrinth_config config = labyrinth_config_for(ranges);
		uint64_t frames = labyrinth_ranges_frames(ranges);
		size_t bytes;

		if (!describable(frames)) {
			print_message("%10llu frames: skipped, too many to be described in %u-bit addresses\n",
			              (unsigned long long)frames, (unsigned)sizeof(void *) * 8);
			continue;
		}
		assert_status(labyrinth_metadata_bytes(ranges, &config, &bytes), LABYRINTH_OK);
		print_message("%10llu frames: %.3f bytes a frame\n", (unsigned long long)frames,
		              (double)bytes / (double)frames);
		assert_true(bytes <= 9 * frames);
	}
}

/* Carving the metadata out of the end of a range makes the metadata no larger. */
static void carving_never_needs_more(void **state)
{
	struct dice dice = dice_new("carve");

	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		uint64_t at = GIB4 - 3000 + dice_below(&dice, 3000), frames = 2000 + dice_below(&dice, 20000);
		const uint64_t pairs[][2] = {
			{ 1 + dice_below(&dice, 600), 2000 + dice_below(&dice, 9000) }, { at, at + frames }, { 0, 0 },
		};
		const struct labyrinth_config config = config_of(64, 64, 64);
		struct list list;
		struct labyrinth_ranges *ranges = list_of(&list, pairs);
		struct labyrinth_range all = { { 0 }, { MAX_PFN } }, place;
		size_t before, after;

		assert_status(labyrinth_metadata_bytes(ranges, &config, &before), LABYRINTH_OK);
		assert_status(labyrinth_ranges_carve(ranges, (before + 4095) / 4096, 1, all, &place), LABYRINTH_OK);
		assert_status(labyrinth_metadata_bytes(ranges, &config, &after), LABYRINTH_OK);
		assert_true(after <= before);
	}
}

/* What is carved out below memory for later, or in the middle of a range, opens a gap: it may need a little more. */
static void a_gap_needs_little_more(void **state)
{
	struct dice dice = dice_new("gap");
	unsigned more = 0;

	(void)state;
	for (unsigned i = 0; i < 3000; i++) {
		uint64_t end = 4000 + dice_below(&dice, 600000), low = 2000 + dice_below(&dice, end - 2000);
		const uint64_t pairs[][2] = { { 1, end - dice_below(&dice, 1000) }, { 0, 0 } };
		const uint64_t at_the_end[][2] = { { end, end + 16 }, { 0, 0 } };
		struct labyrinth_config config = config_of(64, 64, 64);
		struct list list, later;
		struct labyrinth_ranges *ranges = list_of(&list, pairs);
		struct labyrinth_range below = { { 0 }, { i % 2 == 0 ? MAX_PFN : low } }, place;
		size_t before, after;

		config.later = list_of(&later, at_the_end);
		assert_status(labyrinth_metadata_bytes(ranges, &config, &before), LABYRINTH_OK);
		if (labyrinth_ranges_carve(ranges, (before + 4095) / 4096, 1, below, &place) != LABYRINTH_OK)
			continue;
		assert_status(labyrinth_metadata_bytes(ranges, &config, &after), LABYRINTH_OK);
		assert_true(after <= before + 2 * LABYRINTH_PAGE_SIZE);
		more += after > before;
	}
	assert_true(more > 0);
}

static void the_suggested_configuration(void **state)
{
	static const struct { uint64_t frames, reserve, vault; } cases[] = {
		{ 1,                0,     0 },
		{ 101,              25,    25 },
		{ 256,              64,    64 },
		{ 64 * 64,          64,    64 },
		{ 64 * 65,          64,    65 },
		{ 256 * 100,        100,   400 },
		{ 64 * 16384,       4096,  16384 },
		{ TIB,              16384, 16384 },
	};
	struct list list;
	size_t bytes;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const uint64_t pairs[][2] = { { 1, 1 + cases[i].frames }, { 0, 0 } };
		struct labyrinth_config config = labyrinth_config_for(list_of(&list, pairs));

		assert_int_equal(config.owners, 64);
		assert_int_equal(config.reserve_frames, cases[i].reserve);
		assert_int_equal(config.vault_frames, cases[i].vault);
		assert_status(labyrinth_metadata_bytes(list_of(&list, pairs), &config, &bytes),
		              describable(cases[i].frames) ? LABYRINTH_OK : LABYRINTH_BAD_RANGES);
	}
	assert_int_equal(labyrinth_config_for(NULL).vault_frames, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(bad_ranges),
		kit_test(ranges_at_the_edge),
		kit_test(bad_configurations),
		kit_test(null_pointers),
		kit_test(the_size_is_exact),
		kit_test(misaligned_memory),
		kit_test(metadata_per_frame),
		kit_test(carving_never_needs_more),
		kit_test(a_gap_needs_little_more),
		kit_test(the_suggested_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
