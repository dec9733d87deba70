/* client/read_file.c: one record opened to a file, in constant memory. */
#include "client/read.h"

#include "client/read_state.h"
#include "client/state.h"
#include "record/stream.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char body_name[] = "the sealed body", out_name[] = "the opened record";

/* `chunk` has room for a sealed chunk. */
static enum err try_chunks(struct read_to *to, const struct read_found *f, const uint8_t *dek,
                           uint8_t *chunk, struct record_opening *o, uint8_t hash[HASH_BYTES])
{
    uint64_t written = 0;
    enum err e = record_opening_start(o, &f->header, dek, f->sealed_bytes, NULL);
    for (uint64_t at = 0; e == ERR_OK && at < f->sealed_bytes; at += BODY_SEALED_CHUNK_BYTES) {
        const uint64_t left = f->sealed_bytes - at;
        const size_t len =
            left < BODY_SEALED_CHUNK_BYTES ? (size_t)left : BODY_SEALED_CHUNK_BYTES;
        struct bytes content = bytes_of(NULL, 0);
        e = file_read_at(to->body, body_name, at, chunk, len, NULL);
        if (e == ERR_OK)
            e = record_opening_chunk(o, bytes_of(chunk, len), chunk, &content, NULL);
        if (e == ERR_OK && !to->done)
            e = file_write_at(to->out, out_name, written, content, NULL);
        written += content.len;
    }
    return e == ERR_OK ? record_opening_end(o, hash, NULL) : e;
}

static void written_set(struct read_to *to, uint64_t bytes, struct bytes type)
{
    to->done = true;
    to->written->bytes = bytes;
    to->written->type_len = type.len;
    if (type.len)
        memcpy(to->written->type, type.ptr, type.len);
}

/* A packed content is opened and unpacked in memory. */
static enum err try_packed(struct read_to *to, const struct read_found *f,
                           const struct manifest_row *row, const uint8_t *dek)
{
    AUTO_BUF struct buf body = buf_init((size_t)f->sealed_bytes);
    AUTO_RECORD_OPENED struct record_opened o = { 0 };
    uint8_t *p = buf_grow(&body, (size_t)f->sealed_bytes);
    enum err e = p ? file_read_at(to->body, body_name, 0, p, body.len, NULL) : ERR_NOMEM;
    if (e == ERR_OK)
        e = record_open(&f->header, dek, buf_bytes(&body), &o, NULL);
    if (e == ERR_OK)
        e = manifest_row_check(row, &f->header, o.padded_bytes, o.body_hash, NULL);
    if (e == ERR_OK && !to->done) {
        e = file_write_at(to->out, out_name, 0, o.bytes, NULL);
        if (e == ERR_OK)
            written_set(to, o.bytes.len, o.type);
    }
    return e;
}

enum err read_file_try(struct read_to *to, const struct read_found *f,
                       const struct manifest_row *row, const uint8_t dek[KEY_BYTES])
{
    AUTO_RECORD_OPENING struct record_opening o = { 0 };
    AUTO_PLAIN struct plain chunk = { 0 };
    uint8_t hash[HASH_BYTES];
    enum err e = plain_new(&chunk, BODY_SEALED_CHUNK_BYTES, NULL);
    if (e == ERR_OK && !to->done && ftruncate(to->out, 0) != 0)
        e = ERR_IO;
    if (e == ERR_OK)
        e = try_chunks(to, f, dek, chunk.ptr, &o, hash);
    if (e == ERR_UNSUPPORTED)
        return try_packed(to, f, row, dek);
    if (e == ERR_OK)
        e = manifest_row_check(row, &f->header, o.opener.s.plain_bytes, hash, NULL);
    if (e == ERR_OK && !to->done)
        written_set(to, o.length, bytes_of(o.type, o.type_len));
    return e;
}

enum err read_file(struct client *c, const uint8_t id[32], const struct read_options *options,
                   const char *path, struct read_written *out, struct read_found *found,
                   struct why *why)
{
    struct read_written written = { .bytes = 0 };
    struct file_draft draft;
    struct read_to to = { .body = -1, .written = &written };
    enum err e = file_draft_make(&draft, path, 0600, why);
    to.out = draft.fd;
    if (e == ERR_OK)
        e = file_nameless(c->dir.s, &to.body, why);
    if (e == ERR_OK)
        e = read_find(c, id, found, why);
    if (e == ERR_OK)
        e = read_found_to(c, found, options, &to, why);
    if (e == ERR_OK)
        e = file_draft_keep(&draft, path, why);
    file_draft_drop(&draft); /* nothing once it was kept */
    if (to.body >= 0)
        (void)close(to.body);
    if (e == ERR_OK)
        *out = written;
    return e;
}
