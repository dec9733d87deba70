/* client/write_file.c: one long file as a record, in constant memory. */
#include "client/write_state.h"

#include "client/state.h"
#include "crypto/hash.h"
#include "record/pack.h"
#include "record/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool write_file_wanted(const char *path)
{
    struct stat st;
    return strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
           st.st_size > RECORD_STREAM_FROM;
}

struct source {
    int fd;
    const char *path;
};

static enum err source_fill(void *ctx, uint64_t at, uint8_t *out, size_t len, struct why *why)
{
    const struct source *s = ctx;
    return file_read_at(s->fd, s->path, at, out, len, why);
}

/* Every sealed byte is written once and never made again: an upload that is tried again sends the
 * same ones, whatever became of the source. */
static enum err stream_pack(struct writing *w, struct record_sealing *s, struct source *from,
                            struct upload *to, struct why *why)
{
    AUTO_BUF struct buf front = buf_init(PACK_START_BYTES + PACK_ROW_BYTES);
    AUTO_SHA256 struct sha256 *hash = sha256_new();
    const struct pack_item item = { s->header.raw, body_sealed_bytes(s->padded_bytes) };
    size_t len = 1;
    enum err e = hash ? pack_front(&item, 1, &front, why) : why_nomem(why);
    if (e == ERR_OK)
        e = file_write_at(to->fd, "the sealed pack", 0, buf_bytes(&front), why);
    if (e == ERR_OK)
        sha256_add(hash, buf_bytes(&front));
    for (to->len = front.len; e == ERR_OK && len > 0; to->len += len) {
        e = record_sealing_chunk(s, source_fill, from, to->room, &len, why);
        const struct bytes chunk = bytes_of(to->room, len);
        if (e == ERR_OK)
            e = file_write_at(to->fd, "the sealed pack", to->len, chunk, why);
        if (e == ERR_OK)
            sha256_add(hash, chunk);
        if (e == ERR_OK)
            e = progress_step(w->c->progress, "sealing", s->sealer.s.done, s->padded_bytes,
                              PROGRESS_BYTES, why);
    }
    if (e == ERR_OK)
        e = record_sealing_end(s, w->sealed[0].body_hash, why);
    if (e == ERR_OK)
        sha256_end(hash, to->name);
    return e;
}

static enum err stream_seal(struct writing *w, const struct write_draft *draft,
                            struct source *from, struct upload *to, struct why *why)
{
    struct stat st;
    if (fstat(from->fd, &st) != 0)
        return file_error(why, "read", from->path);
    AUTO_RECORD_SEALING struct record_sealing s = { 0 };
    const struct record_draft d = {
        .kind = draft->kind, .project = w->project, .author = w->c->id.key,
        .hedge = w->c->id.hedge->ptr,
        .content = { .type = draft->type, .name = draft->name, .encoding = PLAINTEXT_STORED } };
    uint8_t random[32];
    random_bytes(random, sizeof random);
    enum err e = record_sealing_start(&s, &d, (uint64_t)st.st_size, NULL, random,
                                      secret_arena_at(&w->deks, 0), why);
    secret_wipe(random, sizeof random);
    if (e == ERR_OK)
        e = stream_pack(w, &s, from, to, why);
    if (e != ERR_OK)
        return e;
    w->sealed[0].header = s.header;
    w->sealed[0].padded_bytes = s.padded_bytes;
    memcpy(w->sealed[0].id, s.id, 32);
    write_row(w, 0, draft);
    return manifest_root(buf_bytes(&w->rows), w->root, why);
}

enum err write_file(struct client *c, const uint8_t project[16], const struct write_draft *draft,
                    const char *path, uint8_t id[32], struct why *why)
{
    struct record_sealed sealed = { .padded_bytes = 0 };
    struct writing w = { .c = c, .project = project, .count = 1, .sealed = &sealed,
                         .rows = buf_init(MANIFEST_ROW_BYTES) };
    struct source from = { .fd = open(path, O_RDONLY | O_CLOEXEC), .path = path };
    struct upload to = { .fd = -1, .room = malloc(UPLOAD_PIECE) };
    enum err e = from.fd < 0 ? file_error(why, "open", path) : write_ready(c, project, why);
    if (e == ERR_OK && !to.room)
        e = why_nomem(why);
    if (e == ERR_OK)
        e = file_nameless(c->dir.s, &to.fd, why);
    if (e == ERR_OK)
        e = secret_arena_init(&w.deks, KEY_BYTES, 1, why);
    if (e == ERR_OK)
        e = stream_seal(&w, draft, &from, &to, why);
    if (e == ERR_OK)
        e = write_steps(&w, &to, why);
    if (e == ERR_OK)
        memcpy(id, sealed.id, 32);
    if (from.fd >= 0)
        (void)close(from.fd);
    if (to.fd >= 0)
        (void)close(to.fd);
    free(to.room);
    secret_arena_release(&w.deks);
    buf_release(&w.rows);
    return e;
}
