#include "fuzz.h"

#include "decide/snapshot.h"

/* Behind the check, which nobody passes by chance: the reader of the fold gets the bytes as they
 * are, under the owner that they name. */
static void fold(struct bytes in)
{
    struct why why;
    struct gate_state *g = NULL;
    if (in.len < 32 || snapshot_fold(in, in.ptr, 1, &g, &why) != ERR_OK)
        return;
    AUTO_BUF struct buf back = buf_init(1 << 24);
    uint8_t digest[32];
    struct why would;
    snapshot_state(g, &back);
    fuzz_must(buf_ok(&back));
    fuzz_same(buf_bytes(&back), in);
    gate_digest(g, digest);
    (void)gate_would(g, INT64_C(1800000000000), &would);
    (void)gate_checks_complete(g);
    gate_state_free(g);
}

static void file(struct bytes in)
{
    static const uint8_t key[SNAPSHOT_KEY_BYTES] = { 1 };
    struct why why;
    struct snapshot s;
    if (snapshot_parse(in, key, &s, &why) != ERR_OK)
        return;
    AUTO_BUF struct buf back = buf_init(1 << 24);
    buf_add_zero(&back, SNAPSHOT_HEAD_BYTES);
    buf_add_bytes(&back, s.state);
    buf_add_bytes(&back, s.mark);
    fuzz_must(snapshot_end(&back, &s, key, &why) == ERR_OK);
    fuzz_same(buf_bytes(&back), in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    if (fuzz_choice(&in) % 8)
        fold(in);
    else
        file(in);
    return 0;
}
