/* sys/log_sample.h: logs to test with. Tests only. */
#ifndef SYS_LOG_SAMPLE_H
#define SYS_LOG_SAMPLE_H

#include "base/test.h"

#include "crypto/crypto.h"
#include "sys/log.h"
#include "tlog/checkpoint.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SAMPLE_PATH_MAX = 400, SAMPLE_SEGMENT = LOG_SEGMENT_BYTES_MIN };

static uint64_t sample_seed = 88172645463325252u; /* fixed: a failure can be repeated */
static inline uint64_t sample_random(uint64_t n)
{
    sample_seed ^= sample_seed << 13;
    sample_seed ^= sample_seed >> 7;
    sample_seed ^= sample_seed << 17;
    return sample_seed % n;
}

/* Entry `index` of every sample: 40 to 539 bytes that follow from the index. */
static inline struct bytes sample_entry(uint64_t index, uint8_t out[600])
{
    uint64_t x = index * UINT64_C(0x9e3779b97f4a7c15) + 1;
    const size_t len = 40 + (size_t)(x >> 32) % 500;
    for (size_t i = 0; i < len; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        out[i] = (uint8_t)x;
    }
    put_u64be(out, index);
    return bytes_of(out, len);
}

static inline void sample_dir_make(char out[SAMPLE_PATH_MAX])
{
    (void)snprintf(out, SAMPLE_PATH_MAX, "/tmp/cofferdam-log-XXXXXX");
    assert_non_null(mkdtemp(out));
}

static inline int sample_remove_one(const char *path, const struct stat *st, int type,
                                    struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static inline void sample_dir_remove(const char *dir)
{
    (void)nftw(dir, sample_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void sample_path(char out[SAMPLE_PATH_MAX], const char *dir, const char *name)
{
    const int n = snprintf(out, SAMPLE_PATH_MAX, "%s/%s", dir, name);
    assert_true(n > 0 && n < SAMPLE_PATH_MAX);
}

/* A file into `out`; false: it is not there. */
static inline bool sample_read(const char *dir, const char *name, struct buf *out)
{
    char path[SAMPLE_PATH_MAX];
    sample_path(path, dir, name);
    buf_reset(out);
    FILE *f = fopen(path, "rb");
    if (!f)
        return false;
    uint8_t part[4096];
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;)
        buf_add(out, part, n);
    (void)fclose(f);
    return buf_ok(out);
}

static inline void sample_write(const char *dir, const char *name, struct bytes in)
{
    char path[SAMPLE_PATH_MAX];
    sample_path(path, dir, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(in.ptr, 1, in.len, f), in.len);
    assert_int_equal(fclose(f), 0);
}

static inline bool sample_exists(const char *dir, const char *name)
{
    char path[SAMPLE_PATH_MAX];
    sample_path(path, dir, name);
    return access(path, F_OK) == 0;
}

/* Counts the entries and checks each; ctx is the counter. */
static inline enum err sample_each(void *ctx, uint64_t index, struct bytes entry, struct why *why)
{
    uint8_t want[600];
    uint64_t *count = ctx;
    if (index != *count || !bytes_equal(entry, sample_entry(index, want)))
        return why_set(why, ERR_INTERNAL, "entry %lu is not what was appended",
                       (unsigned long)index);
    ++*count;
    return ERR_OK;
}

/* Opens and checks what is replayed. */
static inline struct log *sample_open(const char *dir, struct log_report *report)
{
    struct log *log = NULL;
    struct why why;
    uint64_t count = 0;
    test_ok(log_open(&log, dir, SAMPLE_SEGMENT, sample_each, &count, report, &why), &why);
    assert_true(count == report->entries && count == log_size(log));
    return log;
}

/* Appends the next `count` entries as one batch. */
static inline enum err sample_append(struct log *log, size_t count, struct why *why)
{
    uint8_t(*bytes)[600] = calloc(count, sizeof *bytes);
    struct bytes *entries = calloc(count, sizeof *entries);
    assert_true(bytes && entries);
    for (size_t i = 0; i < count; i++)
        entries[i] = sample_entry(log_size(log) + i, bytes[i]);
    enum err err = log_append(log, entries, count, why);
    free(bytes);
    free(entries);
    return err;
}

/* The root of the first `size` entries, from the entries alone. */
static inline void sample_root(uint64_t size, uint8_t out[32])
{
    uint8_t entry[600];
    struct tlog_tree t;
    tlog_tree_init(&t, NULL);
    for (uint64_t i = 0; i < size; i++) {
        uint8_t leaf[32];
        tlog_leaf_hash(leaf, sample_entry(i, entry), NULL);
        (void)tlog_tree_add(&t, leaf, NULL);
    }
    tlog_tree_root(&t, out);
}

struct sample_signer {
    struct note_key key;
    uint8_t secret[SIGN_SECRET_BYTES];
};

static inline void sample_signer_make(struct sample_signer *s)
{
    const uint8_t seed[SIGN_SEED_BYTES] = { 3 };
    uint8_t public_key[SIGN_KEY_BYTES];
    struct why why;
    sign_keypair(public_key, s->secret, seed);
    test_ok(note_key_init(&s->key, "log.example/1", public_key, &why), &why);
}

static inline void sample_publish(struct log *log)
{
    struct why why;
    struct sample_signer s;
    struct checkpoint c = { .size = log_size(log) };
    AUTO_BUF struct buf note = buf_init(1000);
    sample_signer_make(&s);
    log_root(log, c.root);
    test_ok(checkpoint_sign(&note, &c, &s.key, s.secret, &why), &why);
    test_ok(log_publish(log, buf_bytes(&note), &why), &why);
}

static inline int sample_start(void **state)
{
    (void)state;
    struct why why;
    test_ok(crypto_init(&why), &why);
    return 0;
}

#endif
