#include "op.h"

#include "crypto/hash.h"
#include "request/body.h"
#include "request/signature.h"

#include <string.h>

static struct bytes closes_of(struct op *o)
{
    const json_t *list = op_get_list(o, "closes");
    AUTO_BUF struct buf all = buf_init(REQUEST_CLOSE_BYTES * REQUEST_CLOSES_MAX);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);
        struct request_close c = { .how = (enum request_how)op_get_int_of(row, "how") };
        memcpy(c.task, op_get_fixed_of(o, row, "task", 32), 32);
        memcpy(c.record, op_get_fixed_of(o, row, "record", 32), 32);
        request_close_write(&c, &all);
    }
    assert(buf_ok(&all));
    uint8_t *out = op_alloc(o, all.len);
    if (all.len)
        memcpy(out, all.ptr, all.len);
    return bytes_of(out, all.len);
}

static enum err make_op(struct op *o)
{
    struct request r = { .act = (enum request_act)op_get_int(o, "act"),
                         .gates = (uint8_t)op_get_int(o, "gates"),
                         .created = op_get_int(o, "created"), .expires = op_get_int(o, "expires"),
                         .closes = closes_of(o), .headers = op_get_joined(o, "headers") };
    AUTO_BUF struct buf body = buf_init(REQUEST_BYTES_MAX);
    const struct bytes purpose = op_get(o, "purpose");
    uint8_t id[32];
    assert(purpose.len <= REQUEST_PURPOSE_MAX);
    memcpy(r.purpose, purpose.ptr, purpose.len);
    memcpy(r.owner, op_get_fixed(o, "owner", 32), 32);
    memcpy(r.epoch_id, op_get_fixed(o, "epoch_id", 32), 32);
    memcpy(r.project, op_get_fixed(o, "project", 16), 16);
    memcpy(r.ephemeral, op_get_fixed(o, "ephemeral", 32), 32);
    memcpy(r.manifest, op_get_fixed(o, "manifest", 32), 32);
    enum err e = request_write(&r, &body, &o->why);
    if (e)
        return e;
    request_r(id, op_get_fixed(o, "device", 32), buf_bytes(&body));
    op_put_bytes(o->out, "body", buf_bytes(&body));
    op_put_hex(o->out, "r", id, sizeof id);
    return ERR_OK;
}

static void put_lists(json_t *out, const struct request *r)
{
    json_t *closes = op_put_list(out, "closes"), *headers = op_put_list(out, "headers");
    for (size_t i = 0; i < request_close_count(r); i++) {
        struct request_close c = request_close(r, i);
        json_t *object = op_add_object(closes);
        op_put_hex(object, "task", c.task, sizeof c.task);
        op_put_int(object, "how", c.how);
        op_put_hex(object, "record", c.record, sizeof c.record);
    }
    for (size_t i = 0; i < request_header_count(r); i++)
        op_add_hex(headers, request_header(r, i), REQUEST_HEADER_BYTES);
}

static enum err parse_op(struct op *o)
{
    struct request r;
    const struct bytes body = op_get(o, "body");
    const uint8_t *device = op_get_fixed(o, "device", 32);
    uint8_t id[32];
    enum err e = request_parse(body, &r, &o->why);
    if (!e)
        e = request_gates_check(&r, (uint8_t)op_get_int(o, "roster"),
                                (unsigned)op_get_int(o, "t"), (unsigned)op_get_int(o, "gate"),
                                &o->why);
    if (!e)
        e = request_author_check(&r, device, &o->why);
    /* Reserved acts and another's record have no outcome of their own (docs/format.md 1). */
    if (e == ERR_UNSUPPORTED || e == ERR_DENIED_AUTHOR)
        e = ERR_FORMAT;
    if (e)
        return e;
    op_put_int(o->out, "act", r.act);
    op_put_int(o->out, "gates", r.gates);
    op_put_hex(o->out, "owner", r.owner, sizeof r.owner);
    op_put_hex(o->out, "epoch_id", r.epoch_id, sizeof r.epoch_id);
    op_put_hex(o->out, "project", r.project, sizeof r.project);
    op_put_int(o->out, "created", r.created);
    op_put_int(o->out, "expires", r.expires);
    op_put_hex(o->out, "ephemeral", r.ephemeral, sizeof r.ephemeral);
    op_put_hex(o->out, "manifest", r.manifest, sizeof r.manifest);
    op_put_bytes(o->out, "purpose", bytes_str(r.purpose));
    put_lists(o->out, &r);
    request_r(id, device, body);
    op_put_hex(o->out, "r", id, sizeof id);
    return ERR_OK;
}

static struct signature_target target_of(struct op *o)
{
    const char *authority = op_get_text(o, "authority");
    return (struct signature_target){ "POST", op_get_text(o, "path"),
                                      authority[0] ? authority : NULL };
}

static enum err sign_op(struct op *o)
{
    const struct signature_target target = target_of(o);
    struct signature_fields fields;
    struct signature made;
    uint8_t hash[HASH_BYTES];
    sha256(hash, op_get(o, "body"));
    enum err e = signature_make(&target, hash, op_get_int(o, "created"),
                                op_secret_key(o, op_get_fixed(o, "seed", 32)), &fields, &o->why);
    if (!e)
        e = signature_parse(bytes_str(fields.digest), bytes_str(fields.input),
                            bytes_str(fields.signature), target.authority != NULL, &made, &o->why);
    if (e)
        return e;
    AUTO_BUF struct buf base = buf_init(SIGNATURE_BASE_MAX);
    const struct signature_component parts[] = {
        { "@method", bytes_str(target.method) },
        { "@path", bytes_str(target.path) },
        { "content-digest", bytes_str(fields.digest) },
        { "@authority", bytes_str(target.authority ? target.authority : "") },
    };
    signature_base(&base, parts, target.authority ? 4 : 3,
                   bytes_str(fields.input + strlen("sig=")));
    e = sign_verify(made.sig, buf_bytes(&base), made.key, &o->why); /* it is what was signed */
    if (e)
        return e;
    op_put_bytes(o->out, "base", buf_bytes(&base));
    op_put_bytes(o->out, "content_digest", bytes_str(fields.digest));
    op_put_bytes(o->out, "signature_input", bytes_str(fields.input));
    op_put_bytes(o->out, "signature", bytes_str(fields.signature));
    return ERR_OK;
}

/* As a gate does it for /v1/request, and everybody for the rest. */
static enum err check_time(struct op *o, const struct signature *s, const char *path)
{
    struct request r;
    if (strcmp(path, "/v1/request") != 0)
        return signature_time_check(s, op_get_int(o, "now"), &o->why);
    enum err e = request_parse(op_get(o, "body"), &r, &o->why);
    return !e && r.created != s->created ? ERR_REQUEST_TIME : e;
}

static enum err verify_op(struct op *o)
{
    const struct signature_target target = target_of(o);
    struct signature s;
    uint8_t hash[HASH_BYTES];
    sha256(hash, op_get(o, "body"));
    enum err e = signature_parse(op_get(o, "content_digest"), op_get(o, "signature_input"),
                                 op_get(o, "signature"), target.authority != NULL, &s, &o->why);
    if (!e)
        e = signature_verify(&s, &target, hash, &o->why);
    if (!e)
        e = check_time(o, &s, target.path);
    if (e)
        return e;
    op_put_hex(o->out, "device", s.key, sizeof s.key);
    op_put_int(o->out, "created", s.created);
    return ERR_OK;
}

struct op_table op_request_table(void)
{
    static const struct op_row rows[] = {
        { "request/make", make_op },
        { "request/parse", parse_op },
        { "request/sign", sign_op },
        { "request/verify", verify_op },
    };
    return (struct op_table){ rows, sizeof rows / sizeof rows[0] };
}
