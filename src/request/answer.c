#include "request/answer.h"

#include "base/cur.h"
#include "crypto/hash.h"

#include <string.h>

static const uint8_t magic[4] = { 'c', 'f', 'd', 'a' };
static const char label[] = "cfd1 answer";
enum { VERSION = 1, PART_MAX = 65535 };

static_assert(ANSWER_INFO_BYTES == sizeof label - 1 + 32 + 32 + 1, "docs/format.md 6");

void answer_info(uint8_t info[ANSWER_INFO_BYTES], const uint8_t r[32], const uint8_t epoch_id[32],
                 uint8_t gate)
{
    const size_t front = sizeof label - 1;
    memcpy(info, label, front);
    memcpy(info + front, r, 32);
    memcpy(info + front + 32, epoch_id, 32);
    info[front + 64] = gate;
}

void answer_hash(uint8_t out[32], const uint8_t enc[ANSWER_ENC_BYTES], struct bytes ciphertext)
{
    const struct bytes parts[] = { bytes_of(enc, ANSWER_ENC_BYTES), ciphertext };
    sha256_parts(out, parts, 2);
}

static bool is_proof(struct bytes b)
{
    return b.len % 32 == 0 && b.len <= ANSWER_PROOF_MAX;
}

static enum err check(const struct answer *a, struct why *why)
{
    if (a->gate < 1 || a->gate > 8)
        return why_set(why, ERR_FORMAT, "no gate %u", a->gate);
    if (a->entry.len > PART_MAX)
        return why_set(why, ERR_FORMAT, "an entry of %zu bytes", a->entry.len);
    if (a->ciphertext.len < ANSWER_CIPHERTEXT_MIN || a->ciphertext.len > ANSWER_CIPHERTEXT_MAX)
        return why_set(why, ERR_FORMAT, "a ciphertext of %zu bytes", a->ciphertext.len);
    if (!is_proof(a->inclusion) || !is_proof(a->consistency))
        return why_set(why, ERR_FORMAT, "a proof of %zu or %zu bytes, not whole hashes",
                       a->inclusion.len, a->consistency.len);
    if (a->checkpoint.len < 1 || a->checkpoint.len > PART_MAX)
        return why_set(why, ERR_FORMAT, "a checkpoint of %zu bytes", a->checkpoint.len);
    return ERR_OK;
}

static enum err check_front(struct cur *c, struct answer *a, struct why *why)
{
    const uint8_t *m = cur_bytes(c, sizeof magic);
    if (!m || memcmp(m, magic, sizeof magic) != 0)
        return why_set(why, ERR_FORMAT, "its magic is another");
    uint8_t version = cur_u8(c);
    if (!c->failed && version != VERSION)
        return why_set(why, ERR_VERSION, "version %u", version);
    a->gate = cur_u8(c);
    if (cur_u16be(c) != 0)
        return why_set(why, ERR_FORMAT, "reserved bytes are not zero");
    return ERR_OK;
}

enum err answer_parse(struct bytes text, struct answer *out, struct why *why)
{
    struct cur c = cur_from(text);
    struct answer a = { 0 };
    enum err e = check_front(&c, &a, why);
    if (e)
        return why_before(why, e, "cannot read answer");
    a.entry = cur_vec16(&c);
    cur_copy(&c, a.enc, sizeof a.enc);
    a.ciphertext = cur_vec24(&c);
    a.index = cur_u64be(&c);
    a.inclusion = cur_vec16(&c);
    a.checkpoint = cur_vec16(&c);
    a.consistency = cur_vec16(&c);
    e = cur_done(&c) ? check(&a, why) : why_set(why, ERR_FORMAT, "%s", cur_problem(&c));
    if (e)
        return why_before(why, e, "cannot read answer");
    *out = a;
    return ERR_OK;
}

static void add_vec16(struct buf *out, struct bytes part)
{
    buf_add_u16(out, (uint16_t)part.len);
    buf_add_bytes(out, part);
}

enum err answer_write(const struct answer *a, struct buf *out, struct why *why)
{
    enum err e = check(a, why);
    if (e)
        return why_before(why, e, "cannot write answer");
    const size_t start = out->len;
    buf_add(out, magic, sizeof magic);
    buf_add_u8(out, VERSION);
    buf_add_u8(out, a->gate);
    buf_add_u16(out, 0);
    add_vec16(out, a->entry);
    buf_add(out, a->enc, sizeof a->enc);
    buf_add_u24(out, (uint32_t)a->ciphertext.len);
    buf_add_bytes(out, a->ciphertext);
    buf_add_u64(out, a->index);
    add_vec16(out, a->inclusion);
    add_vec16(out, a->checkpoint);
    add_vec16(out, a->consistency);
    if (!buf_ok(out)) {
        out->len = start;
        return why_set(why, ERR_LIMIT, "cannot write answer: no room in %zu bytes", out->max);
    }
    return ERR_OK;
}
