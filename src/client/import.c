#include "client/import.h"

#include "base/json.h"
#include "client/state.h"
#include "client/work.h"
#include "client/write.h"
#include "crypto/hash.h"
#include "decide/hash.h"
#include "record/plaintext.h"

#include <stdlib.h>
#include <string.h>

enum { IMPORT_BATCH = 256, IMPORT_LIST_MAX = 1000 };

/* --- lines --- */

static struct bytes next_line(struct bytes all, size_t *at)
{
    const uint8_t *end = memchr(all.ptr + *at, '\n', all.len - *at);
    size_t len = end ? (size_t)(end - all.ptr) - *at : all.len - *at;
    struct bytes line = bytes_of(all.ptr + *at, len);
    *at += len + 1;
    return line;
}

enum err import_check(const char *name, struct bytes all, size_t *lines, struct why *why)
{
    size_t n = 0;
    for (size_t at = 0; at < all.len;) {
        struct bytes line = next_line(all, &at);
        AUTO_JSON json_t *o = NULL;
        struct why said;
        n++;
        if (line.len > IMPORT_LINE_MAX)
            return why_set(why, ERR_LIMIT, "'%s' line %zu: longer than %d bytes", name, n,
                           IMPORT_LINE_MAX);
        if (json_parse(line, &o, &said) != ERR_OK)
            return why_set(why, said.code, "'%s' line %zu: not one JSON object without duplicate "
                           "members, in UTF-8", name, n);
    }
    *lines = n;
    return n ? ERR_OK : why_set(why, ERR_FORMAT, "'%s' has no line", name);
}

/* --- what there is already --- */

struct known {
    uint8_t id[32]; /* of a task in the queue, or SHA-256 of a line */
    uint64_t count; /* equal lines so far */
    UT_hash_handle hh;
};

static void known_free(struct known **all)
{
    struct known *k, *next;
    HASH_ITER(hh, *all, k, next)
    {
        HASH_DEL(*all, k);
        free(k);
    }
}

static struct known *known_find(struct known *all, const uint8_t id[32])
{
    struct known *k = NULL;
    HASH_FIND(hh, all, id, 32, k);
    return k;
}

/* NULL without memory. */
static struct known *known_add(struct known **all, const uint8_t id[32])
{
    struct known *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    memcpy(k->id, id, 32);
    if (HASH_ROW_ADD(*all, id, 32, k))
        return k;
    free(k);
    return NULL;
}

static enum err queued_page(struct client *c, const uint8_t project[16], uint64_t *place,
                            struct known **all, struct why *why)
{
    uint8_t body[25] = { 0 };
    memcpy(body, project, 16);
    put_u64be(body + 17, *place);
    const struct transport_call call = { .method = "POST", .base = c->config.store,
                                         .path = "/v1/queue/list", .authority = true,
                                         .body = bytes_of(body, sizeof body) };
    AUTO_BUF struct buf reply = buf_init(8 << 20);
    AUTO_JSON json_t *o = NULL;
    const json_t *tasks = NULL, *row;
    size_t i;
    enum err e = transport_do(c->transport, &call, &reply, why);
    if (e == ERR_OK)
        e = json_parse(buf_bytes(&reply), &o, why);
    if (e == ERR_OK)
        e = json_get_array(o, "tasks", IMPORT_LIST_MAX, &tasks, why);
    if (e == ERR_OK)
        e = json_get_u64(o, "next", JSON_INT_MAX, place, why);
    if (e == ERR_OK)
        json_array_foreach(tasks, i, row) {
            uint8_t id[32];
            e = json_get_hex(row, "task", id, 32, why);
            if (e == ERR_OK && !known_find(*all, id) && !known_add(all, id))
                e = why_nomem(why);
            if (e != ERR_OK)
                break;
        }
    return e;
}

static enum err queued_all(struct client *c, const uint8_t project[16], struct known **all,
                           struct why *why)
{
    uint64_t place = 0, before;
    enum err e;
    do {
        before = place;
        e = queued_page(c, project, &place, all, why);
        if (e == ERR_OK && place && place <= before)
            e = why_set(why, ERR_HTTP, "the store's list of tasks goes round in a circle");
    } while (e == ERR_OK && place);
    return e;
}

/* --- one line as one record --- */

struct importing {
    struct client *c;
    const uint8_t *project;
    struct secret *key; /* of this device and project, for `random` */
    struct known *queued, *seen;
    struct write_draft drafts[IMPORT_BATCH];
    uint8_t randoms[IMPORT_BATCH][32], ids[IMPORT_BATCH][32];
    size_t count;
    struct import_result *result;
};

static struct write_draft draft_of(struct bytes line)
{
    return (struct write_draft){ .kind = RECORD_TASK, .type = bytes_str("application/json"),
                                 .content = line };
}

static enum err line_random(struct importing *m, struct bytes line, uint8_t out[32],
                            struct why *why)
{
    uint8_t digest[HASH_BYTES], before[8];
    sha256(digest, line);
    struct known *k = known_find(m->seen, digest);
    if (!k)
        k = known_add(&m->seen, digest);
    if (!k)
        return why_nomem(why);
    put_u64be(before, k->count++);
    const struct bytes parts[] = { bytes_of(before, sizeof before),
                                   bytes_of(digest, sizeof digest) };
    hmac_sha256(out, bytes_of(m->key->ptr, m->key->len), parts, 2);
    return ERR_OK;
}

static enum err content_id(const struct importing *m, const struct plaintext *content,
                           const uint8_t random[32], uint8_t id[32], struct why *why)
{
    AUTO_PLAIN struct plain padded = { 0 };
    AUTO_SECRET struct secret *dek = secret_new(KEY_BYTES);
    struct record_header header;
    uint8_t digest[HASH_BYTES];
    enum err e = dek ? plaintext_build(content, &padded, why) : why_nomem(why);
    if (e != ERR_OK)
        return e;
    sha256(digest, plain_bytes(&padded));
    record_dek(dek->ptr, random, m->c->id.hedge->ptr, digest);
    record_header_make(&header, RECORD_TASK, m->project, m->c->id.key, dek->ptr);
    record_id(id, header.raw);
    return ERR_OK;
}

/* Is the line in the queue, packed or, by an import that did not pack, as it is? */
static enum err line_queued(const struct importing *m, struct bytes line, const uint8_t random[32],
                            bool *queued, struct why *why)
{
    const struct write_draft d = draft_of(line);
    struct plaintext each[2] = { { .type = d.type, .name = d.name, .bytes = d.content,
                                   .encoding = PLAINTEXT_STORED } };
    AUTO_PLAIN struct plain memory = { 0 };
    enum err e = plaintext_pack(&each[0], &memory, &each[1], why);
    const size_t count = each[1].encoding == PLAINTEXT_STORED ? 1 : 2;
    *queued = false;
    for (size_t i = 0; e == ERR_OK && i < count && !*queued; i++) {
        uint8_t id[32];
        e = content_id(m, &each[i], random, id, why);
        *queued = e == ERR_OK && known_find(m->queued, id);
    }
    return e;
}

static enum err import_batch(struct importing *m, struct why *why)
{
    if (m->count == 0)
        return ERR_OK;
    enum err e = write_records(m->c, m->project, m->drafts, m->count, m->ids, why);
    if (e == ERR_OK)
        e = work_add(m->c, m->project, (const uint8_t(*)[32])m->ids, m->count, why);
    m->result->imported += e == ERR_OK ? m->count : 0;
    m->count = 0;
    secret_wipe(m->randoms, sizeof m->randoms);
    return e;
}

static enum err import_line(struct importing *m, struct bytes line, struct why *why)
{
    uint8_t *random = m->randoms[m->count];
    bool queued = false;
    enum err e = line_random(m, line, random, why);
    if (e == ERR_OK)
        e = line_queued(m, line, random, &queued, why);
    if (e != ERR_OK)
        return e;
    if (queued) {
        m->result->known++;
        return ERR_OK;
    }
    m->drafts[m->count] = draft_of(line);
    m->drafts[m->count++].random = random;
    return m->count == IMPORT_BATCH ? import_batch(m, why) : ERR_OK;
}

static enum err import_all(struct importing *m, struct bytes all, struct why *why)
{
    const struct bytes info[] = { bytes_str("cfd1 import"), bytes_of(m->project, 16) };
    const struct secret *storage = m->c->id.storage;
    hkdf_sha256(m->key->ptr, 32, bytes_of(storage->ptr, storage->len), bytes_of(NULL, 0), info, 2);
    size_t lines = 0, done = 0;
    for (size_t at = 0; at < all.len; lines++)
        (void)next_line(all, &at);
    m->result->lines = lines;
    /* What an earlier import listed and did not get to the end with. */
    enum err e = client_manifests_load(m->c, m->c->id.key, why);
    if (e == ERR_OK)
        e = queued_all(m->c, m->project, &m->queued, why);
    for (size_t at = 0; e == ERR_OK && at < all.len; done++) {
        e = progress_step(m->c->progress, "importing tasks", done, lines, PROGRESS_RECORDS, why);
        if (e == ERR_OK)
            e = import_line(m, next_line(all, &at), why);
    }
    return e == ERR_OK ? import_batch(m, why) : e;
}

enum err import_lines(struct client *c, const uint8_t project[16], struct bytes all,
                      struct import_result *out, struct why *why)
{
    struct importing *m = calloc(1, sizeof *m);
    *out = (struct import_result){ 0 };
    if (!m)
        return why_nomem(why);
    *m = (struct importing){ .c = c, .project = project, .result = out, .key = secret_new(32) };
    enum err e = m->key ? import_all(m, all, why) : why_nomem(why);
    secret_free(m->key);
    known_free(&m->queued);
    known_free(&m->seen);
    secret_wipe(m, sizeof *m);
    free(m);
    return e;
}
