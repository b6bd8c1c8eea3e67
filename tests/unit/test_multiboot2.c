/*
 * test_multiboot2.c - boot information as it should be, cut at every byte, with every word replaced, and at random.
 *
 * Idea    Every case is copied into a heap block of exactly its size, so that the sanitizer sees one byte read too
 *         many.
 */
#include "dice.h"
#include "text.h"
#include "blob.h"

enum { CAPACITY = 8 };

/* The first bytes of a blob, in a heap block of their own. */
static uint8_t *exactly(const struct blob *b, size_t bytes)
{
	uint8_t *copy = malloc(bytes);

	assert_non_null(copy);
	memcpy(copy, b->at, bytes);
	return copy;
}

/* A map that holds something before the call. */
struct target {
	struct labyrinth_memmap map;
	struct labyrinth_memmap_entry *before;
};

static struct target target_new(size_t capacity)
{
	struct target t = {
		.map    = { text_array(capacity, sizeof(*t.map.at)), 0, capacity },
		.before = text_array(capacity, sizeof(*t.before)),
	};

	for (; t.map.count < capacity; t.map.count++)
		t.map.at[t.map.count] = (struct labyrinth_memmap_entry){ { 0x5a5a }, 0x5a, 0x5a };
	memcpy(t.before, t.map.at, capacity * sizeof(*t.before));
	return t;
}

static void target_free(struct target *t)
{
	free(t->map.at);
	free(t->before);
}

/* Reads the map out of a heap block of exactly that size. A refusal leaves an empty map and writes no entry. */
static enum labyrinth_status read_exactly(const struct blob *b, size_t bytes, struct target *t)
{
	uint8_t *info = exactly(b, bytes);
	size_t capacity = t->map.capacity;
	enum labyrinth_status status = labyrinth_from_multiboot2(info, bytes, &t->map);

	assert_int_equal(t->map.capacity, capacity);
	assert_true(t->map.count <= capacity);
	if (status != LABYRINTH_OK) {
		assert_int_equal(t->map.count, 0);
		assert_memory_equal(t->map.at, t->before, capacity * sizeof(*t->before));
	}
	free(info);
	return status;
}

static enum labyrinth_status read_whole(const struct blob *b)
{
	struct target t = target_new(CAPACITY);
	enum labyrinth_status status = read_exactly(b, b->bytes, &t);

	target_free(&t);
	return status;
}

static void assert_entries(const struct labyrinth_memmap *map, size_t count)
{
	assert_int_equal(map->count, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(map->at[i].base.a, blob_entries[i].base.a);
		assert_int_equal(map->at[i].bytes, blob_entries[i].bytes);
		assert_int_equal(map->at[i].type, blob_entries[i].type);
	}
}

static void reads_the_map(void **state)
{
	struct blob b = blob_typical();
	struct target t = target_new(ENTRIES);

	(void)state;
	assert_int_equal(read_exactly(&b, b.bytes, &t), LABYRINTH_OK);
	assert_entries(&t.map, ENTRIES);
	target_free(&t);
}

static void map_forms(void **state)
{
	static const struct { const char *name; struct map_form form; enum labyrinth_status status; } cases[] = {
		{ "as GRUB writes it",     { 24, 0, 5, 0 },  LABYRINTH_OK },
		{ "one entry",                 { 24, 0, 1, 0 },  LABYRINTH_OK },
		{ "no entries",                { 24, 0, 0, 0 },  LABYRINTH_OK },
		{ "longer entries",            { 32, 0, 5, 0 },  LABYRINTH_OK },
		{ "much longer entries",       { 96, 0, 3, 0 },  LABYRINTH_OK },
		{ "entries of no bytes",       { 0,  0, 0, 0 },  LABYRINTH_INCONSISTENT },
		{ "entries of no bytes, some", { 0,  0, 0, 24 }, LABYRINTH_INCONSISTENT },
		{ "entries of 8 bytes",        { 8,  0, 0, 24 }, LABYRINTH_INCONSISTENT },
		{ "entries of 16 bytes",       { 16, 0, 0, 48 }, LABYRINTH_INCONSISTENT },
		{ "entries of 23 bytes",       { 23, 0, 0, 23 }, LABYRINTH_INCONSISTENT },
		{ "entries of 25 bytes",       { 25, 0, 2, 0 },  LABYRINTH_INCONSISTENT },
		{ "entries of 2^32 - 8 bytes", { 0xfffffff8, 0, 0, 24 }, LABYRINTH_INCONSISTENT },
		{ "the same, no entry",        { 0xfffffff8, 0, 0, 0 },  LABYRINTH_OK },
		{ "entry version 1",           { 24, 1, 5, 0 },  LABYRINTH_INCONSISTENT },
		{ "entry version 2^31",        { 24, 0x80000000, 5, 0 }, LABYRINTH_INCONSISTENT },
		{ "a byte too many",           { 24, 0, 5, 1 },  LABYRINTH_INCONSISTENT },
		{ "a byte too few",            { 24, 0, 4, 23 }, LABYRINTH_INCONSISTENT },
		{ "half an entry",             { 24, 0, 4, 12 }, LABYRINTH_INCONSISTENT },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct blob b = blob_begin();
		struct target t = target_new(CAPACITY);
		enum labyrinth_status status;

		blob_put_map(&b, cases[i].form);
		blob_end(&b);
		status = read_exactly(&b, b.bytes, &t);
		if (status != cases[i].status)
			fail_msg("%s: %s", cases[i].name, labyrinth_status_name(status));
		if (status == LABYRINTH_OK)
			assert_entries(&t.map, cases[i].form.count);
		target_free(&t);
	}
}

/* Chains of tags, word by word: {type, size, payload}, behind the 8-byte header. */
static void chains(void **state)
{
	static const struct {
		const char *name;
		uint32_t words[10];
		size_t count;
		uint32_t total; /* 0: the right one */
		enum labyrinth_status status;
	} cases[] = {
		{ "only the end",                { 0, 8 }, 2, 0,  LABYRINTH_NO_MAP },
		{ "no tags, no end",             { 0 }, 0, 0,     LABYRINTH_TRUNCATED },
		{ "no end",                      { 1, 9, 0, 0 }, 4, 0, LABYRINTH_TRUNCATED },
		{ "half an end",                 { 0 }, 1, 0,     LABYRINTH_TRUNCATED },
		{ "an end of size 0",            { 0, 0 }, 2, 0,  LABYRINTH_INCONSISTENT },
		{ "an end of size 16",           { 0, 16, 0, 0 }, 4, 0, LABYRINTH_INCONSISTENT },
		{ "a tag of size 0",             { 9, 0, 0, 8 }, 4, 0, LABYRINTH_INCONSISTENT },
		{ "a tag of size 7",             { 9, 7, 0, 8 }, 4, 0, LABYRINTH_INCONSISTENT },
		{ "a tag of size 8",             { 9, 8, 0, 8 }, 4, 0, LABYRINTH_NO_MAP },
		{ "a tag that is all there is",  { 9, 16, 0, 0 }, 4, 0, LABYRINTH_TRUNCATED },
		{ "a tag past the total",        { 9, 24, 0, 8 }, 4, 0, LABYRINTH_TRUNCATED },
		{ "a tag whose padding is past", { 9, 17, 0, 0, 0 }, 5, 0, LABYRINTH_TRUNCATED },
		{ "a tag of 2^32 - 1",           { 9, 0xffffffff, 0, 8 }, 4, 0, LABYRINTH_TRUNCATED },
		{ "a tag of 2^31",               { 9, 0x80000000, 0, 8 }, 4, 0, LABYRINTH_TRUNCATED },
		{ "something behind the end",    { 0, 8, 6, 0xffffffff }, 4, 0, LABYRINTH_NO_MAP },
		{ "a map without its header",    { 6, 8, 0, 8 }, 4, 0, LABYRINTH_INCONSISTENT },
		{ "a map with half a header",    { 6, 12, 24, 0, 0, 8 }, 6, 0, LABYRINTH_INCONSISTENT },
		{ "two maps",                    { 6, 16, 24, 0, 6, 16, 24, 0, 0, 8 }, 10, 0, LABYRINTH_INCONSISTENT },
		{ "a total below its header",    { 0, 8 }, 2, 7,  LABYRINTH_INCONSISTENT },
		{ "a total of header only",      { 0, 8 }, 2, 8,  LABYRINTH_TRUNCATED },
		{ "a total that cuts the end",   { 0, 8 }, 2, 15, LABYRINTH_TRUNCATED },
		{ "a total a byte too large",    { 0, 8 }, 2, 17, LABYRINTH_TRUNCATED },
		{ "a total of 2^32 - 1",         { 0, 8 }, 2, 0xffffffff, LABYRINTH_TRUNCATED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct blob b = blob_begin();
		enum labyrinth_status status;

		for (size_t w = 0; w < cases[i].count; w++)
			blob_put32(&b, cases[i].words[w]);
		blob_poke32(&b, 0, cases[i].total ? cases[i].total : (uint32_t)b.bytes);
		status = read_whole(&b);
		if (status != cases[i].status)
			fail_msg("%s: %s", cases[i].name, labyrinth_status_name(status));
	}
}

static void capacity(void **state)
{
	struct blob b = blob_typical();

	(void)state;
	for (size_t places = 0; places <= ENTRIES + 1; places++) {
		struct target t = target_new(places);
		enum labyrinth_status expected = places < ENTRIES ? LABYRINTH_TOO_MANY_ENTRIES : LABYRINTH_OK;

		assert_int_equal(read_exactly(&b, b.bytes, &t), expected);
		target_free(&t);
	}
}

static void null_pointers(void **state)
{
	struct blob b = blob_typical();
	struct target t = target_new(CAPACITY);

	(void)state;
	assert_int_equal(labyrinth_multiboot2_check(NULL, 100), LABYRINTH_NULL_POINTER);
	assert_int_equal(labyrinth_from_multiboot2(b.at, b.bytes, NULL), LABYRINTH_NULL_POINTER);
	assert_int_equal(labyrinth_from_multiboot2(NULL, 100, &t.map), LABYRINTH_NULL_POINTER);
	assert_int_equal(t.map.count, 0);
	assert_memory_equal(t.map.at, t.before, CAPACITY * sizeof(*t.before));
	target_free(&t);
}

/* Every tag in order, the unknown one too, and nothing at the end however often one asks. */
static void walks_every_tag(void **state)
{
	static const struct { uint32_t type; size_t bytes; } expected[] = {
		{ LABYRINTH_MULTIBOOT2_CMDLINE, 13 },
		{ LABYRINTH_MULTIBOOT2_MEMORY_MAP, 8 + 24 * ENTRIES },
		{ UNKNOWN, 13 },
		{ LABYRINTH_MULTIBOOT2_MODULE, 13 },
	};
	struct blob b = blob_typical();
	uint8_t *info = exactly(&b, b.bytes);
	struct labyrinth_multiboot2_cursor cursor = { 0 };
	struct labyrinth_multiboot2_tag tag, found;

	(void)state;
	assert_int_equal(labyrinth_multiboot2_check(info, b.bytes), LABYRINTH_OK);
	assert_int_equal(labyrinth_multiboot2_bytes(info), b.bytes);
	for (size_t i = 0; i < COUNT(expected); i++) {
		assert_true(labyrinth_multiboot2_next(info, &cursor, &tag));
		assert_int_equal(tag.type, expected[i].type);
		assert_int_equal(tag.bytes, expected[i].bytes);
		assert_true(labyrinth_multiboot2_find(info, tag.type, &found));
		assert_ptr_equal(found.payload, tag.payload);
		assert_int_equal(found.bytes, tag.bytes);
	}
	for (unsigned again = 0; again < 3; again++)
		assert_false(labyrinth_multiboot2_next(info, &cursor, &tag));
	assert_int_equal(tag.type, LABYRINTH_MULTIBOOT2_MODULE);
	free(info);
}

/* What lies behind the end tag is no tag, even when it looks like one. */
static void stops_at_the_end(void **state)
{
	struct blob b = blob_begin();
	struct labyrinth_multiboot2_cursor cursor = { 0 };
	struct labyrinth_multiboot2_tag tag;

	(void)state;
	blob_end(&b);
	blob_put_map(&b, plain);
	blob_end(&b);
	assert_int_equal(read_whole(&b), LABYRINTH_NO_MAP);
	for (unsigned again = 0; again < 3; again++)
		assert_false(labyrinth_multiboot2_next(b.at, &cursor, &tag));
}

static void finds_the_first(void **state)
{
	struct blob b = blob_begin();
	struct labyrinth_multiboot2_tag tag = { 99, NULL, 99 };

	(void)state;
	blob_put_tag(&b, LABYRINTH_MULTIBOOT2_MODULE, "first", 6);
	blob_put_tag(&b, LABYRINTH_MULTIBOOT2_MODULE, "second", 7);
	blob_end(&b);
	assert_false(labyrinth_multiboot2_find(b.at, LABYRINTH_MULTIBOOT2_RSDP_V1, &tag));
	assert_int_equal(tag.type, 99);
	assert_false(labyrinth_multiboot2_find(b.at, LABYRINTH_MULTIBOOT2_END, &tag));
	assert_true(labyrinth_multiboot2_find(b.at, LABYRINTH_MULTIBOOT2_MODULE, &tag));
	assert_string_equal((const char *)tag.payload, "first");
}

/* The bytes end early: not told by the header, told by it, and told by it alone. */
static void cut_at_every_byte(void **state)
{
	struct blob whole = blob_typical();

	(void)state;
	for (size_t bytes = 0; bytes < whole.bytes; bytes++) {
		struct blob b = whole;
		struct target t = target_new(CAPACITY);
		enum labyrinth_status told = bytes < 8 ? LABYRINTH_INCONSISTENT : LABYRINTH_TRUNCATED;

		assert_int_equal(read_exactly(&b, bytes, &t), LABYRINTH_TRUNCATED);
		blob_poke32(&b, 0, (uint32_t)bytes);
		assert_int_equal(read_exactly(&b, bytes, &t), LABYRINTH_TRUNCATED);
		assert_int_equal(read_exactly(&b, whole.bytes, &t), told);
		target_free(&t);
	}
}

/* What must hold whatever the bytes are; reads in a block of exactly the size, so a stray read is seen. */
static void survive(const struct blob *b, size_t bytes)
{
	struct target t = target_new(CAPACITY);
	enum labyrinth_status status = read_exactly(b, bytes, &t);
	uint8_t *info = exactly(b, bytes);
	struct labyrinth_multiboot2_cursor cursor = { 0 };
	struct labyrinth_multiboot2_tag tag;
	size_t tags = 0;
	uint8_t sum = 0;

	if (labyrinth_multiboot2_check(info, bytes) == LABYRINTH_OK) {
		assert_true(labyrinth_multiboot2_bytes(info) <= bytes);
		while (labyrinth_multiboot2_next(info, &cursor, &tag)) {
			for (size_t i = 0; i < tag.bytes; i++)
				sum ^= tag.payload[i];
			assert_true(++tags <= bytes / 8);
		}
	} else
		assert_int_not_equal(status, LABYRINTH_OK);
	*(volatile uint8_t *)info = sum; /* the payloads were read */
	assert_true(status <= LABYRINTH_TOO_MANY_ENTRIES);
	free(info);
	target_free(&t);
}

static const uint32_t nasty[] = {
	0, 1, 6, 7, 8, 9, 12, 15, 16, 17, 23, 24, 25, 32, 0x7f, 0x80, 0xff, 0x100, 0x7fffffff, 0x80000000, 0xfffffff0,
	0xfffffff7, 0xfffffff8, 0xfffffff9, 0xffffffff,
};

static void every_word_replaced(void **state)
{
	struct blob whole = blob_typical();

	(void)state;
	for (size_t offset = 0; offset < whole.bytes; offset += 4) {
		for (size_t i = 0; i < COUNT(nasty); i++) {
			struct blob b = whole;

			blob_poke32(&b, offset, nasty[i]);
			survive(&b, b.bytes);
		}
		for (uint32_t near = 0; near <= 64; near++) {
			struct blob b = whole;

			blob_poke32(&b, offset, (uint32_t)(whole.bytes - 32 + near));
			survive(&b, b.bytes);
		}
	}
}

static void random_damage(void **state)
{
	struct dice dice = dice_new("multiboot2");
	struct blob whole = blob_typical();

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		struct blob b = whole;
		size_t bytes = dice_below(&dice, 4) ? b.bytes : dice_below(&dice, b.bytes + 1);

		for (uint64_t hits = 1 + dice_below(&dice, 6); hits > 0; hits--) {
			if (dice_below(&dice, 2))
				blob_poke32(&b, 4 * dice_below(&dice, b.bytes / 4),
				            nasty[dice_below(&dice, COUNT(nasty))]);
			else
				b.at[dice_below(&dice, b.bytes)] = (uint8_t)dice_roll(&dice);
		}
		if (dice_below(&dice, 2) && bytes >= 4)
			blob_poke32(&b, 0, (uint32_t)bytes);
		survive(&b, bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_map),
		cmocka_unit_test(map_forms),
		cmocka_unit_test(chains),
		cmocka_unit_test(capacity),
		cmocka_unit_test(null_pointers),
		cmocka_unit_test(walks_every_tag),
		cmocka_unit_test(stops_at_the_end),
		cmocka_unit_test(finds_the_first),
		cmocka_unit_test(cut_at_every_byte),
		cmocka_unit_test(every_word_replaced),
		cmocka_unit_test(random_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
