#include "queue/queue.h"

#include "base/hex.h"
#include "decide/hash.h"

#include <stdlib.h>
#include <string.h>

struct task_row {
    struct queue_task t;
    uint64_t turn; /* of the newest submission: the oldest has the least */
    UT_hash_handle hh; /* by t.id */
};

/* What a member holds, or held last. */
struct hold_row {
    uint8_t key[33]; /* project 16 ‖ member 16 ‖ what 1 */
    struct task_row *task;
    uint64_t ends; /* 0: given back */
    UT_hash_handle hh;
};

/* A submission that some assignment names together with a member. */
struct assigned_row {
    uint8_t key[48]; /* submission 32 ‖ member 16 */
    UT_hash_handle hh;
};

struct queue {
    struct task_row *tasks;
    struct task_row **order;
    size_t count, room;
    size_t first_waiting; /* no task before this place waits: none ever waits again */
    size_t returned;      /* tasks in that state */
    uint64_t turns;
    struct hold_row *holds;
    struct assigned_row *assigned;
};

static const uint8_t zeroes[32];

enum err queue_new(struct queue **out, struct why *why)
{
    struct queue *q = calloc(1, sizeof *q);
    if (!q)
        return why_nomem(why);
    *out = q;
    return ERR_OK;
}

#define ROWS_FREE(table, type)                                                                     \
    do {                                                                                           \
        type *row, *next;                                                                          \
        HASH_ITER(hh, table, row, next)                                                            \
        {                                                                                          \
            HASH_DEL(table, row);                                                                  \
            free(row);                                                                             \
        }                                                                                          \
    } while (0)

void queue_free(struct queue *q)
{
    if (!q)
        return;
    ROWS_FREE(q->holds, struct hold_row);
    ROWS_FREE(q->assigned, struct assigned_row);
    ROWS_FREE(q->tasks, struct task_row);
    free(q->order);
    free(q);
}

static struct task_row *task_find(const struct queue *q, const uint8_t task[32])
{
    struct task_row *row = NULL;
    HASH_FIND(hh, q->tasks, task, 32, row);
    return row;
}

const struct queue_task *queue_find(const struct queue *q, const uint8_t task[32])
{
    const struct task_row *row = task_find(q, task);
    return row ? &row->t : NULL;
}

size_t queue_count(const struct queue *q)
{
    return q->count;
}

const struct queue_task *queue_at(const struct queue *q, size_t i)
{
    assert(i < q->count);
    return &q->order[i]->t;
}

enum err queue_add(struct queue *q, const uint8_t project[16], const uint8_t task[32],
                   struct why *why)
{
    if (task_find(q, task))
        return ERR_OK;
    if (q->count == q->room) {
        size_t room = q->room ? q->room * 2 : 64;
        struct task_row **order = reallocarray(q->order, room, sizeof *order);
        if (!order)
            return why_nomem(why);
        q->order = order;
        q->room = room;
    }
    struct task_row *row = calloc(1, sizeof *row);
    if (!row)
        return why_nomem(why);
    memcpy(row->t.project, project, 16);
    memcpy(row->t.id, task, 32);
    row->t.state = QUEUE_WAITING;
    row->t.place = q->count;
    if (!HASH_ROW_ADD(q->tasks, t.id, 32, row)) {
        free(row);
        return why_nomem(why);
    }
    q->order[q->count++] = row;
    return ERR_OK;
}

static bool same(const uint8_t a[16], const uint8_t b[16])
{
    return memcmp(a, b, 16) == 0;
}

/* --- assignments: who is offered what; whether one counts, authority_assigned says --- */

static bool is_assigned(const struct queue *q, const uint8_t submission[32],
                        const uint8_t member[16])
{
    uint8_t key[48];
    memcpy(key, submission, 32);
    memcpy(key + 32, member, 16);
    struct assigned_row *row = NULL;
    HASH_FIND(hh, q->assigned, key, sizeof key, row);
    return row != NULL;
}

void queue_assign(struct queue *q, const struct statement *assignment)
{
    const struct statement_assignment *from = &assignment->u.assignment;
    for (size_t i = 0; i < from->record_count; i++) {
        if (is_assigned(q, from->records[i], from->member))
            continue;
        struct assigned_row *row = calloc(1, sizeof *row);
        if (!row)
            return;
        memcpy(row->key, from->records[i], 32);
        memcpy(row->key + 32, from->member, 16);
        if (!HASH_ROW_ADD(q->assigned, key, 48, row)) {
            free(row);
            return;
        }
    }
}

/* --- acts --- */

static enum err wrong_state(const struct queue_task *t, const char *act, struct why *why)
{
    static const char *const names[] = { "?", "waiting", "submitted", "accepted", "returned" };
    return why_set(why, ERR_TASK_STATE, "task '%s' is %s: it cannot be %s", hex_short(t->id).s,
                   names[t->state], act);
}

/* Has somebody else a claim on it? */
static bool held_by_other(const struct queue_task *t, const uint8_t member[16], uint64_t now_s)
{
    return t->claim_ends > now_s && !same(t->claimer, member);
}

static enum err check_submitted(const struct queue_task *t, const struct statement_act *act,
                                const uint8_t member[16], uint64_t now_s, struct why *why)
{
    if (t->state != QUEUE_WAITING && t->state != QUEUE_RETURNED)
        return wrong_state(t, "submitted", why);
    if (memcmp(act->submission, zeroes, 32) == 0 ||
        memcmp(act->submission, t->submission, 32) == 0)
        return why_set(why, ERR_TASK_STATE, "the act names no new submission to task '%s'",
                       hex_short(t->id).s);
    if (t->state == QUEUE_RETURNED ? !same(t->author_member, member)
                                   : held_by_other(t, member, now_s))
        return why_set(why, ERR_CLAIM, "task '%s' is another member's", hex_short(t->id).s);
    return ERR_OK;
}

static enum err check_reviewed(const struct queue_task *t, const struct authority *a,
                               const struct statement *s, const uint8_t member[16],
                               uint64_t now_s, struct why *why)
{
    const struct statement_act *act = &s->u.act;
    if (t->state != QUEUE_SUBMITTED)
        return wrong_state(t, act->act == WORK_ACCEPTED ? "accepted" : "returned", why);
    if (memcmp(act->submission, t->submission, 32) != 0)
        return why_set(why, ERR_TASK_STATE, "'%s' is not the newest submission to task '%s'",
                       hex_short(act->submission).s, hex_short(t->id).s);
    if (same(t->author_member, member))
        return why_set(why, ERR_CLAIM, "nobody reviews their own submission");
    if (authority_role(a, s->issuer, act->project, now_s) == ROLE_REVIEWER &&
        !authority_assigned(a, act->project, t->submission, member, t->author, now_s))
        return why_set(why, ERR_CLAIM, "submission '%s' is not assigned to this reviewer",
                       hex_short(t->submission).s);
    return ERR_OK;
}

enum err queue_check(const struct queue *q, const struct authority *a, const struct statement *s,
                     uint64_t now_s, struct why *why)
{
    const struct statement_act *act = &s->u.act;
    const struct queue_task *t = queue_find(q, act->task);
    const struct authority_device *by = authority_device(a, s->issuer);
    if (!t || !same(t->project, act->project))
        return why_set(why, ERR_TASK_STATE, "task '%s' is not in the queue",
                       hex_short(act->task).s);
    assert(by); /* authority_check let the statement in */
    return act->act == WORK_SUBMITTED ? check_submitted(t, act, by->member, now_s, why)
                                      : check_reviewed(t, a, s, by->member, now_s, why);
}

void queue_apply(struct queue *q, const struct authority *a, const struct statement *s)
{
    const struct statement_act *act = &s->u.act;
    struct task_row *row = task_find(q, act->task);
    const struct authority_device *by = authority_device(a, s->issuer);
    assert(row && by);
    struct queue_task *t = &row->t;
    q->returned -= t->state == QUEUE_RETURNED;
    memcpy(t->review, act->review, 32);
    if (act->act == WORK_SUBMITTED) {
        t->state = QUEUE_SUBMITTED;
        t->submissions++;
        row->turn = ++q->turns;
        memcpy(t->submission, act->submission, 32);
        memcpy(t->author, s->issuer, 32);
        memcpy(t->author_member, by->member, 16);
        memset(t->reviewer, 0, 16);
    } else {
        t->state = act->act == WORK_ACCEPTED ? QUEUE_ACCEPTED : QUEUE_RETURNED;
        memcpy(t->reviewer, by->member, 16);
    }
    t->claim_ends = 0;
    memset(t->claimer, 0, 16);
    q->returned += t->state == QUEUE_RETURNED;
    while (q->first_waiting < q->count && q->order[q->first_waiting]->t.state != QUEUE_WAITING)
        q->first_waiting++;
}

/* --- claims --- */

struct ask {
    const uint8_t *project, *member;
    uint64_t now_s;
};

/* Is it the asker's to annotate, or to review, at this moment? */
static bool may_annotate(const struct queue_task *t, const struct ask *ask)
{
    if (!same(t->project, ask->project))
        return false;
    return t->state == QUEUE_RETURNED
               ? same(t->author_member, ask->member)
               : t->state == QUEUE_WAITING && !held_by_other(t, ask->member, ask->now_s);
}

static bool may_review(const struct queue *q, const struct queue_task *t, const struct ask *ask)
{
    return t->state == QUEUE_SUBMITTED && same(t->project, ask->project) &&
           !same(t->author_member, ask->member) && !held_by_other(t, ask->member, ask->now_s) &&
           is_assigned(q, t->submission, ask->member);
}

static struct task_row *find_review(const struct queue *q, const struct ask *ask)
{
    struct task_row *best = NULL;
    for (size_t i = 0; i < q->count; i++) {
        struct task_row *row = q->order[i];
        if ((!best || row->turn < best->turn) && may_review(q, &row->t, ask))
            best = row;
    }
    return best;
}

static struct task_row *find_annotate(const struct queue *q, const struct ask *ask)
{
    for (size_t i = 0; q->returned > 0 && i < q->count; i++)
        if (q->order[i]->t.state == QUEUE_RETURNED && may_annotate(&q->order[i]->t, ask))
            return q->order[i];
    struct task_row *skipped = NULL;
    for (size_t i = q->first_waiting; i < q->count; i++) {
        struct task_row *row = q->order[i];
        if (!may_annotate(&row->t, ask))
            continue;
        if (!same(row->t.skipper, ask->member))
            return row;
        skipped = skipped ? skipped : row;
    }
    return skipped;
}

/* The member's row of what it holds; made where there is none. NULL without memory. */
static struct hold_row *hold_of(struct queue *q, enum queue_what what, const struct ask *ask)
{
    struct hold_row *h = NULL;
    uint8_t key[33];
    memcpy(key, ask->project, 16);
    memcpy(key + 16, ask->member, 16);
    key[32] = (uint8_t)what;
    HASH_FIND(hh, q->holds, key, sizeof key, h);
    if (h)
        return h;
    h = calloc(1, sizeof *h);
    if (!h)
        return NULL;
    memcpy(h->key, key, sizeof key);
    if (HASH_ROW_ADD(q->holds, key, sizeof h->key, h))
        return h;
    free(h);
    return NULL;
}

enum err queue_claim(struct queue *q, enum queue_what what, const uint8_t project[16],
                     const uint8_t member[16], uint64_t now_s, const struct queue_task **out,
                     struct why *why)
{
    const struct ask ask = { project, member, now_s };
    const bool review = what == QUEUE_REVIEW;
    struct hold_row *h = hold_of(q, what, &ask);
    if (!h)
        return why_nomem(why);
    struct task_row *row = h->task;
    const bool held = row && row->t.claim_ends > now_s && same(row->t.claimer, member) &&
                      (review ? may_review(q, &row->t, &ask) : may_annotate(&row->t, &ask));
    if (!held)
        row = review ? find_review(q, &ask) : find_annotate(q, &ask);
    if (!row)
        return why_set(why, ERR_NO_TASK, "no task waits to be %s",
                       review ? "reviewed by you" : "annotated");
    h->task = row;
    memcpy(row->t.claimer, member, 16);
    h->ends = row->t.claim_ends = now_s + QUEUE_CLAIM_SECONDS;
    *out = &row->t;
    return ERR_OK;
}

enum err queue_claims_copy(struct queue *q, const struct queue *from, struct why *why)
{
    for (size_t i = 0; i < from->count; i++) {
        struct task_row *row = task_find(q, from->order[i]->t.id);
        if (row)
            memcpy(row->t.skipper, from->order[i]->t.skipper, 16);
    }
    for (const struct hold_row *held = from->holds; held; held = held->hh.next) {
        const struct ask ask = { .project = held->key, .member = held->key + 16 };
        const enum queue_what what = (enum queue_what)held->key[32];
        struct task_row *row = held->ends ? task_find(q, held->task->t.id) : NULL;
        if (!row || row->t.state == QUEUE_ACCEPTED ||
            (row->t.state == QUEUE_SUBMITTED) != (what == QUEUE_REVIEW) ||
            row->t.claim_ends > held->ends)
            continue;
        struct hold_row *h = hold_of(q, what, &ask);
        if (!h)
            return why_nomem(why);
        h->task = row;
        memcpy(row->t.claimer, ask.member, 16);
        h->ends = row->t.claim_ends = held->ends;
    }
    return ERR_OK;
}

void queue_unclaim(struct queue *q, const uint8_t task[32], const uint8_t member[16])
{
    struct task_row *row = task_find(q, task);
    if (!row || !same(row->t.claimer, member))
        return;
    row->t.claim_ends = 0;
    memset(row->t.claimer, 0, 16);
    memcpy(row->t.skipper, member, 16);
    for (struct hold_row *h = q->holds; h; h = h->hh.next)
        if (h->task == row && same(h->key + 16, member))
            h->ends = 0;
}
