/* bench/bulk.c: one request for many records, against its primitives over as many on the gate's
 * core: two HMACs and 32 bytes of mask a record, and the hash of each header.
 * usage: bench_bulk STATE PASSPHRASE-FILE PROJECT GATE-CORE OWN-CORE RECORDS…
 * One JSON line a size. */
#include "bench/world.h"

#include "crypto/aead.h"

enum { ROUNDS = 5 };

static struct world world;

static double primitives_seconds(size_t count)
{
    static const uint8_t key[32], input[44], header[11 + RECORD_HEADER_BYTES];
    const struct bytes part = bytes_of(input, sizeof input);
    uint8_t out[32];
    uint8_t *shares = calloc(count, 32);
    AUTO_HMAC struct hmac *kept = hmac_new(bytes_of(key, sizeof key));
    if (!shares || !kept)
        exit(1);
    double begun = bench_core_now();
    if (ctr_xor(key, shares, count * 32, NULL) != ERR_OK)
        exit(1);
    for (size_t i = 0; i < count; i++) {
        hmac_run(kept, out, &part, 1);
        hmac_run(kept, out, &part, 1);
        sha256(out, bytes_of(header, sizeof header));
    }
    double spent = bench_core_now() - begun;
    free(shares);
    return spent;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
    if (argc < 7)
        return 2;
    world_open(&world, "bulk", argv);
    const unsigned gate_core = (unsigned)strtoul(argv[4], NULL, 10);
    const unsigned own_core = (unsigned)strtoul(argv[5], NULL, 10);
    for (int k = 6; k < argc; k++) {
        const size_t count = strtoul(argv[k], NULL, 10);
        double bare[ROUNDS], whole[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            world_pin(gate_core);
            bare[i] = primitives_seconds(count);
            world_pin(own_core);
            whole[i] = world_one(&world, count);
        }
        qsort(bare, ROUNDS, sizeof *bare, by_size);
        qsort(whole, ROUNDS, sizeof *whole, by_size);
        const struct bench_line line = { .bench = "bulk", .size = count,
                                         .what = "records a request",
                                         .figure = (double)count / whole[ROUNDS / 2],
                                         .unit = "records/s",
                                         .floor = (double)count / bare[ROUNDS / 2],
                                         .floor_is = "HMACs, mask and header's hash of each",
                                         .rounds = ROUNDS,
                                         .wanted = count == REQUEST_HEADERS_MAX ? 0.7 : 0 };
        bench_print(&line);
    }
    client_free(world.client);
    return 0;
}
