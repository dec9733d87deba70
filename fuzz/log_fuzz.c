#include "fuzz.h"

#include "base/cur.h"
#include "crypto/hash.h"
#include "folder.h"
#include "sys/log.h"
#include "sys/log_batch.h"

#include <string.h>

enum { ENTRIES = 30, BATCHES = 5, USED = 8192, FILES = 2 };

/* A true log, made once: five batches in one segment. */
static const char *const names[FILES] = { "log/segment-00000000.log", "log/head" };
static uint8_t image[FILES][LOG_SEGMENT_BYTES_MIN];
static size_t image_len[FILES];

static void entry_of(uint64_t i, uint8_t out[64])
{
    memset(out, (int)(i + 1), 64);
}

static void make(void)
{
    struct log *log = NULL;
    struct log_report report;
    uint8_t bytes[ENTRIES][64];
    struct bytes entries[ENTRIES];
    const struct file_path dir = file_path(folder(), "log");
    fuzz_must(log_open(&log, dir.s, LOG_SEGMENT_BYTES_MIN, NULL, NULL, &report, NULL) == ERR_OK);
    for (size_t i = 0; i < ENTRIES; i++) {
        entry_of(i, bytes[i]);
        entries[i] = bytes_of(bytes[i], 1 + i * 2);
    }
    for (size_t i = 0; i < BATCHES; i++)
        fuzz_must(log_append(log, entries + i * ENTRIES / BATCHES, ENTRIES / BATCHES, NULL) ==
                  ERR_OK);
    log_close(log);
    for (size_t f = 0; f < FILES; f++) {
        AUTO_BUF struct buf b = buf_init(sizeof image[f]);
        folder_get(names[f], &b);
        memcpy(image[f], b.ptr, b.len);
        image_len[f] = b.len;
    }
}

/* What comes back is what was written, from the first on. */
static enum err each(void *ctx, uint64_t index, struct bytes entry, struct why *why)
{
    uint8_t want[64];
    uint64_t *count = ctx;
    (void)why;
    entry_of(index, want);
    fuzz_must(index == *count && index < ENTRIES);
    fuzz_same(entry, bytes_of(want, 1 + index * 2));
    ++*count;
    return ERR_OK;
}

/* Changes to the files, each file 1 | place 2 | length 1 | bytes; a length of 255 cuts the file. */
static void damaged(struct bytes in)
{
    struct cur c = cur_from(in);
    size_t len[FILES];
    static uint8_t now[FILES][LOG_SEGMENT_BYTES_MIN];
    memcpy(now, image, sizeof now);
    memcpy(len, image_len, sizeof len);
    while (cur_left(&c) && !c.failed) {
        size_t f = cur_u8(&c) % FILES, at = cur_u16be(&c) % (f ? 96 : USED), n = cur_u8(&c);
        if (n == 255) {
            len[f] = at;
            continue;
        }
        const uint8_t *p = cur_bytes(&c, n);
        if (p && at + n <= sizeof now[f])
            memcpy(now[f] + at, p, n);
    }
    for (size_t f = 0; f < FILES; f++)
        folder_put(names[f], bytes_of(now[f], len[f]));
    struct why why;
    struct log *log = NULL;
    struct log_report report;
    uint64_t count = 0;
    if (log_open(&log, file_path(folder(), "log").s, LOG_SEGMENT_BYTES_MIN, each, &count, &report,
                 &why) != ERR_OK)
        return;
    fuzz_must(log_size(log) == count && report.entries == count);
    fuzz_must(count == ENTRIES || count % (ENTRIES / BATCHES) == 0);
    log_close(log);
}

/* The parsers alone, with a nonce that the input knows. */
static void batch(struct bytes in)
{
    static uint8_t leaves[64 * TLOG_HASH_BYTES];
    struct log_segment_header h;
    struct log_batch b;
    uint8_t out[LOG_SECTOR];
    if (in.len >= LOG_SECTOR && log_segment_header_read(&h, in.ptr)) {
        log_segment_header_write(out, &h);
        fuzz_must(memcmp(out, in.ptr, LOG_SEGMENT_HEADER_BYTES) == 0);
    }
    static const uint8_t nonce[LOG_NONCE_BYTES];
    struct sha256 *hasher = sha256_new();
    fuzz_must(hasher != NULL);
    if (log_batch_read(&b, in, nonce, 64, leaves, hasher))
        while (b.frames.len)
            fuzz_must(log_batch_next(&b.frames).len > 0);
    sha256_free(hasher);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    if (image_len[0] == 0)
        make();
    if (fuzz_choice(&in) % 4)
        damaged(in);
    else
        batch(in);
    return 0;
}
