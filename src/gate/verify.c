/* gate/verify.c: what needs no state: form, digest, signature, keys. Runs in parallel. */
#include "gate/server.h"

#include "base/cur.h"
#include "crypto/hash.h"
#include "request/heads.h"
#include "sys/clock.h"

#include <stdlib.h>
#include <string.h>

static enum err verify_signature(struct job *j, bool authority, struct why *why)
{
    char host[SIGNATURE_AUTHORITY_MAX + 1] = "";
    struct bytes h = http_field(j->x, "host");
    if (authority && (h.len == 0 || h.len >= sizeof host))
        return why_set(why, ERR_FORMAT, "exactly one host field is needed");
    if (authority)
        memcpy(host, h.ptr, h.len);
    const struct signature_target target = { http_method(j->x), http_path(j->x),
                                             authority ? host : NULL };
    enum err e = signature_parse(http_field(j->x, "content-digest"),
                                 http_field(j->x, "signature-input"),
                                 http_field(j->x, "signature"), authority, &j->signature, why);
    uint8_t hash[HASH_BYTES];
    sha256(hash, j->body);
    return e == ERR_OK ? signature_verify(&j->signature, &target, hash, why) : e;
}

static uint64_t seen_number(struct bytes field)
{
    uint64_t v = 0;
    for (size_t i = 0; i < field.len && i < 19; i++) {
        if (field.ptr[i] < '0' || field.ptr[i] > '9')
            return 0;
        v = v * 10 + (uint64_t)(field.ptr[i] - '0');
    }
    return v;
}

static enum err verify_request(struct job *j, struct why *why)
{
    enum err e = request_parse(j->body, &j->request, why);
    if (e == ERR_OK)
        e = verify_signature(j, false, why);
    if (e == ERR_OK && j->signature.created != j->request.created)
        e = why_set(why, ERR_REQUEST_TIME, "signed and stated times differ");
    if (e != ERR_OK)
        return e;
    request_r(j->r, j->signature.key, j->body);
    j->seen = seen_number(http_field(j->x, "cofferdam-seen"));
    j->ids = malloc(request_header_count(&j->request) * sizeof *j->ids);
    if (!j->ids)
        return why_nomem(why);
    request_ids(&j->request, j->ids);
    return ERR_OK;
}

static enum err verify_statements(struct job *j, struct why *why)
{
    j->statements = calloc(JOB_STATEMENTS_MAX, sizeof *j->statements);
    if (!j->statements)
        return why_nomem(why);
    struct cur c = cur_from(j->body);
    while (cur_left(&c) && !c.failed) {
        if (j->statement_count == JOB_STATEMENTS_MAX)
            return why_set(why, ERR_LIMIT, "more than %d statements at once", JOB_STATEMENTS_MAX);
        struct job_statement *st = &j->statements[j->statement_count];
        st->envelope = cur_vec16(&c);
        if (c.failed || st->envelope.len > ENTRY_BODY_ENVELOPE_MAX)
            break;
        st->code = statement_open(st->envelope, &st->s, &st->why);
        j->statement_count++;
    }
    if (!cur_done(&c) || j->statement_count == 0)
        return why_set(why, ERR_FORMAT, "not a statement list");
    return ERR_OK;
}

static enum err verify_signed(struct job *j, bool authority, struct why *why)
{
    enum err e = verify_signature(j, authority, why);
    return e == ERR_OK ? signature_time_check(&j->signature, clock_s(), why) : e;
}

void *server_verify(void *server)
{
    struct server *s = server;
    struct job *j;
    while ((j = job_queue_take(&s->verify))) {
        struct why why;
        enum err e = ERR_OK;
        if (j->kind == JOB_REQUEST)
            e = verify_request(j, &why);
        else if (j->kind == JOB_STATEMENTS)
            e = verify_statements(j, &why);
        else if (j->kind == JOB_HEADS)
            e = verify_signed(j, false, &why);
        else if (j->kind == JOB_LOG)
            e = verify_signed(j, true, &why);
        if (e == ERR_OK && !job_queue_put(&s->decide, j))
            e = why_set(&why, ERR_BUSY, "the gate is busy or stopping");
        if (e != ERR_OK)
            job_refuse(j, &why);
    }
    return NULL;
}
