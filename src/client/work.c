#include "client/work.h"

#include "base/hex.h"
#include "base/json.h"
#include "client/complete.h"
#include "client/push.h"
#include "client/read.h"
#include "client/state.h"
#include "client/write.h"
#include "sys/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORK_LIFETIME_S (UINT64_C(10) * 365 * 86400)
enum { WORK_RECEIPT_MAX = 400, WORK_LIST_MAX = 1000 };

static const uint8_t zeroes[32];

static enum err store_call(struct client *c, const char *path, struct bytes body, json_t **out,
                           struct why *why)
{
    const struct transport_call call = { .method = "POST", .base = c->config.store, .path = path,
                                         .body = body, .authority = true };
    AUTO_BUF struct buf reply = buf_init(8 << 20);
    enum err e = transport_do(c->transport, &call, &reply, why);
    return e == ERR_OK ? json_parse(buf_bytes(&reply), out, why) : e;
}

static enum err task_of(const json_t *o, struct work_task *t, struct why *why)
{
    const char *state = NULL;
    enum err e = json_get_hex(o, "task", t->task, 32, why);
    if (e == ERR_OK)
        e = json_get_hex(o, "submission", t->submission, 32, why);
    if (e == ERR_OK)
        e = json_get_hex(o, "review", t->review, 32, why);
    if (e == ERR_OK)
        e = json_get_text(o, "state", sizeof t->state - 1, &state, why);
    if (e == ERR_OK)
        (void)snprintf(t->state, sizeof t->state, "%s", state);
    return e;
}

/* The newest act about a task that `want` describes: signed by one who may. */
static enum err find_act(struct client *c, const uint8_t project[16], const uint8_t task[32],
                         enum work_act act, struct statement_act *out, uint8_t issuer[32],
                         struct why *why)
{
    char path[128];
    (void)snprintf(path, sizeof path, "/v1/acts/%s", hex_id(task).s);
    const struct transport_call call = { .method = "GET", .base = c->config.store, .path = path,
                                         .authority = true };
    AUTO_BUF struct buf list = buf_init(1 << 20);
    enum err e = transport_do(c->transport, &call, &list, why);
    bool found = false;
    for (size_t at = 0; e == ERR_OK && at + 2 <= list.len;) {
        size_t len = get_u16be(list.ptr + at);
        AUTO_STATEMENT struct statement s = { 0 };
        if (len > list.len - at - 2)
            return why_set(why, ERR_FORMAT, "the store's list of acts is cut");
        e = statement_open(bytes_of(list.ptr + at + 2, len), &s, why);
        at += 2 + len;
        if (e != ERR_OK || s.kind != STATEMENT_ACT || s.u.act.act != act ||
            memcmp(s.u.act.task, task, 32) != 0 || memcmp(s.owner, c->config.owner, 32) != 0)
            continue;
        if (!authority_device(c->authority, s.issuer))
            e = client_sync(c, why);
        enum role role = authority_role(c->authority, s.issuer, project, clock_s());
        bool may = act == WORK_SUBMITTED ? role == ROLE_ANNOTATOR
                                         : role == ROLE_REVIEWER || role == ROLE_MANAGER ||
                                               role == ROLE_ADMIN;
        if (!may)
            continue;
        found = true;
        *out = s.u.act;
        memcpy(issuer, s.issuer, 32);
    }
    if (e == ERR_OK && !found)
        e = why_set(why, ERR_NOT_ENTITLED, "task '%s': no act '%s' signed by one who may",
                    hex_short(task).s, words_name(&words_work_act, act));
    return e;
}

/* The newest guide of the project: the last guide row in the manifests of admins. */
static enum err newest_guide(struct client *c, const uint8_t project[16], struct work_task *out,
                             struct why *why)
{
    for (size_t i = 0; i < authority_device_count(c->authority); i++) {
        const struct authority_device *d = authority_device_at(c->authority, i);
        if (d->fixed != ROLE_ADMIN)
            continue;
        uint8_t key[32];
        memcpy(key, d->key, 32);
        enum err e = client_manifests_load(c, key, why);
        if (e != ERR_OK)
            return e;
    }
    for (const struct client_manifest *m = c->manifests; m && !out->has_guide; m = m->next) {
        if (memcmp(m->project, project, 16) != 0)
            continue;
        for (size_t i = m->rows.count; i-- && !out->has_guide;) {
            struct manifest_row row = manifest_row(&m->rows, i);
            const struct authority_device *d = authority_device(c->authority, m->author);
            if (row.kind != RECORD_GUIDE || !d || d->fixed != ROLE_ADMIN)
                continue;
            out->has_guide = true;
            memcpy(out->guide, row.id, 32);
        }
    }
    return ERR_OK;
}

enum err work_next(struct client *c, const uint8_t project[16], enum work_what what,
                   struct work_task *out, struct why *why)
{
    uint8_t body[17];
    AUTO_JSON json_t *reply = NULL;
    struct work_task t = { 0 };
    enum role role;
    memcpy(body, project, 16);
    body[16] = (uint8_t)what;
    enum err e = client_role(c, project, &role, why);
    if (e == ERR_OK)
        e = store_call(c, "/v1/queue/claim", bytes_of(body, sizeof body), &reply, why);
    if (e == ERR_OK)
        e = task_of(reply, &t, why);
    if (e == ERR_OK)
        e = json_get_u64(reply, "expires", JSON_INT_MAX, &t.expires, why);
    if (e == ERR_OK && strcmp(t.state, "returned") == 0) {
        struct statement_act act;
        uint8_t issuer[32];
        e = find_act(c, project, t.task, WORK_RETURNED, &act, issuer, why);
        if (e == ERR_OK && memcmp(act.review, t.review, 32) != 0)
            e = why_set(why, ERR_NOT_ENTITLED, "the store names another review than the reviewer");
    }
    if (e == ERR_OK)
        e = complete_owner(c, project, why); /* or the store could serve yesterday's guide */
    if (e == ERR_OK)
        e = newest_guide(c, project, &t, why);
    if (e == ERR_OK)
        *out = t;
    return e;
}

static enum err say_act(struct client *c, const uint8_t project[16], enum work_act act,
                        const uint8_t task[32], const uint8_t submission[32],
                        const uint8_t review[32], struct why *why)
{
    struct statement s = { .kind = STATEMENT_ACT, .u = { .act = { .act = act } } };
    memcpy(s.u.act.project, project, 16);
    memcpy(s.u.act.task, task, 32);
    memcpy(s.u.act.submission, submission, 32);
    memcpy(s.u.act.review, review, 32);
    uint8_t reached = 0;
    enum err e = push_sign(c, &s, WORK_LIFETIME_S, why);
    if (e == ERR_OK)
        e = push_gate(c, 0, why); /* the store first: it knows whether the act fits */
    return e == ERR_OK ? push_all(c, &reached, why) : e;
}

/* The next requests tell the gates. */
static enum err close_with(struct client *c, const uint8_t project[16], const uint8_t task[32],
                           enum request_how how, const uint8_t record[32], struct why *why)
{
    struct request_close close = { .how = how };
    memcpy(close.task, task, 32);
    memcpy(close.record, record, 32);
    return db_close_put(c->db, project, &close, why);
}

enum err work_skip(struct client *c, const uint8_t project[16], const uint8_t task[32],
                   struct why *why)
{
    uint8_t body[48];
    AUTO_JSON json_t *reply = NULL;
    memcpy(body, project, 16);
    memcpy(body + 16, task, 32);
    enum err e = store_call(c, "/v1/queue/unclaim", bytes_of(body, sizeof body), &reply, why);
    return e == ERR_OK ? close_with(c, project, task, REQUEST_SKIP, zeroes, why) : e;
}

enum err work_submit(struct client *c, const uint8_t project[16], const uint8_t task[32],
                     struct bytes type, struct bytes content, uint8_t id[32], struct why *why)
{
    struct write_draft d = { .kind = RECORD_SUBMISSION, .type = type, .content = content,
                             .parent_count = 1 };
    memcpy(d.parents[0], task, 32);
    struct statement_act before;
    uint8_t issuer[32];
    /* A resubmission names what it replaces. */
    if (find_act(c, project, task, WORK_RETURNED, &before, issuer, NULL) == ERR_OK) {
        memcpy(d.parents[1], before.submission, 32);
        d.parent_count = 2;
    }
    uint8_t ids[1][32];
    size_t left = 0;
    enum err e = write_records(c, project, &d, 1, ids, why);
    if (e == ERR_OK)
        e = close_with(c, project, task, REQUEST_SUBMISSION, ids[0], why);
    if (e == ERR_OK)
        e = say_act(c, project, WORK_SUBMITTED, task, ids[0], zeroes, why);
    if (e == ERR_OK)
        e = work_receipt(c, project, why);
    if (e == ERR_OK)
        e = write_heal(c, 4, &left, why);
    if (e == ERR_OK)
        memcpy(id, ids[0], 32);
    return e;
}

enum err work_accept(struct client *c, const uint8_t project[16], const uint8_t task[32],
                     struct why *why)
{
    struct statement_act submitted;
    uint8_t author[32];
    enum err e = find_act(c, project, task, WORK_SUBMITTED, &submitted, author, why);
    if (e == ERR_OK)
        e = say_act(c, project, WORK_ACCEPTED, task, submitted.submission, zeroes, why);
    return e == ERR_OK ? work_receipt(c, project, why) : e;
}

static enum err assign_one(struct client *c, const uint8_t project[16], const uint8_t member[16],
                           uint8_t (*records)[32], size_t count, struct why *why)
{
    struct statement s = { .kind = STATEMENT_ASSIGNMENT,
                           .u = { .assignment = { .records = records, .record_count = count } } };
    memcpy(s.u.assignment.project, project, 16);
    memcpy(s.u.assignment.member, member, 16);
    return push_sign(c, &s, WORK_LIFETIME_S, why);
}

enum err work_return(struct client *c, const uint8_t project[16], const uint8_t task[32],
                     struct bytes reason, uint8_t id[32], struct why *why)
{
    struct statement_act submitted;
    uint8_t author[32], ids[1][32];
    enum err e = find_act(c, project, task, WORK_SUBMITTED, &submitted, author, why);
    struct write_draft d = { .kind = RECORD_REVIEW, .type = bytes_str("text/plain"),
                             .content = reason, .parent_count = 2 };
    if (e != ERR_OK)
        return e;
    memcpy(d.parents[0], submitted.submission, 32);
    memcpy(d.parents[1], task, 32);
    uint8_t member[16];
    memcpy(member, authority_device(c->authority, author)->member, 16);
    e = write_records(c, project, &d, 1, ids, why);
    if (e == ERR_OK)
        e = assign_one(c, project, member, ids, 1, why);
    if (e == ERR_OK)
        e = say_act(c, project, WORK_RETURNED, task, submitted.submission, ids[0], why);
    if (e == ERR_OK)
        memcpy(id, ids[0], 32);
    size_t left = 0;
    return e == ERR_OK ? write_heal(c, 4, &left, why) : e;
}

/* The reviewers of a project, one device each, in the order of enrolment. */
static size_t reviewers_of(const struct client *c, const uint8_t project[16],
                           const struct authority_device **out, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < authority_device_count(c->authority) && n < max; i++) {
        const struct authority_device *d = authority_device_at(c->authority, i);
        if (authority_role(c->authority, d->key, project, clock_s()) == ROLE_REVIEWER)
            out[n++] = d;
    }
    return n;
}

struct assigning {
    struct client *c;
    const uint8_t *project;
    const struct authority_device *reviewers[256];
    uint8_t (*records[256])[32];
    size_t counts[256], count, turn;
};

static enum err assign_task(struct assigning *a, const json_t *row, struct why *why)
{
    uint8_t submission[32], author[32];
    enum err e = json_get_hex(row, "submission", submission, 32, why);
    if (e == ERR_OK)
        e = json_get_hex(row, "author", author, 32, why);
    if (e != ERR_OK)
        return e;
    const struct authority_device *by = authority_device(a->c->authority, author);
    for (size_t i = 0; i < a->count; i++)
        if (authority_assigned(a->c->authority, a->project, submission, a->reviewers[i]->member,
                               author, clock_s()))
            return ERR_OK;
    for (size_t k = 0; k < a->count; k++) {
        size_t i = a->turn++ % a->count;
        if ((by && memcmp(by->member, a->reviewers[i]->member, 16) == 0) ||
            a->counts[i] == STATEMENT_RECORDS_MAX)
            continue;
        memcpy(a->records[i][a->counts[i]++], submission, 32);
        break;
    }
    return ERR_OK;
}

enum err work_assign(struct client *c, const uint8_t project[16], size_t *assigned,
                     struct why *why)
{
    struct assigning a = { .c = c, .project = project, .turn = (size_t)c->own_number };
    uint8_t body[25] = { 0 };
    AUTO_JSON json_t *reply = NULL;
    const json_t *tasks = NULL, *row;
    size_t i;
    memcpy(body, project, 16);
    body[16] = 2; /* submitted */
    a.count = reviewers_of(c, project, a.reviewers, 256);
    if (a.count == 0)
        return why_set(why, ERR_NOT_FOUND, "no reviewer is enrolled in that project");
    enum err e = store_call(c, "/v1/queue/list", bytes_of(body, sizeof body), &reply, why);
    if (e == ERR_OK)
        e = json_get_array(reply, "tasks", WORK_LIST_MAX, &tasks, why);
    for (i = 0; e == ERR_OK && i < a.count; i++)
        if (!(a.records[i] = calloc(STATEMENT_RECORDS_MAX, sizeof *a.records[i])))
            e = why_nomem(why);
    if (e == ERR_OK)
        json_array_foreach(tasks, i, row)
            if ((e = assign_task(&a, row, why)) != ERR_OK)
                break;
    *assigned = 0;
    uint8_t members[256][16];
    for (i = 0; i < a.count; i++)
        memcpy(members[i], a.reviewers[i]->member, 16);
    for (i = 0; e == ERR_OK && i < a.count; i++) {
        if (a.counts[i])
            e = assign_one(c, project, members[i], a.records[i], a.counts[i], why);
        *assigned += a.counts[i];
    }
    for (i = 0; i < a.count; i++)
        free(a.records[i]);
    uint8_t reached = 0;
    return e == ERR_OK ? push_all(c, &reached, why) : e;
}

enum err work_add(struct client *c, const uint8_t project[16], const uint8_t (*ids)[32],
                  size_t count, struct why *why)
{
    AUTO_BUF struct buf body = buf_init(16 + 32 * count);
    AUTO_JSON json_t *reply = NULL;
    buf_add(&body, project, 16);
    buf_add(&body, ids, 32 * count);
    return store_call(c, "/v1/queue/add", buf_bytes(&body), &reply, why);
}

enum err work_receipt(struct client *c, const uint8_t project[16], struct why *why)
{
    uint8_t ids[WORK_RECEIPT_MAX][32];
    size_t count = 0;
    enum err e = db_opened_list(c->db, project, ids, WORK_RECEIPT_MAX, &count, why);
    if (e != ERR_OK || count == 0)
        return e;
    struct statement s = { .kind = STATEMENT_RECEIPT,
                           .u = { .receipt = { .records = ids, .record_count = count } } };
    memcpy(s.u.receipt.project, project, 16);
    e = push_sign(c, &s, WORK_LIFETIME_S, why);
    /* It travels with the next request: a chain grows at its end only. */
    return e == ERR_OK ? db_opened_done(c->db, project, ids, count, why) : e;
}
