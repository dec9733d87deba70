/* bench/append.c: batched appends to the durable log against the rate of SHA-256 over the same
 * leaves, in the same process. Each batch is hashed, written, synced and put into tiles.
 * usage: bench_append DIR [ENTRIES]; DIR in memory, where no disk hides what the code costs. One
 * JSON line a size. */
#include "bench/bench.h"

#include "crypto/crypto.h"
#include "crypto/hash.h"
#include "sys/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENTRY_BYTES = 560, BATCH_MAX = 4096 }; /* a release of one record, its request inline */

static uint8_t text[BATCH_MAX * ENTRY_BYTES];
static struct bytes entries[BATCH_MAX];

/* Entries differ from each other and from round to round. */
static void entries_make(uint64_t round, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        entries[i] = bytes_of(text + i * ENTRY_BYTES, ENTRY_BYTES);
        put_u64be(text + i * ENTRY_BYTES, round);
        put_u64be(text + i * ENTRY_BYTES + 8, i);
    }
}

/* Seconds of both, in turns, so that whatever disturbs one disturbs the other. */
struct spent {
    double append_core, leaves_core;
};

static struct spent measure(const char *dir, size_t batch, size_t count)
{
    AUTO_LOG struct log *log = NULL;
    AUTO_SHA256 struct sha256 *hasher = sha256_new();
    struct log_report report;
    struct spent spent = { 0 };
    struct why why;
    uint8_t leaf[TLOG_HASH_BYTES];
    if (log_open(&log, dir, LOG_SEGMENT_BYTES, NULL, NULL, &report, &why) != ERR_OK)
        bench_fail("append", &why);
    for (size_t done = 0; hasher && done < count; done += batch) {
        entries_make(log_size(log), batch);
        double core = bench_core_now();
        for (size_t i = 0; i < batch; i++)
            tlog_leaf_hash(leaf, entries[i], hasher);
        spent.leaves_core += bench_core_now() - core;
        core = bench_core_now();
        if (log_append(log, entries, batch, &why) != ERR_OK)
            bench_fail("append", &why);
        spent.append_core += bench_core_now() - core;
    }
    return spent;
}

int main(int argc, char **argv)
{
    static const size_t batches[] = { 64, 512, 4096 };
    struct why why;
    if (argc < 2 || crypto_init(&why) != ERR_OK)
        return 2;
    size_t most = argc > 2 ? strtoul(argv[2], NULL, 10) : (size_t)1 << 18;
    entries_make(0, BATCH_MAX);
    for (size_t k = 0; k < sizeof batches / sizeof batches[0]; k++) {
        char dir[4096];
        size_t count = most / batches[2] * batches[2] / (batches[2] / batches[k]);
        (void)snprintf(dir, sizeof dir, "%s/log-%zu", argv[1], batches[k]);
        struct spent spent = measure(dir, batches[k], count);
        struct bench_line line = { .bench = "append", .size = batches[k],
                                   .what = "entries a batch", .unit = "entries/s of a core",
                                   .figure = (double)count / spent.append_core,
                                   .floor = (double)count / spent.leaves_core,
                                   .floor_is = "SHA-256 of the same leaves", .wanted = 0.5 };
        bench_print(&line);
    }
    return 0;
}
