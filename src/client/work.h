/* client/work.h: a day's work: the next task, submit, assign, review.
 * Source  DESIGN 7; docs/protocol.md 2, 3
 * Claims are the store's advice; an act counts when it is signed, and what a task was returned for
 * is believed only with the reviewer's signed act.
 * Threads  one owner */
#ifndef CLIENT_WORK_H
#define CLIENT_WORK_H

#include "client/client.h"

struct work_task {
    uint8_t task[32], submission[32], review[32]; /* zeroes: none */
    char state[16];
    uint64_t expires;
    bool has_guide;
    uint8_t guide[32]; /* the newest of the project */
};

enum work_what { WORK_ANNOTATE = 1, WORK_REVIEW = 2 };

/* Claims. ERR_NO_TASK. ERR_NOT_ENTITLED: a return that no reviewer signed. */
MUST_USE enum err work_next(struct client *c, const uint8_t project[16], enum work_what what,
                            struct work_task *out, struct why *why);
/* Gives a claimed task back and, with the next requests, tells the gates that it is closed without
 * an answer. What was read of it stays read. */
MUST_USE enum err work_skip(struct client *c, const uint8_t project[16], const uint8_t task[32],
                            struct why *why);
/* Seals the answer, lists it, creates it, uploads it, and says `submitted`; the next requests tell
 * the gates that the task is closed. `id` is the submission's. ERR_CLAIM, ERR_TASK_STATE: the store
 * did not take the act. */
MUST_USE enum err work_submit(struct client *c, const uint8_t project[16], const uint8_t task[32],
                              struct bytes type, struct bytes content, uint8_t id[32],
                              struct why *why);
MUST_USE enum err work_accept(struct client *c, const uint8_t project[16], const uint8_t task[32],
                              struct why *why);
/* The reason becomes a review record that is assigned to the submission's author. */
MUST_USE enum err work_return(struct client *c, const uint8_t project[16], const uint8_t task[32],
                              struct bytes reason, uint8_t id[32], struct why *why);
/* A manager (or admin) hands every submission that nobody is to review yet to a reviewer, in turn.
 */
MUST_USE enum err work_assign(struct client *c, const uint8_t project[16], size_t *assigned,
                              struct why *why);
/* Puts tasks at the end of the queue (admin). */
MUST_USE enum err work_add(struct client *c, const uint8_t project[16], const uint8_t (*ids)[32],
                           size_t count, struct why *why);
/* Receipts for what was opened and not named yet, at most 400 records. */
MUST_USE enum err work_receipt(struct client *c, const uint8_t project[16], struct why *why);

#endif
