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

static inline void set_room(struct zone *z, block_t b, unsigned room)
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

/* The page block has become whole: from now on one bit says so, not its own. */
static void close_whole(struct zone *z, block_t b)
{
	set_room(z, b, 0);
	labyrinth_buddy_empty(&z->frames->block[b.i]);
	labyrinth_large_put(&z->large, zone_bit(z, b), BLOCK_ORDER);
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

/* A flush's work, in instructions, roughly. */
#define WORK_ENOUGH 240u
#define WORK_FRAME  50u  /* a frame that has no free twin           */
#define WORK_MERGE  12u
#define WORK_RUN    90u  /* frames that follow each other           */
#define WORK_NEXT   6u   /* each of them                            */
#define WORK_LIST   120u /* the trees hear of the page block        */
#define WORK_CLOSE  400u /* and those of whole page blocks as well  */

/* A frame of that number in the zone has merged up to an order, and the trees hear of it; how much work that is. */
static uint32_t listed(struct zone *z, uintptr_t number, unsigned order)
{
	gained(z, (block_t){ z->first.i + (uint32_t)(number / BLOCK_FRAMES) }, order);
	return order == BLOCK_ORDER ? WORK_CLOSE : WORK_LIST;
}

/*
 * How many of the last frames of a list follow each other, but not for more work than is left, and not below a page
 * block, in which the last one has this offset. From now on they read FREE.
 */
static uint32_t loosen_run(struct page *const *pages, uint32_t count, unsigned offset, uint32_t work)
{
	struct page *last = pages[count - 1];
	uint32_t n = 0, most = count < offset + 1 ? count : offset + 1, enough = work / WORK_NEXT + 1;

	if (most > enough)
		most = enough;
	do
		word_flip(last - n, FRAME_CACHED ^ FRAME_FREE);
	while (++n < most && pages[count - 1 - n] == last - n);
	return n;
}

/* What the loop asks for is in registers: for all that the compiler knows, a word that is written might be it. */
uint32_t labyrinth_rooms_put_singles(struct zone *z, struct page *const *pages, uint32_t count)
{
	const struct page *first = block_page(z->frames, z->first, 0);
	struct page_block *block = &z->frames->block[z->first.i];
	const struct block_note *note = &z->frames->note[z->first.i];
	uintptr_t frames = (uintptr_t)z->blocks * BLOCK_FRAMES;
	uint32_t left = count, work = 0;

	while (left > 0 && work < WORK_ENOUGH) {
		struct page *page = pages[left - 1];
		uintptr_t number = page_above(first, page), b = number / BLOCK_FRAMES;
		unsigned order, offset = (unsigned)number % BLOCK_FRAMES;

		if (number >= frames)
			break; /* of another zone */
		if (left > 1 && pages[left - 2] + 1 == page) {
			uint32_t n = loosen_run(pages, left, offset, WORK_ENOUGH - work);

			order = labyrinth_buddy_put_run(&block[b], offset + 1 - n, offset + 1);
			work += WORK_RUN + WORK_NEXT * n;
			left -= n;
		} else {
			word_flip(page, FRAME_CACHED ^ FRAME_FREE);
			order = buddy_put_bit(&block[b], offset, 0);
			work += WORK_FRAME + WORK_MERGE * order;
			left--;
		}
		if (order >= note_room(&note[b]))
			work += listed(z, number, order);
	}
	zone_add_free(z, count - left);
	return count - left;
}

struct page *labyrinth_rooms_take(struct zone *z, block_t b, unsigned order)
{
	unsigned from, offset = labyrinth_buddy_take(&z->frames->block[b.i], order, &from);

	if (from + 1 >= note_room(&z->frames->note[b.i]))
		labyrinth_rooms_look(z, b);
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
