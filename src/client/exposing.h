/* client/exposing.h: fetches the gates' logs and feeds them to the exposure fold.
 * Each log is verified against its signed checkpoint as it comes; a gate that cannot be reached is
 * left out, and the report says so.
 * Threads  one owner */
#ifndef CLIENT_EXPOSING_H
#define CLIENT_EXPOSING_H

#include "client/client.h"
#include "exposure/exposure.h"

/* ERR_NO_QUORUM: no log at all could be read. `left_out` is the set of gates that were not used. */
MUST_USE enum err exposing_run(struct client *c, struct exposure **out, uint8_t *left_out,
                               struct why *why);

#endif
