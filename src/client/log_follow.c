#include "client/log_follow.h"

#include "tlog/tile.h"

#include <stdio.h>
#include <string.h>

void log_follow_init(struct log_follow *f)
{
    tlog_tree_init(&f->tree, NULL);
}

void log_follow_save(const struct log_follow *f, uint8_t out[FOLLOW_STATE_BYTES])
{
    put_u64be(out, f->tree.size);
    memcpy(out + 8, f->tree.edge, TLOG_LEVELS * TLOG_HASH_BYTES);
}

enum err log_follow_load(struct log_follow *f, struct bytes saved, struct why *why)
{
    if (saved.len != FOLLOW_STATE_BYTES || get_u64be(saved.ptr) > TLOG_SIZE_MAX)
        return why_set(why, ERR_FORMAT, "not the state of a followed log");
    log_follow_init(f);
    f->tree.size = get_u64be(saved.ptr);
    memcpy(f->tree.edge, saved.ptr + 8, TLOG_LEVELS * TLOG_HASH_BYTES);
    return ERR_OK;
}

static enum err fetch(struct transport *t, const char *base, const char *path, struct buf *out,
                      struct why *why)
{
    char full[128];
    (void)snprintf(full, sizeof full, "/log/%s", path);
    const struct transport_call call = { .method = "GET", .base = base, .path = full,
                                         .authority = true };
    return transport_do(t, &call, out, why);
}

static enum err fetch_checkpoint(struct transport *t, const char *base,
                                 const struct note_key *key, struct checkpoint *out,
                                 struct why *why)
{
    AUTO_BUF struct buf note = buf_init(NOTE_BYTES_MAX);
    enum err e = fetch(t, base, "checkpoint", &note, why);
    return e == ERR_OK ? checkpoint_open(out, buf_bytes(&note), key, why) : e;
}

/* One bundle's entries from f's size on: hashed into `tree`, and kept behind one another in `all`.
 */
static enum err fetch_bundle(struct transport *t, const char *base, uint64_t size,
                             struct tlog_tree *tree, struct buf *all, struct why *why)
{
    struct tile tile = { .entries = true, .index = tree->size / TILE_WIDTH };
    tile.width = tile_width(0, tile.index, size);
    char path[TILE_PATH_MAX];
    tile_path(path, &tile);
    AUTO_BUF struct buf bundle = buf_init(TILE_WIDTH * (2 + 65535));
    enum err e = fetch(t, base, path, &bundle, why);
    struct bytes entries[TILE_WIDTH];
    if (e == ERR_OK)
        e = tile_bundle_split(entries, buf_bytes(&bundle), tile.width, why);
    if (e != ERR_OK)
        return e;
    for (unsigned i = (unsigned)(tree->size % TILE_WIDTH); i < tile.width; i++) {
        uint8_t leaf[TLOG_HASH_BYTES];
        tlog_leaf_hash(leaf, entries[i], NULL);
        (void)tlog_tree_add(tree, leaf, NULL);
        buf_add_u16(all, (uint16_t)entries[i].len);
        buf_add_bytes(all, entries[i]);
    }
    return buf_ok(all) ? ERR_OK : why_nomem(why);
}

static enum err hand_out(uint64_t index, struct bytes all, log_follow_each *each, void *ctx,
                         struct why *why)
{
    for (size_t at = 0; at < all.len; index++) {
        size_t len = get_u16be(all.ptr + at);
        enum err e = each(ctx, index, bytes_of(all.ptr + at + 2, len), why);
        if (e != ERR_OK)
            return e;
        at += 2 + len;
    }
    return ERR_OK;
}

enum err log_follow_step(struct log_follow *f, struct transport *t, const char *base,
                         const struct note_key *key, log_follow_each *each, void *ctx,
                         struct why *why)
{
    struct checkpoint c;
    enum err e = fetch_checkpoint(t, base, key, &c, why);
    if (e != ERR_OK)
        return e;
    if (c.size < f->tree.size)
        return why_set(why, ERR_ROLLBACK, "the log '%s' shrank from %llu to %llu entries",
                       key->name, (unsigned long long)f->tree.size, (unsigned long long)c.size);
    struct tlog_tree tree = f->tree;
    AUTO_BUF struct buf all = buf_init(FOLLOW_STEP_MAX);
    while (e == ERR_OK && tree.size < c.size)
        e = fetch_bundle(t, base, c.size, &tree, &all, why);
    if (e != ERR_OK)
        return e;
    uint8_t root[TLOG_HASH_BYTES];
    tlog_tree_root(&tree, root);
    if (memcmp(root, c.root, sizeof root) != 0)
        return why_set(why, ERR_ROLLBACK,
                       "the log '%s' of %llu entries is not the one known before", key->name,
                       (unsigned long long)c.size);
    e = hand_out(f->tree.size, buf_bytes(&all), each, ctx, why);
    if (e == ERR_OK)
        f->tree = tree;
    return e;
}
