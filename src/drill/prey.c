#include "drill/prey.h"

#include "base/hex.h"
#include "record/slot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum err prey_device(const struct thief_args *a, struct client **c,
                            const struct config_project **p, struct why *why)
{
    struct buf pass = buf_init(1024);
    if (!a->state || !a->passphrase)
        return why_set(why, ERR_USAGE, "this drill needs --state DIR and --passphrase-file FILE");
    enum err e = file_read(a->passphrase, &pass, why);
    if (e == ERR_OK && pass.len && pass.ptr[pass.len - 1] == '\n')
        pass.len--;
    if (e == ERR_OK)
        e = client_open(a->state, buf_bytes(&pass), c, why);
    if (pass.ptr)
        secret_wipe(pass.ptr, pass.cap);
    buf_release(&pass);
    if (e == ERR_OK)
        e = client_sync(*c, why);
    return e == ERR_OK ? config_project(client_config(*c), a->project, p, why) : e;
}

static enum err prey_add(struct prey *p, const uint8_t id[32], struct why *why)
{
    if (p->count == p->room) {
        size_t room = p->room ? p->room * 2 : 256;
        struct read_found *found = realloc(p->found, room * sizeof *found);
        if (found)
            p->found = found;
        bool *opened = realloc(p->opened, room * sizeof *opened);
        if (opened)
            p->opened = opened;
        if (!found || !opened)
            return why_nomem(why);
        p->room = room;
    }
    p->opened[p->count] = false;
    /* A row whose record never came to the store cannot be read by anyone. */
    enum err e = read_find(p->c, id, &p->found[p->count], why);
    p->count += e == ERR_OK;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err prey_all(struct prey *p, struct why *why)
{
    struct client *c = p->c;
    enum err loaded = client_manifests_all(c, why);
    if (loaded != ERR_OK)
        return loaded;
    for (const struct client_manifest *m = c->manifests; m; m = m->next)
        for (size_t i = 0; memcmp(m->project, p->project, 16) == 0 && i < m->rows.count; i++) {
            struct manifest_row row = manifest_row(&m->rows, i);
            enum err e = prey_add(p, row.id, why);
            if (e != ERR_OK)
                return e;
        }
    return ERR_OK;
}

bool prey_opens(struct client *c, const struct read_found *f, const uint8_t pad[32],
                uint64_t *bytes)
{
    AUTO_SECRET struct secret *dek = secret_new(KEY_BYTES);
    char path[128];
    (void)snprintf(path, sizeof path, "/v1/body/%s", hex_id(f->id).s);
    const struct transport_call call = { .method = "GET", .base = c->config.store, .path = path,
                                         .authority = true };
    for (unsigned i = 0; dek && i < f->slot_count; i++) {
        struct slot slot;
        AUTO_BUF struct buf body = buf_init((size_t)1 << 31);
        AUTO_RECORD_OPENED struct record_opened o = { 0 };
        if (slot_parse(bytes_of(f->slots + i * SLOT_BYTES, SLOT_BYTES), &slot, NULL) != ERR_OK ||
            slot_open(&slot, &f->header, pad, dek->ptr, NULL) != ERR_OK ||
            transport_do(c->transport, &call, &body, NULL) != ERR_OK ||
            record_open(&f->header, dek->ptr, buf_bytes(&body), &o, NULL) != ERR_OK)
            continue;
        *bytes += o.bytes.len;
        return true;
    }
    return false;
}

enum err prey_collect(const struct thief_args *a, struct prey *out, struct why *why)
{
    const struct config_project *project = NULL;
    enum err e = prey_device(a, &out->c, &project, why);
    if (e != ERR_OK)
        return e;
    memcpy(out->project, project->id, sizeof out->project);
    return prey_all(out, why);
}

void prey_release(struct prey *p)
{
    free(p->found);
    free(p->opened);
    client_free(p->c);
    *p = (struct prey){ 0 };
}
