/*
 * law.c - the laws of a phase, one predicate each.
 */
#include "law.h"
#include "view/print.h"

static bool nothing_unexpected(const struct outcome *o)
{
	const struct rig *rig = o->rig;

	return !rig->nic.unexpected.count && !rig->receiver.unexpected.count && !rig->receiver.overrun.count &&
	       !rig->greedy.unexpected.count && !rig->hog.unexpected.count && !o->counts.misused;
}

static bool none_spoilt(const struct outcome *o)
{
	return o->counts.spoilt == 0;
}

static bool none_missed(const struct outcome *o)
{
	return o->counts.missed == 0;
}

static bool finished(const struct outcome *o)
{
	return o->finished;
}

static bool all_accounted_for(const struct outcome *o)
{
	return o->counts.sent == o->counts.received + o->counts.dropped && nic_backlog(&o->rig->nic) == 0;
}

static bool gaps_are_drops(const struct outcome *o)
{
	return o->counts.gaps == o->counts.dropped;
}

static bool allocator_agrees(const struct outcome *o)
{
	return o->counts.recycled + o->counts.zone + o->counts.vault == o->counts.received &&
	       o->counts.refused == o->counts.dropped;
}

static bool none_lost(const struct outcome *o)
{
	return o->phase->flood || o->counts.dropped == 0;
}

static bool hog_has_all(const struct outcome *o)
{
	return o->rig->hog.here == o->phase->hog && (!o->hog_came || o->hog.free_left == 0);
}

static bool reserve_exact(const struct outcome *o)
{
	return !o->hog_came || o->hog.taken == o->hog.reserve;
}

/* The ring is posted and nobody else holds anything when the hog comes. The last frame is maintenance's. */
static bool vault_keeps_promises(const struct outcome *o)
{
	return !o->hog_came || o->hog.kept == NIC_GUARANTEE - NIC_SLOTS + RECEIVER_GUARANTEE + GREEDY_GUARANTEE + 1;
}

static bool greedy_guaranteed(const struct outcome *o)
{
	return !o->phase->greedy || o->rig->greedy.most >= GREEDY_GUARANTEE;
}

/* That it never has more than its limit is watched at every claim, see greedy.c. */
static bool greedy_stopped(const struct outcome *o)
{
	const struct greedy *greedy = &o->rig->greedy;

	if (!o->phase->greedy)
		return true;
	if (o->phase->hog)
		return greedy->refused_no_memory > 0;
	return greedy->refused_over_limit > 0 && greedy->most == GREEDY_LIMIT;
}

static bool flood_fills_budgets(const struct outcome *o)
{
	return !o->phase->flood || (o->flood.nic == NIC_LIMIT && o->flood.receiver == RECEIVER_LIMIT);
}

static bool flood_drops_exactly(const struct outcome *o)
{
	return !o->phase->flood || (o->flood.dropped == o->rig->options->packets / 2 &&
	                            o->counts.dropped == o->flood.dropped);
}

static const struct {
	const char *law;
	bool (*holds)(const struct outcome *outcome);
} laws[] = {
	{ "no call on a frame is refused that cannot be",                           nothing_unexpected   },
	{ "every packet received is whole and in order",                            none_spoilt          },
	{ "the device always finds a frame posted",                                 none_missed          },
	{ "packets keep coming, and being received, until all were sent",           finished             },
	{ "every packet sent is received or counted as dropped",                    all_accounted_for    },
	{ "the gaps in the sequence are the packets dropped",                       gaps_are_drops       },
	{ "the allocator has counted as many claims as the driver",                 allocator_agrees     },
	{ "outside of the flood no packet is lost",                                 none_lost            },
	{ "the hog gets every ordinary frame",                                      hog_has_all          },
	{ "the reserve gives as many frames as it holds, and no more",              reserve_exact        },
	{ "the vault keeps what is promised, and no more",                          vault_keeps_promises },
	{ "the greedy driver gets its guarantee",                                   greedy_guaranteed    },
	{ "the greedy driver is stopped by its limit, or by promises to others",    greedy_stopped       },
	{ "nic and receiver fill their budgets before a packet is dropped",         flood_fills_budgets  },
	{ "packets are dropped from the limit on, and only while it is reached",    flood_drops_exactly  },
};

static void print_unexpected(const struct unexpected *unexpected)
{
	if (unexpected->count)
		kprintf("  unexpected, %lu times: %s: %s\n", unexpected->count, unexpected->what,
		        labyrinth_status_name(unexpected->status));
}

static void print_numbers(const struct outcome *o)
{
	const struct rig *rig = o->rig;
	const struct counts *c = &o->counts;

	kprintf("  packets: sent %lu, received %lu, dropped %lu, waiting %u; gaps %lu, spoilt %lu, missed %lu\n",
	        c->sent, c->received, c->dropped, nic_backlog(&rig->nic), c->gaps, c->spoilt, c->missed);
	kprintf("  nic's claims: granted %lu, refused %lu; calls on claims refused to anybody: %lu\n",
	        c->recycled + c->zone + c->vault, c->refused, c->misused);
	print_unexpected(&rig->nic.unexpected);
	print_unexpected(&rig->receiver.unexpected);
	print_unexpected(&rig->receiver.overrun);
	print_unexpected(&rig->greedy.unexpected);
	print_unexpected(&rig->hog.unexpected);
}

/* A loss may be the user's wish to send faster than this machine receives. */
static void print_advice(const struct outcome *o)
{
	const struct demo_options *options = o->rig->options;

	if (!none_lost(o) && (options->window == 0 || options->window > RECEIVER_GUARANTEE))
		kprintf("  lost %lu: the receiver could not keep up with rate=%u; lower rate=, or set window=%u\n",
		        o->counts.dropped, options->rate, RECEIVER_GUARANTEE);
}

const char *law_broken(const struct outcome *outcome)
{
	for (size_t i = 0; i < sizeof(laws) / sizeof(laws[0]); i++) {
		if (laws[i].holds(outcome))
			continue;
		print_numbers(outcome);
		print_advice(outcome);
		return laws[i].law;
	}
	return NULL;
}
