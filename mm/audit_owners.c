/*
 * audit_owners.c - owners and their claims, windows, and the ledger of the vault.
 */
#include "audit.h"
#include "owner.h"
#include "vault.h"
#include "window.h"

bool labyrinth_audit_stack(struct audit *a, const char *law, const struct stack *s, enum frame_state state,
                           uint64_t expected)
{
	const struct frames *f = a->lab->frames;
	const struct page *page = labyrinth_stack_top(s, f);
	uint64_t n = 0;

	for (; page != NULL && n <= expected; page = labyrinth_stack_below(f, page), n++) {
		if (!frames_known(f, page))
			return broken(a, law, (pfn_t){ 0 }, page_index(f, page), (uint64_t)f->blocks * BLOCK_FRAMES);
		if (word_state(frames_word(f, page)) != state)
			return broken(a, law, labyrinth_frames_pfn(f, page), word_state(frames_word(f, page)), state);
	}
	return agree(a, law, n, expected);
}

/* Frames whose word names an owner, by the state of the claim. */
struct claims {
	uint64_t owned, lent, mapped;
};

static struct claims count_claims(const struct frames *f, uint32_t slot)
{
	struct claims claims = { 0 };

	for (block_t b = { 0 }; b.i < f->blocks; b.i++)
		for (unsigned i = 0; i < BLOCK_FRAMES && block_opened(f, b); i++) {
			uint64_t word = frames_word(f, block_page(f, b, i));

			if (word_owner(word) == slot) {
				claims.owned += word_state(word) == FRAME_OWNED;
				claims.lent += word_state(word) == FRAME_LENT;
				claims.mapped += word_state(word) == FRAME_MAPPED;
			}
		}
	return claims;
}

/* The frame that it released last, if it keeps that; the others are on its stack. */
static bool check_kept(struct audit *a, const struct owner *o)
{
	static const char *law = "the frame that an owner released last says that it is recycled";
	const struct frames *f = a->lab->frames;
	uint64_t kept = kept_load(&o->kept), index = (kept >> KEPT_SHIFT) - 1;

	if (!kept_any(kept))
		return true;
	if (index >= (uint64_t)f->blocks * BLOCK_FRAMES)
		return broken(a, law, (pfn_t){ 0 }, index, (uint64_t)f->blocks * BLOCK_FRAMES);
	if (word_state(frames_word(f, &f->page[index])) == FRAME_RECYCLED)
		return true;
	return broken(a, law, labyrinth_frames_pfn(f, &f->page[index]),
	              word_state(frames_word(f, &f->page[index])), FRAME_RECYCLED);
}

/* What the short ways believe: which words are valid, and that who is watched counts by his word alone. */
static bool check_belief(struct audit *a, const struct owner *o, uint32_t slot)
{
	const struct frames *f = a->lab->frames;
	uintptr_t seen = atomic_load_explicit(&o->seen, memory_order_relaxed);
	block_t b = { (uint32_t)seen };

	if (seen != UINTPTR_MAX && (seen >= f->blocks || !block_opened(f, b)
	                            || !frames_settled_all(f, (uint64_t)b.i * BLOCK_FRAMES)))
		return broken(a, "an owner releases to a page block whose words are valid", (pfn_t){ slot }, seen,
		              UINTPTR_MAX);
	return watch_due(&o->watch, 0) || kept_shut(kept_load(&o->kept))
	       || broken(a, "an owner that is watched keeps no frame but on its stack", (pfn_t){ slot }, 0, 1);
}

static bool check_owner(struct audit *a, const struct owner *o, uint32_t slot)
{
	uint64_t word = owner_view(o);
	struct claims claims;

	if (!check_belief(a, o, slot))
		return false;
	if (word % OWNER_BORN == 0)
		return true;
	claims = count_claims(a->lab->frames, slot);
	return agree(a, "an owner's count of claims is the number of frames that name it", owner_out(word),
	             claims.owned + claims.lent + claims.mapped)
	       && agree(a, "an owner's count of lent frames is the number of frames that say so", owner_lent(word),
	                claims.lent + claims.mapped)
	       && agree(a, "an owner's count of mapped frames is the number of frames that say so",
	                atomic_load_explicit(&o->mapped, memory_order_relaxed), claims.mapped)
	       && labyrinth_audit_stack(a, "an owner's recycled frames are as many as it counts", &o->recycled,
	                                FRAME_RECYCLED, owner_recycled(owner_load(o)))
	       && check_kept(a, o)
	       && (owner_held(word) <= o->limit
	           || broken(a, "an owner holds at most its limit", (pfn_t){ slot }, owner_held(word), o->limit))
	       && (owner_recycled(word) <= o->recycle
	           || broken(a, "an owner keeps at most what it may recycle", (pfn_t){ slot }, owner_recycled(word),
	                     o->recycle));
}

bool labyrinth_audit_owners(struct audit *a)
{
	const struct owners *owners = a->lab->owners;
	uint64_t out = 0, recycled = 0;

	for (uint32_t i = 0; i < owners->slots; i++) {
		uint64_t word = owner_view(&owners->at[i]);

		if (!check_owner(a, &owners->at[i], i))
			return false;
		out += owner_out(word);
		recycled += owner_recycled(word);
	}
	return agree(a, "every claimed frame belongs to an owner that counts it",
	             a->count[FRAME_OWNED] + a->count[FRAME_LENT] + a->count[FRAME_MAPPED], out)
	       && agree(a, "every recycled frame is kept by an owner that counts it", a->count[FRAME_RECYCLED],
	                recycled);
}

/* The slots of a CPU that frames say they are in. */
static uint32_t slots_named(const struct frames *f, unsigned cpu)
{
	uint32_t slots = 0;

	for (block_t b = { 0 }; b.i < f->blocks; b.i++)
		for (unsigned i = 0; i < BLOCK_FRAMES && block_opened(f, b); i++) {
			uint64_t word = frames_word(f, block_page(f, b, i));

			if (word_state(word) == FRAME_MAPPED && word_cpu(word) == cpu)
				slots |= UINT32_C(1) << word_window(word);
		}
	return slots;
}

bool labyrinth_audit_windows(struct audit *a)
{
	const struct isolation *iso = a->lab->isolation;
	uint64_t mapped = 0;

	for (unsigned cpu = 0; cpu < iso->cpus; cpu++) {
		uint32_t in_use = window_open(iso, cpu);

		if (in_use != 0 && slots_named(a->lab->frames, cpu) != in_use)
			return broken(a, "every window slot in use shows a frame that says so", (pfn_t){ cpu },
			              slots_named(a->lab->frames, cpu), in_use);
		mapped += bits_count(in_use);
	}
	return agree(a, "every mapped frame is in a window of its own", a->count[FRAME_MAPPED], mapped);
}

/* What the vault owes, and to whom. */
bool labyrinth_audit_ledger(struct audit *a)
{
	const struct vault *v = a->lab->vault;
	uint64_t promised = 0, guaranteed = 0;

	for (uint32_t i = 0; i < a->lab->owners->slots; i++) {
		const struct owner *o = &a->lab->owners->at[i];
		uint64_t word = owner_load(o);
		uint32_t guarantee = owner_guarantee(o, word);

		guaranteed += guarantee;
		promised += guarantee > owner_held(word) ? guarantee - owner_held(word) : 0;
	}
	return agree(a, "the sum of guarantees is what was admitted", vault_guaranteed(v), guaranteed)
	       && (guaranteed <= v->stock.target
	           || broken(a, "the sum of guarantees is covered by the vault", (pfn_t){ 0 }, guaranteed,
	                     v->stock.target))
	       && agree(a, "the surplus of a full vault follows from the guarantees", vault_full(v),
	                labyrinth_vault_wanted(v, guaranteed))
	       && agree(a, "the vault holds a frame for every promise and every unit of surplus",
	                reserve_count(&v->stock) + reserve_count(&v->dirty),
	                promised + vault_surplus(v) + a->pending + bad_count(&a->lab->frames->bad->spares));
}
