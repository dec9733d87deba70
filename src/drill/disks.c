#include "drill/disks.h"

#include "shares/key_file.h"
#include "sys/files.h"

#include <dirent.h>
#include <string.h>

static const char prefix[] = "keys-";
enum { DISKS_NAME = sizeof prefix - 1 + 64 };

static struct disks_epoch *disks_epoch_of(struct disks *d, const struct gate_keys *k)
{
    for (size_t i = 0; i < d->epoch_count; i++)
        if (memcmp(d->epochs[i].id, k->epoch_id, 32) == 0)
            return &d->epochs[i];
    struct disks_epoch *e = &d->epochs[d->epoch_count++];
    *e = (struct disks_epoch){ .sets = subset_keys(k->t, k->roster) };
    memcpy(e->id, k->epoch_id, 32);
    return e;
}

static void disks_put(struct disks *d, struct gate_keys *k)
{
    d->keys[d->key_count++] = k;
    struct disks_epoch *e = disks_epoch_of(d, k);
    for (unsigned i = 0; i < e->sets.count; i++)
        for (unsigned j = 0; j < k->held.count; j++)
            if (k->held.sets[j] == e->sets.sets[i] && !e->keys[i]) {
                e->keys[i] = gate_keys_subset(k, k->held.sets[j]);
                e->known++;
            }
}

static enum err disks_file(struct disks *d, const char *path, struct why *why)
{
    if (d->key_count == DISKS_KEYS_MAX)
        return why_set(why, ERR_LIMIT, "more than %d key files", DISKS_KEYS_MAX);
    struct buf b = buf_init(KEY_FILE_MAX);
    struct gate_keys *k = NULL;
    enum err e = file_read(path, &b, why);
    if (e == ERR_OK) {
        e = key_file_open(buf_bytes(&b), &k, why);
        if (e != ERR_OK)
            e = why_before(why, e, "'%s'", path);
    }
    if (b.ptr)
        secret_wipe(b.ptr, b.cap);
    buf_release(&b);
    if (e == ERR_OK)
        disks_put(d, k);
    return e;
}

enum err disks_add(struct disks *d, const char *dir, struct why *why)
{
    DIR *listing = opendir(dir);
    if (!listing)
        return file_error(why, "open", dir);
    enum err e = ERR_OK;
    size_t before = d->key_count;
    for (struct dirent *row; e == ERR_OK && (row = readdir(listing));)
        if (strncmp(row->d_name, prefix, sizeof prefix - 1) == 0 &&
            strlen(row->d_name) == DISKS_NAME)
            e = disks_file(d, file_path(dir, "%s", row->d_name).s, why);
    (void)closedir(listing);
    if (e == ERR_OK && d->key_count == before)
        e = why_set(why, ERR_NOT_FOUND, "no gate's key file is in '%s'", dir);
    return e;
}

void disks_release(struct disks *d)
{
    for (size_t i = 0; i < d->key_count; i++)
        gate_keys_free(d->keys[i]);
    *d = (struct disks){ 0 };
}

bool disks_cover(const struct disks *d)
{
    for (size_t i = 0; i < d->epoch_count; i++)
        if (d->epochs[i].known == d->epochs[i].sets.count)
            return true;
    return false;
}

unsigned disks_partials(const struct disks_epoch *e, const struct record_header *h,
                        const uint8_t id[32], uint8_t out[SUBSET_LIST_MAX][32])
{
    unsigned n = 0;
    uint8_t key[KEY_BYTES];
    for (unsigned i = 0; i < e->sets.count; i++) {
        if (!e->keys[i])
            continue;
        key_project(key, e->keys[i], e->id, e->sets.sets[i], h->project, (uint8_t)h->kind);
        key_partial(out[n++], key, id);
    }
    secret_wipe(key, sizeof key);
    return n;
}
