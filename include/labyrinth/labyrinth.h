/*
 * labyrinth.h - the whole interface. Frames flow from the top of this list to its end.
 */
#ifndef LABYRINTH_H
#define LABYRINTH_H

#include <labyrinth/types.h>
#include <labyrinth/range.h>
#include <labyrinth/memmap.h>
#include <labyrinth/from_multiboot2.h>
#include <labyrinth/port.h>
#include <labyrinth/page.h>
#include <labyrinth/alloc.h>
#include <labyrinth/contiguous.h>
#include <labyrinth/debug.h>
#include <labyrinth/hooks.h>
#include <labyrinth/reclaim.h>
#include <labyrinth/move.h>
#include <labyrinth/owner.h>
#include <labyrinth/isolate.h>
#include <labyrinth/maintain.h>
#include <labyrinth/online.h>
#include <labyrinth/offline.h>
#include <labyrinth/inspect.h>
#include <labyrinth/init.h>

#endif
