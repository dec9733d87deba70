/* gate/serve.c: from the state directory to a running gate, and back. */
#include "gate/server.h"

#include "base/hex.h"
#include "sys/clock.h"
#include "tlog/entry.h"

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum err server_own(struct server *s, struct job *j)
{
    struct job_wait w = { .finished = false };
    (void)pthread_mutex_init(&w.lock, NULL);
    (void)pthread_cond_init(&w.done, NULL);
    j->wait = &w;
    enum err code = ERR_BUSY;
    if (job_queue_put(&s->verify, j)) {
        (void)pthread_mutex_lock(&w.lock);
        while (!w.finished)
            (void)pthread_cond_wait(&w.done, &w.lock);
        (void)pthread_mutex_unlock(&w.lock);
        code = w.code;
    } else {
        job_free(j);
    }
    (void)pthread_cond_destroy(&w.done);
    (void)pthread_mutex_destroy(&w.lock);
    return code;
}

/* "/v1/ceremony/EPOCHID/H" */
static void serve_deal(struct server *s, struct http_exchange *x)
{
    const char *path = http_path(x) + strlen("/v1/ceremony/");
    uint8_t id[32];
    struct why why;
    AUTO_BUF struct buf deal = buf_init(CEREMONY_DEAL_MAX);
    bool ok = strlen(path) == 66 && hex_decode(id, 32, path, 64) && path[64] == '/' &&
              path[65] >= '1' && path[65] <= '8';
    if (ok) {
        (void)pthread_mutex_lock(&s->lock);
        if (memcmp(s->epoch.id, id, 32) == 0)
            buf_add_bytes(&deal, buf_bytes(&s->deals[path[65] - '0']));
        (void)pthread_mutex_unlock(&s->lock);
    }
    if (deal.len) {
        http_reply(x, 200, "application/octet-stream", buf_bytes(&deal));
        return;
    }
    why_set(&why, ERR_NOT_FOUND, "nothing is dealt there");
    http_refuse(x, &why);
}

static bool serve_kind(const struct http_exchange *x, enum job_kind *kind)
{
    bool post = strcmp(http_method(x), "POST") == 0, get = strcmp(http_method(x), "GET") == 0;
    const char *path = http_path(x);
    if (post && strcmp(path, "/v1/request") == 0)
        *kind = JOB_REQUEST;
    else if (post && strcmp(path, "/v1/statements") == 0)
        *kind = JOB_STATEMENTS;
    else if (post && strcmp(path, "/v1/heads") == 0)
        *kind = JOB_HEADS;
    else if (get && strcmp(path, "/v1/status") == 0)
        *kind = JOB_STATUS;
    else if (get && strncmp(path, "/log/", 5) == 0)
        *kind = JOB_LOG;
    else
        return false;
    return true;
}

void server_handle(void *server, struct http_exchange *x)
{
    struct server *s = server;
    struct why why;
    enum job_kind kind;
    enum err e = ERR_OK;
    if (http_has_query(x))
        e = why_set(&why, ERR_FORMAT, "a target is a plain path: no query, no escapes");
    else if (strncmp(http_path(x), "/v1/ceremony/", 13) == 0) {
        serve_deal(s, x);
        return;
    } else if (!serve_kind(x, &kind))
        e = why_set(&why, ERR_NOT_FOUND, "no such path");
    else if (kind == JOB_STATEMENTS && http_body(x).len > (1 << 20))
        e = why_set(&why, ERR_LIMIT, "a statement list has at most 1 MiB");
    struct job *j = e == ERR_OK ? job_new(kind, x, &s->in_flight) : NULL;
    if (e == ERR_OK && !j)
        e = why_nomem(&why);
    if (e == ERR_OK && (atomic_load(&s->in_flight) > SERVER_IN_FLIGHT_MAX ||
                        !job_queue_put(&s->verify, j))) {
        why_set(&why, ERR_BUSY, "the gate is busy or stopping");
        job_refuse(j, &why);
    } else if (e != ERR_OK) {
        http_refuse(x, &why);
    }
}

enum err server_apply(void *server, uint64_t index, struct bytes bytes, struct why *why)
{
    struct server *s = server;
    struct entry entry;
    struct entry_body body;
    enum err e = entry_parse(&entry, bytes, why);
    if (e == ERR_OK)
        e = entry_body_parse(entry.type, entry.body, &body, why);
    AUTO_BUF struct buf object = buf_init(REQUEST_BYTES_MAX);
    if (e == ERR_OK && body.type == ENTRY_BODY_RELEASE && body.u.release.request.len == 0)
        e = log_object_read(file_path(s->dir.s, "log").s, body.u.release.request_hash, &object,
                            why);
    if (e == ERR_OK)
        e = gate_apply(s->state, entry.time_ms, &body, buf_bytes(&object), why);
    return e == ERR_OK ? ERR_OK : why_before(why, e, "entry %llu", (unsigned long long)index);
}

enum err server_identity(struct server *s, const char *dir, struct statement *root,
                         struct why *why)
{
    (void)snprintf(s->dir.s, sizeof s->dir.s, "%s", dir);
    enum err e = dir_conf_read(dir, &s->conf, why);
    if (e == ERR_OK)
        e = dir_secret(dir, &s->secret, why);
    if (e == ERR_OK)
        e = dir_root(dir, root, NULL, why);
    if (e == ERR_OK)
        memcpy(s->owner, root->id, 32);
    return e;
}

static enum err serve_open(struct server *s, const char *dir, struct why *why)
{
    AUTO_STATEMENT struct statement root = { 0 };
    char origin[CHECKPOINT_ORIGIN_MAX];
    uint8_t key[SIGN_KEY_BYTES];
    struct log_report report;
    enum err e = server_identity(s, dir, &root, why);
    s->sign = secret_new(SIGN_SECRET_BYTES);
    if (e == ERR_OK && !s->sign)
        e = why_nomem(why);
    if (e == ERR_OK) {
        sign_keypair(key, s->sign->ptr, s->secret->ptr + DIR_SECRET_SEED);
        checkpoint_origin(origin, root.id, s->conf.number, s->conf.incarnation);
        e = note_key_init(&s->note, origin, key, why);
    }
    if (e == ERR_OK)
        e = server_resume(s, &root, server_apply, &report, why);
    if (e == ERR_OK && report.cut)
        (void)fprintf(stderr,
                      "gate %u: a torn batch of %llu bytes was cut off at segment %u, offset "
                      "%llu; it had not been answered\n",
                      s->conf.number, (unsigned long long)report.cut_bytes, report.cut_segment,
                      (unsigned long long)report.cut_offset);
    return e;
}

/* The first entry of a log is the owner's root, so that the log alone can be audited. */
static enum err serve_first_entry(struct server *s, struct why *why)
{
    if (log_size(s->log) > 0)
        return ERR_OK;
    AUTO_BUF struct buf envelope = buf_init(1 << 16), body = buf_init(1 << 17),
                        bytes = buf_init(1 << 17);
    AUTO_STATEMENT struct statement root = { 0 };
    enum err e = dir_root(s->dir.s, &root, &envelope, why);
    const struct entry_body b = { .type = ENTRY_BODY_STATEMENT,
                                  .u = { .statement = buf_bytes(&envelope) } };
    if (e == ERR_OK)
        e = entry_body_write(&b, &body, why);
    struct entry entry = { .time_ms = (uint64_t)clock_ms(), .type = ENTRY_BODY_STATEMENT,
                           .rules = ENTRY_RULES, .body = buf_bytes(&body) };
    random_bytes(entry.salt, sizeof entry.salt);
    if (e == ERR_OK)
        e = entry_encode(&bytes, &entry, why);
    const struct bytes one = buf_bytes(&bytes);
    return e == ERR_OK ? log_append(s->log, &one, 1, why) : e;
}

struct serve_begin {
    struct server *s;
    void *(*run)(void *);
    sem_t up;
};

static void *serve_begin(void *begin)
{
    struct serve_begin *b = begin;
    struct server *s = b->s;
    void *(*run)(void *) = b->run;
    (void)sem_post(&b->up); /* b is gone from here on */
    return run(s);
}

/* Returns when the thread runs: what starts one needs calls that are given up later. */
static void serve_thread(struct server *s, pthread_t *thread, void *(*run)(void *))
{
    struct serve_begin b = { .s = s, .run = run };
    (void)sem_init(&b.up, 0, 0);
    int bad = pthread_create(thread, NULL, serve_begin, &b);
    assert(!bad);
    while (sem_wait(&b.up) != 0) {
    }
    (void)sem_destroy(&b.up);
}

static void serve_copy_state(struct server *s)
{
    const struct authority_epoch *e = authority_epoch(gate_authority(s->state));
    if (e)
        s->epoch = *e;
    s->ready = gate_ready(s->state);
    s->checked = gate_checks_own(s->state);
    if (s->ready && e) /* known before it is asked; else the ceremony goes on (peers.c) */
        s->keys = server_keys_open(s, e->id);
}

/* Nobody asks any more: the refusals of the minute that is not over are written now, or lost. */
static void serve_last_refusals(struct server *s)
{
    enum err e = ERR_OK;
    while (e == ERR_OK && gate_refusals_waiting(s->state)) {
        struct job *last = job_new(JOB_OWN, NULL, NULL);
        if (!last)
            return;
        last->last = true;
        e = server_own(s, last);
    }
}

/* Threads end from the front of the pipeline to its back, so that what was taken in is answered:
 * first the peers' (it waits for jobs of its own), then the append thread, when nothing can come
 * any more, and the one that writes the last snapshot. */
static void serve_stop(struct server *s)
{
    size_t peers = s->thread_count - 1, append = s->thread_count - 2;
    http_server_quiesce(s->http);
    (void)pthread_mutex_lock(&s->lock);
    s->stopping = true;
    (void)pthread_mutex_unlock(&s->lock);
    (void)pthread_join(s->threads[peers], NULL);
    while (atomic_load(&s->in_flight) > 0)
        clock_sleep_ms(5);
    serve_last_refusals(s);
    job_queue_close(&s->verify);
    job_queue_close(&s->decide);
    job_queue_close(&s->seal);
    for (size_t i = 0; i < append; i++)
        (void)pthread_join(s->threads[i], NULL);
    (void)pthread_mutex_lock(&s->lock);
    s->closing = true;
    (void)pthread_cond_broadcast(&s->sealed);
    (void)pthread_mutex_unlock(&s->lock);
    (void)pthread_join(s->threads[append], NULL);
    job_queue_close(&s->snapshot);
    (void)pthread_join(s->snapshot_thread, NULL);
    http_server_stop(s->http);
}

static void serve_release(struct server *s)
{
    log_close(s->log);
    gate_state_free(s->state);
    gate_keys_free(s->keys);
    secret_free(s->secret);
    secret_free(s->sign);
    for (unsigned g = 0; g <= DIR_GATE_MAX; g++)
        buf_release(&s->deals[g]);
    job_queue_release(&s->verify);
    job_queue_release(&s->decide);
    job_queue_release(&s->seal);
    job_queue_release(&s->snapshot);
    free(s);
}

/* Alive: a job of the gate's own went all the way to the disk not long ago. Ready: a release would
 * not be refused for what the gate lacks; the deciding thread says so. */
static void serve_health(void *server, struct health *out)
{
    struct server *s = server;
    out->live = clock_steady_ms() - atomic_load(&s->pulse_ms) < SERVER_PULSE_MS_MAX;
    struct job *j = out->live ? job_new(JOB_WOULD, NULL, NULL) : NULL;
    enum err would = j ? server_own(s, j) : ERR_BUSY;
    if (would != ERR_OK)
        health_reason(out, would);
}

static enum err serve_start(struct server *s, struct daemon *d, struct why *why)
{
    serve_copy_state(s);
    for (size_t i = 0; i < SERVER_WORKERS; i++) {
        serve_thread(s, &s->threads[s->thread_count++], server_verify);
        serve_thread(s, &s->threads[s->thread_count++], server_seal);
    }
    serve_thread(s, &s->snapshot_thread, server_snapshot);
    serve_thread(s, &s->threads[s->thread_count++], server_decide);
    serve_thread(s, &s->threads[s->thread_count++], server_append);
    const struct http_server_config config = { .socket = daemon_socket(d),
                                               .body_max = SERVER_BODY_MAX,
                                               .handle = server_handle, .ctx = s };
    enum err e = http_server_start(&config, &s->http, why);
    if (e != ERR_OK) /* threads are running: this process ends */
        server_die(s, why);
    atomic_store(&s->pulse_ms, clock_steady_ms());
    serve_thread(s, &s->threads[s->thread_count++], server_peers);
    e = daemon_ready(d, serve_health, s, why);
    if (e != ERR_OK)
        server_die(s, why);
    return e;
}

enum err gate_serve(const char *dir, const struct daemon_options *options,
                    void (*ready)(void *ctx, unsigned port), void *ctx, struct why *why)
{
    struct daemon *d = NULL;
    struct server *s = calloc(1, sizeof *s);
    if (!s)
        return why_nomem(why);
    (void)pthread_mutex_init(&s->lock, NULL);
    (void)pthread_cond_init(&s->sealed, NULL);
    for (unsigned g = 0; g <= DIR_GATE_MAX; g++)
        s->deals[g] = buf_init(CEREMONY_DEAL_MAX);
    job_queue_init(&s->verify, SERVER_QUEUE_MAX);
    job_queue_init(&s->decide, SERVER_QUEUE_MAX);
    job_queue_init(&s->seal, SERVER_QUEUE_MAX);
    job_queue_init(&s->snapshot, 1);
    enum err e = daemon_begin(SANDBOX_GATE, dir, options, true, &d, why);
    if (e == ERR_OK)
        e = serve_open(s, dir, why);
    if (e == ERR_OK)
        e = serve_first_entry(s, why);
    if (e == ERR_OK)
        e = daemon_confine(d, why);
    if (e == ERR_OK)
        e = serve_start(s, d, why);
    if (e == ERR_OK) {
        ready(ctx, http_server_port(s->http));
        e = daemon_wait(d, why);
        daemon_end(d); /* it asks the deciding thread */
        d = NULL;
        serve_stop(s);
    }
    daemon_end(d);
    serve_release(s);
    return e;
}
