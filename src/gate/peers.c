/* gate/peers.c: the one thread that talks to other gates: the ceremony, and their logs. */
#include "gate/server.h"

#include "base/cur.h"
#include "base/hex.h"
#include "client/log_follow.h"
#include "shares/key_file.h"
#include "sys/clock.h"
#include "tlog/entry.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct peers {
    struct server *s;
    struct transport *transport;
    struct authority_epoch epoch;
    struct ceremony *ceremony;
    bool ready;
    struct {
        struct log_follow follow;
        struct note_key note;
        bool known, rolled_back;
        struct buf statements; /* of the step, as a statement list */
        size_t statement_count;
    } gate[DIR_GATE_MAX + 1];
};

struct each {
    struct peers *p;
    unsigned gate;
};

static enum err give_statements(struct peers *p, unsigned g, struct why *why)
{
    struct buf *list = &p->gate[g].statements;
    if (list->len == 0)
        return ERR_OK;
    struct job *j = job_new(JOB_STATEMENTS, NULL, NULL);
    if (!j)
        return why_nomem(why);
    buf_add_bytes(&j->own_body, buf_bytes(list));
    j->body = buf_bytes(&j->own_body);
    buf_reset(list);
    p->gate[g].statement_count = 0;
    enum err e = buf_ok(&j->own_body) ? server_own(p->s, j) : ERR_NOMEM;
    return e == ERR_OK ? ERR_OK : why_set(why, e, "the gate took no statements of its peer");
}

static enum err give_checks(struct peers *p, unsigned g, const struct entry_body_check *c,
                            struct why *why)
{
    struct job *j = job_new(JOB_CHECKS, NULL, NULL);
    if (!j)
        return why_nomem(why);
    j->peer = g;
    memcpy(j->epoch_id, c->epoch_id, 32);
    buf_add_bytes(&j->own_body, c->rows);
    enum err e = server_own(p->s, j);
    return e == ERR_OK ? ERR_OK : why_set(why, e, "check values of gate %u do not agree", g);
}

static enum err peer_entry(void *ctx, uint64_t index, struct bytes bytes, struct why *why)
{
    struct each *x = ctx;
    struct entry entry;
    struct entry_body body;
    enum err e = entry_parse(&entry, bytes, why);
    if (e == ERR_OK)
        e = entry_body_parse(entry.type, entry.body, &body, why);
    if (e != ERR_OK)
        return e;
    struct buf *list = &x->p->gate[x->gate].statements;
    if (body.type == ENTRY_BODY_STATEMENT) {
        if (list->len + body.u.statement.len + 2 > (1 << 20) ||
            x->p->gate[x->gate].statement_count == JOB_STATEMENTS_MAX)
            e = give_statements(x->p, x->gate, why);
        buf_add_u16(list, (uint16_t)body.u.statement.len);
        buf_add_bytes(list, body.u.statement);
        x->p->gate[x->gate].statement_count++;
    } else if (body.type == ENTRY_BODY_CHECK && !x->p->ready && body.u.check.gate == x->gate) {
        e = give_checks(x->p, x->gate, &body.u.check, why);
    }
    return e;
}

static void peer_meet(struct peers *p, unsigned g)
{
    const struct authority_epoch *epoch = &p->epoch;
    char origin[CHECKPOINT_ORIGIN_MAX];
    for (size_t i = 0; i < epoch->gate_count; i++) {
        if (epoch->gates[i].number != g)
            continue;
        checkpoint_origin(origin, authority_owner(gate_authority(p->s->state)), g,
                          (uint32_t)epoch->gates[i].incarnation);
        if (note_key_init(&p->gate[g].note, origin, epoch->gates[i].key, NULL) != ERR_OK)
            return;
        p->gate[g].known = true;
        p->gate[g].statements = buf_init(2 << 20);
        log_follow_init(&p->gate[g].follow);
        AUTO_BUF struct buf saved = buf_init(FOLLOW_STATE_BYTES);
        if (file_read(file_path(p->s->dir.s, "peer-%u", g).s, &saved, NULL) == ERR_OK &&
            log_follow_load(&p->gate[g].follow, buf_bytes(&saved), NULL) != ERR_OK)
            log_follow_init(&p->gate[g].follow);
    }
}

static void peer_follow(struct peers *p, unsigned g)
{
    if (!p->gate[g].known)
        peer_meet(p, g);
    if (!p->gate[g].known || p->gate[g].rolled_back)
        return;
    struct each x = { p, g };
    struct log_follow was = p->gate[g].follow;
    struct why why;
    enum err e = log_follow_step(&p->gate[g].follow, p->transport, p->s->conf.peers[g],
                                 &p->gate[g].note, peer_entry, &x, &why);
    if (e == ERR_OK)
        e = give_statements(p, g, &why);
    if (e != ERR_OK)
        p->gate[g].follow = was;
    if (e == ERR_ROLLBACK) {
        p->gate[g].rolled_back = true;
        (void)fprintf(stderr, "gate %u: %s [%s]\n", p->s->conf.number, why.text, err_code(e));
    }
    /* Before the epoch is ready the peers' check values are read again after a restart. */
    if (e == ERR_OK && p->ready && p->gate[g].follow.tree.size != was.tree.size) {
        uint8_t saved[FOLLOW_STATE_BYTES];
        log_follow_save(&p->gate[g].follow, saved);
        if (file_replace(file_path(p->s->dir.s, "peer-%u", g).s, bytes_of(saved, sizeof saved),
                         0600, &why) != ERR_OK)
            (void)fprintf(stderr, "gate %u: %s\n", p->s->conf.number, why.text);
    }
}

/* --- ceremony --- */

static enum err ceremony_begin(struct peers *p, struct why *why)
{
    const struct dir_conf *conf = &p->s->conf;
    struct ceremony_epoch e = { .t = p->epoch.threshold, .roster = p->epoch.roster };
    memcpy(e.id, p->epoch.id, 32);
    size_t len = ceremony_contribution_bytes(&e, conf->number);
    struct file_path path = file_path(p->s->dir.s, "deal-%s", hex_id(e.id).s);
    AUTO_SECRET struct secret *drawn = NULL;
    enum err got = dir_secret_file(path.s, 4096, &drawn, why);
    if (got == ERR_NOT_FOUND) {
        drawn = secret_new(len);
        if (!drawn)
            return why_nomem(why);
        random_bytes(drawn->ptr, len);
        got = file_replace(path.s, bytes_of(drawn->ptr, len), 0600, why);
    }
    if (got == ERR_OK && drawn->len != len)
        got = why_set(why, ERR_FORMAT, "'%s' is not of this epoch", path.s);
    if (got != ERR_OK)
        return got;
    struct ceremony *c = ceremony_new(&e, conf->number, drawn->ptr);
    if (!c)
        return why_nomem(why);
    for (size_t i = 0; i < p->epoch.gate_count && got == ERR_OK; i++) {
        const struct statement_gate *g = &p->epoch.gates[i];
        if (g->number == conf->number)
            continue;
        AUTO_SECRET struct secret *pair = NULL;
        got = dir_secret_file(file_path(p->s->dir.s, "pair-%u", (unsigned)g->number).s, 32, &pair,
                              why);
        if (got == ERR_OK)
            got = ceremony_meet(c, (unsigned)g->number, pair->ptr,
                                p->s->secret->ptr + DIR_SECRET_EXCHANGE, g->exchange, why);
        if (got != ERR_OK)
            break;
        AUTO_BUF struct buf deal = buf_init(CEREMONY_DEAL_MAX);
        ceremony_deal(c, (unsigned)g->number, &deal);
        (void)pthread_mutex_lock(&p->s->lock);
        buf_reset(&p->s->deals[g->number]);
        buf_add_bytes(&p->s->deals[g->number], buf_bytes(&deal));
        (void)pthread_mutex_unlock(&p->s->lock);
    }
    if (got == ERR_OK)
        p->ceremony = c;
    else
        ceremony_free(c);
    return got;
}

static void ceremony_fetch(struct peers *p)
{
    uint8_t missing = ceremony_missing(p->ceremony);
    for (unsigned g = 1; g <= DIR_GATE_MAX; g++) {
        if (!subset_has(missing, g) || !*p->s->conf.peers[g])
            continue;
        char path[128];
        (void)snprintf(path, sizeof path, "/v1/ceremony/%s/%u", hex_id(p->epoch.id).s,
                       p->s->conf.number);
        const struct transport_call call = { .method = "GET", .base = p->s->conf.peers[g],
                                             .path = path, .bare = true };
        AUTO_BUF struct buf deal = buf_init(CEREMONY_DEAL_MAX);
        struct why why;
        if (transport_do(p->transport, &call, &deal, &why) == ERR_OK &&
            ceremony_receive(p->ceremony, g, buf_bytes(&deal), &why) != ERR_OK)
            (void)fprintf(stderr, "gate %u: deal of gate %u: %s\n", p->s->conf.number, g, why.text);
    }
}

static void log_own_checks(struct peers *p, const struct gate_keys *keys)
{
    uint8_t checks[32 * SUBSET_HELD_MAX];
    ceremony_checks(keys, checks);
    AUTO_BUF struct buf rows = buf_init(1024);
    for (unsigned i = 0; i < keys->held.count; i++) {
        buf_add_u8(&rows, keys->held.sets[i]);
        buf_add(&rows, checks + 32 * i, 32);
    }
    struct entry_body b = { .type = ENTRY_BODY_CHECK,
                            .u = { .check = { .gate = (uint8_t)p->s->conf.number,
                                              .rows = buf_bytes(&rows) } } };
    memcpy(b.u.check.epoch_id, p->epoch.id, 32);
    struct job *j = job_new(JOB_OWN, NULL, NULL);
    if (!j)
        return;
    if (entry_body_write(&b, &j->own_body, NULL) != ERR_OK) {
        job_free(j);
        return;
    }
    (void)server_own(p->s, j);
}

static void keys_known(struct peers *p, struct gate_keys *keys)
{
    (void)pthread_mutex_lock(&p->s->lock);
    p->s->keys = keys;
    bool checked = p->s->checked;
    (void)pthread_mutex_unlock(&p->s->lock);
    if (!checked)
        log_own_checks(p, keys);
}

static void ceremony_complete(struct peers *p)
{
    struct gate_keys *keys = ceremony_finish(p->ceremony);
    AUTO_SECRET struct secret *file = secret_new(KEY_FILE_MAX);
    struct why why;
    if (!keys || !file) {
        gate_keys_free(keys);
        return;
    }
    size_t len = key_file_write(keys, file->ptr);
    enum err e = file_replace(file_path(p->s->dir.s, "keys-%s", hex_id(p->epoch.id).s).s,
                              bytes_of(file->ptr, len), 0600, &why);
    for (unsigned g = 1; g <= DIR_GATE_MAX && e == ERR_OK; g++) {
        AUTO_SECRET struct secret *next = secret_new(KEY_BYTES);
        if (!subset_has(keys->peers, g) || !next)
            continue;
        ceremony_next(p->ceremony, g, next->ptr);
        e = file_replace(file_path(p->s->dir.s, "pair-%u.next", g).s,
                         bytes_of(next->ptr, KEY_BYTES), 0600, &why);
    }
    if (e == ERR_OK) {
        keys_known(p, keys);
    } else {
        (void)fprintf(stderr, "gate %u: %s\n", p->s->conf.number, why.text);
        gate_keys_free(keys);
    }
}

/* Ready: what made the keys is no longer needed; the pairs' secrets move on. */
static void ceremony_over(struct peers *p)
{
    struct file_path deal = file_path(p->s->dir.s, "deal-%s", hex_id(p->epoch.id).s);
    if (!file_exists(deal.s))
        return;
    for (unsigned g = 1; g <= DIR_GATE_MAX; g++) {
        struct file_path next = file_path(p->s->dir.s, "pair-%u.next", g);
        if (file_exists(next.s))
            (void)renameat(AT_FDCWD, next.s, AT_FDCWD, file_path(p->s->dir.s, "pair-%u", g).s);
    }
    (void)unlinkat(AT_FDCWD, deal.s, 0);
    ceremony_free(p->ceremony);
    p->ceremony = NULL;
}

struct gate_keys *server_keys_open(const struct server *s, const uint8_t epoch_id[32])
{
    AUTO_SECRET struct secret *file = NULL;
    struct gate_keys *keys = NULL;
    struct why why;
    struct file_path path = file_path(s->dir.s, "keys-%s", hex_id(epoch_id).s);
    if (dir_secret_file(path.s, KEY_FILE_MAX, &file, NULL) == ERR_OK &&
        key_file_open(bytes_of(file->ptr, file->len), &keys, &why) != ERR_OK)
        (void)fprintf(stderr, "gate %u: %s: %s\n", s->conf.number, path.s, why.text);
    return keys;
}

static void peers_keys(struct peers *p)
{
    struct why why;
    if (!server_keys(p->s)) {
        struct gate_keys *keys = server_keys_open(p->s, p->epoch.id);
        if (keys)
            keys_known(p, keys);
    }
    if (p->ready) {
        ceremony_over(p);
        return;
    }
    if (!p->ceremony && ceremony_begin(p, &why) != ERR_OK) {
        (void)fprintf(stderr, "gate %u: ceremony: %s\n", p->s->conf.number, why.text);
        return;
    }
    if (!server_keys(p->s)) {
        ceremony_fetch(p);
        if (ceremony_missing(p->ceremony) == 0)
            ceremony_complete(p);
    }
}

void *server_peers(void *server)
{
    struct server *s = server;
    struct peers p = { .s = s };
    if (transport_new(s->sign->ptr, &p.transport, NULL) != ERR_OK)
        abort();
    for (;;) {
        (void)pthread_mutex_lock(&s->lock);
        bool stop = s->stopping;
        p.epoch = s->epoch;
        p.ready = s->ready;
        (void)pthread_mutex_unlock(&s->lock);
        if (stop)
            break;
        if (p.epoch.number && subset_has(p.epoch.roster, s->conf.number))
            peers_keys(&p);
        for (unsigned g = 1; g <= DIR_GATE_MAX; g++)
            if (g != s->conf.number && subset_has(p.epoch.roster, g) && *s->conf.peers[g])
                peer_follow(&p, g);
        struct job *tick = job_new(JOB_OWN, NULL, NULL);
        if (tick && server_own(s, tick) == ERR_OK)
            atomic_store(&s->pulse_ms, clock_steady_ms());
        clock_sleep_ms(SERVER_PEER_MS);
    }
    for (unsigned g = 0; g <= DIR_GATE_MAX; g++)
        buf_release(&p.gate[g].statements);
    ceremony_free(p.ceremony);
    transport_free(p.transport);
    return NULL;
}
