/*
 * test_page.c - pages to frame numbers and back, over holes, edges and memory that nobody has used yet.
 */
#include "kit.h"

#define TIB  (UINT64_C(1) << 28) /* frames */
#define GIB64 (UINT64_C(1) << 24)

/* Ragged edges, three ranges in one page block, a border of 128 MiB, holes of 64 GiB and 1 TiB. */
static const uint64_t ragged[][2] = {
	{ 0x1, 0x9f }, { 0x100, 0x180 }, { 0x1c0, 0x1c1 }, { 0x3ff, 0xa01 }, { 0x7fff, 0x8200 },
	{ GIB4 - 1, GIB4 + 0x401 }, { GIB4 + GIB64 + 3, GIB4 + GIB64 + 1027 }, { TIB + 0x200, TIB + 0x600 },
	{ 2 * TIB - 1, 2 * TIB + 1 }, { 0, 0 },
};

static struct arena ragged_machine(void)
{
	return arena_new(ragged, config_of(2, 16, 16));
}

static bool usable(uint64_t pfn)
{
	for (size_t i = 0; ragged[i][1] != 0; i++)
		if (pfn >= ragged[i][0] && pfn < ragged[i][1])
			return true;
	return false;
}

static void assert_frame(const struct labyrinth *lab, uint64_t pfn)
{
	struct page *page = labyrinth_pfn_page(lab, (pfn_t){ pfn });

	if ((page != NULL) != usable(pfn))
		fail_msg("frame %llx: page %p", (unsigned long long)pfn, (void *)page);
	if (page == NULL)
		return;
	assert_true(labyrinth_page_known(lab, page));
	assert_int_equal(labyrinth_page_pfn(lab, page).n, pfn);
	assert_int_equal(labyrinth_page_phys(lab, page).a, pfn << LABYRINTH_PAGE_SHIFT);
}

/* All frames of the page blocks that a range touches, and those next to them. */
static void assert_around(const struct labyrinth *lab, const uint64_t range[2])
{
	uint64_t begin = range[0] / BLOCK_FRAMES, end = (range[1] + BLOCK_FRAMES - 1) / BLOCK_FRAMES;

	for (uint64_t at = begin > 0 ? begin - 1 : 0; at <= end; at++)
		for (unsigned i = 0; i < BLOCK_FRAMES; i++)
			assert_frame(lab, at * BLOCK_FRAMES + i);
}

static void every_frame_and_every_hole(void **state)
{
	struct arena a = ragged_machine();

	(void)state;
	for (size_t i = 0; ragged[i][1] != 0; i++)
		assert_around(a.lab, ragged[i]);
	arena_end(&a);
}

/* The same answers when all page blocks have been used. */
static void every_frame_after_use(void **state)
{
	struct arena a = ragged_machine();
	struct hog *hog = hog_new(a.lab);

	(void)state;
	for (size_t i = 0; ragged[i][1] != 0; i++)
		assert_around(a.lab, ragged[i]);
	hog_end(a.lab, hog);
	assert_lawful(a.lab);
	arena_end(&a);
}

static void every_page_is_one_frame(void **state)
{
	struct arena a = ragged_machine();
	const struct frames *f = a.lab->frames;
	uint64_t known = 0, last = 0;

	(void)state;
	for (uint64_t i = 0; i < (uint64_t)f->blocks * BLOCK_FRAMES; i++) {
		uint64_t pfn = labyrinth_page_pfn(a.lab, &f->page[i]).n;

		assert_true(i == 0 || pfn > last);
		last = pfn;
		assert_int_equal(labyrinth_page_known(a.lab, &f->page[i]), usable(pfn));
		known += usable(pfn);
	}
	assert_int_equal(known, a.lab->usable);
	arena_end(&a);
}

static void frames_out_of_reach(void **state)
{
	static const uint64_t out[] = {
		2 * TIB + 1, 2 * TIB + BLOCK_FRAMES, 2 * TIB + (UINT64_C(1) << 15), 3 * TIB,
		UINT64_C(1) << 40, UINT64_C(1) << 52, UINT64_MAX / 2, UINT64_MAX - 511, UINT64_MAX,
	};
	struct arena a = ragged_machine();

	(void)state;
	for (size_t i = 0; i < COUNT(out); i++)
		assert_null(labyrinth_pfn_page(a.lab, (pfn_t){ out[i] }));
	arena_end(&a);
}

/* Whatever the bytes there say: a pointer that is no page is not known. */
static void foreign_pointers(void **state)
{
	struct arena a = ragged_machine();
	uintptr_t first = (uintptr_t)a.lab->frames->page;
	uintptr_t end = first + (uintptr_t)a.lab->frames->blocks * BLOCK_FRAMES * sizeof(struct page);
	struct page on_the_stack = { 0 };
	const uintptr_t out[] = {
		0, 1, 8, first - 1, first - sizeof(struct page), first - BLOCK_FRAMES * sizeof(struct page),
		end, end + 8, (uintptr_t)&on_the_stack, (uintptr_t)a.lab, (uintptr_t)a.lab->zones,
		UINTPTR_MAX, UINTPTR_MAX - 7,
	};

	(void)state;
	for (size_t i = 0; i < COUNT(out); i++)
		assert_false(labyrinth_page_known(a.lab, (struct page *)out[i]));
	for (uintptr_t step = 1; step < sizeof(struct page); step++) {
		assert_false(labyrinth_page_known(a.lab, (struct page *)(first + step)));
		assert_false(labyrinth_page_known(a.lab, (struct page *)(end - step)));
	}
	assert_false(labyrinth_page_known(NULL, a.lab->frames->page));
	assert_true(labyrinth_page_known(a.lab, (struct page *)(end - sizeof(struct page) * BLOCK_FRAMES)));
	arena_end(&a);
}

static void a_page_of_another_instance_is_foreign(void **state)
{
	struct arena a = ragged_machine(), b = ragged_machine();

	(void)state;
	assert_false(labyrinth_page_known(a.lab, labyrinth_pfn_page(b.lab, (pfn_t){ GIB4 })));
	assert_false(labyrinth_page_known(b.lab, labyrinth_pfn_page(a.lab, (pfn_t){ GIB4 })));
	arena_end(&a);
	arena_end(&b);
}

static void the_address_is_the_ports(void **state)
{
	struct arena a = ragged_machine();

	(void)state;
	for (uint64_t pfn = 0x400; pfn < 0xa00; pfn += 17)
		assert_ptr_equal(labyrinth_page_address(a.lab, labyrinth_pfn_page(a.lab, (pfn_t){ pfn })),
		                 host_bytes((phys_addr_t){ pfn << LABYRINTH_PAGE_SHIFT }));
	arena_end(&a);
}

/* Asking about memory that nobody has used does not use it. */
static void questions_change_nothing(void **state)
{
	struct arena a = ragged_machine();
	void *before = arena_snapshot(&a);

	(void)state;
	for (size_t i = 0; ragged[i][1] != 0; i++)
		assert_around(a.lab, ragged[i]);
	assert_unchanged(&a, before);
	arena_end(&a);
}

/* Page blocks by themselves: three runs, in sections of their own. */
static const struct { uint32_t at, blocks, first, bit, sections; } runs[] = {
	{ 3,    5,    0,    3,    1 },
	{ 10,   502,  5,    522,  1 }, /* to the very end of a section */
	{ 1500, 1000, 507,  1500, 3 },
	{ 4096, 1,    1507, 2560, 1 },
};

struct table {
	struct frames     f;
	struct run        run[COUNT(runs)];
	struct block_note note[1508];
	uint32_t          behind[6];
	_Atomic uint32_t  opened[48];
	struct page       page[1508 * BLOCK_FRAMES];
};

static struct table *table_new(void)
{
	struct table *t = malloc(sizeof(*t));

	assert_non_null(t);
	memset(t, 0xa5, sizeof(*t));
	t->f = (struct frames){ .page = t->page, .note = t->note, .opened = t->opened, .run = t->run,
		                .behind = t->behind };
	labyrinth_frames_init(&t->f, 1508);
	for (size_t i = 0; i < COUNT(runs); i++)
		labyrinth_frames_add(&t->f, runs[i].at, runs[i].blocks);
	assert_int_equal(t->f.sections, COUNT(t->behind));
	return t;
}

/* Every page block has its index, its bit, and its frame numbers, whether it is opened or not. */
static void assert_table(struct table *t)
{
	uint64_t at = 0;
	block_t b;

	for (size_t i = 0; i < COUNT(runs); i++, at++) {
		for (; at < runs[i].at; at++)
			assert_false(labyrinth_frames_index(&t->f, at, &b));
		assert_int_equal(run_sections(runs[i].at, runs[i].blocks), runs[i].sections);
		for (uint32_t n = 0; n < runs[i].blocks; n++) {
			assert_true(labyrinth_frames_index(&t->f, at = runs[i].at + n, &b));
			assert_int_equal(b.i, runs[i].first + n);
			assert_ptr_equal(labyrinth_frames_run(&t->f, b), &t->run[i]);
			assert_int_equal(block_bit(&t->f, b), runs[i].bit + n);
			assert_int_equal(block_bit(&t->f, b) % SECTION_BITS, at % SECTION_BITS);
			assert_int_equal(block_of_bit(&t->f, runs[i].bit + n).i, b.i);
			assert_int_equal(labyrinth_frames_pfn(&t->f, block_page(&t->f, b, 7)).n, at * BLOCK_FRAMES + 7);
			assert_ptr_equal(labyrinth_frames_find(&t->f, (pfn_t){ at * BLOCK_FRAMES + 7 }),
			                 block_page(&t->f, b, 7));
		}
	}
	for (; at < 5000; at++)
		assert_false(labyrinth_frames_index(&t->f, at, &b));
}

static void the_table_of_runs(void **state)
{
	struct table *t = table_new();

	(void)state;
	assert_table(t);
	for (block_t b = { 0 }; b.i < t->f.blocks; b.i += 3) {
		assert_false(block_opened(&t->f, b));
		labyrinth_frames_open(&t->f, b);
		assert_true(block_opened(&t->f, b));
	}
	assert_table(t);
	free(t);
}

/* 16 words at a time; words that are valid stay as they are. */
static void settling(void **state)
{
	struct table *t = table_new();
	struct page *page = block_page(&t->f, (block_t){ 2 }, 130);

	(void)state;
	assert_false(frames_settled(&t->f, page));
	assert_int_equal(frames_word(&t->f, page), word_make(FRAME_FREE, 0, 0, 0));
	labyrinth_frames_open(&t->f, (block_t){ 2 });
	assert_false(frames_settled(&t->f, page));
	assert_true(frames_settled(&t->f, block_page(&t->f, (block_t){ 2 }, 0)));
	labyrinth_frames_settle(&t->f, page);
	for (unsigned i = 0; i < BLOCK_FRAMES; i++) {
		const struct page *other = block_page(&t->f, (block_t){ 2 }, i);
		bool beside = i < ROW_FRAMES || i / ROW_FRAMES == 130 / ROW_FRAMES;

		assert_int_equal(frames_settled(&t->f, other), beside);
		assert_int_equal(word_load(other) == word_make(FRAME_FREE, 0, 0, 0), beside);
	}
	word_store(page, word_make(FRAME_SHARED, 5, 0, 0));
	labyrinth_frames_settle(&t->f, page + 1);
	assert_int_equal(frames_word(&t->f, page), word_make(FRAME_SHARED, 5, 0, 0));
	labyrinth_frames_bore(&t->f, (block_t){ 1 });
	for (unsigned i = 0; i < BLOCK_FRAMES; i++)
		assert_int_equal(word_state(frames_word(&t->f, block_page(&t->f, (block_t){ 1 }, i))), FRAME_HOLE);
	assert_null(labyrinth_frames_find(&t->f, (pfn_t){ 4 * BLOCK_FRAMES + 9 }));
	free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		kit_test(every_frame_and_every_hole),
		kit_test(every_frame_after_use),
		kit_test(every_page_is_one_frame),
		kit_test(frames_out_of_reach),
		kit_test(foreign_pointers),
		kit_test(a_page_of_another_instance_is_foreign),
		kit_test(the_address_is_the_ports),
		kit_test(questions_change_nothing),
		kit_test(the_table_of_runs),
		kit_test(settling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
