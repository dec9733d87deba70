/* client/deliver.h: accepted records to JSONL, complete by what t gates say.
 * Source  DESIGN 4.4; docs/protocol.md 4, "Completeness"
 * The output is written beside its name and renamed when it is whole; its bytes are the
 * submissions' own, one a line, in the order of the tasks.
 * Threads  one owner */
#ifndef CLIENT_DELIVER_H
#define CLIENT_DELIVER_H

#include "client/client.h"

struct deliver_result {
    size_t tasks, submissions, returned, accepted, delivered;
};

/* ERR_INCOMPLETE names the device and what is missing; ERR_NO_QUORUM: fewer than t gates say how
 * far the chains reach; ERR_FORMAT: a record with a line feed cannot be a line. */
MUST_USE enum err deliver_jsonl(struct client *c, const uint8_t project[16], const char *path,
                                struct deliver_result *out, struct why *why);
/* Asks the gates how far each device's chain reaches, fetches every chain and manifest, and
 * compares. */
MUST_USE enum err deliver_complete(struct client *c, const uint8_t project[16], struct why *why);

#endif
