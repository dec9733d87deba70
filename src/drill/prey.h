/* drill/prey.h: what a thief with an unlocked device goes after: every record of the project that
 * any author has listed.   Private to this folder   Memory  owns all   Threads  one owner */
#ifndef DRILL_PREY_H
#define DRILL_PREY_H

#include "client/read.h"
#include "client/state.h"
#include "drill/thief.h"

struct prey {
    struct client *c;
    uint8_t project[16];
    struct read_found *found;
    bool *opened;
    size_t count, room;
};

/* Unlocks the stolen device and collects. Release it also after an error. */
MUST_USE enum err prey_collect(const struct thief_args *a, struct prey *out, struct why *why);
void prey_release(struct prey *p);

/* Does this pad open a slot, and the body under it? Adds the bytes that were read. */
bool prey_opens(struct client *c, const struct read_found *f, const uint8_t pad[32],
                uint64_t *bytes);

#endif
