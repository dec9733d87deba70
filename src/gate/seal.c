/* gate/seal.c: shares and their sealing; runs in parallel, each worker with its own kept HMACs. */
#include "gate/server.h"

#include "base/hex.h"
#include "crypto/hash.h"
#include "crypto/hpke.h"
#include "record/plain.h"
#include "record/record_header.h"
#include "request/answer.h"
#include "tlog/tile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct gate_keys *server_keys(struct server *s)
{
    (void)pthread_mutex_lock(&s->lock);
    const struct gate_keys *keys = s->keys;
    (void)pthread_mutex_unlock(&s->lock);
    return keys;
}

static enum err seal_shares(struct share_worker *w, const struct gate_keys *keys,
                            const struct job *j, struct plain *out, struct why *why)
{
    const struct request *q = &j->request;
    size_t count = request_header_count(q);
    struct share_record *records = calloc(count, sizeof *records);
    if (!records)
        return why_nomem(why);
    for (size_t i = 0; i < count; i++) {
        records[i].kind = request_header(q, i)[RECORD_KIND_AT];
        memcpy(records[i].id, j->ids[i], 32);
    }
    bool create = q->act == REQUEST_CREATE;
    size_t each = create ? share_create_count(keys->t, q->gates, keys->number) : 1;
    enum err e = plain_new(out, count * each * SHARE_BYTES, why);
    if (e == ERR_OK)
        e = create ? share_create(w, j->r, q->gates, q->project, records, count, out->ptr, why)
                   : share_release(w, j->r, q->gates, q->project, records, count, out->ptr, why);
    free(records);
    return e;
}

/* `ephemeral` is the worker's guarded memory, for one key at a time. */
static enum err seal_answer(const struct gate_keys *keys, struct job *j, const struct plain *shares,
                            struct secret *ephemeral, struct why *why)
{
    uint8_t info[ANSWER_INFO_BYTES];
    answer_info(info, j->r, j->request.epoch_id, (uint8_t)keys->number);
    uint8_t *sealed = buf_grow(&j->ciphertext, shares->len + TAG_BYTES);
    if (!sealed)
        return why_nomem(why);
    random_bytes(ephemeral->ptr, KEY_BYTES);
    enum err e = hpke_seal(j->enc, sealed, plain_bytes(shares), bytes_of(info, sizeof info),
                           j->request.ephemeral, ephemeral->ptr, why);
    secret_wipe(ephemeral->ptr, KEY_BYTES);
    return e;
}

/* The entry of a release holds the whole signed request, or names it as an object. */
static enum err seal_entry(struct server *s, struct job *j, struct why *why)
{
    struct entry_body b = { .type = ENTRY_BODY_RELEASE };
    struct entry_body_release *e = &b.u.release;
    e->gate = (uint8_t)s->conf.number;
    e->act = (uint8_t)j->request.act;
    memcpy(e->epoch_id, j->request.epoch_id, 32);
    memcpy(e->r, j->r, 32);
    memcpy(e->device, j->signature.key, 32);
    memcpy(e->signature, j->signature.sig, SIGNATURE_BYTES);
    answer_hash(e->answer_hash, j->enc, buf_bytes(&j->ciphertext));
    memcpy(e->rule, j->decision.rule, sizeof e->rule);
    (void)snprintf(e->reason, sizeof e->reason, "OK");
    memcpy(e->request_hash, j->signature.digest, 32); /* verified: it is the body's */
    e->request = j->body;
    if (j->body.len > ENTRY_BODY_REQUEST_MAX) {
        enum err put = log_object_put(s->log, j->body, j->signature.digest, why);
        if (put != ERR_OK)
            return put;
        e->request = bytes_of(NULL, 0);
    }
    return job_entry(j, &b, why);
}

static void seal_request(struct server *s, struct share_worker **w, struct secret *ephemeral,
                         struct job *j)
{
    const struct gate_keys *keys = server_keys(s);
    struct why why;
    AUTO_PLAIN struct plain shares = { 0 };
    if (!*w)
        *w = share_worker_new(keys);
    enum err e = *w && ephemeral ? ERR_OK : why_nomem(&why);
    if (e == ERR_OK)
        e = seal_shares(*w, keys, j, &shares, &why);
    if (e == ERR_OK)
        e = seal_answer(keys, j, &shares, ephemeral, &why);
    if (e == ERR_OK)
        e = seal_entry(s, j, &why);
    if (e != ERR_OK) /* it is decided: it can neither be answered nor be taken back */
        server_die(s, &why);
    (void)pthread_mutex_lock(&s->lock);
    j->sealed = true;
    (void)pthread_cond_signal(&s->sealed);
    (void)pthread_mutex_unlock(&s->lock);
}

/* "/log/checkpoint", "/log/tile/...", "/log/object/HASH": a published file, or a refusal. */
static enum err log_file(struct server *s, const char *path, struct buf *out, struct why *why)
{
    struct tile tile;
    uint8_t hash[32];
    path += strlen("/log/");
    if (strncmp(path, "object/", 7) == 0 && hex_decode(hash, 32, path + 7, strlen(path + 7)))
        return log_object_get(s->log, hash, out, why);
    if (strcmp(path, "checkpoint") != 0 && tile_path_parse(&tile, bytes_str(path), NULL) != ERR_OK)
        return why_set(why, ERR_NOT_FOUND, "no such path in the log");
    enum err e = file_read(file_path(s->dir.s, "log/tlog/%s", path).s, out, why);
    return e == ERR_NOT_FOUND ? why_set(why, ERR_NOT_FOUND, "'%.60s' is not published", path) : e;
}

static void seal_log(struct server *s, struct job *j)
{
    struct why why;
    enum err e = log_file(s, http_path(j->x), &j->ciphertext, &why);
    if (e != ERR_OK)
        job_refuse(j, &why);
    else
        job_reply(j, "application/octet-stream", &j->ciphertext);
}

void *server_seal(void *server)
{
    struct server *s = server;
    struct share_worker *w = NULL;
    AUTO_SECRET struct secret *ephemeral = secret_new(KEY_BYTES);
    struct job *j;
    while ((j = job_queue_take(&s->seal))) {
        if (j->kind == JOB_LOG)
            seal_log(s, j);
        else
            seal_request(s, &w, ephemeral, j);
    }
    share_worker_free(w);
    return NULL;
}
