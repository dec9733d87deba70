/* queue/queue.h: where each task stands, as the fold of signed acts.
 * Source  DESIGN section 7; docs/protocol.md, "States of a task"
 * Acts count; claims are advice with an end. The store uses it live, the trainer's client to find
 * what was accepted: same acts, same states.
 * Memory  owns its tasks   Threads  pure, one owner */
#ifndef QUEUE_QUEUE_H
#define QUEUE_QUEUE_H

#include "decide/authority.h"

enum queue_state { QUEUE_WAITING = 1, QUEUE_SUBMITTED, QUEUE_ACCEPTED, QUEUE_RETURNED };
enum { QUEUE_CLAIM_SECONDS = 1800 };
enum queue_what { QUEUE_ANNOTATE = 1, QUEUE_REVIEW = 2 };

struct queue;

struct queue_task {
    uint8_t project[16], id[32];
    enum queue_state state;
    uint8_t submission[32], review[32];  /* the newest; zeroes: none */
    uint8_t author[32];                  /* device of the newest submission; zeroes: none */
    uint8_t author_member[16];
    uint8_t claimer[16];                 /* member; zeroes: nobody */
    uint64_t claim_ends;
    uint8_t skipper[16];                 /* member who gave it back last; zeroes: nobody */
    uint8_t reviewer[16];                /* member who accepted or returned; zeroes: nobody yet */
    unsigned submissions;                /* how many there were */
    size_t place;
};

MUST_USE enum err queue_new(struct queue **out, struct why *why);
void queue_free(struct queue *q);

/* Waits at the end; a known one is left as it is. */
MUST_USE enum err queue_add(struct queue *q, const uint8_t project[16], const uint8_t task[32],
                            struct why *why);
/* Does the act (its statement is in the authority's chain) have effect? ERR_TASK_STATE: the task
 * is not in the queue or in another state, or the submission is not the newest; ERR_CLAIM: it is
 * somebody else's, or not the reviewer's to judge. Claims are not acts: a replay knows none, so it
 * is given only the acts that had effect. */
MUST_USE enum err queue_check(const struct queue *q, const struct authority *a,
                              const struct statement *act, uint64_t now_s, struct why *why);
/* Applies an act that queue_check passed. */
void queue_apply(struct queue *q, const struct authority *a, const struct statement *act);
/* An assignment of submissions to a reviewer, before or after they are submitted: what a review
 * claim offers. Without memory it is forgotten; what counts is authority_assigned. */
void queue_assign(struct queue *q, const struct statement *assignment);

/* The next task for `member`: one that is held already, then (annotate) returned ones of its own,
 * then the first that waits; (review) the oldest that is assigned to it. ERR_NO_TASK. Renews the
 * claim. */
MUST_USE enum err queue_claim(struct queue *q, enum queue_what what, const uint8_t project[16],
                              const uint8_t member[16], uint64_t now_s,
                              const struct queue_task **out, struct why *why);
/* The claims of `from` on the same tasks of `q`, which has none, and who gave which back. One that
 * an act has ended in `from` but not in `q` holds on: that act was taken back. */
MUST_USE enum err queue_claims_copy(struct queue *q, const struct queue *from, struct why *why);
/* Ends the member's own claim. A waiting task is offered to it again when nothing else waits. */
void queue_unclaim(struct queue *q, const uint8_t task[32], const uint8_t member[16]);

const struct queue_task *queue_find(const struct queue *q, const uint8_t task[32]);
size_t queue_count(const struct queue *q);
const struct queue_task *queue_at(const struct queue *q, size_t i); /* asserts i < count */

static inline void queue_auto(struct queue **q)
{
    queue_free(*q);
}
#define AUTO_QUEUE __attribute__((cleanup(queue_auto)))

#endif
