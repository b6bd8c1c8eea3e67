/*
 * shred.c - ChaCha, and a frame full of it.
 */
#include "shred.h"

#include <labyrinth/port.h>

static inline uint32_t rotate(uint32_t x, unsigned bits)
{
	return x << bits | x >> (32 - bits);
}

static inline void quarter_round(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
	*a += *b; *d = rotate(*d ^ *a, 16);
	*c += *d; *b = rotate(*b ^ *c, 12);
	*a += *b; *d = rotate(*d ^ *a, 8);
	*c += *d; *b = rotate(*b ^ *c, 7);
}

/* The columns, then the diagonals. Written out, so that the compiler keeps the words in registers. */
static inline void double_round(uint32_t x[16])
{
	quarter_round(&x[0], &x[4], &x[8], &x[12]);
	quarter_round(&x[1], &x[5], &x[9], &x[13]);
	quarter_round(&x[2], &x[6], &x[10], &x[14]);
	quarter_round(&x[3], &x[7], &x[11], &x[15]);
	quarter_round(&x[0], &x[5], &x[10], &x[15]);
	quarter_round(&x[1], &x[6], &x[11], &x[12]);
	quarter_round(&x[2], &x[7], &x[8], &x[13]);
	quarter_round(&x[3], &x[4], &x[9], &x[14]);
}

static uint32_t from_little_endian(const uint8_t b[4])
{
	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* Byte by byte in one expression each: compilers make one store of it where the CPU is little-endian. */
static inline void to_little_endian(uint8_t b[4], uint32_t x)
{
	b[0] = (uint8_t)x;
	b[1] = (uint8_t)(x >> 8);
	b[2] = (uint8_t)(x >> 16);
	b[3] = (uint8_t)(x >> 24);
}

void labyrinth_chacha(const uint32_t key[8], const uint32_t nonce[3], uint32_t counter, unsigned rounds,
                      uint8_t out[64])
{
	uint32_t start[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 }; /* "expand 32-byte k" */
	uint32_t x[16];

	for (unsigned i = 0; i < 8; i++)
		start[4 + i] = key[i];
	start[12] = counter;
	for (unsigned i = 0; i < 3; i++)
		start[13 + i] = nonce[i];
	for (unsigned i = 0; i < 16; i++)
		x[i] = start[i];
	for (unsigned r = 0; r < rounds; r += 2)
		double_round(x);
	for (unsigned i = 0; i < 16; i++)
		to_little_endian(out + 4 * i, x[i] + start[i]);
}

void labyrinth_shredder_init(struct shredder *s)
{
	uint8_t seed[32];

	labyrinth_port_random(seed);
	for (unsigned i = 0; i < 8; i++)
		s->key[i] = from_little_endian(seed + 4 * i);
	atomic_store_explicit(&s->serial, 0, memory_order_relaxed);
	s->contents = NULL;
	s->isolation = NULL;
}

static void keystream(const struct shredder *s, uint64_t serial, uint32_t block, uint8_t out[64])
{
	const uint32_t nonce[3] = { 0, (uint32_t)serial, (uint32_t)(serial >> 32) };

	labyrinth_chacha(s->key, nonce, block, SHRED_ROUNDS, out);
}

static uint64_t next_serial(struct shredder *s)
{
	return atomic_fetch_add_explicit(&s->serial, 1, memory_order_relaxed);
}

static void overwrite(const struct shredder *s, uint8_t *at, uint64_t serial)
{
	for (uint32_t block = 0; block < LABYRINTH_PAGE_SIZE / 64; block++)
		keystream(s, serial, block, at + 64 * block);
}

/* For the debug aids. */
static void note(const struct shredder *s, phys_addr_t frame, uint64_t serial)
{
	const struct page *page;

	if (s->contents == NULL)
		return;
	page = labyrinth_frames_find(s->contents->frames, labyrinth_pfn_floor(frame));
	labyrinth_contents_note(s->contents, page, 0, content_keystream(serial));
}

void labyrinth_shred(struct shredder *s, phys_addr_t frame)
{
	uint64_t serial = next_serial(s);

	overwrite(s, labyrinth_port_virt(frame), serial);
	note(s, frame, serial);
}

/* A frame that a debug aid has hidden, when it was released, is in reach while it is written. */
static void shred_shown(struct shredder *s, phys_addr_t frame)
{
	const struct page *page = labyrinth_frames_find(s->contents->frames, labyrinth_pfn_floor(frame));

	labyrinth_contents_show(s->contents, page, 0);
	labyrinth_shred(s, frame);
	labyrinth_contents_hide(s->contents, page, 0);
}

static void shred_in_window(struct shredder *s, phys_addr_t frame)
{
	uint64_t serial = next_serial(s);
	unsigned slot;

	overwrite(s, labyrinth_window_open(s->isolation, frame, &slot), serial);
	labyrinth_window_close(s->isolation, slot);
	note(s, frame, serial);
}

void labyrinth_shred_exclusive(struct shredder *s, phys_addr_t frame)
{
	if (s->isolation != NULL)
		shred_in_window(s, frame);
	else if (s->contents != NULL)
		shred_shown(s, frame);
	else
		labyrinth_shred(s, frame);
}

size_t labyrinth_shred_differs(const struct shredder *s, const void *frame, uint64_t serial, uint8_t *expected)
{
	const uint8_t *at = frame;
	uint8_t stream[64];

	for (uint32_t i = 0; i < LABYRINTH_PAGE_SIZE; i++) {
		if (i % 64 == 0)
			keystream(s, serial, i / 64, stream);
		if (at[i] != stream[i % 64]) {
			*expected = stream[i % 64];
			return i;
		}
	}
	return LABYRINTH_PAGE_SIZE;
}
