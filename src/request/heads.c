#include "request/heads.h"

#include "base/cur.h"
#include "base/hex.h"
#include "crypto/hash.h"

#include <string.h>

static const uint8_t question_magic[4] = { 'c', 'f', 'd', 'h' };
static const uint8_t reply_magic[4] = { 'c', 'f', 'd', 'g' };
static const char label[] = "cfd1 heads";
enum { VERSION = 1 };

/* Magic and version, which stand first in both. */
static enum err check_front(struct cur *c, const uint8_t magic[4], struct why *why)
{
    const uint8_t *m = cur_bytes(c, 4);
    if (!m || memcmp(m, magic, 4) != 0)
        return why_set(why, ERR_FORMAT, "its magic is another");
    uint8_t version = cur_u8(c);
    if (!c->failed && version != VERSION)
        return why_set(why, ERR_VERSION, "version %u", version);
    return ERR_OK;
}

void heads_question_write(const struct heads_question *q, uint8_t out[HEADS_QUESTION_BYTES])
{
    static_assert(8 + sizeof q->project + sizeof q->nonce == HEADS_QUESTION_BYTES,
                  "docs/format.md 11");
    memcpy(out, question_magic, 4);
    out[4] = VERSION;
    memset(out + 5, 0, 3);
    memcpy(out + 8, q->project, sizeof q->project);
    memcpy(out + 24, q->nonce, sizeof q->nonce);
}

enum err heads_question_parse(struct bytes text, struct heads_question *out, struct why *why)
{
    struct cur c = cur_from(text);
    struct heads_question q;
    enum err e = check_front(&c, question_magic, why);
    if (!e && (cur_u8(&c) | cur_u16be(&c)) != 0)
        e = why_set(why, ERR_FORMAT, "reserved bytes are not zero");
    if (e)
        return why_before(why, e, "cannot read question for heads");
    cur_copy(&c, q.project, sizeof q.project);
    cur_copy(&c, q.nonce, sizeof q.nonce);
    if (!cur_done(&c))
        return why_set(why, ERR_FORMAT, "cannot read question for heads: %s", cur_problem(&c));
    *out = q;
    return ERR_OK;
}

void heads_question_hash(uint8_t out[32], const struct heads_question *q)
{
    uint8_t text[HEADS_QUESTION_BYTES];
    heads_question_write(q, text);
    sha256(out, bytes_of(text, sizeof text));
}

void heads_row_write(const struct heads_row *row, struct buf *rows)
{
    buf_add(rows, row->issuer, sizeof row->issuer);
    buf_add_u64(rows, row->number);
    buf_add(rows, row->statement, sizeof row->statement);
    buf_add(rows, row->manifest, sizeof row->manifest);
}

size_t heads_row_count(const struct heads_reply *r)
{
    return r->rows.len / HEADS_ROW_BYTES;
}

struct heads_row heads_row(const struct heads_reply *r, size_t i)
{
    assert(i < heads_row_count(r));
    struct cur c = cur_from(bytes_of(r->rows.ptr + i * HEADS_ROW_BYTES, HEADS_ROW_BYTES));
    struct heads_row row;
    cur_copy(&c, row.issuer, sizeof row.issuer);
    row.number = cur_u64be(&c);
    cur_copy(&c, row.statement, sizeof row.statement);
    cur_copy(&c, row.manifest, sizeof row.manifest);
    assert(cur_done(&c));
    return row;
}

bool heads_row_find(const struct heads_reply *r, const uint8_t issuer[32], struct heads_row *out)
{
    size_t low = 0, high = heads_row_count(r);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(r->rows.ptr + middle * HEADS_ROW_BYTES, issuer, 32);
        if (order == 0) {
            *out = heads_row(r, middle);
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static enum err check_rows(struct bytes rows, struct why *why)
{
    if (rows.len % HEADS_ROW_BYTES != 0 || rows.len > HEADS_ROWS_BYTES_MAX)
        return why_set(why, ERR_FORMAT, "rows of %zu bytes", rows.len);
    for (size_t at = HEADS_ROW_BYTES; at < rows.len; at += HEADS_ROW_BYTES)
        if (memcmp(rows.ptr + at - HEADS_ROW_BYTES, rows.ptr + at, 32) >= 0)
            return why_set(why, ERR_FORMAT, "row %zu does not ascend", at / HEADS_ROW_BYTES);
    return ERR_OK;
}

static enum err check_gate(uint8_t gate, struct why *why)
{
    if (gate < 1 || gate > 8)
        return why_set(why, ERR_FORMAT, "no gate %u", gate);
    return ERR_OK;
}

/* What the gate's log key signs. */
static enum err write_message(struct bytes signed_part, struct buf *out, struct why *why)
{
    buf_add_str(out, label);
    buf_add_bytes(out, signed_part);
    return buf_ok(out) ? ERR_OK : why_nomem(why);
}

enum err heads_reply_write(uint8_t gate, const uint8_t question[32], uint64_t log_size,
                           struct bytes rows, const uint8_t secret_key[SIGN_SECRET_BYTES],
                           struct buf *out, struct why *why)
{
    enum err e = check_gate(gate, why);
    if (!e)
        e = check_rows(rows, why);
    if (e)
        return why_before(why, e, "cannot write heads");
    AUTO_BUF struct buf part = buf_init(HEADS_REPLY_BYTES_MAX);
    buf_add(&part, reply_magic, 4);
    buf_add_u8(&part, VERSION);
    buf_add_u8(&part, gate);
    buf_add_u16(&part, 0);
    buf_add(&part, question, 32);
    buf_add_u64(&part, log_size);
    buf_add_u24(&part, (uint32_t)rows.len);
    buf_add_bytes(&part, rows);
    AUTO_BUF struct buf message = buf_init(HEADS_REPLY_BYTES_MAX + sizeof label);
    e = buf_ok(&part) ? write_message(buf_bytes(&part), &message, why) : why_nomem(why);
    if (e)
        return e;
    uint8_t signature[SIGNATURE_BYTES];
    sign_detached(signature, buf_bytes(&message), secret_key);
    const size_t start = out->len;
    buf_add_bytes(out, buf_bytes(&part));
    buf_add(out, signature, sizeof signature);
    if (!buf_ok(out)) {
        out->len = start;
        return why_set(why, ERR_LIMIT, "cannot write heads: no room in %zu bytes", out->max);
    }
    return ERR_OK;
}

static enum err parse(struct bytes text, struct heads_reply *r, struct why *why)
{
    struct cur c = cur_from(text);
    enum err e = check_front(&c, reply_magic, why);
    if (e)
        return e;
    r->gate = cur_u8(&c);
    uint16_t zero = cur_u16be(&c);
    cur_copy(&c, r->question, sizeof r->question);
    r->log_size = cur_u64be(&c);
    r->rows = cur_vec24(&c);
    cur_copy(&c, r->signature, sizeof r->signature);
    if (!cur_done(&c))
        return why_set(why, ERR_FORMAT, "%s", cur_problem(&c));
    if (zero != 0)
        return why_set(why, ERR_FORMAT, "reserved bytes are not zero");
    r->signed_part = bytes_of(text.ptr, text.len - sizeof r->signature);
    e = check_gate(r->gate, why);
    return e ? e : check_rows(r->rows, why);
}

enum err heads_reply_parse(struct bytes text, struct heads_reply *out, struct why *why)
{
    struct heads_reply r = { 0 };
    enum err e = parse(text, &r, why);
    if (e)
        return why_before(why, e, "cannot read heads");
    *out = r;
    return ERR_OK;
}

enum err heads_reply_verify(const struct heads_reply *r, uint8_t gate, const uint8_t question[32],
                            const uint8_t gate_key[SIGN_KEY_BYTES], struct why *why)
{
    AUTO_BUF struct buf message = buf_init(HEADS_REPLY_BYTES_MAX + sizeof label);
    enum err e = write_message(r->signed_part, &message, why);
    if (!e)
        e = sign_verify(r->signature, buf_bytes(&message), gate_key, why);
    if (e)
        return why_before(why, e, "heads of gate %u", gate);
    if (r->gate != gate)
        return why_set(why, ERR_ANSWER, "heads of gate %u: they are gate %u's", gate, r->gate);
    if (memcmp(r->question, question, sizeof r->question) != 0)
        return why_set(why, ERR_ANSWER, "heads of gate %u: they answer another question", gate);
    return ERR_OK;
}
