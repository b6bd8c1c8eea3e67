/*
 * mover.c - registration, and the counts.
 */
#include "mover.h"

#include <labyrinth/port.h>

void labyrinth_movers_init(struct movers *movers)
{
	*movers = (struct movers){ .lock = { 0 } };
}

uint64_t labyrinth_movers_frames(const struct movers *movers)
{
	uint64_t frames = 0;

	for (unsigned i = 0; i < LABYRINTH_MAX_MOVERS; i++)
		frames += mover_frames(mover_load(&movers->at[i]));
	return frames;
}

struct mover *labyrinth_mover_enter(struct movers *movers, labyrinth_mover_t who)
{
	struct mover *m = who.slot < LABYRINTH_MAX_MOVERS ? &movers->at[who.slot] : NULL;
	uint64_t word = m == NULL ? 0 : mover_load(m);

	do
		if (!mover_alive(word) || mover_generation(word) != who.generation)
			return NULL;
	while (!atomic_compare_exchange_weak_explicit(&m->word, &word, word + MOVER_FRAME, memory_order_acq_rel,
	                                              memory_order_acquire));
	return m;
}

struct mover *labyrinth_mover_enter_tag(struct movers *movers, uint16_t tag)
{
	uint16_t slot = (uint16_t)(tag - TAG_MOVER);
	uint64_t word = mover_load(&movers->at[slot]);

	return labyrinth_mover_enter(movers, (labyrinth_mover_t){ slot, mover_generation(word) });
}

void labyrinth_mover_leave(struct mover *m)
{
	atomic_fetch_sub_explicit(&m->word, MOVER_FRAME, memory_order_acq_rel);
}

void labyrinth_mover_tag(const struct movers *movers, const struct frames *f, struct page *page, const struct mover *m,
                         uint64_t flags)
{
	uint16_t tag = (uint16_t)(TAG_MOVER + (unsigned)(m - movers->at));

	atomic_fetch_add_explicit(&f->note[page_block_of(f, page).i].movable, 1, memory_order_relaxed);
	word_store(page, word_make(FRAME_SHARED, word_generation(word_load(page)), 0, tag) | flags);
}

void labyrinth_mover_untag(struct movers *movers, const struct frames *f, const struct page *page, uint16_t tag)
{
	if (!tag_moves(tag))
		return;
	atomic_fetch_sub_explicit(&f->note[page_block_of(f, page).i].movable, 1, memory_order_relaxed);
	labyrinth_mover_leave(&movers->at[tag - TAG_MOVER]);
}

static struct mover *free_slot(struct movers *movers)
{
	for (unsigned i = 0; i < LABYRINTH_MAX_MOVERS; i++)
		if (!mover_alive(mover_load(&movers->at[i])))
			return &movers->at[i];
	return NULL;
}

static enum labyrinth_status register_locked(struct movers *movers, const struct labyrinth_mover *mover,
                                             labyrinth_mover_t *out)
{
	struct mover *m = free_slot(movers);
	uint64_t word;

	if (m == NULL)
		return LABYRINTH_TOO_MANY_MOVERS;
	word = mover_load(m) + MOVER_BORN;
	m->name = mover->name;
	m->relocate = mover->relocate;
	m->context = mover->context;
	atomic_store_explicit(&m->moved, 0, memory_order_relaxed);
	atomic_store_explicit(&m->refused, 0, memory_order_relaxed);
	atomic_store_explicit(&m->word, word, memory_order_release);
	atomic_fetch_add_explicit(&movers->alive, 1, memory_order_relaxed);
	*out = (labyrinth_mover_t){ (uint16_t)(m - movers->at), mover_generation(word) };
	return LABYRINTH_OK;
}

enum labyrinth_status labyrinth_mover_register(struct labyrinth *lab, const struct labyrinth_mover *mover,
                                               labyrinth_mover_t *out)
{
	enum labyrinth_status status;
	labyrinth_irq_t was;

	if (lab == NULL || mover == NULL || out == NULL || mover->name == NULL || mover->relocate == NULL)
		return LABYRINTH_NULL_POINTER;
	if (labyrinth_port_context() != LABYRINTH_TASK)
		return LABYRINTH_IN_INTERRUPT;
	was = lock_enter(&lab->movers->lock);
	status = register_locked(lab->movers, mover, out);
	lock_leave(&lab->movers->lock, was);
	return status;
}

enum labyrinth_status labyrinth_mover_unregister(struct labyrinth *lab, labyrinth_mover_t mover)
{
	struct mover *m;
	uint64_t word;

	if (lab == NULL)
		return LABYRINTH_NULL_POINTER;
	if (labyrinth_port_context() != LABYRINTH_TASK)
		return LABYRINTH_IN_INTERRUPT;
	if (mover.slot >= LABYRINTH_MAX_MOVERS)
		return LABYRINTH_BAD_MOVER;
	m = &lab->movers->at[mover.slot];
	word = mover_load(m);
	do {
		if (!mover_alive(word) || mover_generation(word) != mover.generation)
			return LABYRINTH_BAD_MOVER;
		if (mover_frames(word) > 0)
			return LABYRINTH_BUSY;
	} while (!atomic_compare_exchange_weak_explicit(&m->word, &word, word + MOVER_BORN, memory_order_acq_rel,
	                                                memory_order_acquire));
	atomic_fetch_sub_explicit(&lab->movers->alive, 1, memory_order_relaxed);
	return LABYRINTH_OK;
}
