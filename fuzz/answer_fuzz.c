#include "fuzz.h"

#include "request/answer_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t id[32] = { 1 };
    const struct fuzz_key key = fuzz_key();
    struct why why;
    struct answer a;
    struct answer_checked checked;
    uint8_t shares[2 * ANSWER_SHARE_BYTES];
    struct bytes in = bytes_of(data, size);
    if (answer_parse(in, &a, &why) != ERR_OK)
        return 0;
    AUTO_BUF struct buf out = buf_init(ANSWER_BYTES_MAX);
    fuzz_must(answer_write(&a, &out, &why) == ERR_OK);
    fuzz_same(buf_bytes(&out), in);
    const struct answer_expected x = { .gate = 1, .gate_key = key.public_key, .origin = "a/b",
                                       .kept_root = id, .r = id, .epoch_id = id, .act = 1,
                                       .device = id, .request_hash = id, .purpose = "a",
                                       .ephemeral_secret = id, .share_count = 2 };
    if (answer_check(&a, &x, shares, &checked, &why) == ERR_OK)
        fuzz_must(a.index < checked.size);
    return 0;
}
