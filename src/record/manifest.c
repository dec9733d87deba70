#include "record/manifest.h"

#include "base/cur.h"
#include "base/hex.h"
#include "crypto/hash.h"
#include "tlog/tree.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t zero[RECORD_ID_BYTES];

void manifest_row_write(const struct manifest_row *row, uint8_t out[MANIFEST_ROW_BYTES])
{
    assert(record_kind_known(row->kind) && row->parent_count <= MANIFEST_PARENTS);
    memset(out, 0, MANIFEST_ROW_BYTES);
    memcpy(out, row->id, RECORD_ID_BYTES);
    out[32] = (uint8_t)row->kind;
    for (unsigned i = 0; i < row->parent_count; i++) {
        assert(memcmp(row->parents[i], zero, sizeof zero) != 0);
        memcpy(out + 33 + (size_t)i * RECORD_ID_BYTES, row->parents[i], RECORD_ID_BYTES);
    }
    put_u64be(out + 129, row->padded_bytes);
    memcpy(out + 137, row->body_hash, HASH_BYTES);
}

static enum err size_check(struct bytes object, struct why *why)
{
    if (object.len == 0 || object.len > MANIFEST_BYTES_MAX || object.len % MANIFEST_ROW_BYTES != 0)
        return why_set(why, ERR_FORMAT, "cannot read manifest: %zu bytes are not 1 to %d rows",
                       object.len, MANIFEST_ROWS_MAX);
    return ERR_OK;
}

enum err manifest_root(struct bytes object, uint8_t root[HASH_BYTES], struct why *why)
{
    enum err err = size_check(object, why);
    if (err != ERR_OK)
        return err;
    AUTO_SHA256 struct sha256 *hasher = sha256_new();
    if (!hasher)
        return why_nomem(why);
    struct tlog_tree tree;
    tlog_tree_init(&tree, hasher);
    for (size_t at = 0; at < object.len; at += MANIFEST_ROW_BYTES) {
        uint8_t leaf[HASH_BYTES];
        tlog_leaf_hash(leaf, bytes_of(object.ptr + at, MANIFEST_ROW_BYTES), hasher);
        (void)tlog_tree_add(&tree, leaf, NULL);
    }
    tlog_tree_root(&tree, root);
    return ERR_OK;
}

static const uint8_t *id_at(struct bytes object, size_t i)
{
    return object.ptr + i * MANIFEST_ROW_BYTES;
}

static int by_id(const void *a, const void *b, void *object)
{
    const struct bytes *o = object;
    return memcmp(id_at(*o, *(const uint32_t *)a), id_at(*o, *(const uint32_t *)b),
                  RECORD_ID_BYTES);
}

static enum err row_parse(const uint8_t *raw, struct manifest_row *out, struct why *why)
{
    struct cur c = cur_from(bytes_of(raw, MANIFEST_ROW_BYTES));
    struct manifest_row row = { 0 };
    cur_copy(&c, row.id, sizeof row.id);
    uint8_t kind = cur_u8(&c);
    if (!record_kind_known(kind))
        return why_set(why, ERR_MANIFEST, "record '%s' is listed with unknown kind %u",
                       hex_short(row.id).s, kind);
    row.kind = (enum record_kind)kind;
    for (unsigned i = 0; i < MANIFEST_PARENTS; i++) {
        cur_copy(&c, row.parents[i], sizeof row.parents[i]);
        if (memcmp(row.parents[i], zero, sizeof zero) == 0)
            continue;
        if (row.parent_count != i)
            return why_set(why, ERR_MANIFEST,
                           "record '%s' is listed with an absent parent before a present one",
                           hex_short(row.id).s);
        row.parent_count++;
    }
    row.padded_bytes = cur_u64be(&c);
    cur_copy(&c, row.body_hash, sizeof row.body_hash);
    assert(cur_done(&c));
    *out = row;
    return ERR_OK;
}

static enum err rows_check(const struct manifest *m, struct why *why)
{
    for (size_t i = 0; i < m->count; i++) {
        struct manifest_row row;
        enum err err = row_parse(id_at(m->object, i), &row, why);
        if (err != ERR_OK)
            return err;
        const uint8_t *id = id_at(m->object, m->by_id[i]);
        if (i > 0 && memcmp(id, id_at(m->object, m->by_id[i - 1]), RECORD_ID_BYTES) == 0)
            return why_set(why, ERR_MANIFEST, "record '%s' is listed twice", hex_short(id).s);
    }
    return ERR_OK;
}

enum err manifest_parse(struct bytes object, const uint8_t root[HASH_BYTES], struct manifest *out,
                        struct why *why)
{
    uint8_t got[HASH_BYTES];
    enum err err = manifest_root(object, got, why);
    if (err != ERR_OK)
        return err;
    AUTO_MANIFEST struct manifest m = { .object = object,
                                        .count = object.len / MANIFEST_ROW_BYTES };
    m.by_id = malloc(m.count * sizeof *m.by_id);
    if (!m.by_id)
        return why_nomem(why);
    for (size_t i = 0; i < m.count; i++)
        m.by_id[i] = (uint32_t)i;
    qsort_r(m.by_id, m.count, sizeof *m.by_id, by_id, &m.object);
    err = rows_check(&m, why);
    if (err != ERR_OK)
        return err;
    if (memcmp(got, root, sizeof got) != 0)
        return why_set(why, ERR_MANIFEST, "the rows are not those of manifest '%s'",
                       hex_short(root).s);
    *out = m;
    m.by_id = NULL;
    return ERR_OK;
}

void manifest_release(struct manifest *m)
{
    free(m->by_id);
    *m = (struct manifest){ 0 };
}

struct manifest_row manifest_row(const struct manifest *m, size_t i)
{
    assert(i < m->count);
    struct manifest_row row = { 0 };
    enum err err = row_parse(id_at(m->object, i), &row, NULL);
    assert(err == ERR_OK); /* manifest_parse read them all */
    (void)err;
    return row;
}

bool manifest_find(const struct manifest *m, const uint8_t id[RECORD_ID_BYTES], size_t *i)
{
    for (size_t low = 0, high = m->count; low < high;) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(id, id_at(m->object, m->by_id[middle]), RECORD_ID_BYTES);
        if (order == 0) {
            *i = m->by_id[middle];
            return true;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

enum err manifest_row_check(const struct manifest_row *row, const struct record_header *h,
                            uint64_t padded_bytes, const uint8_t body_hash[HASH_BYTES],
                            struct why *why)
{
    uint8_t id[RECORD_ID_BYTES];
    record_id(id, h->raw);
    const char *what = NULL;
    if (memcmp(row->id, id, sizeof id) != 0)
        what = "id";
    else if (row->kind != h->kind)
        what = "kind";
    else if (row->padded_bytes != padded_bytes)
        what = "length";
    else if (memcmp(row->body_hash, body_hash, HASH_BYTES) != 0)
        what = "body hash";
    if (what)
        return why_set(why, ERR_MANIFEST, "record '%s' is listed with another %s",
                       hex_short(id).s, what);
    return ERR_OK;
}
