/*
 * vault.h - a test that empties the vault and fills it again: what goes out of reach, what comes back, what it costs.
 */
#ifndef TEST_VAULT_H
#define TEST_VAULT_H

#include <labyrinth/types.h>

/* NULL, or what does not hold, as a sentence. An owner of its own for as long as it takes. Task, interrupts on. */
const char *test_vault(struct labyrinth *lab);

#endif
