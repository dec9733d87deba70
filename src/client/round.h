/* client/round.h: one request to a set of gates, and what came back, checked.
 * Source  DESIGN 4.3; docs/format.md 5, 6; docs/protocol.md 1
 * All gates get the same bytes. A gate's answer counts only after every check of format.md 6; its
 * new checkpoint is kept before its shares are used. A request closes what some gate that is asked
 * has not been told yet of what this device handed in or skipped; one that answered has been told.
 * Memory  shares are wiped with the round   Threads  one owner */
#ifndef CLIENT_ROUND_H
#define CLIENT_ROUND_H

#include "client/client.h"
#include "record/plain.h"
#include "request/body.h"

struct round_ask {
    enum request_act act;
    const char *purpose;
    const uint8_t *project;
    const uint8_t *headers; /* 96 bytes each */
    size_t count;
    uint8_t gates;
};

struct round {
    uint8_t asked, answered; /* sets of gates */
    struct plain shares[9];  /* by gate number */
    struct why whys[9];      /* of those that did not answer */
    uint8_t r[32];
};

/* Asks every gate of ask->gates. ERR_OK even where some or all gates refused: look at
 * `answered` and `whys`. Fails where nothing could be asked (no epoch, no memory). */
MUST_USE enum err round_run(struct client *c, const struct round_ask *ask, struct round *out,
                            struct why *why);
void round_release(struct round *r);

/* Pads of `count` records (32 bytes each, in order) by a release through any quorum that works.
 * `avoid` are gates not to ask if it can be helped; `used` (may be NULL) is the quorum.
 * The refusal's own code where the gates say no; ERR_NO_QUORUM: too few can be reached. */
MUST_USE enum err round_pads(struct client *c, const struct round_ask *ask, uint8_t avoid,
                             struct plain *pads, uint8_t *used, struct why *why);

/* The same through exactly the quorum ask->gates. */
MUST_USE enum err round_quorum_pads(struct client *c, const struct round_ask *ask,
                                    struct plain *pads, struct why *why);

AUTO_DEFINE(round, struct round, round_release);
#define AUTO_ROUND __attribute__((cleanup(round_auto)))

#endif
