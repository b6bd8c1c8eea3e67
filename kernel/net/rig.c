/*
 * rig.c - opens the parts in order, closes them in reverse, and turns the main loop between.
 */
#include "line.h"
#include "maintenance.h"
#include "rig.h"
#include "view/print.h"
#include "x86/apic.h"
#include "x86/cpu.h"

#define PATIENCE 60 /* seconds */

static enum labyrinth_status open_receiver(struct rig *rig)
{
	rig->receiver.lab = rig->lab;
	return receiver_open(&rig->receiver);
}

static enum labyrinth_status close_receiver(struct rig *rig)
{
	return receiver_close(&rig->receiver);
}

static enum labyrinth_status open_greedy(struct rig *rig)
{
	rig->greedy.lab = rig->lab;
	return greedy_open(&rig->greedy);
}

static enum labyrinth_status close_greedy(struct rig *rig)
{
	return greedy_close(&rig->greedy);
}

static enum labyrinth_status open_sim(struct rig *rig)
{
	rig->nic.lab = rig->lab;
	rig->sim.nic = &rig->nic;
	rig->sim.sender.rate = rig->options->rate;
	rig->sim.sender.burst = rig->options->burst;
	rig->sim.sender.bytes = rig->options->size;
	return sim_open(&rig->sim);
}

static enum labyrinth_status close_sim(struct rig *rig)
{
	return sim_close(&rig->sim);
}

static enum labyrinth_status open_nic(struct rig *rig)
{
	rig->nic.operations = &sim_operations;
	rig->nic.card = &rig->sim;
	rig->nic.receiver = (struct nic_receiver){ rig->receiver.owner, receiver_receive, &rig->receiver };
	return nic_open(&rig->nic);
}

static enum labyrinth_status close_nic(struct rig *rig)
{
	return nic_close(&rig->nic);
}

static enum labyrinth_status open_hog(struct rig *rig)
{
	rig->hog.lab = rig->lab; /* it comes when a phase asks for it */
	return LABYRINTH_OK;
}

static enum labyrinth_status close_hog(struct rig *rig)
{
	return hog_go(&rig->hog);
}

static const struct {
	const char *refused;
	enum labyrinth_status (*open)(struct rig *rig);
	enum labyrinth_status (*close)(struct rig *rig);
} parts[] = {
	{ "the receiver can be registered and retired",      open_receiver, close_receiver },
	{ "the greedy driver can be registered and retired", open_greedy,   close_greedy   },
	{ "the card gets its descriptor ring",               open_sim,      close_sim      },
	{ "the nic gets its ring of frames, and is retired", open_nic,      close_nic      },
	{ "the hog can be retired",                          open_hog,      close_hog      },
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

static const char *refused(const char *what, enum labyrinth_status why)
{
	kprintf("  %s: %s, %s\n", what, labyrinth_status_name(why), labyrinth_status_text(why));
	return what;
}

const char *rig_open(struct rig *rig, struct labyrinth *lab, const struct demo_options *options)
{
	*rig = (struct rig){ .lab = lab, .options = options };
	while (rig->opened < PARTS) {
		enum labyrinth_status status = parts[rig->opened].open(rig);
		if (status != LABYRINTH_OK) {
			refused(parts[rig->opened].refused, status);
			const char *what = parts[rig->opened].refused;
			rig_close(rig);
			return what;
		}
		rig->opened++;
	}
	return NULL;
}

const char *rig_close(struct rig *rig)
{
	const char *first = NULL;

	while (rig->opened) {
		rig->opened--;
		enum labyrinth_status status = parts[rig->opened].close(rig);
		if (status != LABYRINTH_OK)
			first = refused(parts[rig->opened].refused, status);
	}
	return first;
}

/* Every packet was sent, and is where it stays. */
static bool settled(const struct rig *rig)
{
	uintptr_t flags = irq_save();
	bool done = rig->sim.sender.remaining == 0 && receiver_idle(&rig->receiver) &&
	            (rig->receiver.holding || nic_backlog(&rig->nic) == 0);

	irq_restore(flags);
	return done;
}

static bool silent(struct rig *rig)
{
	uintptr_t flags = irq_save();
	uint64_t progress = rig->sim.sender.sequence + rig->receiver.intact;

	irq_restore(flags);
	if (progress != rig->progress) {
		rig->progress = progress;
		rig->since = cpu_tsc();
	}
	return cpu_tsc() - rig->since > PATIENCE * tsc_hertz();
}

static bool receive_one(struct rig *rig)
{
	if (!receiver_poll(&rig->receiver))
		return false;
	sender_acknowledge(&rig->sim.sender, rig->receiver.next);
	nic_deliver(&rig->nic);
	return true;
}

bool rig_run(struct rig *rig, uint64_t packets, uint32_t window)
{
	bool done;

	sender_offer(&rig->sim.sender, packets, window);
	rig->since = cpu_tsc();
	rig->nic.operations->start(rig->nic.card);
	while (!(done = settled(rig)) && !silent(rig)) {
		uint64_t seen = line_ticks();

		if (rig->hog.here)
			hog_eat(&rig->hog);
		if (!receive_one(rig))
			line_wait(seen, rig->since + PATIENCE * tsc_hertz());
	}
	rig->nic.operations->stop(rig->nic.card);
	return done;
}

void rig_settle(struct rig *rig)
{
	nic_deliver(&rig->nic);
	while (receive_one(rig))
		;
	receiver_expect(&rig->receiver, rig->sim.sender.sequence);
	sender_acknowledge(&rig->sim.sender, rig->receiver.next);
}
