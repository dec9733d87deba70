#include "request/entry_body.h"

#include "base/cur.h"
#include "base/json.h"
#include "crypto/hash.h"
#include "request/body.h"

#include <string.h>

enum { INLINE = 0, OBJECT = 1 };

static enum err check_gate(uint8_t gate, struct why *why)
{
    if (gate < 1 || gate > 8)
        return why_set(why, ERR_FORMAT, "no gate %u", gate);
    return ERR_OK;
}

/* Something that people read: UTF-8 without control characters. */
static bool is_text(const char *s, size_t least, size_t most)
{
    size_t len = strnlen(s, most + 1);
    for (size_t i = 0; i < len; i++)
        if ((uint8_t)s[i] < ' ' || s[i] == 0x7f)
            return false;
    return len >= least && len <= most && json_utf8(bytes_of(s, len));
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "PURPOSE#n", n from 1 without leading zeroes. No strspn: it would cost as much as a hash. */
static bool is_rule(const char s[ENTRY_BODY_RULE_MAX + 1])
{
    size_t at = 0;
    while (at < REQUEST_PURPOSE_MAX && ((s[at] >= 'a' && s[at] <= 'z') || is_digit(s[at]) ||
                                        s[at] == '-'))
        at++;
    if (at == 0 || s[at] != '#' || s[at + 1] == '0' || !is_digit(s[at + 1]))
        return false;
    at++;
    while (at < ENTRY_BODY_RULE_MAX && is_digit(s[at]))
        at++;
    return s[at] == '\0';
}

static enum err check_statement(struct bytes envelope, struct why *why)
{
    if (envelope.len < 1 || envelope.len > ENTRY_BODY_ENVELOPE_MAX)
        return why_set(why, ERR_FORMAT, "an envelope of %zu bytes", envelope.len);
    return ERR_OK;
}

static enum err check_request(const struct entry_body_release *b, struct why *why)
{
    if (b->request.len == 0)
        return ERR_OK;
    if (b->request.len > ENTRY_BODY_REQUEST_MAX)
        return why_set(why, ERR_FORMAT, "a request of %zu bytes inline", b->request.len);
    uint8_t hash[HASH_BYTES];
    sha256(hash, b->request);
    if (memcmp(hash, b->request_hash, sizeof hash) != 0)
        return why_set(why, ERR_FORMAT, "the request has another hash");
    return ERR_OK;
}

static enum err check_release(const struct entry_body_release *b, struct why *why)
{
    if (b->act != REQUEST_RELEASE && b->act != REQUEST_CREATE)
        return why_set(why, ERR_FORMAT, "no act %u", b->act);
    if (!is_rule(b->rule))
        return why_set(why, ERR_FORMAT, "the rule is not PURPOSE#n");
    if (strcmp(b->reason, "OK") != 0)
        return why_set(why, ERR_FORMAT, "the reason of a release is OK");
    if (!is_text(b->obligations, 0, ENTRY_BODY_OBLIGATIONS_MAX))
        return why_set(why, ERR_FORMAT, "the obligations are no text");
    enum err e = check_gate(b->gate, why);
    return e ? e : check_request(b, why);
}

static enum err check_refusals(const struct entry_body_refusals *b, struct why *why)
{
    if (b->count == 0)
        return why_set(why, ERR_FORMAT, "no refusal");
    if (!is_text(b->reason, 1, ENTRY_BODY_REASON_MAX))
        return why_set(why, ERR_FORMAT, "the reason is no text");
    return ERR_OK;
}

static enum err check_check(const struct entry_body_check *b, struct why *why)
{
    const size_t row = ENTRY_BODY_CHECK_BYTES;
    if (b->rows.len == 0 || b->rows.len % row != 0 || b->rows.len > 255 * row)
        return why_set(why, ERR_FORMAT, "check values of %zu bytes", b->rows.len);
    for (size_t at = row; at < b->rows.len; at += row)
        if (b->rows.ptr[at - row] >= b->rows.ptr[at])
            return why_set(why, ERR_FORMAT, "check value %zu does not ascend", at / row);
    return check_gate(b->gate, why);
}

static enum err check(const struct entry_body *b, struct why *why)
{
    switch (b->type) {
    case ENTRY_BODY_STATEMENT:
        return check_statement(b->u.statement, why);
    case ENTRY_BODY_RELEASE:
        return check_release(&b->u.release, why);
    case ENTRY_BODY_REFUSALS:
        return check_refusals(&b->u.refusals, why);
    case ENTRY_BODY_CHECK:
        return check_check(&b->u.check, why);
    case ENTRY_BODY_READY:
        return check_gate(b->u.ready.gate, why);
    }
    return why_set(why, ERR_FORMAT, "no type %u", (unsigned)b->type);
}

/* A vector of at most room-1 bytes as a C string; the cursor fails on a longer one or a zero. */
static void read_text(struct cur *c, char *out, size_t room)
{
    struct bytes text = cur_vec8(c);
    if (text.len >= room || (text.len > 0 && memchr(text.ptr, 0, text.len)))
        c->failed = true;
    else if (text.len > 0)
        memcpy(out, text.ptr, text.len);
}

static bool read_release(struct cur *c, struct entry_body_release *b)
{
    b->gate = cur_u8(c);
    b->act = cur_u8(c);
    cur_copy(c, b->epoch_id, sizeof b->epoch_id);
    cur_copy(c, b->r, sizeof b->r);
    cur_copy(c, b->device, sizeof b->device);
    cur_copy(c, b->signature, sizeof b->signature);
    cur_copy(c, b->answer_hash, sizeof b->answer_hash);
    read_text(c, b->rule, sizeof b->rule);
    read_text(c, b->reason, sizeof b->reason);
    read_text(c, b->obligations, sizeof b->obligations);
    uint8_t place = cur_u8(c);
    cur_copy(c, b->request_hash, sizeof b->request_hash);
    b->request = cur_vec16(c);
    return place == (b->request.len > 0 ? INLINE : OBJECT);
}

static void read_refusals(struct cur *c, struct entry_body_refusals *b)
{
    cur_copy(c, b->device, sizeof b->device);
    b->minute = cur_u64be(c);
    b->count = cur_u32be(c);
    read_text(c, b->reason, sizeof b->reason);
    cur_copy(c, b->r, sizeof b->r);
}

static enum err read_body(struct cur *c, struct entry_body *b, struct why *why)
{
    switch (b->type) {
    case ENTRY_BODY_STATEMENT:
        b->u.statement = cur_vec16(c);
        return ERR_OK;
    case ENTRY_BODY_RELEASE:
        if (!read_release(c, &b->u.release) && !c->failed)
            return why_set(why, ERR_FORMAT, "the request is in another place than it says");
        return ERR_OK;
    case ENTRY_BODY_REFUSALS:
        read_refusals(c, &b->u.refusals);
        return ERR_OK;
    case ENTRY_BODY_CHECK:
        b->u.check.gate = cur_u8(c);
        cur_copy(c, b->u.check.epoch_id, sizeof b->u.check.epoch_id);
        b->u.check.rows = cur_vec16(c);
        return ERR_OK;
    case ENTRY_BODY_READY:
        b->u.ready.gate = cur_u8(c);
        cur_copy(c, b->u.ready.epoch_id, sizeof b->u.ready.epoch_id);
        return ERR_OK;
    }
    return why_set(why, ERR_FORMAT, "no type %u", (unsigned)b->type);
}

enum err entry_body_parse(uint16_t type, struct bytes body, struct entry_body *out,
                          struct why *why)
{
    struct cur c = cur_from(body);
    struct entry_body b = { .type = (enum entry_body_type)type };
    enum err e = read_body(&c, &b, why);
    if (!e && !cur_done(&c))
        e = why_set(why, ERR_FORMAT, "%s", cur_problem(&c));
    if (!e)
        e = check(&b, why);
    if (e)
        return why_before(why, e, "cannot read entry");
    *out = b;
    return ERR_OK;
}

static void add_text(struct buf *out, const char *text)
{
    buf_add_u8(out, (uint8_t)strlen(text));
    buf_add_str(out, text);
}

static void write_release(const struct entry_body_release *b, struct buf *out)
{
    buf_add_u8(out, b->gate);
    buf_add_u8(out, b->act);
    buf_add(out, b->epoch_id, sizeof b->epoch_id);
    buf_add(out, b->r, sizeof b->r);
    buf_add(out, b->device, sizeof b->device);
    buf_add(out, b->signature, sizeof b->signature);
    buf_add(out, b->answer_hash, sizeof b->answer_hash);
    add_text(out, b->rule);
    add_text(out, b->reason);
    add_text(out, b->obligations);
    buf_add_u8(out, b->request.len > 0 ? INLINE : OBJECT);
    buf_add(out, b->request_hash, sizeof b->request_hash);
    buf_add_u16(out, (uint16_t)b->request.len);
    buf_add_bytes(out, b->request);
}

static void write_refusals(const struct entry_body_refusals *b, struct buf *out)
{
    buf_add(out, b->device, sizeof b->device);
    buf_add_u64(out, b->minute);
    buf_add_u32(out, b->count);
    add_text(out, b->reason);
    buf_add(out, b->r, sizeof b->r);
}

static void write_body(const struct entry_body *b, struct buf *out)
{
    switch (b->type) {
    case ENTRY_BODY_STATEMENT:
        buf_add_u16(out, (uint16_t)b->u.statement.len);
        buf_add_bytes(out, b->u.statement);
        break;
    case ENTRY_BODY_RELEASE:
        write_release(&b->u.release, out);
        break;
    case ENTRY_BODY_REFUSALS:
        write_refusals(&b->u.refusals, out);
        break;
    case ENTRY_BODY_CHECK:
        buf_add_u8(out, b->u.check.gate);
        buf_add(out, b->u.check.epoch_id, sizeof b->u.check.epoch_id);
        buf_add_u16(out, (uint16_t)b->u.check.rows.len);
        buf_add_bytes(out, b->u.check.rows);
        break;
    case ENTRY_BODY_READY:
        buf_add_u8(out, b->u.ready.gate);
        buf_add(out, b->u.ready.epoch_id, sizeof b->u.ready.epoch_id);
        break;
    }
}

enum err entry_body_write(const struct entry_body *b, struct buf *out, struct why *why)
{
    enum err e = check(b, why);
    if (e)
        return why_before(why, e, "cannot write entry");
    const size_t start = out->len;
    write_body(b, out);
    if (!buf_ok(out)) {
        out->len = start;
        return why_set(why, ERR_LIMIT, "cannot write entry: no room in %zu bytes", out->max);
    }
    return ERR_OK;
}
