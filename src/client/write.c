#include "client/write.h"

#include "client/push.h"
#include "client/read.h"
#include "client/round.h"
#include "client/state.h"
#include "client/write_state.h"
#include "crypto/hash.h"
#include "base/hex.h"
#include "base/json.h"
#include "record/kept.h"
#include "record/pack.h"
#include "record/slot.h"
#include "shares/combine.h"
#include "sys/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WRITE_HEAL_MAX = 64, WRITE_HEAL_FIRST = 4 };
#define WRITE_LIFETIME_S (UINT64_C(10) * 365 * 86400)

void write_row(struct writing *w, size_t i, const struct write_draft *draft)
{
    struct manifest_row row = record_row(&w->sealed[i], (const uint8_t(*)[32])draft->parents,
                                         draft->parent_count);
    uint8_t bytes[MANIFEST_ROW_BYTES];
    manifest_row_write(&row, bytes);
    buf_add(&w->rows, bytes, sizeof bytes);
}

enum err write_content(const struct client *c, const struct write_draft *draft,
                       struct plain *memory, struct plaintext *out, struct why *why)
{
    const struct plaintext stored = { .type = draft->type, .name = draft->name,
                                      .encoding = PLAINTEXT_STORED, .bytes = draft->content };
    if (!c->stored)
        return plaintext_pack(&stored, memory, out, why);
    *out = stored;
    return ERR_OK;
}

static enum err seal_one(struct writing *w, size_t i, const struct write_draft *draft,
                         struct why *why)
{
    AUTO_PLAIN struct plain packed = { 0 };
    uint8_t random[32];
    struct record_draft d = { .kind = draft->kind, .project = w->project,
                              .author = w->c->id.key, .hedge = w->c->id.hedge->ptr };
    enum err e = write_content(w->c, draft, &packed, &d.content, why);
    if (e != ERR_OK)
        return e;
    if (draft->random)
        memcpy(random, draft->random, sizeof random);
    else
        random_bytes(random, sizeof random);
    e = record_seal(&d, random, secret_arena_at(&w->deks, i), &w->sealed[i], why);
    secret_wipe(random, sizeof random);
    return e;
}

static enum err seal_all(struct writing *w, const struct write_draft *drafts, struct why *why)
{
    enum err e = secret_arena_init(&w->deks, KEY_BYTES, w->count, why);
    for (size_t i = 0; i < w->count && e == ERR_OK; i++) {
        e = seal_one(w, i, &drafts[i], why);
        if (e != ERR_OK)
            break;
        if (drafts[i].random && client_listed(w->c, w->c->id.key, w->sealed[i].id))
            continue;
        write_row(w, i, &drafts[i]);
    }
    if (e == ERR_OK && w->rows.len)
        e = manifest_root(buf_bytes(&w->rows), w->root, why);
    return e;
}

static enum err list_all(struct writing *w, struct why *why)
{
    struct statement s = { .kind = STATEMENT_MANIFEST };
    s.u.manifest.count = w->rows.len / MANIFEST_ROW_BYTES;
    memcpy(s.u.manifest.project, w->project, 16);
    memcpy(s.u.manifest.root, w->root, 32);
    char path[128];
    (void)snprintf(path, sizeof path, "/v1/object/%s", hex_id(w->root).s);
    AUTO_BUF struct buf reply = buf_init(4096);
    uint8_t reached = 0;
    if (w->rows.len == 0) /* all were listed before */
        return push_all(w->c, &reached, why);
    enum err e = upload_put(w->c, "PUT", path, buf_bytes(&w->rows), &reply, why);
    if (e == ERR_OK)
        e = push_sign(w->c, &s, WRITE_LIFETIME_S, why);
    return e == ERR_OK ? push_all(w->c, &reached, why) : e;
}

/* min(n, 2t-1) gates, those that were silent lately only if there are too few others. */
static uint8_t create_gates(const struct client *c, const struct client_epoch *epoch)
{
    unsigned want = 2 * epoch->t - 1, n = subset_gates(epoch->roster);
    uint8_t s = 0;
    if (want > n)
        want = n;
    const uint8_t order[] = { (uint8_t)~c->silent, c->silent };
    for (unsigned pass = 0; pass < 2; pass++)
        for (unsigned g = 1; g <= CLIENT_GATE_MAX; g++)
            if (subset_gates(s) < (pass ? epoch->t : want) &&
                subset_has(epoch->roster & order[pass], g))
                s |= subset_of(g);
    return s;
}

static enum err keep_dek(struct writing *w, size_t i, uint8_t gates, struct why *why)
{
    uint8_t kept[KEPT_BYTES], nonce[NONCE_BYTES];
    random_bytes(nonce, sizeof nonce);
    enum err sealed = kept_seal(kept, w->c->id.storage->ptr, nonce, w->sealed[i].id,
                                secret_arena_at(&w->deks, i), why);
    if (sealed != ERR_OK)
        return sealed;
    return db_kept_put(w->c->db, w->sealed[i].id, kept, gates, why);
}

/* From the pads of all quorums to slots; DEKs that are not sure yet are kept. */
static enum err make_slots(struct writing *w, const struct client_epoch *epoch,
                           const struct round *r, const struct plain *pads, unsigned quorums,
                           struct buf *slots, struct why *why)
{
    for (size_t i = 0; i < w->count; i++) {
        const uint8_t *of = pads->ptr + i * quorums * COMBINE_PAD_BYTES;
        unsigned which[SUBSET_LIST_MAX];
        unsigned distinct = combine_distinct(of, quorums, which);
        for (unsigned k = 0; k < distinct; k++) {
            struct slot slot;
            uint8_t bytes[SLOT_BYTES];
            slot_make(&slot, w->sealed[i].id, epoch->number, secret_arena_at(&w->deks, i),
                      of + which[k] * COMBINE_PAD_BYTES);
            slot_write(&slot, bytes);
            buf_add(slots, bytes, sizeof bytes);
        }
        enum err e = quorums == 1 || distinct > 1 ? keep_dek(w, i, r->answered, why) : ERR_OK;
        if (e != ERR_OK)
            return e;
    }
    return buf_ok(slots) ? ERR_OK : why_nomem(why);
}

static enum err create_all(struct writing *w, const char *purpose, struct buf *slots,
                           struct why *why)
{
    struct client_epoch epoch;
    enum err e = client_epoch(w->c, &epoch, why);
    uint8_t *headers = malloc(w->count * RECORD_HEADER_BYTES);
    if (e == ERR_OK && !headers)
        e = why_nomem(why);
    for (size_t i = 0; i < w->count && e == ERR_OK; i++)
        memcpy(headers + i * RECORD_HEADER_BYTES, w->sealed[i].header.raw, RECORD_HEADER_BYTES);
    if (clock_steady_ms() - w->c->silent_since_ms > 2000)
        w->c->silent = 0;
    struct round_ask ask = { .act = REQUEST_CREATE, .purpose = purpose, .project = w->project,
                             .headers = headers, .count = w->count };
    AUTO_ROUND struct round r = { 0 };
    /* Two tries: the first one may be what finds out that a gate is down. */
    for (unsigned attempt = 0; e == ERR_OK && attempt < 3; attempt++) {
        round_release(&r);
        ask.gates = create_gates(w->c, &epoch);
        e = round_run(w->c, &ask, &r, why);
        if (subset_gates(r.answered) >= epoch.t)
            break;
    }
    free(headers);
    if (e != ERR_OK)
        return e;
    if (subset_gates(r.answered) < epoch.t) {
        for (unsigned g = 1; g <= CLIENT_GATE_MAX; g++)
            if (subset_has(r.asked & (uint8_t)~r.answered, g) && r.whys[g].code != ERR_NETWORK) {
                *why = r.whys[g];
                return why->code;
            }
        return why_set(why, ERR_NO_QUORUM, "fewer than %u gates answered", epoch.t);
    }
    struct combine_answer answers[CLIENT_GATE_MAX];
    size_t n = 0;
    for (unsigned g = 1; g <= CLIENT_GATE_MAX; g++)
        if (subset_has(r.answered, g))
            answers[n++] =
                (struct combine_answer){ .gate = g, .shares = plain_bytes(&r.shares[g]) };
    struct subset_list quorums = combine_quorums(epoch.t, ask.gates, r.answered);
    AUTO_PLAIN struct plain pads = { 0 };
    e = plain_new(&pads, w->count * quorums.count * COMBINE_PAD_BYTES, why);
    if (e == ERR_OK)
        e = combine_create(epoch.t, ask.gates, answers, n, w->count, pads.ptr, why);
    return e == ERR_OK ? make_slots(w, &epoch, &r, &pads, quorums.count, slots, why) : e;
}

static enum err pack_build(struct writing *w, struct buf *pack, struct why *why)
{
    struct pack_item *items = calloc(w->count, sizeof *items);
    if (!items)
        return why_nomem(why);
    for (size_t i = 0; i < w->count; i++)
        items[i] = (struct pack_item){ w->sealed[i].header.raw, w->sealed[i].body.len };
    enum err e = pack_front(items, w->count, pack, why);
    free(items);
    for (size_t i = 0; i < w->count; i++)
        buf_add_bytes(pack, buf_bytes(&w->sealed[i].body));
    return e == ERR_OK && !buf_ok(pack) ? why_nomem(why) : e;
}

static enum err pack_all(struct writing *w, struct why *why)
{
    AUTO_BUF struct buf pack = buf_init((size_t)1 << 32);
    enum err e = pack_build(w, &pack, why);
    if (e != ERR_OK)
        return e;
    struct upload packed = { .len = pack.len, .ptr = pack.ptr, .fd = -1 };
    sha256(packed.name, buf_bytes(&pack));
    return upload_pack(w->c, &packed, why);
}

enum err write_steps(struct writing *w, const struct upload *packed, struct why *why)
{
    AUTO_BUF struct buf slots = buf_init(WRITE_RECORDS_MAX * 10 * SLOT_BYTES);
    AUTO_BUF struct buf reply = buf_init(4096);
    enum role role;
    enum err e = client_role(w->c, w->project, &role, why);
    if (e == ERR_OK)
        e = list_all(w, why);
    if (e == ERR_OK)
        e = create_all(w, read_purpose(role), &slots, why);
    if (e == ERR_OK)
        e = packed ? upload_pack(w->c, packed, why) : pack_all(w, why);
    return e == ERR_OK ? upload_put(w->c, "POST", "/v1/slots", buf_bytes(&slots), &reply, why) : e;
}

enum err write_ready(struct client *c, const uint8_t project[16], struct why *why)
{
    enum role role;
    size_t left = 0;
    enum err e = client_role(c, project, &role, why);
    return e == ERR_OK ? write_heal(c, WRITE_HEAL_FIRST, &left, why) : e;
}

enum err write_records(struct client *c, const uint8_t project[16],
                       const struct write_draft *drafts, size_t count, uint8_t (*ids)[32],
                       struct why *why)
{
    assert(count >= 1 && count <= WRITE_RECORDS_MAX);
    enum err e = write_ready(c, project, why);
    struct writing w = { .c = c, .project = project, .count = count,
                         .rows = buf_init(MANIFEST_BYTES_MAX) };
    w.sealed = calloc(count, sizeof *w.sealed);
    if (e == ERR_OK && !w.sealed)
        e = why_nomem(why);
    if (e == ERR_OK)
        e = seal_all(&w, drafts, why);
    if (e == ERR_OK)
        e = write_steps(&w, NULL, why);
    for (size_t i = 0; w.sealed && i < count; i++) {
        memcpy(ids[i], w.sealed[i].id, 32);
        record_sealed_release(&w.sealed[i]);
    }
    free(w.sealed);
    secret_arena_release(&w.deks);
    buf_release(&w.rows);
    return e;
}

/* Another quorum's pad opens a slot: let go. It does not: that quorum's slot is added, and kept on.
 */
static enum err heal_one(struct client *c, const uint8_t id[32], uint8_t gates, struct why *why)
{
    struct read_found f;
    struct client_epoch epoch;
    enum role role;
    enum err e = read_find(c, id, &f, why);
    if (e == ERR_OK)
        e = client_epoch(c, &epoch, why);
    if (e == ERR_OK)
        e = client_role(c, f.header.project, &role, why);
    if (e != ERR_OK)
        return e;
    const struct round_ask ask = { .act = REQUEST_RELEASE,
                                   .purpose = read_purpose(role),
                                   .count = 1,
                                   .project = f.header.project,
                                   .headers = f.header.raw };
    AUTO_PLAIN struct plain pad = { 0 };
    AUTO_SECRET struct secret *dek = secret_new(KEY_BYTES);
    uint8_t used = 0;
    uint8_t lowest = subset_of(subset_lowest(gates));
    e = dek ? round_pads(c, &ask, lowest, &pad, &used, why) : why_nomem(why);
    if (e != ERR_OK)
        return e;
    if ((used & (uint8_t)~gates) == 0 && gates != epoch.roster)
        return why_set(why, ERR_NO_QUORUM, "no other quorum answers yet");
    for (unsigned i = 0; i < f.slot_count; i++) {
        struct slot slot;
        if (slot_parse(bytes_of(f.slots + i * SLOT_BYTES, SLOT_BYTES), &slot, NULL) == ERR_OK &&
            slot_open(&slot, &f.header, pad.ptr, dek->ptr, NULL) == ERR_OK)
            return db_kept_drop(c->db, id, why);
    }
    uint8_t kept[KEPT_BYTES], bytes[SLOT_BYTES], kept_id[32];
    struct slot slot;
    e = db_kept_get(c->db, id, kept, why);
    if (e == ERR_OK)
        e = kept_open(bytes_of(kept, sizeof kept), c->id.storage->ptr, kept_id, dek->ptr, why);
    if (e != ERR_OK)
        return e;
    slot_make(&slot, id, epoch.number, dek->ptr, pad.ptr);
    slot_write(&slot, bytes);
    AUTO_BUF struct buf reply = buf_init(4096);
    return upload_put(c, "POST", "/v1/slots", bytes_of(bytes, sizeof bytes), &reply, why);
}

enum err write_heal(struct client *c, size_t max, size_t *left, struct why *why)
{
    uint8_t ids[WRITE_HEAL_MAX][32], gates[WRITE_HEAL_MAX];
    size_t count = 0;
    enum err e = db_kept_list(c->db, ids, gates, max < WRITE_HEAL_MAX ? max : WRITE_HEAL_MAX,
                              &count, why);
    *left = count;
    for (size_t i = 0; i < count && e == ERR_OK; i++) {
        struct why said;
        enum err got = heal_one(c, ids[i], gates[i], &said);
        if (got == ERR_OK)
            --*left;
        else if (got == ERR_NETWORK || got == ERR_NO_QUORUM)
            break; /* a gate is still down: later */
    }
    return e;
}
