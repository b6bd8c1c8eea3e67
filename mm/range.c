/*
 * range.c - where ranges of frames are compared, joined and cut.
 *
 * Idea    Every change of a list replaces a stretch of it by nothing, one range or two. One function does that, so one
 *         check of the capacity decides before anything moves.
 * Writes  The caller's list.
 */
#include <labyrinth/range.h>

/* One past the last frame that 64 bits of physical address can name. */
#define FRAMES_END (UINT64_C(1) << (64 - LABYRINTH_PAGE_SHIFT))

#define OFFSET_MASK (LABYRINTH_PAGE_SIZE - 1)

static uint64_t min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static bool is_empty(struct labyrinth_range r)
{
	return r.begin.n >= r.end.n;
}

struct labyrinth_range labyrinth_range_clip(struct labyrinth_range r, struct labyrinth_range lim)
{
	r.begin.n = max(r.begin.n, lim.begin.n);
	r.end.n = max(min(r.end.n, lim.end.n), r.begin.n);
	return r;
}

/* The last of some bytes, at least one. One past it may be 2^64, which has no number. */
static phys_addr_t last_byte(phys_addr_t base, uint64_t bytes)
{
	return (phys_addr_t){ base.a + min(bytes - 1, UINT64_MAX - base.a) };
}

struct labyrinth_range labyrinth_range_inside(phys_addr_t base, uint64_t bytes)
{
	struct labyrinth_range r = { labyrinth_pfn_ceil(base), labyrinth_pfn_ceil(base) };

	if (bytes > 0) {
		phys_addr_t last = last_byte(base, bytes);
		uint64_t end = labyrinth_pfn_floor(last).n + ((last.a & OFFSET_MASK) == OFFSET_MASK);

		r.end.n = max(end, r.begin.n);
	}
	return r;
}

struct labyrinth_range labyrinth_range_touched(phys_addr_t base, uint64_t bytes)
{
	struct labyrinth_range r = { labyrinth_pfn_floor(base), labyrinth_pfn_floor(base) };

	if (bytes > 0)
		r.end.n = labyrinth_pfn_floor(last_byte(base, bytes)).n + 1;
	return r;
}

uint64_t labyrinth_ranges_frames(const struct labyrinth_ranges *ranges)
{
	uint64_t frames = 0;

	for (size_t i = 0; i < ranges->count; i++)
		frames += labyrinth_range_frames(ranges->at[i]);
	return frames;
}

bool labyrinth_ranges_valid(const struct labyrinth_ranges *ranges)
{
	for (size_t i = 0; i < ranges->count; i++) {
		struct labyrinth_range r = ranges->at[i];

		if (is_empty(r) || r.end.n > FRAMES_END)
			return false;
		if (i > 0 && r.begin.n <= ranges->at[i - 1].end.n)
			return false;
	}
	return true;
}

/* A stretch of a list: at[first] up to, not including, at[end]. */
struct stretch {
	size_t first;
	size_t end;
};

/* The first range that ends at `end` or later; the count when none does. */
static size_t first_ending_from(const struct labyrinth_ranges *ranges, pfn_t end)
{
	size_t low = 0;
	size_t high = ranges->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ranges->at[middle].end.n < end.n)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The ranges that meet or touch r; when none does, the place between its neighbours. */
static struct stretch near(const struct labyrinth_ranges *ranges, struct labyrinth_range r)
{
	struct stretch s = { .first = first_ending_from(ranges, r.begin) };

	s.end = s.first;
	while (s.end < ranges->count && ranges->at[s.end].begin.n <= r.end.n)
		s.end++;
	return s;
}

static enum labyrinth_status replace(struct labyrinth_ranges *ranges, struct stretch s,
                                     const struct labyrinth_range *with, size_t n)
{
	size_t tail = ranges->count - s.end;
	size_t count = s.first + n + tail;

	if (count > ranges->capacity)
		return LABYRINTH_TOO_MANY_ENTRIES;
	__builtin_memmove(ranges->at + s.first + n, ranges->at + s.end, tail * sizeof(*with));
	for (size_t i = 0; i < n; i++)
		ranges->at[s.first + i] = with[i];
	ranges->count = count;
	return LABYRINTH_OK;
}

enum labyrinth_status labyrinth_ranges_add(struct labyrinth_ranges *ranges, struct labyrinth_range r)
{
	if (!ranges)
		return LABYRINTH_NULL_POINTER;
	if (is_empty(r))
		return LABYRINTH_OK;
	if (r.end.n > FRAMES_END)
		return LABYRINTH_BAD_RANGES;

	struct stretch s = near(ranges, r);

	if (s.first < s.end) {
		r.begin.n = min(r.begin.n, ranges->at[s.first].begin.n);
		r.end.n = max(r.end.n, ranges->at[s.end - 1].end.n);
	}
	return replace(ranges, s, &r, 1);
}

/* A neighbour that only touches r is put back as it was. */
enum labyrinth_status labyrinth_ranges_remove(struct labyrinth_ranges *ranges, struct labyrinth_range r)
{
	struct labyrinth_range kept[2];
	size_t n = 0;

	if (!ranges)
		return LABYRINTH_NULL_POINTER;
	if (is_empty(r))
		return LABYRINTH_OK;

	struct stretch s = near(ranges, r);

	if (s.first == s.end)
		return LABYRINTH_OK;
	kept[n] = (struct labyrinth_range){ ranges->at[s.first].begin, r.begin };
	n += !is_empty(kept[n]);
	kept[n] = (struct labyrinth_range){ r.end, ranges->at[s.end - 1].end };
	n += !is_empty(kept[n]);
	return replace(ranges, s, kept, n);
}

/* The highest aligned place for `frames` frames in r. */
static bool highest_place(struct labyrinth_range r, uint64_t frames, uint64_t align, struct labyrinth_range *place)
{
	if (labyrinth_range_frames(r) < frames)
		return false;
	place->begin.n = (r.end.n - frames) & ~(align - 1);
	place->end.n = place->begin.n + frames;
	return place->begin.n >= r.begin.n;
}

enum labyrinth_status labyrinth_ranges_carve(struct labyrinth_ranges *ranges, uint64_t frames, uint64_t align,
                                             struct labyrinth_range within, struct labyrinth_range *out)
{
	struct labyrinth_range place;

	if (!ranges || !out)
		return LABYRINTH_NULL_POINTER;
	if (frames == 0 || align == 0 || (align & (align - 1)) != 0)
		return LABYRINTH_NO_ROOM;
	for (size_t i = ranges->count; i-- > 0; ) {
		if (!highest_place(labyrinth_range_clip(ranges->at[i], within), frames, align, &place))
			continue;

		enum labyrinth_status status = labyrinth_ranges_remove(ranges, place);

		if (status == LABYRINTH_OK)
			*out = place;
		return status;
	}
	return LABYRINTH_NO_ROOM;
}
