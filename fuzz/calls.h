/* fuzz/calls.h: calls of a daemon's HTTP interface, made of an input, in the small world of the
 * tests of floor 3 and at its time.
 * An input is: who asks 1 | route 1 | how 1 | what the route's path needs | field values | body.
 * Where it wants an id it names one of the world's by a byte, or brings its own text.
 * Threads  one */
#ifndef FUZZ_CALLS_H
#define FUZZ_CALLS_H

#include "mhd.h"

#include "decide/live_test.h"

enum { CALLS_IDS_MAX = 16 };

/* `segments`: i for an id, n for a number, t for text up to a newline. */
struct calls_route {
    const char *method, *path, *segments;
};

struct calls {
    struct world w;
    bool authority; /* signatures cover the host: a store's */
    const struct calls_route *routes;
    size_t route_count;
    uint8_t ids[CALLS_IDS_MAX][32];
    size_t id_count;
};

/* The world; what its people say is posted by calls_fill, once the daemon runs. `root` gets the
 * owner's root statement. */
void calls_world(struct calls *c, struct buf *root);
void calls_fill(struct calls *c);
void calls_id(struct calls *c, const uint8_t id[32]);

/* Makes one call and looks at the reply: a refusal is a code and a sentence. */
void calls_run(const struct calls *c, struct bytes in);
/* A call of a person: 200 is asserted. */
void calls_must(const struct calls *c, const struct signer *by, const char *method,
                const char *url, struct bytes body);

#endif
