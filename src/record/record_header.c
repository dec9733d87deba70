#include "record/record_header.h"

#include "base/cur.h"
#include "base/hex.h"
#include "crypto/hash.h"

#include <string.h>

static const uint8_t magic[4] = { 'c', 'f', 'd', 'm' };
enum { VERSION = 1, SUITE = 1, CHUNK_LOG2 = 16, ZERO_BYTES = 8 };

static_assert(4 + 4 + RECORD_PROJECT_BYTES + RECORD_KEY_BYTES + ZERO_BYTES == RECORD_SALT_BYTES &&
                  RECORD_SALT_BYTES + HASH_BYTES == RECORD_HEADER_BYTES,
              "docs/format.md, 2.1");

static const char *const names[] = {
    NULL, "guide", "task", "rubric", "gold", "submission", "review", "message", "file",
};
static const char *const reserved[] = {
    "session", "turn", "verdict", "bundle", "prediction", "check", "eval", "grams",
    "work statement",
};

static_assert(sizeof names / sizeof names[0] == RECORD_KIND_END, "one name for each kind");

bool record_kind_known(unsigned kind)
{
    return kind >= RECORD_GUIDE && kind < RECORD_KIND_END;
}

const char *record_kind_name(unsigned kind)
{
    return record_kind_known(kind) ? names[kind] : "?";
}

enum err record_kind_parse(struct bytes word, enum record_kind *out, struct why *why)
{
    for (unsigned k = RECORD_GUIDE; k < RECORD_KIND_END; k++) {
        if (bytes_equal(word, bytes_str(names[k]))) {
            *out = (enum record_kind)k;
            return ERR_OK;
        }
    }
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        if (bytes_equal(word, bytes_str(reserved[i])))
            return why_set(why, ERR_UNSUPPORTED, "kind '%s' is reserved", reserved[i]);
    (void)why_set(why, ERR_FORMAT, "no such kind of record");
    return why_hint(why, ERR_FORMAT,
                    "guide, task, rubric, gold, submission, review, message or file");
}

void record_dek(uint8_t dek[KEY_BYTES], const uint8_t random[32], const uint8_t hedge[32],
                const uint8_t *plaintext_hash)
{
    static const uint8_t stream[HASH_BYTES];
    const struct bytes parts[] = {
        bytes_str("cfd1 dek"),
        bytes_of(hedge, 32),
        bytes_of(plaintext_hash ? plaintext_hash : stream, HASH_BYTES),
    };
    hmac_sha256(dek, bytes_of(random, 32), parts, 3);
}

static void derive(uint8_t out[32], const uint8_t dek[KEY_BYTES],
                   const uint8_t salt[RECORD_SALT_BYTES], const char *label)
{
    const struct bytes info[] = { bytes_str(label) };
    hkdf_sha256(out, 32, bytes_of(dek, KEY_BYTES), bytes_of(salt, RECORD_SALT_BYTES), info, 1);
}

void record_header_make(struct record_header *out, enum record_kind kind,
                        const uint8_t project[RECORD_PROJECT_BYTES],
                        const uint8_t author[RECORD_KEY_BYTES], const uint8_t dek[KEY_BYTES])
{
    assert(record_kind_known(kind));
    struct record_header h = { .kind = kind };
    memcpy(h.project, project, sizeof h.project);
    memcpy(h.author, author, sizeof h.author);
    memcpy(h.raw, magic, sizeof magic);
    h.raw[4] = VERSION;
    h.raw[5] = SUITE;
    h.raw[6] = (uint8_t)kind;
    h.raw[7] = CHUNK_LOG2;
    memcpy(h.raw + 8, project, RECORD_PROJECT_BYTES);
    memcpy(h.raw + 24, author, RECORD_KEY_BYTES);
    derive(h.commitment, dek, h.raw, "cfd1 commit");
    memcpy(h.raw + RECORD_SALT_BYTES, h.commitment, HASH_BYTES);
    *out = h;
}

enum err record_header_parse(struct bytes in, struct record_header *out, struct why *why)
{
    if (in.len != RECORD_HEADER_BYTES)
        return why_set(why, ERR_FORMAT, "cannot read header: %zu bytes, not %d", in.len,
                       RECORD_HEADER_BYTES);
    struct record_header h;
    memcpy(h.raw, in.ptr, sizeof h.raw);
    struct cur c = cur_from(in);
    const uint8_t *start = cur_bytes(&c, sizeof magic);
    if (memcmp(start, magic, sizeof magic) != 0)
        return why_set(why, ERR_FORMAT, "cannot read header: it does not begin with 'cfdm'");
    uint8_t version = cur_u8(&c), suite = cur_u8(&c);
    if (version != VERSION || suite != SUITE)
        return why_set(why, ERR_VERSION, "cannot read header: version %u, suite %u, not %d, %d",
                       version, suite, VERSION, SUITE);
    uint8_t kind = cur_u8(&c), log2 = cur_u8(&c);
    if (!record_kind_known(kind))
        return why_set(why, ERR_FORMAT, "cannot read header: unknown kind %u", kind);
    if (log2 != CHUNK_LOG2)
        return why_set(why, ERR_FORMAT, "cannot read header: chunks of 2^%u bytes, not 2^%d", log2,
                       CHUNK_LOG2);
    h.kind = (enum record_kind)kind;
    cur_copy(&c, h.project, sizeof h.project);
    cur_copy(&c, h.author, sizeof h.author);
    if (cur_u64be(&c) != 0)
        return why_set(why, ERR_FORMAT, "cannot read header: reserved bytes are not zero");
    cur_copy(&c, h.commitment, sizeof h.commitment);
    if (!cur_done(&c))
        return why_set(why, ERR_FORMAT, "cannot read header: %s", cur_problem(&c));
    *out = h;
    return ERR_OK;
}

static const char id_label[] = "cfd1 record";

void record_id(uint8_t id[RECORD_ID_BYTES], const uint8_t header[RECORD_HEADER_BYTES])
{
    const struct bytes parts[] = { bytes_str(id_label), bytes_of(header, RECORD_HEADER_BYTES) };
    sha256_parts(id, parts, 2);
}

void record_ids(uint8_t (*ids)[RECORD_ID_BYTES], const uint8_t *headers, size_t count)
{
    AUTO_SHA256 struct sha256 *h = sha256_new(); /* without one it is slower, not wrong */
    for (size_t i = 0; i < count; i++, headers += RECORD_HEADER_BYTES) {
        if (!h) {
            record_id(ids[i], headers);
            continue;
        }
        sha256_start(h);
        sha256_add(h, bytes_str(id_label));
        sha256_add(h, bytes_of(headers, RECORD_HEADER_BYTES));
        sha256_end(h, ids[i]);
    }
}

enum err record_id_check(const struct record_header *h, const uint8_t id[RECORD_ID_BYTES],
                         struct why *why)
{
    uint8_t got[RECORD_ID_BYTES];
    record_id(got, h->raw);
    if (memcmp(got, id, sizeof got) != 0)
        return why_set(why, ERR_RECORD_ID, "the header of record '%s' is that of '%s'",
                       hex_short(id).s, hex_short(got).s);
    return ERR_OK;
}

enum err record_commit_check(const struct record_header *h, const uint8_t dek[KEY_BYTES],
                             struct why *why)
{
    uint8_t got[HASH_BYTES];
    derive(got, dek, h->raw, "cfd1 commit");
    bool equal = secret_equal(got, h->commitment, sizeof got);
    secret_wipe(got, sizeof got);
    if (equal)
        return ERR_OK;
    uint8_t id[RECORD_ID_BYTES];
    record_id(id, h->raw);
    return why_set(why, ERR_PAD, "cannot open record '%s': the key is not the one its header names",
                   hex_short(id).s);
}

void record_content_key(uint8_t key[KEY_BYTES], const struct record_header *h,
                        const uint8_t dek[KEY_BYTES])
{
    derive(key, dek, h->raw, "cfd1 content");
}
