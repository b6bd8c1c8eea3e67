/*
 * rooms.c - blocks come and go, and the trees hear of it.
 */
#include "rooms.h"

void labyrinth_rooms_know(struct zone *z, enum mobility m)
{
	if (zone_knows(z, m))
		return;
	ranks_clear_all(z->partial[m]);
	z->kinds |= 1u << m;
}

void labyrinth_rooms_open(const struct zone *z, block_t b)
{
	if (block_opened(z->frames, b))
		return;
	labyrinth_buddy_empty(&z->frames->block[b.i]);
	labyrinth_frames_open(z->frames, b);
}

struct page *labyrinth_rooms_take_large(struct zone *z, unsigned order, enum mobility m)
{
	uint32_t bit = labyrinth_large_take(&z->large, order);
	block_t b;

	if (bit == LARGE_NONE)
		return NULL;
	b = zone_block(z, bit);
	labyrinth_rooms_open(z, b);
	labyrinth_rooms_know(z, m);
	z->frames->note[b.i].mobility = (uint8_t)m;
	return block_page(z->frames, b, 0);
}

static __attribute__((noinline)) void set_room(struct zone *z, block_t b, unsigned room)
{
	struct block_note *note = &z->frames->note[b.i];

	labyrinth_ranks_change(&z->shape, z->partial[note->mobility], note->bit - z->base, note_room(note), room);
	note_set_room(note, room);
}

void labyrinth_rooms_break(struct zone *z, block_t b, unsigned order, enum mobility m)
{
	struct frames *f = z->frames;
	struct block_note *note = &f->note[b.i];

	labyrinth_buddy_break(&f->block[b.i], order);
	if (!block_opened(f, b))
		labyrinth_frames_open(f, b);
	labyrinth_rooms_know(z, m);
	note->mobility = (uint8_t)m;
	note_set_room(note, BLOCK_ORDER);
	labyrinth_ranks_enter(&z->shape, z->partial[m], note->bit - z->base, BLOCK_ORDER);
}

/* The page block has become whole, one free block: from now on a bit says so that is not its own. */
static __attribute__((noinline)) void close_whole(struct zone *z, block_t b)
{
	struct block_note *note = &z->frames->note[b.i];
	uint32_t bit = note->bit - z->base;

	if (note_room(note) != 0)
		labyrinth_ranks_leave(&z->shape, z->partial[note->mobility], bit, note_room(note));
	note_set_room(note, 0);
	buddy_close(&z->frames->block[b.i]);
	labyrinth_large_put(&z->large, bit, BLOCK_ORDER);
}

/* A free block of this order has come about. */
static inline __attribute__((always_inline)) void gained(struct zone *z, block_t b, unsigned order)
{
	if (order == BLOCK_ORDER)
		close_whole(z, b);
	else if (order >= note_room(&z->frames->note[b.i]))
		set_room(z, b, order + 1);
}

void labyrinth_rooms_look(struct zone *z, block_t b)
{
	unsigned room = labyrinth_buddy_room(&z->frames->block[b.i]);

	if (room != note_room(&z->frames->note[b.i]))
		set_room(z, b, room);
}

/* Smaller blocks were taken first: who has lost all single frames, and had nothing larger, has nothing. */
void labyrinth_rooms_lost(struct zone *z, block_t b, unsigned lost)
{
	struct block_note *note = &z->frames->note[b.i];
	unsigned was = note_room(note), room;

	if (lost < was)
		return;
	room = lost > 1 ? labyrinth_buddy_room(&z->frames->block[b.i]) : 0;
	if (room == was)
		return;
	note_set_room(note, room);
	if (room == 0)
		labyrinth_ranks_leave(&z->shape, z->partial[note->mobility], note->bit - z->base, was);
	else
		labyrinth_ranks_move(&z->shape, z->partial[note->mobility], note->bit - z->base, was, room);
}

static void put_small(struct zone *z, block_t b, unsigned offset, unsigned order)
{
	gained(z, b, labyrinth_buddy_put(&z->frames->block[b.i], offset, order));
}

void labyrinth_rooms_put(struct zone *z, struct page *page, unsigned order)
{
	block_t b = page_block_of(z->frames, page);

	if (order < BLOCK_ORDER)
		put_small(z, b, (unsigned)(page_index(z->frames, page) % BLOCK_FRAMES), order);
	else
		labyrinth_large_put(&z->large, zone_bit(z, b), order);
	zone_add_free(z, UINT64_C(1) << order);
}

void labyrinth_rooms_put_frames(struct zone *z, uint64_t first, uint64_t end)
{
	while (first < end) {
		struct page *page = &z->frames->page[first];
		unsigned order = pfn_fit(labyrinth_frames_pfn(z->frames, page), end - first);

		labyrinth_rooms_put(z, page, order);
		first += UINT64_C(1) << order;
	}
}

void labyrinth_rooms_put_around_bad(struct zone *z, struct page *page, unsigned order)
{
	uint64_t first = page_index(z->frames, page), end = first + (UINT64_C(1) << order);

	while (first < end) {
		uint64_t bad = labyrinth_bad_next(z->frames->bad, first, end);

		if (bad < end) {
			labyrinth_rooms_open(z, page_block_of(z->frames, &z->frames->page[bad]));
			labyrinth_frames_settle(z->frames, &z->frames->page[bad]);
			labyrinth_bad_leave(z->frames, &z->frames->page[bad]);
		}
		labyrinth_rooms_put_frames(z, first, bad);
		first = bad + 1;
	}
}

/* A flush's work, in instructions, as `make bounds` sees them. */
#define WORK_ENOUGH 204u
#define WORK_FRAME  68u
#define WORK_ABOVE  55u  /* one that merges to an order above 1     */
#define WORK_RUN    100u /* frames that follow each other           */
#define WORK_NEXT   4u   /* each of them                            */
#define WORK_LIST   145u /* the trees hear of the page block        */
#define WORK_CLOSE  300u /* and those of whole page blocks as well  */

/* Not for more work than is left, and not below the page block in which the last one has this offset. */
static uint32_t run_most(uint32_t count, unsigned offset, uint32_t work)
{
	uint32_t most = work / WORK_NEXT + 1;

	most = most < count ? most : count;
	return most < offset + 1 ? most : offset + 1;
}

/* How many of the last frames of a list follow each other, `most` at most; so many are known to. */
static uint32_t run_length(struct page *const *last, uint32_t known, uint32_t most)
{
	uint32_t n = known < most ? known : most;

	while (n < most && last[-(ptrdiff_t)n] == *last - n)
		n++;
	return n;
}

/* Gives back frames that follow each other, up to the one of this offset. */
static unsigned put_run(struct page_block *pb, struct page *last, uint32_t n, unsigned offset)
{
	struct page *page = last;

	for (uint32_t left = n; left >= 4; left -= 4, page -= 4) {
		word_flip(page, FRAME_CACHED ^ FRAME_FREE);
		word_flip(page - 1, FRAME_CACHED ^ FRAME_FREE);
		word_flip(page - 2, FRAME_CACHED ^ FRAME_FREE);
		word_flip(page - 3, FRAME_CACHED ^ FRAME_FREE);
	}
	for (; page != last - n; page--)
		word_flip(page, FRAME_CACHED ^ FRAME_FREE);
	return labyrinth_buddy_put_run(pb, offset + 1 - n, offset + 1);
}

uint32_t labyrinth_rooms_put_singles(struct zone *z, struct page *const *pages, uint32_t count, uint32_t run)
{
	const struct page *first = block_page(z->frames, z->first, 0);
	struct page_block *block = &z->frames->block[z->first.i];
	const struct block_note *note = &z->frames->note[z->first.i];
	uintptr_t frames = (uintptr_t)z->blocks * BLOCK_FRAMES;
	struct page *const *end = pages + count, *const *at = end;
	uint32_t work = 0;

	do {
		struct page *page = at[-1];
		uintptr_t number = page_above(first, page), b = number / BLOCK_FRAMES;
		unsigned order, offset = (unsigned)number % BLOCK_FRAMES;

		if (number >= frames)
			break; /* of another zone */
		if (at - 1 != pages && at[-2] + 1 == page) {
			uint32_t most = run_most((uint32_t)(at - pages), offset, WORK_ENOUGH - work);
			uint32_t n = run_length(at - 1, run, most);

			order = put_run(&block[b], page, n, offset);
			work += WORK_RUN + WORK_NEXT * n;
			at -= n;
		} else {
			word_flip(page, FRAME_CACHED ^ FRAME_FREE);
			order = buddy_put_frame(&block[b], offset);
			work += WORK_FRAME + (order > 1 ? WORK_ABOVE : 0);
			at--;
		}
		run = 1;
		if (order >= note_room(&note[b])) {
			gained(z, (block_t){ z->first.i + (uint32_t)b }, order);
			work += order == BLOCK_ORDER ? WORK_CLOSE : WORK_LIST;
		}
	} while (at != pages && work < WORK_ENOUGH);
	zone_add_free(z, (uint64_t)(end - at));
	return (uint32_t)(end - at);
}

struct page *labyrinth_rooms_take(struct zone *z, block_t b, unsigned order)
{
	unsigned from, offset = labyrinth_buddy_take(&z->frames->block[b.i], order, &from);

	if (from + 1 >= note_room(&z->frames->note[b.i]))
		labyrinth_rooms_look(z, b);
	return block_page(z->frames, b, offset);
}

struct page *labyrinth_rooms_seize(struct zone *z, block_t b, unsigned order, enum mobility m)
{
	struct block_note *note = &z->frames->note[b.i];
	struct page_block *pb = &z->frames->block[b.i];
	unsigned from, offset = labyrinth_buddy_take(pb, order, &from), room = labyrinth_buddy_room(pb);

	labyrinth_ranks_leave(&z->shape, z->partial[note->mobility], note->bit - z->base, note_room(note));
	labyrinth_rooms_know(z, m);
	note->mobility = (uint8_t)m;
	note_set_room(note, room);
	if (room != 0)
		labyrinth_ranks_enter(&z->shape, z->partial[m], note->bit - z->base, room);
	if (!(atomic_load_explicit(&note->settled, memory_order_acquire) >> offset / ROW_FRAMES & 1))
		labyrinth_frames_settle_row(z->frames, b, offset / ROW_FRAMES);
	return block_page(z->frames, b, offset);
}

void labyrinth_rooms_change_kind(struct zone *z, block_t b, enum mobility m)
{
	struct block_note *note = &z->frames->note[b.i];

	unsigned room = note_room(note);

	labyrinth_rooms_know(z, m);
	set_room(z, b, 0);
	note->mobility = (uint8_t)m;
	set_room(z, b, room);
}
