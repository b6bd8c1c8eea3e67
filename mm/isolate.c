/*
 * isolate.c - the port to the MMU is judged.
 */
#include <labyrinth/port.h>

#include "instance.h"
#include "window.h"

static bool complete(const struct labyrinth_isolation *with)
{
	return with->hide != NULL && with->flush != NULL && with->show != NULL && with->map != NULL
	       && with->unmap != NULL && with->hidden != NULL;
}

enum labyrinth_status labyrinth_isolate(struct labyrinth *lab, const struct labyrinth_isolation *with)
{
	if (lab == NULL || with == NULL || !complete(with))
		return LABYRINTH_NULL_POINTER;
	if (labyrinth_port_context() != LABYRINTH_TASK)
		return LABYRINTH_IN_INTERRUPT;
	if (with->slots <= LABYRINTH_KEPT_WINDOWS || with->slots > LABYRINTH_MAX_WINDOWS)
		return LABYRINTH_BAD_CONFIG;
	return LABYRINTH_NOT_ENABLED; /* what hides frames follows */
}
