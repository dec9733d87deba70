/* queue/queue.h: where each task stands, as the fold of signed acts; and who is at work on it.
 * Source  docs/protocol.md 2, "States of a task"
 * Acts count; claims are advice that lasts QUEUE_CLAIM_MS, live in memory alone and are no part of the
 * fold. Whether an issuer may make such an act at all was authority_check's to say; here it is whether
 * the act fits the task. A store adds its tasks before it replays acts, replays those that had effect,
 * and serves no others as a task's acts, for without the claims of that hour the rest cannot be told.
 * Limits  memory grows with the tasks added (some 300 bytes each) and with the members who claim
 * Memory  owns all; a task stays where it is until queue_free   Threads  pure, one owner */
#ifndef QUEUE_QUEUE_H
#define QUEUE_QUEUE_H

#include "base/bytes.h"
#include "base/why.h"
#include "statement/statement.h"

#define QUEUE_CLAIM_MS (INT64_C(30) * 60 * 1000)

enum queue_state { QUEUE_WAITING = 1, QUEUE_SUBMITTED, QUEUE_ACCEPTED, QUEUE_RETURNED };
enum queue_what { QUEUE_ANNOTATE = 1, QUEUE_REVIEW = 2 };

struct queue_claim {
    uint8_t member[16];
    int64_t until_ms; /* 0: nobody's; over from then on */
};

struct queue_task {
    uint8_t project[16], task[32];
    enum queue_state state;
    uint8_t submission[32];    /* the newest; zeroes: none yet */
    uint8_t review[32];        /* of the newest acceptance or return; zeroes where none */
    uint8_t author[16];        /* the member who submitted, */
    uint8_t author_device[32]; /* and the device */
    uint8_t reviewer[16];      /* who accepted or returned last */
    uint64_t turn;             /* grows from one submission to the next: the oldest is the least */
    struct queue_claim annotate, review;
};

/* Whoever acts or asks: the device of an act's issuer, its member, its role in the project. */
struct queue_who {
    const uint8_t *device; /* 32 */
    const uint8_t *member; /* 16 */
    enum role role;
};

/* Does an assignment name this submission, by that author's device, and this member?
 * (decide/authority.h's authority_assigned, for stores and clients.) */
struct queue_assigned {
    bool (*ask)(const void *ctx, const uint8_t submission[32], const uint8_t member[16],
                const uint8_t author_device[32]);
    const void *ctx;
};

struct queue;

struct queue *queue_new(void); /* NULL without memory */
void queue_free(struct queue *q);

/* The task waits, behind all others. A known one is skipped (ERR_OK). ERR_NOMEM: unchanged. */
MUST_USE enum err queue_add(struct queue *q, const uint8_t project[16], const uint8_t task[32],
                            struct why *why);

/* Does the act fit? ERR_TASK_STATE: the task is unknown or in another state, or the submission is not
 * the newest. ERR_CLAIM: it is another member's. ERR_DENIED_ROLE: a role that makes no such act.
 * `now_ms` is for claims; a fold that knows none may pass anything. */
MUST_USE enum err queue_act_check(const struct queue *q, const struct statement_act *act,
                                  const struct queue_who *who, struct queue_assigned assigned,
                                  int64_t now_ms, struct why *why);
/* Takes in an act that queue_act_check passed (the task's existence is asserted). Ends the claim. */
void queue_act_apply(struct queue *q, const struct statement_act *act,
                     const struct queue_who *who);

struct queue_ask {
    const uint8_t *project;
    enum queue_what what;
    struct queue_who who;
    struct queue_assigned assigned; /* asked for QUEUE_REVIEW only */
};

/* The task to work on, claimed until now + QUEUE_CLAIM_MS. Annotate: what the asker holds, else what
 * was returned to it, else the first that waits. Review: what the asker holds, else the oldest
 * submission that is assigned to it and that no other reviewer holds.
 * ERR_NO_TASK; ERR_DENIED_ROLE: annotating is for annotators, reviewing for reviewers, managers and
 * admins. ERR_NOMEM: unchanged. */
MUST_USE enum err queue_claim(struct queue *q, const struct queue_ask *ask, int64_t now_ms,
                              const struct queue_task **out, struct why *why);
/* Gives back whatever claim the member has on the task. ERR_CLAIM: it has none. */
MUST_USE enum err queue_unclaim(struct queue *q, const uint8_t project[16], const uint8_t task[32],
                                const uint8_t member[16], int64_t now_ms, struct why *why);

/* NULL: not in the queue. */
const struct queue_task *queue_find(const struct queue *q, const uint8_t project[16],
                                    const uint8_t task[32]);
size_t queue_count(const struct queue *q);
/* Tasks of a project in the order in which they were added, `state` 0 for all, beginning at place
 * `from`; returns how many are in `out`. *next is the place to go on from, 0 when it is over. */
size_t queue_list(const struct queue *q, const uint8_t project[16], unsigned state, uint64_t from,
                  const struct queue_task **out, size_t max, uint64_t *next);

const char *queue_state_name(enum queue_state state); /* "waiting"; "?" */

static inline void queue_auto(struct queue **q)
{
    queue_free(*q);
}
#define AUTO_QUEUE __attribute__((cleanup(queue_auto)))

#endif
