#include "client/deliver.h"

#include "base/hex.h"
#include "client/read.h"
#include "client/state.h"
#include "request/heads.h"
#include "shares/subset.h"
#include "sys/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How far a chain reaches, by the greatest number that gates name. */
struct reach {
    uint8_t issuer[32], statement[32];
    uint64_t number;
};

struct reaches {
    struct reach *rows;
    size_t count, room;
};

static enum err reach_add(struct reaches *all, const struct heads_row *row, struct why *why)
{
    for (size_t i = 0; i < all->count; i++) {
        struct reach *r = &all->rows[i];
        if (memcmp(r->issuer, row->issuer, 32) != 0)
            continue;
        if (row->number == r->number && memcmp(row->statement, r->statement, 32) != 0)
            return why_set(why, ERR_CHAIN_FORK, "gates hold two statements %llu of '%s'",
                           (unsigned long long)row->number, hex_short(row->issuer).s);
        if (row->number > r->number) {
            r->number = row->number;
            memcpy(r->statement, row->statement, 32);
        }
        return ERR_OK;
    }
    if (all->count == all->room) {
        size_t room = all->room ? all->room * 2 : 64;
        struct reach *rows = realloc(all->rows, room * sizeof *rows);
        if (!rows)
            return why_nomem(why);
        all->rows = rows;
        all->room = room;
    }
    struct reach *r = &all->rows[all->count++];
    memcpy(r->issuer, row->issuer, 32);
    memcpy(r->statement, row->statement, 32);
    r->number = row->number;
    return ERR_OK;
}

static enum err ask_gate(struct client *c, const struct client_epoch *epoch, unsigned g,
                         const uint8_t project[16], struct reaches *all, struct why *why)
{
    struct heads_question q;
    uint8_t bytes[HEADS_QUESTION_BYTES], hash[32];
    struct heads_reply reply;
    memcpy(q.project, project, 16);
    random_bytes(q.nonce, sizeof q.nonce);
    heads_question_write(&q, bytes);
    heads_question_hash(hash, &q);
    const struct transport_call call = { .method = "POST",
                                         .base = c->config.gates[g],
                                         .path = "/v1/heads",
                                         .body = bytes_of(bytes, sizeof bytes) };
    AUTO_BUF struct buf text = buf_init(HEADS_REPLY_BYTES_MAX);
    enum err e = transport_do(c->transport, &call, &text, why);
    if (e == ERR_OK)
        e = heads_reply_parse(buf_bytes(&text), &reply, why);
    if (e == ERR_OK)
        e = heads_reply_verify(&reply, (uint8_t)g, hash, epoch->gate[g].key, why);
    for (size_t i = 0; e == ERR_OK && i < heads_row_count(&reply); i++) {
        struct heads_row row = heads_row(&reply, i);
        e = reach_add(all, &row, why);
    }
    return e;
}

static enum err check_reach(struct client *c, const struct reach *r, struct why *why)
{
    enum err e = client_chain(c, r->issuer, why);
    if (e != ERR_OK)
        return why_before(why, e, "the chain of '%s'", hex_short(r->issuer).s);
    struct authority_head head = { 0 };
    (void)authority_head(c->authority, r->issuer, &head);
    if (head.number < r->number)
        return why_set(why, ERR_INCOMPLETE,
                       "device '%s' wrote %llu statements, the store serves %llu",
                       hex_short(r->issuer).s, (unsigned long long)r->number,
                       (unsigned long long)head.number);
    const uint8_t *id = authority_statement_id(c->authority, r->issuer, r->number);
    if (!id || memcmp(id, r->statement, 32) != 0)
        return why_set(why, ERR_CHAIN_FORK, "the store serves another statement %llu of '%s'",
                       (unsigned long long)r->number, hex_short(r->issuer).s);
    e = client_manifests_load(c, r->issuer, why);
    return e == ERR_OK ? ERR_OK
                       : why_before(why, e == ERR_NOT_FOUND ? ERR_INCOMPLETE : e,
                                    "the manifests of '%s'", hex_short(r->issuer).s);
}

enum err deliver_complete(struct client *c, const uint8_t project[16], struct why *why)
{
    struct client_epoch epoch;
    struct reaches all = { 0 };
    struct why said = { .text = "none is known" };
    unsigned answered = 0;
    enum err e = client_sync(c, why);
    if (e == ERR_OK)
        e = client_epoch(c, &epoch, why);
    for (unsigned g = 1; e == ERR_OK && g <= CLIENT_GATE_MAX; g++) {
        if (!subset_has(epoch.roster, g) || !*c->config.gates[g])
            continue;
        enum err got = ask_gate(c, &epoch, g, project, &all, &said);
        answered += got == ERR_OK;
        if (got == ERR_CHAIN_FORK || got == ERR_NOMEM) {
            *why = said;
            e = got;
        }
    }
    if (e == ERR_OK && answered < epoch.t)
        e = why_set(why, ERR_NO_QUORUM, "fewer than %u gates say how far the chains reach: %.200s",
                    epoch.t, said.text);
    for (size_t i = 0; e == ERR_OK && i < all.count; i++)
        e = check_reach(c, &all.rows[i], why);
    free(all.rows);
    return e;
}

/* --- what was accepted --- */

struct line {
    uint8_t task[32], submission[32];
    bool accepted;
    uint64_t created; /* of the acceptance */
};

struct lines {
    struct client *c;
    const uint8_t *project;
    struct line *rows; /* one a task, in the order of the tasks */
    size_t count, room;
    struct deliver_result *result;
};

static enum err line_add(struct lines *l, const uint8_t task[32], struct why *why)
{
    if (l->count == l->room) {
        size_t room = l->room ? l->room * 2 : 256;
        struct line *rows = realloc(l->rows, room * sizeof *rows);
        if (!rows)
            return why_nomem(why);
        l->rows = rows;
        l->room = room;
    }
    l->rows[l->count] = (struct line){ .accepted = false };
    memcpy(l->rows[l->count++].task, task, 32);
    return ERR_OK;
}

/* Tasks are rows of admins' manifests; manifests are kept newest first. */
static enum err collect_tasks(struct lines *l, struct why *why)
{
    size_t n = 0;
    for (const struct client_manifest *m = l->c->manifests; m; m = m->next)
        n++;
    for (size_t k = n; k--;) {
        const struct client_manifest *m = l->c->manifests;
        for (size_t i = 0; i < k; i++)
            m = m->next;
        const struct authority_device *d = authority_device(l->c->authority, m->author);
        if (!d || d->fixed != ROLE_ADMIN || memcmp(m->project, l->project, 16) != 0)
            continue;
        for (size_t i = 0; i < m->rows.count; i++) {
            struct manifest_row row = manifest_row(&m->rows, i);
            enum err e = row.kind == RECORD_TASK ? line_add(l, row.id, why) : ERR_OK;
            if (e != ERR_OK)
                return e;
        }
    }
    return ERR_OK;
}

static struct line *line_of(struct lines *l, const uint8_t task[32])
{
    for (size_t i = 0; i < l->count; i++)
        if (memcmp(l->rows[i].task, task, 32) == 0)
            return &l->rows[i];
    return NULL;
}

/* An acceptance counts if its issuer may judge, did not write the submission, and the submission,
 * by an annotator, names the task first. */
static bool acceptance_counts(struct lines *l, const struct statement *s)
{
    const struct authority *a = l->c->authority;
    /* As of its own time: what was rightly accepted stays so when its issuer's time is over. */
    enum role role = authority_role(a, s->issuer, l->project, s->created);
    const struct authority_device *judge = authority_device(a, s->issuer);
    for (const struct client_manifest *m = l->c->manifests; m; m = m->next) {
        size_t i;
        if (memcmp(m->project, l->project, 16) != 0 ||
            !manifest_find(&m->rows, s->u.act.submission, &i))
            continue;
        struct manifest_row row = manifest_row(&m->rows, i);
        const struct authority_device *author = authority_device(a, m->author);
        bool may = role == ROLE_MANAGER || role == ROLE_ADMIN ||
                   (role == ROLE_REVIEWER &&
                    authority_assigned(a, l->project, s->u.act.submission, judge->member, m->author,
                                       s->created));
        return may && author && row.kind == RECORD_SUBMISSION && row.parent_count >= 1 &&
               memcmp(row.parents[0], s->u.act.task, 32) == 0 &&
               memcmp(author->member, judge->member, 16) != 0;
    }
    return false;
}

static enum err collect_act(void *ctx, struct bytes envelope, struct why *why)
{
    struct lines *l = ctx;
    AUTO_STATEMENT struct statement s = { 0 };
    enum err e = statement_open(envelope, &s, why);
    if (e != ERR_OK || s.kind != STATEMENT_ACT ||
        memcmp(s.u.act.project, l->project, 16) != 0)
        return e;
    l->result->submissions += s.u.act.act == WORK_SUBMITTED;
    l->result->returned += s.u.act.act == WORK_RETURNED;
    struct line *line = line_of(l, s.u.act.task);
    if (s.u.act.act != WORK_ACCEPTED || !line || !acceptance_counts(l, &s) ||
        (line->accepted && line->created >= s.created))
        return ERR_OK;
    line->accepted = true;
    line->created = s.created;
    memcpy(line->submission, s.u.act.submission, 32);
    return ERR_OK;
}

struct output {
    int fd;
    const char *path;
    size_t written;
};

static enum err output_all(struct output *o, const void *ptr, size_t len, struct why *why)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = write(o->fd, (const uint8_t *)ptr + done, len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return file_error(why, "write", o->path);
        done += (size_t)n;
    }
    return ERR_OK;
}

static enum err output_line(void *ctx, size_t i, struct record_opened *r, struct why *why)
{
    struct output *o = ctx;
    if (memchr(r->bytes.ptr, '\n', r->bytes.len))
        return why_set(why, ERR_FORMAT, "record %zu has a line feed and cannot be a line of JSONL",
                       i + 1);
    enum err e = output_all(o, r->bytes.ptr, r->bytes.len, why);
    if (e == ERR_OK)
        e = output_all(o, "\n", 1, why);
    o->written += e == ERR_OK;
    return e;
}

static enum err output_lines(struct lines *l, const char *path, struct why *why)
{
    char temp[FILE_PATH_MAX];
    int n = snprintf(temp, sizeof temp, "%s.part", path);
    if (n < 0 || (size_t)n >= sizeof temp)
        return why_set(why, ERR_LIMIT, "cannot write '%s': the path is too long", path);
    uint8_t (*ids)[32] = malloc((l->count ? l->count : 1) * sizeof *ids);
    size_t count = 0;
    for (size_t i = 0; ids && i < l->count; i++)
        if (l->rows[i].accepted)
            memcpy(ids[count++], l->rows[i].submission, 32);
    struct output o = { .path = temp };
    o.fd = ids ? open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    enum err e = !ids ? why_nomem(why) : o.fd < 0 ? file_error(why, "create", temp) : ERR_OK;
    const struct read_options options = { 0 };
    if (e == ERR_OK && count)
        e = read_many(l->c, (const uint8_t(*)[32])ids, count, &options, output_line, &o, why);
    if (e == ERR_OK && fsync(o.fd) != 0)
        e = file_error(why, "sync", temp);
    if (o.fd >= 0)
        (void)close(o.fd);
    if (e == ERR_OK && rename(temp, path) != 0)
        e = file_error(why, "name", path);
    if (e != ERR_OK)
        (void)unlink(temp);
    l->result->accepted = count;
    l->result->delivered = o.written;
    free(ids);
    return e;
}

enum err deliver_jsonl(struct client *c, const uint8_t project[16], const char *path,
                       struct deliver_result *out, struct why *why)
{
    struct deliver_result result = { 0 };
    struct lines l = { .c = c, .project = project, .result = &result };
    enum err e = deliver_complete(c, project, why);
    if (e == ERR_OK)
        e = collect_tasks(&l, why);
    result.tasks = l.count;
    if (e == ERR_OK)
        e = db_statement_each(c->db, collect_act, &l, why);
    if (e == ERR_OK)
        e = output_lines(&l, path, why);
    free(l.rows);
    if (e == ERR_OK)
        *out = result;
    return e;
}
