/* client/accepted.h: which submission of each task of a project was accepted last.
 * An acceptance counts if its issuer was entitled at that time, did not write the submission, and
 * the submission's header and its author's manifest say that it answers that task. The author is
 * taken from the header, whose hash the id is: nobody can list another's record as his own.
 * Costs are linear in tasks and acts.   Memory  owns its rows   Threads  one owner */
#ifndef CLIENT_ACCEPTED_H
#define CLIENT_ACCEPTED_H

#include "client/client.h"
#include "decide/hash.h"

struct accepted_task {
    uint8_t task[32], submission[32];
    bool accepted;
    uint64_t created; /* of the acceptance */
    UT_hash_handle hh;
};

struct accepted {
    struct accepted_task *tasks; /* in the order in which they were listed */
    size_t task_count, accepted_count;
    size_t submissions, returned; /* acts */
    size_t missing;               /* acceptances whose submission the store does not serve */
};

/* Every chain and manifest is loaded (complete_check). */
MUST_USE enum err accepted_collect(struct client *c, const uint8_t project[16],
                                   struct accepted *out, struct why *why);
void accepted_release(struct accepted *a);

AUTO_DEFINE(accepted, struct accepted, accepted_release);
#define AUTO_ACCEPTED __attribute__((cleanup(accepted_auto)))

#endif
