#include "client/read.h"

#include "base/cur.h"
#include "base/hex.h"
#include "client/read_state.h"
#include "client/round.h"
#include "client/state.h"
#include "record/slot.h"
#include "shares/blame.h"
#include "shares/subset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READ_MANY = 512, READ_PIECE = 32 << 20, READ_FILE_PIECE = 4 << 20,
       READ_SHOWN = 8 << 20 /* a longer body shows its bytes */ };

const char *read_purpose(enum role role)
{
    static const char *const purposes[] = { "", "annotate", "review", "manage", "deliver", "audit",
                                            "publish" };
    return role >= ROLE_ANNOTATOR && role <= ROLE_ADMIN ? purposes[role] : "";
}

static enum err found_parse(struct cur *cur, const uint8_t id[32], struct read_found *out,
                            struct why *why)
{
    const uint8_t *header = cur_bytes(cur, RECORD_HEADER_BYTES);
    *out = (struct read_found){ .slot_count = 0 };
    memcpy(out->id, id, 32);
    out->sealed_bytes = cur_u64be(cur);
    out->slot_count = cur_u8(cur);
    const uint8_t *slots =
        out->slot_count <= READ_SLOTS_MAX ? cur_bytes(cur, out->slot_count * SLOT_BYTES) : NULL;
    if (!header || !slots || cur->failed)
        return why_set(why, ERR_FORMAT, "the store's answer about '%s' is cut", hex_short(id).s);
    memcpy(out->slots, slots, out->slot_count * SLOT_BYTES);
    enum err e = record_header_parse(bytes_of(header, RECORD_HEADER_BYTES), &out->header, why);
    return e == ERR_OK ? record_id_check(&out->header, id, why) : e;
}

enum err read_find_many(struct client *c, const uint8_t (*ids)[32], size_t count,
                        struct read_found *out, struct why *why)
{
    const struct transport_call call = { .method = "POST", .base = c->config.store,
                                         .path = "/v1/records", .authority = true,
                                         .body = bytes_of(ids, count * 32) };
    AUTO_BUF struct buf reply = buf_init(4 << 20);
    enum err e = transport_do(c->transport, &call, &reply, why);
    struct cur cur = cur_from(buf_bytes(&reply));
    for (size_t i = 0; i < count && e == ERR_OK; i++)
        e = found_parse(&cur, ids[i], &out[i], why);
    if (e == ERR_OK && !cur_done(&cur))
        e = why_set(why, ERR_FORMAT, "the store's answer has %s", cur_problem(&cur));
    return e;
}

enum err read_find(struct client *c, const uint8_t id[32], struct read_found *out,
                   struct why *why)
{
    return read_find_many(c, (const uint8_t(*)[32])id, 1, out, why);
}

/* Is the author known, and one who may write such records in this project? */
static enum err check_author(struct client *c, const struct read_found *f, struct why *why)
{
    const struct record_header *h = &f->header;
    if (!authority_device(c->authority, h->author)) {
        enum err e = client_sync(c, why);
        if (e != ERR_OK)
            return e;
    }
    if (!authority_may_author(c->authority, h->author, h->project, (uint8_t)h->kind))
        return why_set(why, ERR_NOT_ENTITLED, "record '%s': its author '%s' may not write kind %s",
                       hex_short(f->id).s, hex_short(h->author).s, record_kind_name(h->kind));
    return ERR_OK;
}

/* The record's row in its author's manifests: what the body has to be, before any key is asked for.
 */
static enum err check_listed(struct client *c, const struct read_found *f,
                             struct manifest_row *row, struct why *why)
{
    enum err e = client_row(c, f->header.author, f->id, row, why);
    if (e == ERR_OK && (row->padded_bytes == 0 || row->padded_bytes > BODY_PLAIN_MAX ||
                        row->kind != f->header.kind ||
                        f->sealed_bytes != body_sealed_bytes(row->padded_bytes)))
        e = why_set(why, ERR_MANIFEST,
                    "record '%s': %llu sealed bytes of kind %s are not what its row says",
                    hex_short(f->id).s, (unsigned long long)f->sealed_bytes,
                    record_kind_name(f->header.kind));
    return e;
}

/* Appends the body's bytes from `at` to `last`. */
static enum err fetch_range(struct client *c, const struct read_found *f, uint64_t at,
                            uint64_t last, struct buf *out, struct why *why)
{
    char path[128], range[96];
    const size_t before = out->len;
    (void)snprintf(path, sizeof path, "/v1/body/%s", hex_id(f->id).s);
    (void)snprintf(range, sizeof range, "range: bytes=%llu-%llu", (unsigned long long)at,
                   (unsigned long long)last);
    const struct transport_call call = { .method = "GET", .base = c->config.store, .path = path,
                                         .authority = true, .field = range, .bulk = true };
    enum err e = transport_do(c->transport, &call, out, why);
    if (e == ERR_NOT_FOUND)
        e = why_set(why, ERR_INCOMPLETE, "the store lists record '%s' and has no body of it",
                    hex_short(f->id).s);
    if (e == ERR_OK && out->len - before != last + 1 - at)
        e = why_set(why, ERR_CHUNK, "record '%s': the store sent %zu bytes of %llu",
                    hex_short(f->id).s, out->len - before, (unsigned long long)(last + 1 - at));
    return e;
}

/* The body by ranges: its length is what the row allows, nothing longer is taken. To memory, or
 * (`to` not NULL) to its file, and then `out` holds no more than a piece. */
static enum err fetch_body(struct client *c, const struct read_found *f, struct read_to *to,
                           struct buf *out, struct why *why)
{
    const uint64_t piece = to ? READ_FILE_PIECE : READ_PIECE;
    enum err e = ERR_OK;
    for (uint64_t at = 0; e == ERR_OK && at < f->sealed_bytes; at += piece) {
        const uint64_t end = f->sealed_bytes - at > piece ? at + piece : f->sealed_bytes;
        e = fetch_range(c, f, at, end - 1, out, why);
        if (e == ERR_OK && to) {
            e = file_write_at(to->body, "the sealed body", at, buf_bytes(out), why);
            buf_reset(out);
        }
        if (e == ERR_OK && f->sealed_bytes > READ_SHOWN)
            e = progress_step(c->progress, "downloading", end, f->sealed_bytes, PROGRESS_BYTES,
                              why);
    }
    return e;
}

static enum err try_pad(const struct read_found *f, const uint8_t pad[32], uint32_t epoch,
                        uint8_t dek[KEY_BYTES])
{
    struct slot slots[READ_SLOTS_MAX];
    unsigned count = 0;
    for (unsigned i = 0; i < f->slot_count; i++) {
        enum err e = slot_parse(bytes_of(f->slots + i * SLOT_BYTES, SLOT_BYTES), &slots[count],
                                NULL);
        if (e != ERR_OK)
            return e;
        count += slots[count].epoch == epoch; /* no other epoch's slot goes with this pad */
    }
    return slot_open_any(slots, count, &f->header, pad, dek, NULL, NULL);
}

/* One record on its way: everything about it is there but the key. */
struct opening {
    struct client *c;
    struct read_found *found;
    const struct manifest_row *row;
    struct bytes body;   /* or in the file that `to` names */
    struct read_to *to;  /* NULL: to memory */
    uint8_t *dek; /* guarded; KEY_BYTES */
};

/* Slot, commitment, tags, padding, packing, row. Why it fails goes no further. */
static enum err try_open(const struct opening *o, const uint8_t pad[32], uint32_t epoch,
                         struct record_opened *out)
{
    AUTO_RECORD_OPENED struct record_opened opened = { 0 };
    enum err e = try_pad(o->found, pad, epoch, o->dek);
    if (e == ERR_OK && o->to)
        return read_file_try(o->to, o->found, o->row, o->dek);
    if (e == ERR_OK)
        e = record_open(&o->found->header, o->dek, o->body, &opened, NULL);
    if (e == ERR_OK)
        e = manifest_row_check(o->row, &o->found->header, opened.padded_bytes, opened.body_hash,
                               NULL);
    if (e != ERR_OK)
        return e;
    *out = opened;
    opened = (struct record_opened){ 0 };
    return ERR_OK;
}

/* Nobody else's fault: memory, or the disk that the record is opened to. */
static bool own_fault(enum err e)
{
    return e == ERR_NOMEM || e == ERR_IO || e == ERR_DISK_FULL;
}

static enum err own_fault_set(enum err e, struct why *why)
{
    if (e == ERR_NOMEM)
        return why_nomem(why);
    return why_set(why, e, "cannot write the record that is opened");
}

/* A record did not open: every other quorum is tried, and who lied is said where it is known.
 * Whatever was wrong, the calls, the code and the sentence are the same, so that who serves slot
 * and body, and watches, learns nothing but that it failed. */
static enum err other_quorums(const struct opening *o, const struct client_epoch *epoch,
                              const char *purpose, uint8_t failed, struct record_opened *out,
                              struct why *why)
{
    struct read_found *f = o->found;
    struct subset_list all = subset_choose(epoch->roster, epoch->t);
    struct blame_trial trials[SUBSET_LIST_MAX] = { { .quorum = failed, .worked = false } };
    size_t tried = 1;
    bool opened = false;
    for (unsigned i = 0; i < all.count; i++) {
        if (all.sets[i] == failed)
            continue;
        const struct round_ask ask = { .act = REQUEST_RELEASE, .purpose = purpose,
                                       .project = f->header.project, .headers = f->header.raw,
                                       .count = 1, .gates = all.sets[i] };
        AUTO_PLAIN struct plain pad = { 0 };
        AUTO_RECORD_OPENED struct record_opened once = { 0 };
        if (round_quorum_pads(o->c, &ask, &pad, NULL) != ERR_OK)
            continue;
        enum err e = try_open(o, pad.ptr, epoch->number, &once);
        if (own_fault(e))
            return opened ? ERR_OK : own_fault_set(e, why);
        trials[tried++] = (struct blame_trial){ .quorum = all.sets[i], .worked = e == ERR_OK };
        if (e == ERR_OK && !opened) {
            opened = true;
            *out = once;
            once = (struct record_opened){ 0 };
        }
    }
    if (!opened)
        return why_set(why, ERR_OPEN,
                       "cannot open record '%s' through any quorum: its slot, its body, the store "
                       "or its author is at fault%s",
                       hex_short(f->id).s,
                       tried == all.count ? "" : ", or a gate, since not all of them answered");
    f->blame = blame_judge(epoch->t, epoch->roster, trials, tried);
    return ERR_OK;
}

static enum err open_one(struct opening *o, const char *purpose, uint8_t quorum,
                         const uint8_t pad[32], struct record_opened *out, struct why *why)
{
    struct client_epoch epoch;
    AUTO_BUF struct buf body = buf_init((size_t)o->found->sealed_bytes + 1);
    AUTO_RECORD_OPENED struct record_opened opened = { 0 };
    enum err e = client_epoch(o->c, &epoch, why);
    if (e == ERR_OK)
        e = fetch_body(o->c, o->found, o->to, &body, why);
    if (e != ERR_OK)
        return e;
    o->body = buf_bytes(&body);
    e = try_open(o, pad, epoch.number, &opened);
    if (own_fault(e))
        return own_fault_set(e, why);
    if (e != ERR_OK)
        e = other_quorums(o, &epoch, purpose, quorum, &opened, why);
    if (e == ERR_OK)
        e = db_opened_put(o->c->db, o->found->header.project, o->found->id, why);
    if (e != ERR_OK)
        return e;
    *out = opened;
    opened = (struct record_opened){ 0 };
    return ERR_OK;
}

static enum err default_purpose(struct client *c, const uint8_t project[16],
                                const struct read_options *o, const char **out, struct why *why)
{
    enum role role;
    enum err e = client_role(c, project, &role, why);
    if (e == ERR_OK)
        *out = o->purpose ? o->purpose : read_purpose(role);
    return e;
}

/* Headers, authors and rows of `found`, as a request needs them. */
static enum err check_all(struct client *c, const struct read_found *found, size_t count,
                          uint8_t *headers, struct manifest_row *rows, struct why *why)
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < count && e == ERR_OK; i++) {
        memcpy(headers + i * RECORD_HEADER_BYTES, found[i].header.raw, RECORD_HEADER_BYTES);
        e = check_author(c, &found[i], why);
        if (e == ERR_OK)
            e = check_listed(c, &found[i], &rows[i], why);
    }
    return e;
}

/* A request for all of `found`, then each opened and handed on. */
static enum err open_many(struct client *c, struct read_found *found, size_t count,
                          const struct read_options *o, struct read_to *to, read_each *each,
                          void *ctx, struct why *why)
{
    const char *purpose = NULL;
    enum err e = default_purpose(c, found[0].header.project, o, &purpose, why);
    uint8_t *headers = malloc(count * RECORD_HEADER_BYTES), quorum = 0;
    struct manifest_row *rows = calloc(count, sizeof *rows);
    AUTO_SECRET struct secret *dek = secret_new(KEY_BYTES);
    AUTO_PLAIN struct plain pads = { 0 };
    if (e == ERR_OK && (!headers || !rows || !dek))
        e = why_nomem(why);
    if (e == ERR_OK)
        e = check_all(c, found, count, headers, rows, why);
    const struct round_ask ask = { .act = REQUEST_RELEASE, .purpose = purpose, .headers = headers,
                                   .project = found[0].header.project, .count = count };
    if (e == ERR_OK)
        e = round_pads(c, &ask, o->avoid, &pads, &quorum, why);
    for (size_t i = 0; i < count && e == ERR_OK; i++) {
        AUTO_RECORD_OPENED struct record_opened opened = { 0 };
        struct opening one = { .c = c, .found = &found[i], .row = &rows[i], .to = to,
                               .dek = dek->ptr };
        e = open_one(&one, purpose, quorum, pads.ptr + 32 * i, &opened, why);
        if (e == ERR_OK)
            e = each(ctx, i, &opened, why);
    }
    free(headers);
    free(rows);
    return e;
}

struct one {
    struct record_opened *out;
};

static enum err take_one(void *ctx, size_t i, struct record_opened *o, struct why *why)
{
    struct one *one = ctx;
    *one->out = *o; /* moved: the caller's from here on */
    *o = (struct record_opened){ 0 };
    return ERR_OK;
}

enum err read_record(struct client *c, const uint8_t id[32], const struct read_options *options,
                     struct record_opened *out, struct read_found *found, struct why *why)
{
    struct one one = { out };
    enum err e = read_find(c, id, found, why);
    return e == ERR_OK ? open_many(c, found, 1, options, NULL, take_one, &one, why) : e;
}

enum err read_found_to(struct client *c, struct read_found *f, const struct read_options *options,
                       struct read_to *to, struct why *why)
{
    AUTO_RECORD_OPENED struct record_opened nothing = { 0 };
    struct one one = { &nothing };
    return open_many(c, f, 1, options, to, take_one, &one, why);
}

struct shifted {
    read_each *each;
    void *ctx;
    size_t by;
};

static enum err take_shifted(void *ctx, size_t i, struct record_opened *o, struct why *why)
{
    const struct shifted *s = ctx;
    return s->each(s->ctx, s->by + i, o, why);
}

enum err read_many(struct client *c, const uint8_t (*ids)[32], size_t count,
                   const struct read_options *options, read_each *each, void *ctx,
                   struct why *why)
{
    struct read_found *found = calloc(READ_MANY, sizeof *found);
    enum err e = found ? ERR_OK : why_nomem(why);
    for (size_t at = 0; at < count && e == ERR_OK; at += READ_MANY) {
        size_t n = count - at < READ_MANY ? count - at : READ_MANY;
        struct shifted s = { each, ctx, at };
        e = read_find_many(c, ids + at, n, found, why);
        if (e == ERR_OK)
            e = open_many(c, found, n, options, NULL, take_shifted, &s, why);
    }
    free(found);
    return e;
}
