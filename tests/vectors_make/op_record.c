#include "op.h"

#include "crypto/hash.h"
#include "record/manifest.h"
#include "record/pack.h"
#include "record/plaintext.h"
#include "record/slot.h"

#include <string.h>

static void put_header_ids(struct op *o, const struct record_header *h)
{
    uint8_t id[RECORD_ID_BYTES];
    record_id(id, h->raw);
    op_put_hex(o->out, "id", id, sizeof id);
    op_put_hex(o->out, "commitment", h->commitment, sizeof h->commitment);
}

static enum err header_make(struct op *o)
{
    struct record_header h;
    const uint8_t *dek = op_get_fixed(o, "dek", KEY_BYTES);
    uint8_t key[KEY_BYTES];
    record_header_make(&h, (enum record_kind)op_get_int(o, "kind"), op_get_fixed(o, "project", 16),
                       op_get_fixed(o, "author", 32), dek);
    record_content_key(key, &h, dek);
    op_put_hex(o->out, "header", h.raw, sizeof h.raw);
    put_header_ids(o, &h);
    op_put_hex(o->out, "content_key", key, sizeof key);
    return ERR_OK;
}

static enum err header_parse(struct op *o)
{
    struct record_header h;
    enum err e = record_header_parse(op_get(o, "header"), &h, &o->why);
    if (e)
        return e;
    op_put_int(o->out, "kind", h.kind);
    op_put_hex(o->out, "project", h.project, sizeof h.project);
    op_put_hex(o->out, "author", h.author, sizeof h.author);
    put_header_ids(o, &h);
    return ERR_OK;
}

static enum err header_commit(struct op *o)
{
    struct record_header h;
    const uint8_t *dek = op_get_fixed(o, "dek", KEY_BYTES);
    uint8_t key[KEY_BYTES];
    enum err e = record_header_parse(op_get(o, "header"), &h, &o->why);
    if (!e)
        e = record_commit_check(&h, dek, &o->why);
    if (e)
        return e;
    record_content_key(key, &h, dek);
    op_put_hex(o->out, "content_key", key, sizeof key);
    return ERR_OK;
}

static enum err dek_make(struct op *o)
{
    uint8_t dek[KEY_BYTES], hash[HASH_BYTES];
    sha256(hash, op_get(o, "plaintext"));
    record_dek(dek, op_get_fixed(o, "random", 32), op_get_fixed(o, "hedge", 32), hash);
    op_put_hex(o->out, "dek", dek, sizeof dek);
    return ERR_OK;
}

static enum err dek_stream(struct op *o)
{
    uint8_t dek[KEY_BYTES];
    record_dek(dek, op_get_fixed(o, "random", 32), op_get_fixed(o, "hedge", 32), NULL);
    op_put_hex(o->out, "dek", dek, sizeof dek);
    return ERR_OK;
}

static enum err padding_length(struct op *o)
{
    op_put_int(o->out, "padded", plaintext_padded_bytes(op_get_int(o, "length")));
    return ERR_OK;
}

static enum err padding_build(struct op *o)
{
    const struct plaintext p = { op_get(o, "type"), op_get(o, "name"),
                                 (enum plaintext_encoding)op_get_int(o, "encoding"),
                                 op_get(o, "bytes") };
    AUTO_PLAIN struct plain padded = { 0 };
    enum err e = plaintext_build(&p, &padded, &o->why);
    if (!e)
        op_put_bytes(o->out, "plaintext", plain_bytes(&padded));
    return e;
}

static enum err padding_parse(struct op *o)
{
    struct plaintext p;
    enum err e = plaintext_parse(op_get(o, "plaintext"), &p, &o->why);
    if (e)
        return e;
    op_put_bytes(o->out, "type", p.type);
    op_put_bytes(o->out, "name", p.name);
    op_put_int(o->out, "encoding", p.encoding);
    op_put_bytes(o->out, "bytes", p.bytes);
    return ERR_OK;
}

static enum err padding_unpack(struct op *o)
{
    const struct plaintext p = { .encoding = (enum plaintext_encoding)op_get_int(o, "encoding"),
                                 .bytes = op_get(o, "bytes") };
    AUTO_PLAIN struct plain content = { 0 };
    enum err e = plaintext_unpack(&p, &content, &o->why);
    if (!e)
        op_put_bytes(o->out, "content", plain_bytes(&content));
    return e;
}

static enum err slot_make_op(struct op *o)
{
    struct slot s;
    uint8_t raw[SLOT_BYTES];
    slot_make(&s, op_get_fixed(o, "id", 32), (uint32_t)op_get_int(o, "epoch"),
              op_get_fixed(o, "dek", KEY_BYTES), op_get_fixed(o, "pad", KEY_BYTES));
    slot_write(&s, raw);
    op_put_hex(o->out, "slot", raw, sizeof raw);
    return ERR_OK;
}

static enum err slot_parse_op(struct op *o)
{
    struct slot s;
    enum err e = slot_parse(op_get(o, "slot"), &s, &o->why);
    if (e)
        return e;
    op_put_hex(o->out, "id", s.id, sizeof s.id);
    op_put_int(o->out, "epoch", s.epoch);
    op_put_hex(o->out, "sealed", s.sealed, sizeof s.sealed);
    return ERR_OK;
}

static enum err slot_open_op(struct op *o)
{
    struct record_header h;
    struct slot s;
    uint8_t dek[KEY_BYTES];
    enum err e = record_header_parse(op_get(o, "header"), &h, &o->why);
    if (!e)
        e = slot_parse(op_get(o, "slot"), &s, &o->why);
    if (!e)
        e = slot_open(&s, &h, op_get_fixed(o, "pad", KEY_BYTES), dek, &o->why);
    if (!e)
        op_put_hex(o->out, "dek", dek, sizeof dek);
    return e;
}

static struct manifest_row row_of(struct op *o, const json_t *given)
{
    struct manifest_row row = { .kind = (enum record_kind)op_get_int_of(given, "kind"),
                                .padded_bytes = op_get_int_of(given, "length") };
    const json_t *parents = json_object_get(given, "parents");
    memcpy(row.id, op_get_fixed_of(o, given, "id", 32), 32);
    memcpy(row.body_hash, op_get_fixed_of(o, given, "body_hash", 32), 32);
    row.parent_count = (unsigned)json_array_size(parents);
    assert(row.parent_count <= MANIFEST_PARENTS);
    for (size_t i = 0; i < row.parent_count; i++)
        memcpy(row.parents[i], op_item(o, parents, i).ptr, 32);
    return row;
}

static enum err manifest_make(struct op *o)
{
    const json_t *rows = op_get_list(o, "rows");
    const size_t count = json_array_size(rows);
    uint8_t *raw = op_alloc(o, count * MANIFEST_ROW_BYTES), root[HASH_BYTES];
    for (size_t i = 0; i < count; i++) {
        struct manifest_row row = row_of(o, json_array_get(rows, i));
        manifest_row_write(&row, raw + i * MANIFEST_ROW_BYTES);
    }
    enum err e = manifest_root(bytes_of(raw, count * MANIFEST_ROW_BYTES), root, &o->why);
    if (e)
        return e;
    op_put_hex(o->out, "manifest", raw, count * MANIFEST_ROW_BYTES);
    op_put_hex(o->out, "root", root, sizeof root);
    return ERR_OK;
}

static enum err manifest_parse_op(struct op *o)
{
    AUTO_MANIFEST struct manifest m = { 0 };
    enum err e = manifest_parse(op_get(o, "manifest"), op_get_fixed(o, "root", 32), &m, &o->why);
    if (e)
        return e;
    json_t *rows = op_put_list(o->out, "rows");
    for (size_t i = 0; i < m.count; i++) {
        struct manifest_row row = manifest_row(&m, i);
        json_t *object = op_add_object(rows);
        op_put_hex(object, "id", row.id, sizeof row.id);
        op_put_int(object, "kind", row.kind);
        json_t *parents = op_put_list(object, "parents");
        for (size_t k = 0; k < row.parent_count; k++)
            op_add_hex(parents, row.parents[k], sizeof row.parents[k]);
        op_put_int(object, "length", row.padded_bytes);
        op_put_hex(object, "body_hash", row.body_hash, sizeof row.body_hash);
    }
    return ERR_OK;
}

static void put_name(struct op *o, struct bytes pack)
{
    uint8_t name[HASH_BYTES];
    sha256(name, pack);
    op_put_hex(o->out, "name", name, sizeof name);
}

static enum err pack_make(struct op *o)
{
    const json_t *records = op_get_list(o, "records");
    const size_t count = json_array_size(records);
    struct pack_item *items = op_alloc(o, count * sizeof *items);
    AUTO_BUF struct buf out = buf_init(1 << 24);
    for (size_t i = 0; i < count; i++) {
        const json_t *r = json_array_get(records, i);
        items[i].header = op_get_fixed_of(o, r, "header", RECORD_HEADER_BYTES);
        items[i].sealed_bytes = op_get_of(o, r, "body").len;
    }
    enum err e = pack_front(items, count, &out, &o->why);
    if (e)
        return e;
    for (size_t i = 0; i < count; i++)
        buf_add_bytes(&out, op_get_of(o, json_array_get(records, i), "body"));
    assert(buf_ok(&out));
    op_put_bytes(o->out, "pack", buf_bytes(&out));
    put_name(o, buf_bytes(&out));
    return ERR_OK;
}

static enum err pack_parse_op(struct op *o)
{
    const struct bytes raw = op_get(o, "pack");
    AUTO_PACK struct pack p = { 0 };
    enum err e = pack_parse(raw, raw.len, &p, &o->why);
    if (e)
        return e;
    json_t *records = op_put_list(o->out, "records");
    for (size_t i = 0; i < p.count; i++) {
        struct pack_place place = pack_at(&p, i);
        json_t *object = op_add_object(records);
        uint8_t id[RECORD_ID_BYTES];
        record_id(id, place.header.raw);
        op_put_hex(object, "id", id, sizeof id);
        op_put_hex(object, "header", place.header.raw, sizeof place.header.raw);
        op_put_int(object, "offset", place.offset);
        op_put_int(object, "length", place.sealed_bytes);
    }
    put_name(o, raw);
    return ERR_OK;
}

struct op_table op_record_table(void)
{
    static const struct op_row rows[] = {
        { "header/make", header_make },       { "header/parse", header_parse },
        { "header/commit", header_commit },   { "dek/make", dek_make },
        { "dek/stream", dek_stream },         { "padding/length", padding_length },
        { "padding/build", padding_build },   { "padding/parse", padding_parse },
        { "padding/unpack", padding_unpack }, { "slot/make", slot_make_op },
        { "slot/parse", slot_parse_op },      { "slot/open", slot_open_op },
        { "manifest/make", manifest_make },   { "manifest/parse", manifest_parse_op },
        { "pack/make", pack_make },           { "pack/parse", pack_parse_op },
    };
    return (struct op_table){ rows, sizeof rows / sizeof rows[0] };
}
