#include "request/answer_check.h"

#include "base/hex.h"
#include "crypto/hpke.h"
#include "tlog/checkpoint.h"
#include "tlog/proof.h"

#include <string.h>

static size_t hash_count(struct bytes proof)
{
    return proof.len / TLOG_HASH_BYTES;
}

static enum err check_checkpoint(const struct answer *a, const struct answer_expected *x,
                                 struct checkpoint *seen, struct why *why)
{
    struct note_key key;
    enum err e = note_key_init(&key, x->origin, x->gate_key, why);
    return e ? e : checkpoint_open(seen, a->checkpoint, &key, why);
}

/* Whatever is wrong with the way from the kept checkpoint to this one is a rollback. */
static enum err check_consistency(const struct answer *a, const struct answer_expected *x,
                                  const struct checkpoint *seen, struct why *why)
{
    if (seen->size < x->kept_size)
        return why_set(why, ERR_ROLLBACK, "its log shrank from %llu to %llu entries",
                       (unsigned long long)x->kept_size, (unsigned long long)seen->size);
    if (x->kept_size == 0 || x->kept_size == seen->size) {
        if (x->kept_size != 0 && memcmp(seen->root, x->kept_root, sizeof seen->root) != 0)
            return why_set(why, ERR_ROLLBACK, "its log has another root at %llu entries",
                           (unsigned long long)seen->size);
        if (a->consistency.len != 0)
            return why_set(why, ERR_ROLLBACK, "a consistency proof where none belongs");
        return ERR_OK;
    }
    enum err e = tlog_consistency_check(x->kept_size, seen->size, x->kept_root, seen->root,
                                        a->consistency.ptr, hash_count(a->consistency), why);
    if (e)
        return why_set(why, ERR_ROLLBACK,
                       "its log of %llu entries does not continue the one of %llu",
                       (unsigned long long)seen->size, (unsigned long long)x->kept_size);
    return ERR_OK;
}

static enum err check_inclusion(const struct answer *a, const struct checkpoint *seen,
                                struct why *why)
{
    uint8_t leaf[TLOG_HASH_BYTES];
    tlog_leaf_hash(leaf, a->entry, NULL);
    enum err e = tlog_inclusion_check(a->index, seen->size, leaf, a->inclusion.ptr,
                                      hash_count(a->inclusion), seen->root, why);
    if (e)
        return why_set(why, ERR_PROOF, "its entry %llu is not in its log of %llu",
                       (unsigned long long)a->index, (unsigned long long)seen->size);
    return ERR_OK;
}

/* What is logged of the request is what others will hold against the device: it must be its own. */
static enum err check_request(const struct entry_body_release *b, const struct answer_expected *x,
                              struct why *why)
{
    const size_t purpose = strlen(x->purpose);
    if (b->act != x->act)
        return why_set(why, ERR_ANSWER, "its entry is for act %u", b->act);
    if (memcmp(b->device, x->device, sizeof b->device) != 0)
        return why_set(why, ERR_ANSWER, "its entry is for another device");
    if (memcmp(b->request_hash, x->request_hash, sizeof b->request_hash) != 0)
        return why_set(why, ERR_ANSWER, "its entry holds another request");
    if (strncmp(b->rule, x->purpose, purpose) != 0 || b->rule[purpose] != '#')
        return why_set(why, ERR_ANSWER, "its entry names rule '%s'", b->rule);
    return ERR_OK;
}

static enum err check_entry(const struct answer *a, const struct answer_expected *x,
                            struct answer_checked *out, struct why *why)
{
    struct entry entry;
    struct entry_body body;
    enum err e = entry_parse(&entry, a->entry, why);
    if (e)
        return e;
    if (entry.type != ENTRY_BODY_RELEASE)
        return why_set(why, ERR_ANSWER, "its entry is of type %u", entry.type);
    e = entry_body_parse(entry.type, entry.body, &body, why);
    if (e)
        return e;
    const struct entry_body_release *b = &body.u.release;
    uint8_t hash[32];
    answer_hash(hash, a->enc, a->ciphertext);
    if (memcmp(b->r, x->r, sizeof b->r) != 0)
        return why_set(why, ERR_ANSWER, "its entry is for another request");
    if (b->gate != x->gate || a->gate != x->gate)
        return why_set(why, ERR_ANSWER, "its entry is another gate's");
    if (memcmp(b->epoch_id, x->epoch_id, sizeof b->epoch_id) != 0)
        return why_set(why, ERR_ANSWER, "its entry is for another epoch");
    if (memcmp(b->answer_hash, hash, sizeof hash) != 0)
        return why_set(why, ERR_ANSWER, "its entry is for another answer");
    out->release = *b;
    out->time_ms = entry.time_ms;
    return check_request(b, x, why);
}

/* The length is public and fixes the room, so it is looked at before anything is opened. */
static enum err open_shares(const struct answer *a, const struct answer_expected *x,
                            uint8_t *shares, struct why *why)
{
    if (a->ciphertext.len - TAG_BYTES != x->share_count * ANSWER_SHARE_BYTES)
        return why_set(why, ERR_FORMAT, "%zu bytes of shares, not %zu",
                       a->ciphertext.len - TAG_BYTES, x->share_count * ANSWER_SHARE_BYTES);
    uint8_t info[ANSWER_INFO_BYTES];
    answer_info(info, x->r, x->epoch_id, x->gate);
    return hpke_open(shares, a->ciphertext, a->enc, bytes_of(info, sizeof info),
                     x->ephemeral_secret, why);
}

enum err answer_check(const struct answer *a, const struct answer_expected *x, uint8_t *shares,
                      struct answer_checked *out, struct why *why)
{
    struct checkpoint seen;
    struct answer_checked checked = { 0 };
    enum err e = check_checkpoint(a, x, &seen, why);
    if (!e)
        e = check_consistency(a, x, &seen, why);
    if (!e)
        e = check_inclusion(a, &seen, why);
    if (!e)
        e = check_entry(a, x, &checked, why);
    if (!e)
        e = open_shares(a, x, shares, why);
    if (e) {
        secret_wipe(shares, x->share_count * ANSWER_SHARE_BYTES);
        return why_before(why, e, "answer of gate %u", x->gate);
    }
    checked.size = seen.size;
    memcpy(checked.root, seen.root, sizeof checked.root);
    *out = checked;
    return ERR_OK;
}
