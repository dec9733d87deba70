/* client/deliver.h: accepted records to JSONL, complete by what t gates say.
 * Source  DESIGN 4.4; docs/protocol.md 4, "Completeness"
 * The output is written beside its name and renamed when it is whole; its bytes are the
 * submissions' own, one a line, in the order of the tasks. Costs grow linearly in tasks and acts.
 * Threads  one owner */
#ifndef CLIENT_DELIVER_H
#define CLIENT_DELIVER_H

#include "client/complete.h"

enum deliver_mode {
    DELIVER_WHOLE = 1,
    DELIVER_PARTIAL, /* the rest, where something is missing */
    DELIVER_DRY,     /* all but the releases: nothing is asked of the gates, nothing is written */
};

struct deliver_result {
    size_t tasks, submissions, returned, accepted, delivered;
    size_t missing;                /* accepted, and not to be had from the store */
    struct complete_report report; /* devices of whose work something is missing */
};

/* With DELIVER_PARTIAL the rest is written, and the result says what is missing; else anything
 * missing is an error and nothing is written. ERR_INTERRUPTED leaves the old file or none;
 * ERR_INCOMPLETE names a device and what is missing; ERR_FORMAT: a record with a line feed cannot
 * be a line; as complete_check and read_many. */
MUST_USE enum err deliver_jsonl(struct client *c, const uint8_t project[16], const char *path,
                                enum deliver_mode mode, struct deliver_result *out,
                                struct why *why);
void deliver_release(struct deliver_result *r);

#endif
