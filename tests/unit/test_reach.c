/*
 * test_reach.c - overwritten metadata: the walk and the dump come to their end, and touch nothing outside.
 *
 * Needs   The sanitizer, which sees a step outside of the metadata; without it this shows only that nothing crashes.
 */
#include "kit.h"

#include "dice.h"
#include "inject.h"
#include "reach.h"

static struct arena machine_new(void)
{
	struct arena a = arena_new(three_zones, config_of(6, 8, 16));
	labyrinth_owner_t owner = must_register(a.lab, 4, 12, 3);
	struct labyrinth_claim claims[6];

	must_register(a.lab, 2, 12, 0);
	assert_int_equal(claim_many(a.lab, owner, claims, 6), 6);
	release_many(claims, 3);
	assert_status(labyrinth_claim_lend(&claims[4]), LABYRINTH_OK);
	must_alloc(a.lab, LABYRINTH_GFP_KERNEL, 3);
	return a;
}

/* Overwritten, there may seem to be as many owners as their records fit into the metadata; each has a few lines. */
#define MOST_LINES 2000

struct count {
	uint64_t blocks, lines;
	char     text[8000]; /* the first lines */
};

static bool count_block(const struct labyrinth_block *block, void *context)
{
	struct count *c = context;

	assert_true(block->order <= LABYRINTH_MAX_ORDER && block->state < LABYRINTH_BLOCK_STATES);
	assert_true(++c->blocks <= 6 * BLOCK_FRAMES);
	return true;
}

static void count_line(const char *line, void *context)
{
	struct count *c = context;

	assert_true(strlen(line) <= 76);
	assert_true(++c->lines <= MOST_LINES);
	if (strlen(c->text) + strlen(line) + 2 <= sizeof(c->text))
		strcat(strcat(c->text, line), "\n");
}

/* Looks at an instance in both ways. */
static bool look_at(const struct labyrinth *lab, struct count *c)
{
	*c = (struct count){ .blocks = 0 };
	labyrinth_dump(lab, count_line, c);
	assert_true(c->lines > 0);
	return labyrinth_for_each_block(lab, count_block, c);
}

#define FAR ((void *)(uintptr_t)UINT64_C(0x00007ffffffff000))

static void no_size(struct labyrinth *lab) { lab->metadata_bytes++; }
static void no_check(struct labyrinth *lab) { lab->metadata_check = 0; }
static void no_frames(struct labyrinth *lab) { lab->frames = NULL; }
static void frames_far(struct labyrinth *lab) { lab->frames = FAR; }
static void frames_at_the_end(struct labyrinth *lab) { lab->frames = (void *)((char *)lab + lab->metadata_bytes - 8); }
static void frames_before(struct labyrinth *lab) { lab->frames = (void *)((char *)lab - 64); }
static void frames_between(struct labyrinth *lab) { lab->frames = (void *)((char *)lab->frames + 1); }
static void words_far(struct labyrinth *lab) { lab->frames->page = FAR; }
static void words_shifted(struct labyrinth *lab) { lab->frames->page++; }
static void notes_far(struct labyrinth *lab) { lab->frames->note = FAR; }
static void page_blocks_far(struct labyrinth *lab) { lab->frames->block = FAR; }
static void one_block_more(struct labyrinth *lab) { lab->frames->blocks++; }
static void all_blocks(struct labyrinth *lab) { lab->frames->blocks = UINT32_MAX; }
static void opened_far(struct labyrinth *lab) { lab->frames->opened = FAR; }
static void runs_far(struct labyrinth *lab) { lab->frames->run = FAR; }
static void no_runs(struct labyrinth *lab) { lab->frames->runs = 0; }
static void many_runs(struct labyrinth *lab) { lab->frames->runs = UINT32_MAX; }
static void a_run_too_long(struct labyrinth *lab) { lab->frames->run[0].blocks++; }
static void a_run_too_short(struct labyrinth *lab) { lab->frames->run[2].blocks--; }
static void a_bit_elsewhere(struct labyrinth *lab) { lab->frames->run[1].bit = UINT32_MAX - 5; }
static void base_elsewhere(struct labyrinth *lab) { lab->zones[1].base = 12345; }
static void many_sections(struct labyrinth *lab) { lab->zones[1].sections = UINT32_MAX; }
static void more_sections(struct labyrinth *lab) { lab->zones[1].sections = 1u << 20; }
static void large_far(struct labyrinth *lab) { lab->zones[1].large.section = FAR; }
static void marks_far(struct labyrinth *lab) { lab->zones[1].large.marks = FAR; }
static void shape_bad(struct labyrinth *lab) { lab->zones[1].large.shape.levels = 77; }
static void zones_far(struct labyrinth *lab) { lab->zones = FAR; }
static void zone_too_long(struct labyrinth *lab) { lab->zones[1].blocks = UINT32_MAX; }
static void zone_too_high(struct labyrinth *lab) { lab->zones[1].first.i = 7; }
static void reserve_far(struct labyrinth *lab) { lab->reserve = FAR; }
static void vault_far(struct labyrinth *lab) { lab->vault = FAR; }
static void owners_far(struct labyrinth *lab) { lab->owners = FAR; }
static void slots_far(struct labyrinth *lab) { lab->owners->at = FAR; }
static void many_slots(struct labyrinth *lab) { lab->owners->slots = UINT32_MAX; }
static void more_slots(struct labyrinth *lab) { lab->owners->slots = UINT16_MAX; }
static void bad_limit(struct labyrinth *lab) { lab->owners->at[0].limit = 3; }
static void odd_name(struct labyrinth *lab) { memset((void *)lab->owners->at[0].name, 0xff, LABYRINTH_NAME_BYTES); }
static void injector_far(struct labyrinth *lab) { lab->injector = FAR; }
static void stack_far(struct labyrinth *lab) { lab->owners->at[0].recycled.head = ~STACK_TAG - STACK_TAG - 1; }
static void kept_far(struct labyrinth *lab) { lab->owners->at[0].kept.word = UINT64_MAX; }

static void stack_in_a_circle(struct labyrinth *lab)
{
	struct page *top = labyrinth_stack_top(&lab->owners->at[0].recycled, lab->frames);

	top->word = word_link(FRAME_DIRTY, 0, page_index(lab->frames, top));
	lab->owners->at[0].word |= OWNER_RECYCLED * 1023;
}

static const struct {
	void (*overwrite)(struct labyrinth *lab);
	bool walks;
	const char *says;
} rows[] = {
	{ no_size,           false, "labyrinth: the instance is overwritten\n" },
	{ no_check,          false, "labyrinth: the instance is overwritten\n" },
	{ no_frames,         false, "\nzones: their record is overwritten\n" },
	{ frames_far,        false, "\nzones: their record is overwritten\n" },
	{ frames_at_the_end, false, "\nzones: their record is overwritten\n" },
	{ frames_before,     false, "\nzones: their record is overwritten\n" },
	{ frames_between,    false, "\nzones: their record is overwritten\n" },
	{ words_far,         false, "\nzones: their record is overwritten\n" },
	{ words_shifted,     false, "\nzones: their record is overwritten\n" },
	{ notes_far,         false, "\nzones: their record is overwritten\n" },
	{ page_blocks_far,   false, "\nzones: their record is overwritten\n" },
	{ one_block_more,    false, "\nzones: their record is overwritten\n" },
	{ all_blocks,        false, "\nzones: their record is overwritten\n" },
	{ opened_far,        false, "\nzones: their record is overwritten\n" },
	{ runs_far,          false, "\nzones: their record is overwritten\n" },
	{ no_runs,           false, "\nzones: their record is overwritten\n" },
	{ many_runs,         false, "\nzones: their record is overwritten\n" },
	{ a_run_too_long,    false, "\nzones: their record is overwritten\n" },
	{ a_run_too_short,   false, "\nzones: their record is overwritten\n" },
	{ a_bit_elsewhere,   true,  "\nzone DMA32: free 1024 of 1024" },
	{ base_elsewhere,    true,  "\nzone DMA32: free 1024 of 1024" },
	{ many_sections,     true,  "\nzone DMA32: its record is overwritten\n" },
	{ more_sections,     true,  "\nzone DMA32: its record is overwritten\n" },
	{ large_far,         true,  "\nzone DMA32: its record is overwritten\n" },
	{ marks_far,         true,  "\nzone DMA32: its record is overwritten\n" },
	{ shape_bad,         true,  "\nzone DMA32: free 1024 of 1024" },
	{ zones_far,         true,  "\nzones: their record is overwritten\n" },
	{ zone_too_long,     true,  "\nzone DMA32: its record is overwritten\n" },
	{ zone_too_high,     true,  "\nzone DMA32: its record is overwritten\n" },
	{ reserve_far,       true,  "\nreserve, vault: their record is overwritten\n" },
	{ vault_far,         true,  "\nreserve, vault: their record is overwritten\n" },
	{ owners_far,        false, "\nowners: their record is overwritten\n" },
	{ slots_far,         false, "\nowners: their record is overwritten\n" },
	{ many_slots,        false, "\nowners: their record is overwritten\n" },
	{ more_slots,        false, "\nowners: their record is overwritten\n" },
	{ bad_limit,         true,  "\nowner 0: its record is overwritten\n" },
	{ odd_name,          true,  "\nowner 0 \"????????????????????????\": guarantee" },
	{ injector_far,      true,  "\nowner 1 \"test\"" },
	{ stack_far,         true,  "keeps 3" },
	{ kept_far,          true,  "keeps 3" },
	{ stack_in_a_circle, true,  "keeps 1023" },
};

static void one_thing_overwritten(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena a = machine_new();
		struct count c;

		print_message("row %zu\n", i);
		rows[i].overwrite(a.lab);
		assert_int_equal(look_at(a.lab, &c), rows[i].walks);
		assert_non_null(strstr(c.text, rows[i].says));
		assert_int_equal(c.blocks > 0, rows[i].walks);
		arena_end(&a);
	}
}

/*
 * The names of movers are the only pointers that lead outside, and are followed if the rest of the record makes sense:
 * see labyrinth_dump(). So wherever it would look for one, there is none with a name.
 */
static void forget_names(struct arena *a)
{
	for (uint32_t i = 0; i < LABYRINTH_MAX_MOVERS && REACH(a->lab, a->lab->movers, 1); i++)
		a->lab->movers->at[i].name = NULL;
}

/* A value that may be worse than noise: a small number, all ones, or a pointer into the metadata. */
static uint64_t bad_word(struct dice *dice, const struct arena *a)
{
	switch (dice_below(dice, 4)) {
	case 0:
		return dice_below(dice, 64);
	case 1:
		return UINT64_MAX - dice_below(dice, 64);
	case 2:
		return (uintptr_t)a->metadata + dice_below(dice, a->bytes);
	default:
		return dice_roll(dice);
	}
}

/* Most of what can be reached from struct labyrinth lies in the first page; the size is spared, see rows[] above. */
static void overwrite_some(struct arena *a, struct dice *dice)
{
	size_t words = (dice_below(dice, 2) == 0 ? (size_t)LABYRINTH_PAGE_SIZE : a->bytes) / sizeof(uint64_t);
	size_t bytes = a->lab->metadata_bytes, check = a->lab->metadata_check;

	for (uint64_t n = 1 + dice_below(dice, 40); n > 0; n--) {
		uint64_t word = bad_word(dice, a);

		memcpy((uint64_t *)a->metadata + dice_below(dice, words), &word, sizeof(word));
	}
	a->lab->metadata_bytes = bytes;
	a->lab->metadata_check = check;
}

static void words_overwritten(void **state)
{
	struct dice dice = dice_new("words_overwritten");
	struct arena a = machine_new();
	unsigned walked = 0, refused = 0;
	void *sound;

	(void)state;
	sound = arena_snapshot(&a);
	assert_true(a.bytes / sizeof(struct owner) * 4 + 30 <= MOST_LINES);
	for (unsigned i = 0; i < 2000; i++) {
		struct count c;

		overwrite_some(&a, &dice);
		forget_names(&a);
		if (look_at(a.lab, &c))
			walked++;
		else
			refused++;
		memcpy(a.metadata, sound, a.bytes);
	}
	assert_true(walked > 0 && refused > 0);
	free(sound);
	arena_end(&a);
}

/* Noise from the first byte to the last; every other time with the true size. */
static void all_overwritten(void **state)
{
	struct dice dice = dice_new("all_overwritten");
	struct arena a = machine_new();

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		struct count c;

		for (size_t n = 0; n < a.bytes / 8; n++) {
			uint64_t word = dice_roll(&dice);

			memcpy((uint64_t *)a.metadata + n, &word, sizeof(word));
		}
		if (i % 2 != 0) {
			a.lab->metadata_bytes = a.bytes;
			a.lab->metadata_check = ~a.bytes;
		}
		assert_false(look_at(a.lab, &c));
	}
	arena_end(&a);
}

/* Only what every frame says is noise: the walk shows something, and ends. */
static void frames_overwritten(void **state)
{
	struct dice dice = dice_new("frames_overwritten");
	struct arena a = machine_new();
	struct frames *f = a.lab->frames;

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		struct count c;

		for (uint32_t n = 0; n < f->blocks * BLOCK_FRAMES; n++)
			f->page[n].word = dice_roll(&dice);
		for (uint32_t b = 0; b < f->blocks; b++) {
			f->opened[b / 32] = (uint32_t)dice_roll(&dice);
			f->note[b].settled = (uint32_t)dice_roll(&dice);
			for (unsigned w = 0; w < 16; w++)
				f->block[b].word[w] = dice_roll(&dice) & dice_roll(&dice) & dice_roll(&dice);
		}
		assert_true(look_at(a.lab, &c));
		assert_true(c.blocks >= f->runs);
	}
	arena_end(&a);
}

static void the_bounds(void **state)
{
	struct arena a = machine_new();
	const uint8_t *first = a.metadata;

	(void)state;
	assert_true(reach(a.lab, first, a.bytes, 1, 1));
	assert_true(reach(a.lab, first + a.bytes, 0, 1, 1));
	assert_true(reach(a.lab, first + a.bytes - 8, 1, 8, 8));
	assert_false(reach(a.lab, first, a.bytes + 1, 1, 1));
	assert_false(reach(a.lab, first, UINT64_MAX, 16, 1));
	assert_false(reach(a.lab, first + a.bytes - 8, 2, 8, 8));
	assert_false(reach(a.lab, first + 4, 1, 8, 8));
	assert_false(reach(a.lab, (void *)((uintptr_t)first - 8), 1, 8, 8));
	assert_false(reach(a.lab, (void *)((uintptr_t)first + a.bytes + 8), 0, 8, 8));
	assert_false(reach(a.lab, NULL, 1, 8, 8));
	arena_end(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(the_bounds),
		kit_test(one_thing_overwritten),
		kit_test(words_overwritten),
		kit_test(all_overwritten),
		kit_test(frames_overwritten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
