/*
 * zone.c - what is done under the lock of a zone.
 */
#include "zone.h"

#include "choose.h"

/* 16 MiB for what ISA DMA reaches, 4 GiB for 32-bit DMA; in page blocks of 2 MiB. */
static const uint64_t zone_limit[LABYRINTH_ZONES] = {
	[LABYRINTH_ZONE_DMA]    = UINT64_C(16) >> 1,
	[LABYRINTH_ZONE_DMA32]  = UINT64_C(4096) >> 1,
	[LABYRINTH_ZONE_NORMAL] = UINT64_MAX,
};

uint64_t labyrinth_zone_limit(enum labyrinth_zone zone)
{
	return zone_limit[zone];
}

/* The last section need not be whole. */
static uint32_t sections_of(uint32_t bits)
{
	return bits / SECTION_BITS + (bits % SECTION_BITS != 0);
}

static size_t nodes_of(uint32_t bits)
{
	return labyrinth_ranks_shape(bits).nodes;
}

size_t labyrinth_zone_tree_words(uint32_t bits)
{
	return nodes_of(bits) * MOBILITIES * RANKS_WORDS + labyrinth_large_words(sections_of(bits));
}

void labyrinth_zone_init(struct zone *z, struct frames *frames, block_t first, uint32_t blocks,
                         uint32_t first_section, uint32_t bits, uint64_t *trees)
{
	*z = (struct zone){ .frames = frames, .first = first, .blocks = blocks, .base = first_section * SECTION_BITS,
	                    .sections = sections_of(bits), .shape = labyrinth_ranks_shape(bits) };
	labyrinth_large_init(&z->large, z->sections, trees);
	trees += labyrinth_large_words(z->sections);
	for (unsigned m = 0; m < MOBILITIES; m++, trees += nodes_of(bits) * RANKS_WORDS)
		z->partial[m] = (struct ranks *)(void *)trees;
	labyrinth_rooms_know(z, MOBILITY_SHARED);
	labyrinth_rooms_know(z, MOBILITY_EXCLUSIVE);
}

void labyrinth_zone_settle(const struct zone *z, struct page *page)
{
	labyrinth_rooms_open(z, page_block_of(z->frames, page));
	labyrinth_frames_settle(z->frames, page);
}

void labyrinth_zone_settle_block(const struct zone *z, struct page *page)
{
	for (unsigned i = 0; i < BLOCK_FRAMES; i += ROW_FRAMES)
		labyrinth_zone_settle(z, page + i);
}

static struct page *take_small(struct zone *z, unsigned order, enum mobility m)
{
	block_t b;

	switch (labyrinth_choose(z, order, m, &b)) {
	case CHOICE_PART:
	case CHOICE_OTHER:
		return labyrinth_rooms_take(z, b, order);
	case CHOICE_LARGEST:
		return labyrinth_rooms_seize(z, b, order, m);
	case CHOICE_WHOLE:
		labyrinth_rooms_break(z, b, order, m);
		return block_page(z->frames, b, 0);
	default:
		return NULL;
	}
}

/* A block that has just been taken out of the trees. */
static struct page *taken(struct zone *z, struct page *page, unsigned order)
{
	if (!frames_settled(z->frames, page))
		labyrinth_frames_settle(z->frames, page);
	zone_add_free(z, -(UINT64_C(1) << order));
	return page;
}

static struct page *take_locked(struct zone *z, uint64_t rest, unsigned order, enum mobility m)
{
	struct page *page;

	if (zone_free(z) < rest + (UINT64_C(1) << order))
		return NULL;
	page = order < BLOCK_ORDER ? take_small(z, order, m) : labyrinth_rooms_take_large(z, order, m);
	return page == NULL ? NULL : taken(z, page, order);
}

/* A single frame, in a page block that is in use by this kind. */
static struct page *take_within(struct zone *z, enum mobility m)
{
	block_t b;

	return labyrinth_choose_partial(z, 0, m, &b) ? taken(z, labyrinth_rooms_take(z, b, 0), 0) : NULL;
}

/* Makes the words of a run valid that lies side by side. Of smaller blocks they are: another one is in their row. */
static void settle_run(const struct zone *z, block_t b, const struct buddy_run *run)
{
	unsigned row = (unsigned)(run->first - block_page(z->frames, b, 0)) / ROW_FRAMES;
	uint32_t settled = atomic_load_explicit(&z->frames->note[b.i].settled, memory_order_acquire) >> row;

	if (!(settled & 1))
		labyrinth_frames_settle_row(z->frames, b, row);
	if (run->frames > ROW_FRAMES && !(settled & 2))
		labyrinth_frames_settle_row(z->frames, b, row + 1);
}

/* One block out of a page block that is to be of this kind: to make it so is work enough. */
static struct buddy_run take_first_run(struct zone *z, block_t b, bool whole, enum mobility m, uint32_t most)
{
	unsigned order = most >> ZONE_FIRST_RUN != 0 ? ZONE_FIRST_RUN : bits_highest(most);
	struct buddy_run run = { .frames = 1u << order };

	if (whole) {
		labyrinth_rooms_break(z, b, order, m);
		run.first = block_page(z->frames, b, 0);
	} else {
		run.first = labyrinth_rooms_seize(z, b, order, m);
	}
	return run;
}

/* Their words are written after the lock has been let go; but of a new row, others may take what is left. */
static inline struct buddy_run take_next_run(struct zone *z, block_t b, uint32_t most, struct page **end)
{
	struct buddy_run run = labyrinth_buddy_take_run(&z->frames->block[b.i], block_page(z->frames, b, 0), most, end);

	if (run.lost != 0)
		labyrinth_rooms_lost(z, b, run.lost);
	if (run.first != NULL)
		settle_run(z, b, &run);
	return run;
}

static struct buddy_run take_run_locked(struct zone *z, enum mobility m, uint32_t most, struct page **end)
{
	uint64_t free = zone_free(z);
	struct buddy_run run = { .frames = 0 };
	enum choice choice;
	block_t b;

	if (free <= z->protect)
		return run;
	most = most < free - z->protect ? most : (uint32_t)(free - z->protect);
	choice = choose_singles(z, m, &b);
	if (choice == CHOICE_NONE)
		return run;
	if (choice == CHOICE_OTHER && most > ZONE_OTHER_RUN)
		most = ZONE_OTHER_RUN;
	if (choice == CHOICE_WHOLE || choice == CHOICE_LARGEST)
		run = take_first_run(z, b, choice == CHOICE_WHOLE, m, most);
	else
		run = take_next_run(z, b, most, end);
	zone_add_free(z, -(uint64_t)run.frames);
	return run;
}

static inline void list_frame(struct page *page, struct page **at)
{
	word_flip(page, FRAME_FREE ^ FRAME_CACHED);
	*at = page;
}

/* Frames side by side, as cached ones, the highest first. Eight at a time: nearly all runs are multiples of that. */
static void list_row(struct page *page, uint32_t frames, struct page **out)
{
	struct page **end = out + frames;

	for (; frames >= 8; frames -= 8, page += 8, end -= 8) {
		list_frame(page, end - 1);
		list_frame(page + 1, end - 2);
		list_frame(page + 2, end - 3);
		list_frame(page + 3, end - 4);
		list_frame(page + 4, end - 5);
		list_frame(page + 5, end - 6);
		list_frame(page + 6, end - 7);
		list_frame(page + 7, end - 8);
	}
	for (; frames > 0; frames--)
		list_frame(page++, --end);
}

/* The same for those that are listed already, perhaps farther up. */
static void list_again(struct page *const *from, uint32_t frames, struct page **out)
{
	for (; frames >= 4; frames -= 4, from += 4, out += 4) {
		list_frame(from[0], &out[0]);
		list_frame(from[1], &out[1]);
		list_frame(from[2], &out[2]);
		list_frame(from[3], &out[3]);
	}
	for (; frames > 0; frames--)
		list_frame(*from++, out++);
}

static void put_locked(struct zone *z, struct page *page, unsigned order)
{
	if (bad_any(z->frames))
		labyrinth_rooms_put_around_bad(z, page, order);
	else
		labyrinth_rooms_put(z, page, order);
}

/* ---- Memory joins. */

static void join(struct zone *z, uint64_t frames)
{
	atomic_store_explicit(&z->managed, zone_managed(z) + frames, memory_order_relaxed);
}

void labyrinth_zone_add_whole(struct zone *z, block_t b, uint32_t blocks)
{
	uint64_t frames = (uint64_t)blocks * BLOCK_FRAMES;
	labyrinth_irq_t was;

	labyrinth_frames_appear(z->frames, b, blocks);
	zone_enter(z, ZONE_WAIT, &was);
	labyrinth_large_add(&z->large, zone_bit(z, b), blocks);
	zone_add_free(z, frames);
	join(z, frames);
	zone_exit(z, was);
}

void labyrinth_zone_add_part(struct zone *z, block_t b, unsigned begin, unsigned end)
{
	struct frames *f = z->frames;
	labyrinth_irq_t was;

	if (!block_opened(f, b)) {
		labyrinth_buddy_empty(&f->block[b.i]);
		labyrinth_frames_bore(f, b);
	}
	for (unsigned i = begin; i < end; i++)
		word_store(block_page(f, b, i), word_make(FRAME_FREE, 0, 0, 0));
	labyrinth_frames_appear(f, b, 1);
	zone_enter(z, ZONE_WAIT, &was);
	labyrinth_rooms_put_frames(z, (uint64_t)b.i * BLOCK_FRAMES + begin, (uint64_t)b.i * BLOCK_FRAMES + end);
	join(z, end - begin);
	zone_exit(z, was);
}

struct page *labyrinth_zone_take_leaving(struct zone *z, uint64_t rest, unsigned order, enum mobility mobility,
                                         enum patience patience)
{
	labyrinth_irq_t was;
	struct page *page;

	if (!zone_enter(z, patience, &was))
		return NULL;
	page = take_locked(z, rest, order, mobility);
	zone_exit(z, was);
	return page;
}

struct page *labyrinth_zone_take(struct zone *z, unsigned order, enum mobility mobility, enum patience patience)
{
	return labyrinth_zone_take_leaving(z, 0, order, mobility, patience);
}

struct page *labyrinth_zone_take_within(struct zone *z, enum mobility mobility)
{
	labyrinth_irq_t was;
	struct page *page;

	zone_enter(z, ZONE_WAIT, &was);
	page = take_within(z, mobility);
	zone_exit(z, was);
	return page;
}

bool labyrinth_zone_put(struct zone *z, struct page *page, unsigned order, enum patience patience)
{
	labyrinth_irq_t was;

	if (!zone_enter(z, patience, &was))
		return false;
	put_locked(z, page, order);
	zone_exit(z, was);
	return true;
}

uint32_t labyrinth_zone_take_run(struct zone *z, enum mobility mobility, uint32_t most, struct page **out,
                                 enum patience patience)
{
	struct buddy_run run;
	labyrinth_irq_t was;

	if (zone_free(z) <= z->protect || !zone_enter(z, patience, &was))
		return 0;
	run = take_run_locked(z, mobility, most, out + most);
	zone_exit(z, was);
	if (run.first != NULL)
		list_row(run.first, run.frames, out);
	else
		list_again(out + most - run.frames, run.frames, out);
	return run.frames;
}

/* When frames are to go offline, one at a time. */
static __attribute__((noinline)) uint32_t put_one(struct zone *z, struct page *page)
{
	word_store(page, word_loose(word_load(page)));
	labyrinth_rooms_put_around_bad(z, page, 0);
	return 1;
}

uint32_t labyrinth_zone_put_some(struct zone *z, struct page *const *pages, uint32_t count, uint32_t run,
                                 enum patience patience)
{
	labyrinth_irq_t was;
	uint32_t done;

	if (!zone_enter(z, patience, &was))
		return 0;
	done = bad_any(z->frames) ? put_one(z, pages[count - 1]) : labyrinth_rooms_put_singles(z, pages, count, run);
	zone_exit(z, was);
	return done;
}

static const struct page *frontier_locked(const struct zone *z, enum mobility m)
{
	uint32_t whole = labyrinth_large_first(&z->large), partial = RANKS_NONE;

	if (zone_knows(z, m))
		partial = labyrinth_ranks_first(&z->shape, z->partial[m], RANKS_ANY);
	if (whole == LARGE_NONE && partial == RANKS_NONE)
		return NULL;
	return whole < partial ? block_page(z->frames, zone_block(z, whole), 0)
	                       : block_page(z->frames, zone_block(z, partial), BLOCK_FRAMES - 1);
}

const struct page *labyrinth_zone_frontier(struct zone *z, enum mobility mobility)
{
	const struct page *page;
	labyrinth_irq_t was;

	zone_enter(z, ZONE_WAIT, &was);
	page = frontier_locked(z, mobility);
	zone_exit(z, was);
	return page;
}
