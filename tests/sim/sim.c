/*
 * sim.c - loss against guarantee, for every line, packet size, sender and receiver; and the formula put to the test.
 *
 * Idea    A run with the formula's guarantee must lose nothing. The most frames that it held at once are then the
 *         smallest guarantee that loses nothing: until its first loss a run with less is the same run. So that many
 *         must lose nothing either, one less must lose a packet, and the formula may not ask for more than twice that.
 * Writes  curves.tsv and sizing.tsv in the directory given; a line a scenario on the terminal; last "sim: N passed, M
 *         failed".
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/die.h"
#include "sim/run.h"
#include "sim/sizing.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MOST_RATIO   2.0

static const unsigned lines[] = { 1, 10, 100 };  /* Gb/s */
static const unsigned sizes[] = { 64, 1518 };    /* bytes: the smallest packet of Ethernet, and 1500 bytes of payload */

static const struct receiver receivers[] = {
	/* name     pause              between            % of wire  maintenance  transfer */
	{ "core",   100 * MICROSECOND, 200 * MICROSECOND, 50,        0,           false },
	{ "thread", 10 * MILLISECOND,  20 * MILLISECOND,  75,        MILLISECOND, true  },
};

/* How much of it. */
struct effort {
	struct span   span;
	const double *parts; /* of the way from the fewest frames to the formula's guarantee */
	size_t        count;
};

static const double all_parts[] = { 0, 0.015625, 0.0625, 0.25, 0.5 }, one_part[] = { 0.5 };

static const struct effort full = { { 300000, 2 }, all_parts, COUNT(all_parts) };
static const struct effort quick = { { 50000, 1 }, one_part, COUNT(one_part) };

struct session {
	const struct effort *effort;
	uint64_t seed;
	FILE    *curves, *sizing;
	unsigned passed, failed;
};

/* What the runs of one scenario say about its formula. */
struct verdict {
	struct outcome formula, smallest, one_less, unguaranteed;
	bool           less_is_more; /* a smaller guarantee lost less */
};

static double loss(const struct outcome *o)
{
	return (double)o->lost / (double)o->sent;
}

static struct outcome measure(const struct session *session, const struct scenario *s, const struct sizing *z,
                              uint32_t frames, bool guaranteed)
{
	struct budget budget = { s->ring, frames, s->receiver->transfer, guaranteed };
	struct outcome o = run(s, budget, z->guarantee, session->effort->span, session->seed);

	fprintf(session->curves, "%u\t%u\t%s\t%s\t%s\t%u\t%.4f\t%llu\t%llu\t%llu\t%.9f\n", s->gbps, s->bytes,
	        arrivals_name(s->arrivals), s->receiver->name, guaranteed ? "guaranteed" : "allowed", frames,
	        (double)frames / z->guarantee, (unsigned long long)o.sent, (unsigned long long)o.lost,
	        (unsigned long long)o.overrun, loss(&o));
	return o;
}

static uint32_t part_of(const struct scenario *s, const struct sizing *z, double part)
{
	return path_fewest(s->ring) + (uint32_t)(part * (z->guarantee - path_fewest(s->ring)));
}

static struct verdict explore(const struct session *session, const struct scenario *s, const struct sizing *z)
{
	struct verdict v = { .formula = measure(session, s, z, z->guarantee, true) };
	double before = loss(&v.formula);

	v.smallest = measure(session, s, z, v.formula.needed, true);
	v.one_less = measure(session, s, z, v.formula.needed - 1, true);
	for (size_t i = session->effort->count; i-- > 0;) {
		struct outcome o = measure(session, s, z, part_of(s, z, session->effort->parts[i]), true);

		v.less_is_more |= loss(&o) < before;
		before = loss(&o);
		if (i % 2 == 1)
			measure(session, s, z, part_of(s, z, session->effort->parts[i]), false);
	}
	v.unguaranteed = measure(session, s, z, z->guarantee, false);
	return v;
}

/* NULL, or what is wrong with the formula. */
static const char *judge(const struct sizing *z, const struct verdict *v)
{
	if (z->service <= z->load)
		return "the receiver cannot keep up, no guarantee is enough";
	if (v->formula.overrun != 0)
		return "the ring is too short";
	if (v->formula.lost != 0)
		return "packets are lost with the formula's guarantee";
	if (v->smallest.lost != 0)
		return "packets are lost with as many frames as were held";
	if (v->one_less.lost == 0)
		return "nothing is lost with one frame less than were held";
	if (z->guarantee > MOST_RATIO * v->formula.needed)
		return "the formula asks for too much";
	if (v->less_is_more)
		return "a smaller guarantee lost less";
	return v->unguaranteed.lost == 0 ? "nothing is lost without a guarantee" : NULL;
}

static void report(const struct session *session, const struct scenario *s, const struct sizing *z,
                   const struct verdict *v)
{
	double ratio = (double)z->guarantee / v->formula.needed;

	printf("%4u %5u  %-8s %-8s %5u %9u %7.1f %6u %5.2f %8llu %8llu %10llu %9.2f\n", s->gbps, s->bytes,
	       arrivals_name(s->arrivals), s->receiver->name, s->ring, z->guarantee,
	       z->guarantee * (double)LABYRINTH_PAGE_SIZE / (1 << 20), v->formula.needed, ratio,
	       (unsigned long long)v->formula.sent, (unsigned long long)v->formula.lost,
	       (unsigned long long)v->one_less.lost, 100 * loss(&v->unguaranteed));
	fprintf(session->sizing, "%u\t%u\t%s\t%s\t%u\t%.0f\t%.0f\t%.0f\t%.9f\t%.1f\t%.1f\t%u\t%u\t%.4f\n",
	        s->gbps, s->bytes, arrivals_name(s->arrivals), s->receiver->name, s->ring, z->line, z->load,
	        z->service, z->latency, z->burst, z->in_flight, z->guarantee, v->formula.needed, ratio);
}

static void examine(struct session *session, struct scenario s)
{
	struct sizing z = sizing_of(&s);
	struct verdict v = explore(session, &s, &z);
	const char *wrong = judge(&z, &v);

	report(session, &s, &z, &v);
	fflush(stdout);
	if (wrong != NULL)
		printf("     FAILED: %s\n", wrong);
	session->failed += wrong != NULL;
	session->passed += wrong == NULL;
}

static FILE *open_tsv(const char *directory, const char *name, const char *columns)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	if (file == NULL)
		die(path, "cannot be written");
	fprintf(file, "%s\n", columns);
	return file;
}

static void close_tsv(FILE *file)
{
	if (ferror(file) || fclose(file) != 0)
		die("a table", "cannot be written");
}

static void examine_all(struct session *session)
{
	for (size_t line = 0; line < COUNT(lines); line++)
		for (size_t size = 0; size < COUNT(sizes); size++)
			for (size_t r = 0; r < COUNT(receivers); r++)
				for (enum arrivals a = 0; a < ARRIVALS_KINDS; a++)
					examine(session, scenario_of(lines[line], sizes[size], a, &receivers[r]));
}

int main(int count, char **argument)
{
	const char *seed = getenv("LABYRINTH_SEED");
	struct session session = { .effort = &full, .seed = 1 };

	if (count < 2 || count > 3 || (count == 3 && strcmp(argument[2], "-q") != 0))
		die("usage", "sim DIRECTORY [-q]");
	if (count == 3)
		session.effort = &quick;
	if (seed != NULL && *seed != '\0')
		session.seed = strtoull(seed, NULL, 0);
	session.curves = open_tsv(argument[1], "curves.tsv",
	                          "Gb/s\tbytes\tarrivals\treceiver\tbudget\tframes\tpart\tsent\tlost\toverrun\tloss");
	session.sizing = open_tsv(argument[1], "sizing.tsv",
	                          "Gb/s\tbytes\tarrivals\treceiver\tring\tline/s\tload/s\tservice/s\tlatency s\tburst\t"
	                          "in flight\tguarantee\tsmallest\tratio");
	printf("seed %llu; a hog takes all memory\n"
	       "guarantee: frames, by the formula; smallest: frames that lose nothing\n"
	       "                                                               packets lost of them with  %% without\n"
	       "Gb/s bytes  arrivals receiver  ring guarantee   MiB smallest ratio     sent  formula smallest-1"
	       " guarantee\n", (unsigned long long)session.seed);
	examine_all(&session);
	close_tsv(session.curves);
	close_tsv(session.sizing);
	printf("sim: %u passed, %u failed\n", session.passed, session.failed);
	return session.failed != 0 || session.passed == 0;
}
