/* drill/drill.h: four thieves. Each takes what such a thief would hold, really tries to read with it,
 * and opens the same records by the same code with one more share: the positive control.
 * Source  DESIGN 9; docs/format.md 2, 3
 * What is opened is counted and wiped. A drill that finds something readable is no error: its result
 * says so.
 * Threads  one owner */
#ifndef DRILL_DRILL_H
#define DRILL_DRILL_H

#include "drill/args.h"
#include "drill/result.h"

/* A copy of the store alone; and with the disks of gates. ERR_NO_QUORUM: the control's disks do not
 * hold all subset keys. */
MUST_USE enum err drill_store(const struct args *args, struct result *out, struct why *why);
MUST_USE enum err drill_gate(const struct args *args, struct result *out, struct why *why);
/* A device that collects shares from one gate at a time, each for a request of its own, and sums
 * them. ERR_NOT_FOUND: the project has no task. */
MUST_USE enum err drill_banked(const struct args *args, struct result *out, struct why *why);
/* A stolen, unlocked device that asks live gates for every record of its project. */
MUST_USE enum err drill_device(const struct args *args, struct result *out, struct why *why);

#endif
