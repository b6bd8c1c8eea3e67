/*
 * config.c - the configuration that suits a memory, and the bounds of any other.
 */
#include "config.h"

#include "magazine.h"
#include "reserve.h"

/* Percent; with 2^34 frames at most, the product with a share stays small. */
#define MAX_SHARE 1000u

#define MIN_ASIDE 64u
#define MAX_ASIDE 16384u

/* On less than 4 MiB, frames that wait in magazines would be missed. */
#define SMALL_FRAMES     1024u
#define MAGAZINE_DEFAULT 128u

static uint64_t clamp(uint64_t n, uint64_t least, uint64_t most)
{
	if (n < least)
		return least;
	return n > most ? most : n;
}

struct labyrinth_config labyrinth_config_for(const struct labyrinth_ranges *ranges)
{
	uint64_t frames = ranges == NULL ? 0 : labyrinth_ranges_frames(ranges);
	uint64_t least = frames / 4 < MIN_ASIDE ? frames / 4 : MIN_ASIDE;

	return (struct labyrinth_config){
		.owners         = 64,
		.kick_frames    = clamp(frames / 64, least, MAX_ASIDE) / 8,
		.reserve_frames = clamp(frames / 256, least, MAX_ASIDE),
		.vault_frames   = clamp(frames / 64, least, MAX_ASIDE),
		.cpus           = 1,
		.magazine       = frames < SMALL_FRAMES ? 0 : MAGAZINE_DEFAULT,
		.shelf          = LABYRINTH_SHELF_SUITS,
		.low_shift      = 7,
		.high_shift     = 6,
		.protect_shift  = 8,
		.shrinkers      = 16,
	};
}

static bool magazines_sound(const struct labyrinth_config *config)
{
	if (config->magazine == 0)
		return true;
	return config->cpus > 0 && config->cpus <= MAGAZINE_CPUS && config->magazine >= MAGAZINE_LEAST
	       && config->magazine <= MAGAZINE_MOST
	       && (config->shelf <= SHELF_MOST || config->shelf == LABYRINTH_SHELF_SUITS);
}

/* Reserve and vault, at their largest, leave half of the memory. */
static bool aside_sound(const struct labyrinth_config *config, uint64_t frames)
{
	uint64_t vault = config->vault_frames, reserve = config->reserve_frames;

	if (reserve > frames / 2 || vault > frames / 2 || config->kick_frames > vault
	    || config->vault_share > MAX_SHARE || config->reserve_share > MAX_SHARE)
		return false;
	return reserve + vault + share_of(vault, config->vault_share) + share_of(vault, config->reserve_share)
	       <= frames / 2;
}

/* Each aid is known and has what it needs. */
static bool debug_sound(const struct labyrinth_debug_config *d)
{
	const uint32_t all = LABYRINTH_DEBUG_POISON | LABYRINTH_DEBUG_TRACE | LABYRINTH_DEBUG_RED_ZONE
	                     | LABYRINTH_DEBUG_QUARANTINE | LABYRINTH_DEBUG_GUARD;

	if (d->aids & ~all)
		return false;
	if ((d->aids & (LABYRINTH_DEBUG_POISON | LABYRINTH_DEBUG_RED_ZONE)) && d->report == NULL)
		return false;
	if ((d->aids & LABYRINTH_DEBUG_QUARANTINE)
	    && (d->quarantine == 0 || d->quarantine > LABYRINTH_MAX_QUARANTINE))
		return false;
	return !(d->aids & LABYRINTH_DEBUG_GUARD) || (d->hide != NULL && d->show != NULL);
}

/* Low and high: both or neither, high no lower than low. */
static bool marks_sound(const struct labyrinth_config *config)
{
	return config->low_shift < 64 && config->protect_shift < 64 && config->high_shift <= config->low_shift
	       && (config->high_shift == 0) == (config->low_shift == 0);
}

/* A kernel that can sleep says how, how to wake, who sleeps and for how long: all or none. */
static bool pressure_sound(const struct labyrinth_config *config)
{
	const struct labyrinth_hooks *call = &config->hooks;
	bool sleeps = call->sleep != NULL;

	return config->shrinkers <= LABYRINTH_MAX_SHRINKERS && (call->wake != NULL) == sleeps
	       && (call->self != NULL) == sleeps && (config->sleep_ticks > 0) == sleeps;
}

bool labyrinth_config_sound(const struct labyrinth_config *config, uint64_t frames)
{
	return config->owners > 0 && config->owners <= UINT16_MAX && aside_sound(config, frames)
	       && magazines_sound(config) && marks_sound(config) && pressure_sound(config)
	       && debug_sound(&config->debug);
}
