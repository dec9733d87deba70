/* drill/loot.c: a stolen store's directory, read as a thief would. */
#include "drill/thief.h"

#include "base/hex.h"
#include "shares/key_file.h"
#include "sys/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum err row_of(sqlite3_stmt *s, struct thief_record *r, struct why *why)
{
    if (sqlite3_column_bytes(s, 0) != RECORD_HEADER_BYTES || sqlite3_column_bytes(s, 1) != 32)
        return why_set(why, ERR_FORMAT, "the store's index is not one");
    enum err e = record_header_parse(bytes_of(sqlite3_column_blob(s, 0), RECORD_HEADER_BYTES),
                                     &r->header, why);
    record_id(r->id, r->header.raw);
    memcpy(r->pack, sqlite3_column_blob(s, 1), 32);
    r->place = (uint64_t)sqlite3_column_int64(s, 2);
    r->sealed_bytes = (uint64_t)sqlite3_column_int64(s, 3);
    return e;
}

static enum err records_of(sqlite3 *db, struct thief_loot *l, struct why *why)
{
    sqlite3_stmt *s = NULL;
    size_t room = 0;
    enum err e = ERR_OK;
    if (sqlite3_prepare_v2(db, "SELECT header, pack, place, sealed FROM record", -1, &s, NULL))
        return why_set(why, ERR_IO, "cannot read the stolen index: %s", sqlite3_errmsg(db));
    while (e == ERR_OK && sqlite3_step(s) == SQLITE_ROW) {
        if (l->count == room) {
            room = room ? room * 2 : 256;
            struct thief_record *more = realloc(l->records, room * sizeof *more);
            if (!more) {
                e = why_nomem(why);
                break;
            }
            l->records = more;
        }
        l->records[l->count] = (struct thief_record){ .slot_count = 0 };
        e = row_of(s, &l->records[l->count++], why);
    }
    sqlite3_finalize(s);
    return e;
}

static enum err slots_of(sqlite3 *db, struct thief_record *r, struct why *why)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(db, "SELECT slot FROM slot WHERE record=? ORDER BY place", -1, &s, NULL))
        return why_set(why, ERR_IO, "cannot read the stolen index: %s", sqlite3_errmsg(db));
    (void)sqlite3_bind_blob(s, 1, r->id, 32, SQLITE_STATIC);
    while (sqlite3_step(s) == SQLITE_ROW && r->slot_count < THIEF_SLOTS_MAX)
        if (sqlite3_column_bytes(s, 0) == 68)
            memcpy(r->slots[r->slot_count++], sqlite3_column_blob(s, 0), 68);
    sqlite3_finalize(s);
    return ERR_OK;
}

enum err thief_loot_read(const char *dir, struct thief_loot *out, struct why *why)
{
    struct thief_loot l = { .dir = dir };
    sqlite3 *db = NULL;
    enum err e = ERR_OK;
    if (sqlite3_open_v2(file_path(dir, "index.db").s, &db, SQLITE_OPEN_READWRITE, NULL))
        e = why_set(why, ERR_IO, "cannot open '%s/index.db'", dir);
    if (e == ERR_OK)
        e = records_of(db, &l, why);
    for (size_t i = 0; e == ERR_OK && i < l.count; i++)
        e = slots_of(db, &l.records[i], why);
    sqlite3_close(db);
    if (e == ERR_OK)
        *out = l;
    else
        thief_loot_release(&l);
    return e;
}

void thief_loot_release(struct thief_loot *l)
{
    free(l->records);
    *l = (struct thief_loot){ 0 };
}

static bool body_of(const struct thief_loot *l, const struct thief_record *r, struct buf *out)
{
    uint8_t *at = buf_grow(out, (size_t)r->sealed_bytes);
    int fd = open(file_path(l->dir, "pack/%s", hex_id(r->pack).s).s, O_RDONLY | O_CLOEXEC);
    bool ok = at && fd >= 0 &&
              pread(fd, at, r->sealed_bytes, (off_t)r->place) == (ssize_t)r->sealed_bytes;
    if (fd >= 0)
        (void)close(fd);
    return ok;
}

bool thief_opens(const struct thief_loot *l, const struct thief_record *r, const uint8_t key[32])
{
    if (record_commit_check(&r->header, key, NULL) != ERR_OK)
        return false;
    AUTO_BUF struct buf body = buf_init((size_t)1 << 31);
    AUTO_RECORD_OPENED struct record_opened o = { 0 };
    return body_of(l, r, &body) &&
           record_open(&r->header, key, buf_bytes(&body), &o, NULL) == ERR_OK;
}

static enum err keys_of(const char *dir, struct gate_keys **out, struct why *why)
{
    DIR *d = opendir(dir);
    AUTO_BUF struct buf file = buf_init(KEY_FILE_MAX);
    struct dirent *entry;
    enum err e = ERR_NOT_FOUND;
    while (d && e == ERR_NOT_FOUND && (entry = readdir(d)))
        if (strncmp(entry->d_name, "keys-", 5) == 0)
            e = file_read(file_path(dir, "%s", entry->d_name).s, &file, why);
    if (d)
        (void)closedir(d);
    if (e == ERR_NOT_FOUND)
        return why_set(why, ERR_NOT_FOUND, "'%s' holds no gate's keys", dir);
    return e == ERR_OK ? key_file_open(buf_bytes(&file), out, why) : e;
}

enum err thief_keys(const char *const *dirs, size_t count, struct gate_keys **out,
                    struct why *why)
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < count && e == ERR_OK; i++)
        e = keys_of(dirs[i], &out[i], why);
    return e;
}

bool thief_pad(struct gate_keys *const *keys, size_t count, const struct thief_record *r,
               uint8_t pad[32])
{
    bool all = count > 0;
    memset(pad, 0, 32);
    struct subset_list sets = { 0 };
    if (count)
        sets = subset_keys(keys[0]->t, keys[0]->roster);
    for (unsigned k = 0; k < sets.count; k++) {
        bool known = false;
        for (size_t i = 0; i < count && !known; i++) {
            uint8_t project[32], partial[32];
            if (!subset_has(sets.sets[k], keys[i]->number))
                continue;
            key_project(project, gate_keys_subset(keys[i], sets.sets[k]), keys[i]->epoch_id,
                        sets.sets[k], r->header.project, (uint8_t)r->header.kind);
            key_partial(partial, project, r->id);
            for (size_t b = 0; b < 32; b++)
                pad[b] ^= partial[b];
            known = true;
        }
        all = all && known;
    }
    return all;
}
