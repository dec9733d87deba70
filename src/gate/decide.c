/* gate/decide.c: the one thread that owns the state: every decision, in one order. */
#include "gate/server.h"

#include "base/hex.h"
#include "base/json.h"
#include "request/heads.h"
#include "sys/clock.h"

#include <stdio.h>
#include <string.h>

enum { DECIDE_REFUSALS_MAX = 64 };

void server_ordered(struct server *s, struct job *j)
{
    (void)pthread_mutex_lock(&s->lock);
    j->order_next = NULL;
    if (s->order_last)
        s->order_last->order_next = j;
    else
        s->order_first = j;
    s->order_last = j;
    s->ordered += j->kind == JOB_REQUEST ? 1 : j->entry_count; /* a request's comes when sealed */
    (void)pthread_cond_signal(&s->sealed);
    (void)pthread_mutex_unlock(&s->lock);
}

/* Whether a release may take from the disk what statements will need. */
static enum err decide_room(struct server *s, struct why *why)
{
    if (!atomic_load(&s->full))
        return ERR_OK;
    return why_hint(why, why_set(why, ERR_FULL, "the disk of gate %u is full", s->conf.number),
                    "make room on it: the gate goes on by itself");
}

static void decide_request(struct server *s, struct job *j)
{
    const struct gate_ask ask = { .request = &j->request, .device = j->signature.key, .r = j->r,
                                  .ids = (const uint8_t(*)[32])j->ids };
    j->decision = gate_decide(s->state, &ask, j->now_ms);
    enum err e = j->decision.code;
    if (e == ERR_OK)
        e = decide_room(s, &j->decision.why);
    if (e == ERR_OK && !server_keys(s))
        e = why_set(&j->decision.why, ERR_NOT_READY, "the gate has no keys");
    if (e == ERR_OK)
        e = gate_granted(s->state, &ask, (uint64_t)(j->now_ms / 1000), &j->decision.why);
    if (e != ERR_OK) {
        gate_refused(s->state, j->signature.key, j->r, e, j->now_ms);
        job_refuse(j, &j->decision.why);
        return;
    }
    /* Into the order first: from then on the append thread waits for it to be sealed. */
    server_ordered(s, j);
    bool taken = job_queue_put(&s->seal, j);
    assert(taken); /* there are fewer connections than places */
}

/* May it be logged now? A denial binds before its chain is known. */
static void decide_offered(const struct authority *a, struct job_statement *st, uint64_t now_s,
                           bool *early)
{
    st->code = authority_offered(a, &st->s, now_s, &st->why);
    *early = st->code != ERR_OK && authority_early(a, &st->s, now_s, &st->why) == ERR_OK;
    if (*early)
        st->code = ERR_OK;
}

static void decide_statement(struct server *s, struct job *j, struct job_statement *st)
{
    struct authority *a = gate_authority(s->state);
    bool early = false;
    if (st->code == ERR_OK)
        decide_offered(a, st, (uint64_t)(j->now_ms / 1000), &early);
    if (st->code == ERR_OK) {
        const struct entry_body b = { .type = ENTRY_BODY_STATEMENT,
                                      .u = { .statement = st->envelope } };
        st->code = job_entry(j, &b, &st->why);
        if (st->code == ERR_OK)
            st->code = early ? authority_apply_early(a, &st->s, j->now_ms, &st->why)
                             : gate_apply_statement(s->state, &st->s, j->now_ms, &st->why);
        if (st->code != ERR_OK) /* applied and logged go together: only memory can fail here */
            server_die(s, &st->why);
    }
    if (st->code == ERR_DUPLICATE)
        st->code = ERR_OK;
    struct authority_head head = { 0 };
    if (authority_head(a, authority_issuer_of(&st->s), &head))
        st->have = head.number;
}

/* A copy of what other threads need of the state. */
static void decide_publish_state(struct server *s)
{
    const struct authority_epoch *e = authority_epoch(gate_authority(s->state));
    (void)pthread_mutex_lock(&s->lock);
    if (e && s->epoch.number != e->number)
        s->epoch = *e;
    s->ready = gate_ready(s->state);
    s->checked = gate_checks_own(s->state);
    (void)pthread_mutex_unlock(&s->lock);
}

static void decide_heads(struct server *s, struct job *j)
{
    struct heads_question q;
    struct why why;
    const struct authority *a = gate_authority(s->state);
    enum err e = heads_question_parse(j->body, &q, &why);
    if (e == ERR_OK &&
        !authority_role(a, j->signature.key, q.project, (uint64_t)(j->now_ms / 1000)))
        e = why_set(&why, ERR_UNKNOWN_DEVICE, "device '%s' is not enrolled in that project",
                    hex_short(j->signature.key).s);
    if (e != ERR_OK) {
        job_refuse(j, &why);
        return;
    }
    authority_heads_rows(a, q.project, &j->ciphertext);
    if (!buf_ok(&j->ciphertext)) {
        why_nomem(&why);
        job_refuse(j, &why);
        return;
    }
    heads_question_hash(j->r, &q);
    /* What it says must be durable when it is said: it takes its place in the order, and the append
     * thread signs it with the log's size. */
    j->sealed = true;
    server_ordered(s, j);
}

static void decide_status(struct server *s, struct job *j)
{
    struct why why = { .code = ERR_OK };
    enum err would = gate_would(s->state, j->now_ms, &why);
    if (would == ERR_OK)
        would = decide_room(s, &why);
    const struct authority_epoch *e = authority_epoch(gate_authority(s->state));
    struct json_out o = json_out_to(&j->ciphertext, JSON_PLAIN);
    json_out_object(&o);
    json_out_member_u64(&o, "gate", s->conf.number);
    json_out_member_hex(&o, "owner", authority_owner(gate_authority(s->state)), 32);
    json_out_member_u64(&o, "epoch", e ? e->number : 0);
    json_out_member_u64(&o, "time", (uint64_t)(j->now_ms / 1000));
    json_out_member_bool(&o, "ready", gate_ready(s->state));
    json_out_member_str(&o, "why", err_code(would));
    json_out_member_str(&o, "text", would == ERR_OK ? "" : why.text);
    json_out_object_end(&o);
    job_reply(j, "application/json", &j->ciphertext);
}

/* Who may read the log: admins, auditors, watchers, the gates of the epoch. */
static bool may_read_log(const struct server *s, const uint8_t key[32], uint64_t now_s)
{
    const struct authority *a = gate_authority(s->state);
    const struct authority_epoch *e = authority_epoch(a);
    for (size_t i = 0; e && i < e->gate_count; i++)
        if (memcmp(e->gates[i].key, key, 32) == 0)
            return true;
    return authority_is_watcher(a, key, now_s) || authority_reads_logs(a, key, now_s);
}

static void decide_log(struct server *s, struct job *j)
{
    struct why why;
    if (!may_read_log(s, j->signature.key, (uint64_t)(j->now_ms / 1000))) {
        why_set(&why, ERR_DENIED_ROLE, "'%s' may not read the log", hex_short(j->signature.key).s);
        job_refuse(j, &why);
        return;
    }
    bool taken = job_queue_put(&s->seal, j);
    assert(taken);
}

/* Entries of the gate's own: check values, or nothing but the chance to write refusals. */
static void decide_own(struct server *s, struct job *j)
{
    struct why why;
    if (j->own_body.len) {
        struct entry_body b;
        enum err e = entry_body_parse(ENTRY_BODY_CHECK, buf_bytes(&j->own_body), &b, &why);
        if (e == ERR_OK)
            e = gate_apply(s->state, (uint64_t)j->now_ms, &b, bytes_of(NULL, 0), &why);
        if (e == ERR_OK)
            e = job_entry(j, &b, &why);
        if (e != ERR_OK) {
            job_refuse(j, &why);
            return;
        }
    }
    struct entry_body_refusals rows[DECIDE_REFUSALS_MAX];
    size_t n = gate_refusals_take(s->state, j->last ? INT64_MAX : j->now_ms, rows,
                                  DECIDE_REFUSALS_MAX);
    for (size_t i = 0; i < n; i++) {
        const struct entry_body b = { .type = ENTRY_BODY_REFUSALS, .u = { .refusals = rows[i] } };
        if (job_entry(j, &b, &why) != ERR_OK)
            server_die(s, &why);
    }
    j->sealed = true;
    server_ordered(s, j);
}

static void decide_ready(struct server *s, int64_t now_ms)
{
    if (gate_ready(s->state) || !gate_checks_complete(s->state))
        return;
    struct job *j = job_new(JOB_OWN, NULL, NULL);
    struct why why;
    struct entry_body b = { .type = ENTRY_BODY_READY,
                            .u = { .ready = { .gate = (uint8_t)s->conf.number } } };
    memcpy(b.u.ready.epoch_id, authority_epoch(gate_authority(s->state))->id, 32);
    if (!j || job_entry(j, &b, &why) != ERR_OK ||
        gate_apply(s->state, (uint64_t)now_ms, &b, bytes_of(NULL, 0), &why) != ERR_OK) {
        job_free(j);
        return; /* no memory: the next peer's news tries again */
    }
    j->now_ms = now_ms;
    j->sealed = true;
    server_ordered(s, j);
}

static void decide_checks(struct server *s, struct job *j)
{
    struct why why;
    enum err e = gate_checks(s->state, j->peer, j->epoch_id, buf_bytes(&j->own_body), &why);
    if (e != ERR_OK) {
        (void)fprintf(stderr, "gate %u: %s\n", s->conf.number, why.text);
        job_refuse(j, &why);
        return;
    }
    job_reply(j, "", &j->ciphertext);
}

/* Readiness: what would refuse every release now is the job's end. */
static void decide_would(struct server *s, struct job *j)
{
    struct why why;
    if (gate_would(s->state, j->now_ms, &why) == ERR_OK && decide_room(s, &why) == ERR_OK)
        job_reply(j, "", &j->ciphertext);
    else
        job_refuse(j, &why);
}

void *server_decide(void *server)
{
    struct server *s = server;
    struct job *j;
    while ((j = job_queue_take(&s->decide))) {
        j->now_ms = clock_ms();
        int64_t now_ms = j->now_ms;
        switch (j->kind) {
        case JOB_REQUEST:
            decide_request(s, j);
            break;
        case JOB_STATEMENTS:
            for (size_t i = 0; i < j->statement_count; i++)
                decide_statement(s, j, &j->statements[i]);
            j->sealed = true;
            server_ordered(s, j);
            break;
        case JOB_HEADS: decide_heads(s, j); break;
        case JOB_STATUS: decide_status(s, j); break;
        case JOB_LOG: decide_log(s, j); break;
        case JOB_OWN: decide_own(s, j); break;
        case JOB_CHECKS: decide_checks(s, j); break;
        case JOB_WOULD: decide_would(s, j); break;
        case JOB_SNAPSHOT: assert(false); /* made here, not sent here */
        }
        decide_ready(s, now_ms);
        decide_publish_state(s);
        if (s->ordered >= s->conf.snapshot)
            server_snapshot_take(s);
    }
    if (s->ordered > 0)
        server_snapshot_take(s);
    return NULL;
}
