/*
 * demo.h - the demonstration: packets arrive while others take the memory, and nothing is lost that was guaranteed.
 *
 * Needs   The local APIC timer, nobody else using it. Context: task, interrupts on.
 */
#ifndef NET_DEMO_H
#define NET_DEMO_H

#include <labyrinth/types.h>

/*
 * The vault must hold at least this many frames: the sum of the owners' limits (budgets.h) and a few over, because
 * claims get nothing from the zones, and maintenance may come late.
 */
#define DEMO_VAULT_FRAMES 272

extern const char nic_simulated[]; /* "sim" */

/*
 * From the kernel command line: nic=sim|e1000e|e1000|none answer=e1000e|e1000 rate= burst= size= window= packets=
 * seconds= phases orders trouble card-gone address= host-port=
 */
struct demo_options {
	const char *nic;       /* "sim", "e1000e" or "e1000"; NULL: no demonstration                               */
	const char *answer;    /* "e1000e" or "e1000": who asks is answered after the verdict; NULL: nobody is     */
	uint32_t    rate;      /* packets a second offered                                                         */
	uint32_t    burst;     /* packets at most per interrupt                                                    */
	uint32_t    size;      /* bytes a packet, header included                                                  */
	uint32_t    window;    /* packets sent and not acknowledged, at most; 0: the sender waits for nobody       */
	uint64_t    packets;   /* a phase                                                                          */
	/* Real cards only. */
	bool        phases;    /* with a peer that knows them; false: answer whoever asks                          */
	bool        optional;  /* a card that is not there is no failure, and nothing is said                      */
	uint64_t    seconds;   /* for how long, without phases; 0: for ever                                        */
	uint32_t    address;   /* ours, IPv4                                                                       */
	uint32_t    host_port; /* of a host, that leads to our echo port: for the line that says so; 0: there is none */
	bool        orders;    /* the peer may send some to port 9: H, take all memory; Z, end                     */
	bool        trouble;   /* and order what trouble.h knows                                                   */
	bool        vanish;    /* the card is switched off, as if somebody had pulled it out                       */
};

/* A word that is malformed or out of bounds is reported in one line; its default stands. */
struct demo_options demo_options(void);

/* NULL, or the law that was broken, as a sentence. Everything taken is given back either way. */
const char *demo_run(struct labyrinth *lab, const struct demo_options *options);

/*
 * After the verdict: answers whoever asks, if options->answer names a card and it is there, for options->seconds or for
 * ever. NULL, or the law that was broken.
 */
const char *demo_answer(struct labyrinth *lab, const struct demo_options *options);

#endif
