#include "fuzz.h"

#include "record/plaintext.h"

#include <zstd.h>

enum { UNPACK_MAX = 1 << 20 }; /* a frame may say 2^30: true, and slow */

static void unpack(const struct plaintext *p)
{
    struct why why;
    AUTO_PLAIN struct plain content = { 0 };
    unsigned long long says = ZSTD_getFrameContentSize(p->bytes.ptr, p->bytes.len);
    if (p->encoding == PLAINTEXT_ZSTD && says > UNPACK_MAX && says <= PLAINTEXT_UNPACKED_MAX)
        return;
    if (plaintext_unpack(p, &content, &why) != ERR_OK)
        fuzz_must(p->encoding == PLAINTEXT_ZSTD);
    else if (p->encoding == PLAINTEXT_ZSTD)
        fuzz_must(content.len == says);
    else
        fuzz_same(plain_bytes(&content), p->bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct why why;
    struct plaintext p;
    AUTO_PLAIN struct plain again = { 0 };
    struct bytes in = bytes_of(data, size);
    if (plaintext_parse(in, &p, &why) != ERR_OK)
        return 0;
    fuzz_must(plaintext_build(&p, &again, &why) == ERR_OK);
    fuzz_same(plain_bytes(&again), in);
    unpack(&p);
    return 0;
}
