/*
 * station.h - a card on a wire, the stack behind it, and those who compete with it for memory.
 *
 * Idea    The network thread does the work. Who has opened the station only watches, and makes it harder.
 * Writes  struct station. Context: one task, on the CPU that boots, interrupts on.
 */
#ifndef NET_STATION_H
#define NET_STATION_H

#include "demo.h"
#include "greedy.h"
#include "hog.h"
#include "network.h"

struct station {
	struct labyrinth *lab;
	struct e1000      card;
	struct nic        nic;
	struct echo       echo;
	struct network    network;
	struct greedy     greedy;
	struct hog        hog;
	uint64_t          progress, since; /* packets seen come and go, and when the last did */
	uint64_t          link_said;       /* changes of the link, when the last line about it was printed */
};

/* The card is open, the network thread waits. NULL, or what was refused: then frames are missing at the end. */
const char *station_open(struct station *station, const struct demo_options *options);

/* The card has stopped. NULL, or what was refused. */
const char *station_close(struct station *station);

/*
 * Lets the others work, until they rest, but not for longer than a tick; the hog eats, and the card is looked at. When
 * the link has changed, a line says so.
 */
void station_wait(struct station *station);

/*
 * Waits until all that came in is dealt with, as far as the card can: one that sends nothing for a minute cannot. Until
 * cpu_tsc() has reached `deadline` at most: while more comes in there is always something to deal with.
 */
void station_settle(struct station *station, uint64_t deadline);

/* Nothing has come in or left for a minute, in station_wait(). station_listen() begins to count. */
bool station_silent(struct station *station);
void station_listen(struct station *station);

/* The hog comes, if it is not here; or goes. */
void station_hog(struct station *station, bool wanted);

/* Has a call on a frame been refused that cannot be? The line of print says which. */
bool station_unexpected(const struct station *station);
void station_print_unexpected(const struct station *station);

/* Counters that only go up; the card's own as of e1000_count(). */
struct tally {
	uint64_t received, dropped, answered, unsent, seen[ANSWER_OUTCOMES], card[E1000_COUNTS];
};

struct tally tally_now(const struct station *station);
struct tally tally_since(const struct station *station, const struct tally *before);
void tally_print(const struct tally *tally);

#endif
