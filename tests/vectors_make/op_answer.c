#include "op.h"

#include "crypto/hpke.h"
#include "request/answer_check.h"
#include "shares/share.h"
#include "tlog/checkpoint.h"

#include <string.h>

static enum err seal_op(struct op *o)
{
    uint8_t info[ANSWER_INFO_BYTES], enc[HPKE_ENC_BYTES], hash[32];
    const struct bytes plaintext = op_get(o, "plaintext");
    const size_t len = plaintext.len + TAG_BYTES;
    uint8_t *sealed = op_alloc(o, len);
    answer_info(info, op_get_fixed(o, "r", 32), op_get_fixed(o, "epoch_id", 32),
                (uint8_t)op_get_int(o, "gate"));
    enum err e = hpke_seal(enc, sealed, plaintext, bytes_of(info, sizeof info),
                           op_get_fixed(o, "ephemeral", 32), op_get_fixed(o, "secret", 32),
                           &o->why);
    if (e)
        return e;
    answer_hash(hash, enc, bytes_of(sealed, len));
    op_put_hex(o->out, "enc", enc, sizeof enc);
    op_put_hex(o->out, "ciphertext", sealed, len);
    op_put_hex(o->out, "answer_hash", hash, sizeof hash);
    return ERR_OK;
}

static enum err build_op(struct op *o)
{
    struct answer a = { .gate = (uint8_t)op_get_int(o, "gate"), .entry = op_get(o, "entry"),
                        .ciphertext = op_get(o, "ciphertext"), .index = op_get_int(o, "index"),
                        .inclusion = op_get_joined(o, "inclusion"),
                        .checkpoint = op_get(o, "checkpoint"),
                        .consistency = op_get_joined(o, "consistency") };
    AUTO_BUF struct buf out = buf_init(ANSWER_BYTES_MAX);
    memcpy(a.enc, op_get_fixed(o, "enc", sizeof a.enc), sizeof a.enc);
    enum err e = answer_write(&a, &out, &o->why);
    if (!e)
        op_put_bytes(o->out, "answer", buf_bytes(&out));
    return e;
}

/* The kept checkpoint, which was checked when it was kept. */
static enum err open_kept(struct op *o, struct answer_expected *x, struct checkpoint *kept)
{
    const struct bytes note = op_get(o, "kept");
    struct note_key key;
    if (note.len == 0)
        return ERR_OK;
    enum err e = note_key_init(&key, x->origin, x->gate_key, &o->why);
    if (!e)
        e = checkpoint_open(kept, note, &key, &o->why);
    if (e)
        return e;
    x->kept_size = kept->size;
    x->kept_root = kept->root;
    return ERR_OK;
}

static enum err check_op(struct op *o)
{
    char origin[CHECKPOINT_ORIGIN_MAX];
    const unsigned gate = (unsigned)op_get_int(o, "gate"), t = (unsigned)op_get_int(o, "t");
    const uint8_t gates = (uint8_t)op_get_int(o, "gates");
    checkpoint_origin(origin, op_get_fixed(o, "owner", 32), gate,
                      (uint32_t)op_get_int(o, "incarnation"));
    const size_t width = op_get_int(o, "act") == 2 ? share_create_count(t, gates, gate) : 1;
    char purpose[64] = "";
    const struct bytes stated = op_get(o, "purpose");
    assert(stated.len < sizeof purpose);
    memcpy(purpose, stated.ptr, stated.len);
    struct answer_expected x = {
        .gate = (uint8_t)gate, .gate_key = op_get_fixed(o, "key", 32), .origin = origin,
        .r = op_get_fixed(o, "r", 32), .epoch_id = op_get_fixed(o, "epoch_id", 32),
        .act = (uint8_t)op_get_int(o, "act"), .device = op_get_fixed(o, "device", 32),
        .request_hash = op_get_fixed(o, "request_hash", 32), .purpose = purpose,
        .ephemeral_secret = op_get_fixed(o, "secret", 32),
        .share_count = op_get_int(o, "count") * width,
    };
    struct answer a;
    struct answer_checked checked;
    struct checkpoint kept;
    uint8_t *shares = op_alloc(o, x.share_count * ANSWER_SHARE_BYTES);
    enum err e = answer_parse(op_get(o, "answer"), &a, &o->why);
    if (!e)
        e = open_kept(o, &x, &kept);
    if (!e)
        e = answer_check(&a, &x, shares, &checked, &o->why);
    if (e)
        return e;
    op_put_hex(o->out, "shares", shares, x.share_count * ANSWER_SHARE_BYTES);
    op_put_bytes(o->out, "entry", a.entry);
    op_put_int(o->out, "size", checked.size);
    op_put_hex(o->out, "root", checked.root, sizeof checked.root);
    return ERR_OK;
}

struct op_table op_answer_table(void)
{
    static const struct op_row rows[] = {
        { "answer/seal", seal_op },
        { "answer/build", build_op },
        { "answer/check", check_op },
    };
    return (struct op_table){ rows, sizeof rows / sizeof rows[0] };
}
