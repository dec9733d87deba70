#include "make.h"

#include "shares/share.h"
#include "shares/subset.h"
#include "tlog/proof.h"

#include <stdio.h>
#include <string.h>

enum { CREATED = 1750000000, LOG_MAX = 40 };

/* One gate's answer and what its client knows. What a case is to be wrong in is set here. */
struct scene {
    struct make_key gate_key;
    json_t *owner, *r, *epoch_id, *ephemeral; /* the last one secret */
    int act, t, gates, gate, count;
    unsigned size, index, kept; /* of the log, of the entry in it, of the kept checkpoint */
    /* what the gate does, where it differs */
    const struct make_key *signer;
    json_t *device, *request_hash; /* the asker's */
    json_t *entry_device, *entry_request;
    const char *entry_rule;
    int entry_act;
    json_t *entry_r, *entry_epoch, *entry_hash, *recipient, *kept_root;
    int entry_gate, entry_type, sealed_gate, answer_gate, extra_shares;
    const char *origin_owner;
    bool kept_signed; /* a kept checkpoint of size 0 is given */
};

static struct scene scene(struct make *m)
{
    return (struct scene){ .gate_key = MAKE_KEY(m), .owner = MAKE_RANDOM(m, 32),
                           .r = MAKE_RANDOM(m, 32), .epoch_id = MAKE_RANDOM(m, 32),
                           .ephemeral = MAKE_RANDOM(m, 32), .act = 1, .t = 2, .gates = 0x12,
                           .gate = 2, .count = 3, .size = 7, .index = 6, .entry_type = 2,
                           .device = MAKE_RANDOM(m, 32), .request_hash = MAKE_RANDOM(m, 32) };
}

/* The log: random leaves, the entry among them. */
struct leaves {
    uint8_t hash[LOG_MAX][TLOG_HASH_BYTES];
};

static enum err node(void *ctx, unsigned level, uint64_t index, uint8_t out[TLOG_HASH_BYTES],
                     struct why *why)
{
    const struct leaves *log = ctx;
    (void)why;
    tlog_root_of_leaves(out, log->hash[index << level], (size_t)1 << level);
    return ERR_OK;
}

static json_t *path_of(const struct tlog_path *path)
{
    json_t *list = json_array();
    for (size_t i = 0; i < path->count; i++)
        op_add_hex(list, path->hash[i], TLOG_HASH_BYTES);
    return list;
}

static json_t *root_of(struct leaves *log, unsigned size)
{
    uint8_t root[TLOG_HASH_BYTES];
    tlog_root_of_leaves(root, log->hash[0], size);
    return op_hex(root, sizeof root);
}

static json_t *checkpoint(const struct scene *s, const struct make_key *key, unsigned size,
                          json_t *root)
{
    json_t *owner = s->origin_owner ? make_splice(s->owner, 0, 0, s->origin_owner)
                                    : json_deep_copy(s->owner);
    return make_member(make_call("checkpoint/make",
                                 json_pack("{s:o, s:i, s:i, s:i, s:o, s:o}", "owner", owner, "gate",
                                           s->gate, "incarnation", 1, "size", (int)size, "root",
                                           root, "seed", make_seed(key))),
                       "note");
}

static json_t *or_else(json_t *changed, json_t *usual)
{
    return json_deep_copy(changed ? changed : usual);
}

static const json_t *seal(struct make *m, const struct scene *s)
{
    const size_t width =
        s->act == 2 ? share_create_count((unsigned)s->t, (uint8_t)s->gates, (unsigned)s->gate) : 1;
    const size_t shares = width * (size_t)s->count + (size_t)s->extra_shares;
    json_t *secret = s->recipient ? s->recipient : s->ephemeral;
    return make_call("answer/seal",
                     json_pack("{s:o, s:O, s:O, s:i, s:o, s:o}", "ephemeral", make_exchange(secret),
                               "r", s->r, "epoch_id", s->epoch_id, "gate",
                               s->sealed_gate ? s->sealed_gate : s->gate, "secret",
                               MAKE_RANDOM(m, 32), "plaintext", MAKE_RANDOM(m, shares * 32)));
}

static json_t *entry_of(struct make *m, const struct scene *s, const json_t *sealed)
{
    json_t *body;
    if (s->entry_type == 3)
        body = json_pack("{s:o, s:i, s:i, s:o, s:O}", "device", MAKE_RANDOM(m, 32), "minute",
                         29166666, "count", 1, "reason", make_text("CFD-REL-002"), "r", s->r);
    else
        body = json_pack("{s:i, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:o, s:s}",
                         "gate", s->entry_gate ? s->entry_gate : s->gate, "act",
                         s->entry_act ? s->entry_act : s->act, "epoch_id",
                         or_else(s->entry_epoch, s->epoch_id), "r", or_else(s->entry_r, s->r),
                         "device", or_else(s->entry_device, s->device), "signature",
                         MAKE_RANDOM(m, 64), "answer_hash",
                         or_else(s->entry_hash, json_object_get(sealed, "answer_hash")), "rule",
                         make_text(s->entry_rule ? s->entry_rule : "annotate#1"), "reason",
                         make_text("OK"), "obligations", make_text(""), "place", 1, "request_hash",
                         or_else(s->entry_request, s->request_hash), "request", "");
    return make_member(make_call("entry/make",
                                 json_pack("{s:o, s:I, s:i, s:o}", "salt", MAKE_RANDOM(m, 16), "ms",
                                           (json_int_t)CREATED * 1000, "type", s->entry_type,
                                           "body", body)),
                       "entry");
}

/* The answer's parts, as `build` takes them, and in *kept the kept checkpoint. */
static json_t *parts_of(struct make *m, const struct scene *s, json_t **kept)
{
    const json_t *sealed = seal(m, s);
    json_t *entry = entry_of(m, s, sealed);
    struct leaves log;
    struct tlog_path inclusion, consistency = { .count = 0 };
    const struct tlog_reader reader = { node, &log };
    assert(s->size <= LOG_MAX && s->index < s->size);
    MAKE_DRAW(m, log.hash, sizeof log.hash);
    tlog_leaf_hash(log.hash[s->index], make_bytes(entry), NULL);
    enum err e = tlog_inclusion(&reader, s->index, s->size, &inclusion, NULL);
    assert(e == ERR_OK);
    if (s->kept > 0 && s->kept < s->size)
        e = tlog_consistency(&reader, s->kept, s->size, &consistency, NULL);
    assert(e == ERR_OK);
    (void)e;
    const struct make_key *key = s->signer ? s->signer : &s->gate_key;
    struct scene honest = *s;
    honest.origin_owner = NULL;
    json_t *kept_root = s->kept_root ? s->kept_root : root_of(&log, s->kept);
    *kept = s->kept || s->kept_signed ? checkpoint(&honest, &s->gate_key, s->kept, kept_root)
                                      : json_string("");
    return json_pack("{s:i, s:o, s:o, s:o, s:i, s:o, s:o, s:o}", "gate",
                     s->answer_gate ? s->answer_gate : s->gate, "entry", entry, "enc",
                     make_member(sealed, "enc"), "ciphertext", make_member(sealed, "ciphertext"),
                     "index", (int)s->index, "inclusion", path_of(&inclusion), "checkpoint",
                     checkpoint(s, key, s->size, root_of(&log, s->size)), "consistency",
                     path_of(&consistency));
}

static json_t *check_of(const struct scene *s, json_t *kept, json_t *answer)
{
    return json_pack("{s:o, s:O, s:i, s:i, s:o, s:O, s:O, s:O, s:O, s:o, s:i, s:i, s:i, s:i, s:O, "
                     "s:o}", "key",
                     make_public(&s->gate_key), "owner", s->owner, "gate", s->gate, "incarnation",
                     1, "kept", kept, "r", s->r, "epoch_id", s->epoch_id, "device", s->device,
                     "request_hash", s->request_hash, "purpose", make_text("annotate"), "act",
                     s->act, "t", s->t,
                     "gates", s->gates, "count", s->count, "secret", s->ephemeral, "answer",
                     answer);
}

static json_t *built(json_t *parts)
{
    return make_member(make_call("answer/build", parts), "answer");
}

static void check(struct make *m, const struct scene *s, const char *outcome, const char *name,
                  const char *why)
{
    json_t *kept, *parts = parts_of(m, s, &kept);
    make_case(m, "check", outcome, name, why, check_of(s, kept, built(parts)));
}

static void positives(struct make *m, const struct scene *usual)
{
    struct scene s = *usual;
    json_t *kept;
    make_case(m, "build", "ok", "first contact", "no consistency proof", parts_of(m, &s, &kept));
    check(m, &s, "ok", "first contact", "nothing was kept");
    s.kept = 3;
    make_case(m, "build", "ok", "with a consistency proof", "from 3 to 7", parts_of(m, &s, &kept));
    check(m, &s, "ok", "with a consistency proof", "from 3 to 7");
    s.kept = 4;
    check(m, &s, "ok", "kept a power of two", "from 4 to 7");
    s.kept = s.size;
    check(m, &s, "ok", "kept of the same size", "no consistency proof");
    s.kept = 0;
    s.kept_signed = true;
    check(m, &s, "ok", "kept of size 0", "no consistency proof");
    s.kept_signed = false;
    s.size = 1;
    s.index = 0;
    check(m, &s, "ok", "log of one entry", "no inclusion path");
    s.size = 40;
    s.index = 17;
    s.kept = 25;
    check(m, &s, "ok", "log of 40 entries", "longer paths");
    s = *usual;
    s.count = 1;
    check(m, &s, "ok", "one record", "one share");
    s.act = 2;
    s.t = 2;
    s.gates = 0x1a;
    s.count = 2;
    check(m, &s, "ok", "create", "two records, two quorums with this gate");
    make_case(m, "build", "ok", "create", "two records", parts_of(m, &s, &kept));
}

/* Each step of docs/format.md 6 from the checkpoint on. */
static void negatives(struct make *m, const struct scene *usual)
{
    struct scene s = *usual;
    const struct make_key other = MAKE_KEY(m);
#define WRONG(outcome, name, why, ...)                                                             \
    do {                                                                                           \
        s = *usual;                                                                                \
        __VA_ARGS__;                                                                               \
        check(m, &s, outcome, name, why);                                                          \
    } while (0)
    WRONG("checkpoint", "another log key", "signed by another key", s.signer = &other);
    WRONG("checkpoint", "another origin", "another owner's log", s.origin_owner = "^01");
    WRONG("rollback", "smaller than kept", "the log shrank", s.kept = 8;
          s.kept_root = MAKE_RANDOM(m, 32));
    WRONG("rollback", "same size, another root", "the log forked", s.kept = 7;
          s.kept_root = MAKE_RANDOM(m, 32));
    WRONG("rollback", "another past", "the log forked", s.kept = 5;
          s.kept_root = MAKE_RANDOM(m, 32));
    WRONG("answer", "entry of type 3", "refusals are no release", s.entry_type = 3);
    WRONG("answer", "entry of another request", "another r", s.entry_r = MAKE_RANDOM(m, 32));
    WRONG("answer", "entry of another gate", "gate 5", s.entry_gate = 5);
    WRONG("answer", "entry of another epoch", "another epoch id",
          s.entry_epoch = MAKE_RANDOM(m, 32));
    WRONG("answer", "entry of another act", "a create", s.entry_act = 2);
    WRONG("answer", "entry of another device", "another device key",
          s.entry_device = MAKE_RANDOM(m, 32));
    WRONG("answer", "entry with another request", "another request hash",
          s.entry_request = MAKE_RANDOM(m, 32));
    WRONG("answer", "rule of another purpose", "review#1", s.entry_rule = "review#1");
    WRONG("answer", "rule of a longer purpose", "annotate-more#1",
          s.entry_rule = "annotate-more#1");
    WRONG("answer", "entry of another answer", "another answer hash",
          s.entry_hash = MAKE_RANDOM(m, 32));
    WRONG("answer", "answer of another gate", "its gate is 5", s.answer_gate = 5);
    WRONG("open", "sealed to another key", "not our ephemeral", s.recipient = MAKE_RANDOM(m, 32));
    WRONG("open", "sealed by another gate", "the gate is in the info", s.sealed_gate = 5);
    WRONG("format", "a share too many", "three records", s.extra_shares = 1);
    WRONG("format", "a share too few", "three records", s.extra_shares = -1);
    WRONG("format", "no shares", "three records", s.extra_shares = -3);
#undef WRONG
}

/* What is done to the parts of a good answer before they are joined. */
enum bend { FALSE_PROOF, NO_PROOF, SHORT_PROOF, LONG_PROOF, NEEDLESS_PROOF, NEEDLESS_SAME,
            FALSE_PATH, SHORT_PATH, LONG_PATH, NO_PATH, OTHER_INDEX, INDEX_IS_SIZE, OTHER_ENTRY,
            BAD_NOTE, OTHER_CIPHERTEXT };

static void bend(struct make *m, const struct scene *s, json_t *parts, enum bend how)
{
    json_t *proof = json_object_get(parts, "consistency"), *more = MAKE_RANDOM(m, 32);
    json_t *path = json_object_get(parts, "inclusion");
    switch (how) {
    case FALSE_PROOF:
        json_array_set_new(proof, 0, make_splice(json_array_get(proof, 0), 0, 0, "^01"));
        break;
    case NO_PROOF:
        json_array_clear(proof);
        break;
    case SHORT_PROOF:
        json_array_remove(proof, json_array_size(proof) - 1);
        break;
    case LONG_PROOF:
    case NEEDLESS_PROOF:
    case NEEDLESS_SAME:
        json_array_append(proof, more);
        break;
    case FALSE_PATH:
        json_array_set_new(path, 1, make_splice(json_array_get(path, 1), 31, 0, "^80"));
        break;
    case SHORT_PATH:
        json_array_remove(path, 0);
        break;
    case LONG_PATH:
        json_array_append(path, more);
        break;
    case NO_PATH:
        json_array_clear(path);
        break;
    case OTHER_INDEX:
        json_object_set_new(parts, "index", json_integer(5));
        break;
    case INDEX_IS_SIZE:
        json_object_set_new(parts, "index", json_integer(7));
        break;
    case OTHER_ENTRY:
        json_object_set_new(parts, "entry", entry_of(m, s, seal(m, s)));
        break;
    case BAD_NOTE:
        json_object_set_new(parts, "checkpoint",
                            make_splice(json_object_get(parts, "checkpoint"), 95, 0, "^01"));
        break;
    case OTHER_CIPHERTEXT:
        json_object_set_new(parts, "ciphertext",
                            make_splice(json_object_get(parts, "ciphertext"), 0, 0, "^01"));
        break;
    }
    json_decref(more);
}

/* Answers from 3 to 7. */
static void bent_parts(struct make *m, const struct scene *usual)
{
    static const struct { const char *outcome, *name, *why; enum bend how; } rows[] = {
        { "rollback", "false consistency proof", "a flipped bit", FALSE_PROOF },
        { "rollback", "missing consistency proof", "from 3 to 7 needs one", NO_PROOF },
        { "rollback", "short consistency proof", "a hash is missing", SHORT_PROOF },
        { "rollback", "long consistency proof", "a hash too many", LONG_PROOF },
        { "rollback", "superfluous consistency proof", "nothing was kept", NEEDLESS_PROOF },
        { "rollback", "superfluous proof, same size", "seven was kept", NEEDLESS_SAME },
        { "proof", "false inclusion path", "a flipped bit", FALSE_PATH },
        { "proof", "short inclusion path", "a hash is missing", SHORT_PATH },
        { "proof", "long inclusion path", "a hash too many", LONG_PATH },
        { "proof", "no inclusion path", "entry 6 of 7 has one", NO_PATH },
        { "proof", "another index", "the path of another entry", OTHER_INDEX },
        { "proof", "index = size", "the log does not hold it", INDEX_IS_SIZE },
        { "proof", "another entry", "it is not in the log", OTHER_ENTRY },
        { "checkpoint", "flipped checkpoint", "a bit of the note", BAD_NOTE },
        { "answer", "another ciphertext", "its hash is not the entry's", OTHER_CIPHERTEXT },
    };
    for (size_t i = 0; i < MAKE_COUNT(rows); i++) {
        struct scene s = *usual;
        s.kept = rows[i].how == NEEDLESS_PROOF ? 0 : rows[i].how == NEEDLESS_SAME ? 7 : 3;
        json_t *kept, *parts = parts_of(m, &s, &kept);
        bend(m, &s, parts, rows[i].how);
        make_case(m, "check", rows[i].outcome, rows[i].name, rows[i].why,
                  check_of(&s, kept, built(parts)));
    }
}

/* Edits of an answer's bytes. A place is counted from the end where the entry stands before it. */
static void layout(struct make *m, const struct scene *usual)
{
    struct scene s = *usual;
    json_t *kept, *parts = parts_of(m, &s, &kept);
    const struct bytes note = make_bytes(json_object_get(parts, "checkpoint"));
    const int path = -(2 + (int)note.len + 2 + 2 + 32 * 2); /* where `inclusion` begins */
    assert(json_array_size(json_object_get(parts, "inclusion")) == 2);
    json_t *in = check_of(&s, kept, built(json_incref(parts)));
    const struct make_edit rows[] = {
        { "format", 3, 1, "62", "magic cfdb", "the last byte of the magic is wrong" },
        { "version", 4, 1, "00", "version 0", "there is no version 0" },
        { "version", 4, 1, "02", "version 2", "a version that is not known" },
        { "format", 5, 1, "00", "gate 0", "gates are 1 to 8" },
        { "format", 5, 1, "09", "gate 9", "gates are 1 to 8" },
        { "format", 6, 1, "01", "first zero", "a reserved byte is not zero" },
        { "format", 7, 1, "01", "last zero", "a reserved byte is not zero" },
        { "format", MAKE_END, 0, "00", "a byte left over", "nothing else may stand behind" },
        { "format", -1, 1, "", "a byte cut", "the last length is cut" },
        { "format", 8, 2, "ffff", "entry beyond the end", "65,535 bytes are not there" },
        { "format", path, 2 + 64,
          "0021000000000000000000000000000000000000000000000000000000000000000000",
          "inclusion of 33 bytes", "whole hashes" },
        { "format", path + 66, 2 + note.len, "0000", "no checkpoint", "at least one byte" },
        { "format", -2, 2, "000100", "consistency of 1 byte", "whole hashes" },
    };
    make_edits(m, "check", in, "answer", rows, MAKE_COUNT(rows));
    make_case(m, "check", "format", "empty", "no bytes at all",
              make_with(in, "answer", json_string("")));
    /* enc stands behind the entry, the ciphertext's length behind enc */
    const int entry_len = (int)make_bytes(json_object_get(parts, "entry")).len;
    make_case(m, "check", "format", "ciphertext of 15 bytes", "a tag has 16",
              make_with(in, "answer",
                        make_splice(json_object_get(in, "answer"), 10 + entry_len + 32, 3 + 112,
                                    "00000f000000000000000000000000000000")));
    make_case(m, "check", "proof", "entry empty", "the layout allows it, the log does not hold it",
              make_with(in, "answer",
                        make_splice(json_object_get(in, "answer"), 8, 2 + (size_t)entry_len,
                                    "0000")));
}

static void sealing(struct make *m)
{
    static const size_t lengths[] = { 32, 96, 0 };
    json_t *in = NULL;
    for (size_t i = 0; i < MAKE_COUNT(lengths); i++) {
        char name[32];
        json_t *secret = MAKE_RANDOM(m, 32);
        (void)snprintf(name, sizeof name, "%zu bytes", lengths[i]);
        in = json_pack("{s:o, s:o, s:o, s:i, s:o, s:o}", "ephemeral", make_exchange(secret), "r",
                       MAKE_RANDOM(m, 32), "epoch_id", MAKE_RANDOM(m, 32), "gate", (int)i + 1,
                       "secret", MAKE_RANDOM(m, 32), "plaintext", MAKE_RANDOM(m, lengths[i]));
        make_case(m, "seal", "ok", name, "HPKE with a given sender key", json_incref(in));
    }
    make_case(m, "seal", "key", "to zero", "a point of low order",
              make_with(in, "ephemeral", make_zero(32)));
    make_case(m, "seal", "key", "to one", "a point of low order",
              make_with(in, "ephemeral", make_splice(make_zero(32), 0, 1, "01")));
}

void make_answer(struct make *m)
{
    const struct scene s = scene(m);
    sealing(m);
    positives(m, &s);
    negatives(m, &s);
    bent_parts(m, &s);
    layout(m, &s);
    make_answer_combining(m);
}
