#include "client/accepted.h"

#include "client/read.h"
#include "client/state.h"

#include <stdlib.h>
#include <string.h>

enum { ACCEPTED_BATCH = 512 };

/* An act that accepts, not yet judged. */
struct acceptance {
    struct accepted_task *task;
    uint8_t submission[32], issuer[32];
    uint64_t created;
};

struct collecting {
    struct client *c;
    const uint8_t *project;
    struct accepted *all;
    struct acceptance *acts;
    size_t count, room;
};

static enum err task_add(struct accepted *all, const uint8_t task[32], struct why *why)
{
    struct accepted_task *t = NULL;
    HASH_FIND(hh, all->tasks, task, 32, t);
    if (t)
        return ERR_OK;
    t = calloc(1, sizeof *t);
    if (!t)
        return why_nomem(why);
    memcpy(t->task, task, 32);
    if (!HASH_ROW_ADD(all->tasks, task, 32, t)) {
        free(t);
        return why_nomem(why);
    }
    all->task_count++;
    return ERR_OK;
}

/* Tasks are rows of admins' manifests, oldest first. */
static enum err collect_tasks(struct collecting *l, struct why *why)
{
    for (const struct client_manifest *m = l->c->manifests_first; m; m = m->newer) {
        const struct authority_device *d = authority_device(l->c->authority, m->author);
        if (!d || d->fixed != ROLE_ADMIN || memcmp(m->project, l->project, 16) != 0)
            continue;
        for (size_t i = 0; i < m->rows.count; i++) {
            struct manifest_row row = manifest_row(&m->rows, i);
            enum err e = row.kind == RECORD_TASK ? task_add(l->all, row.id, why) : ERR_OK;
            if (e != ERR_OK)
                return e;
        }
    }
    return ERR_OK;
}

static enum err acceptance_add(struct collecting *l, const struct statement *s,
                               struct accepted_task *task, struct why *why)
{
    if (l->count == l->room) {
        size_t room = l->room ? l->room * 2 : 256;
        struct acceptance *acts = realloc(l->acts, room * sizeof *acts);
        if (!acts)
            return why_nomem(why);
        l->acts = acts;
        l->room = room;
    }
    struct acceptance *a = &l->acts[l->count++];
    *a = (struct acceptance){ .task = task, .created = s->created };
    memcpy(a->submission, s->u.act.submission, 32);
    memcpy(a->issuer, s->issuer, 32);
    return ERR_OK;
}

static enum err collect_act(void *ctx, struct bytes envelope, struct why *why)
{
    struct collecting *l = ctx;
    AUTO_STATEMENT struct statement s = { 0 };
    enum err e = statement_open(envelope, &s, why);
    if (e != ERR_OK || s.kind != STATEMENT_ACT || memcmp(s.u.act.project, l->project, 16) != 0)
        return e;
    l->all->submissions += s.u.act.act == WORK_SUBMITTED;
    l->all->returned += s.u.act.act == WORK_RETURNED;
    struct accepted_task *task = NULL;
    if (s.u.act.act == WORK_ACCEPTED)
        HASH_FIND(hh, l->all->tasks, s.u.act.task, 32, task);
    return task ? acceptance_add(l, &s, task, why) : ERR_OK;
}

/* Entitled as of its own time: what was rightly accepted stays so when its issuer's time is over.
 */
static bool may_judge(const struct collecting *l, const struct acceptance *act,
                      const struct record_header *h)
{
    const struct authority *a = l->c->authority;
    enum role role = authority_role(a, act->issuer, l->project, act->created);
    const struct authority_device *judge = authority_device(a, act->issuer);
    const struct authority_device *author = authority_device(a, h->author);
    if (!judge || !author || memcmp(author->member, judge->member, 16) == 0)
        return false;
    return role == ROLE_MANAGER || role == ROLE_ADMIN ||
           (role == ROLE_REVIEWER &&
            authority_assigned(a, l->project, act->submission, judge->member, h->author,
                               act->created));
}

static enum err acceptance_take(struct collecting *l, const struct acceptance *act,
                                const struct record_header *h, struct why *why)
{
    struct accepted_task *task = act->task;
    struct manifest_row row;
    if (h->kind != RECORD_SUBMISSION || memcmp(h->project, l->project, 16) != 0 ||
        !may_judge(l, act, h) || (task->accepted && task->created >= act->created))
        return ERR_OK;
    enum err e = client_row(l->c, h->author, act->submission, &row, why);
    if (e == ERR_MANIFEST)
        return ERR_OK; /* its author never listed it */
    if (e != ERR_OK || row.kind != RECORD_SUBMISSION || row.parent_count == 0 ||
        memcmp(row.parents[0], task->task, 32) != 0)
        return e;
    l->all->accepted_count += !task->accepted;
    task->accepted = true;
    task->created = act->created;
    memcpy(task->submission, act->submission, 32);
    return ERR_OK;
}

/* A batch of headers at once; one by one where the store lacks some of them. */
static enum err judge_batch(struct collecting *l, const struct acceptance *acts, size_t count,
                            struct read_found *found, struct why *why)
{
    uint8_t ids[ACCEPTED_BATCH][32];
    for (size_t i = 0; i < count; i++)
        memcpy(ids[i], acts[i].submission, 32);
    enum err e = read_find_many(l->c, (const uint8_t(*)[32])ids, count, found, why);
    for (size_t i = 0; e == ERR_OK && i < count; i++)
        e = acceptance_take(l, &acts[i], &found[i].header, why);
    if (e != ERR_NOT_FOUND)
        return e;
    e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < count; i++) {
        e = read_find(l->c, ids[i], found, why);
        l->all->missing += e == ERR_NOT_FOUND;
        if (e == ERR_NOT_FOUND)
            e = ERR_OK;
        else if (e == ERR_OK)
            e = acceptance_take(l, &acts[i], &found->header, why);
    }
    return e;
}

static enum err judge_all(struct collecting *l, struct why *why)
{
    struct read_found *found = calloc(ACCEPTED_BATCH, sizeof *found);
    enum err e = found ? ERR_OK : why_nomem(why);
    for (size_t at = 0; e == ERR_OK && at < l->count; at += ACCEPTED_BATCH) {
        size_t left = l->count - at;
        e = judge_batch(l, l->acts + at, left < ACCEPTED_BATCH ? left : ACCEPTED_BATCH, found, why);
    }
    free(found);
    return e;
}

enum err accepted_collect(struct client *c, const uint8_t project[16], struct accepted *out,
                          struct why *why)
{
    AUTO_ACCEPTED struct accepted all = { 0 };
    struct collecting l = { .c = c, .project = project, .all = &all };
    enum err e = collect_tasks(&l, why);
    if (e == ERR_OK)
        e = db_statement_each(c->db, collect_act, &l, why);
    if (e == ERR_OK)
        e = judge_all(&l, why);
    free(l.acts);
    if (e == ERR_OK) {
        *out = all;
        all = (struct accepted){ 0 };
    }
    return e;
}

void accepted_release(struct accepted *a)
{
    struct accepted_task *t, *next;
    HASH_ITER(hh, a->tasks, t, next)
    {
        HASH_DEL(a->tasks, t);
        free(t);
    }
    *a = (struct accepted){ 0 };
}
