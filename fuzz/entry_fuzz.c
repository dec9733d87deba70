#include "fuzz.h"

#include "request/entry_body.h"

static void body(const struct entry *e)
{
    struct why why;
    struct entry_body b;
    if (entry_body_parse(e->type, e->body, &b, &why) != ERR_OK)
        return;
    AUTO_BUF struct buf out = buf_init(ENTRY_BYTES_MAX);
    fuzz_must(entry_body_write(&b, &out, &why) == ERR_OK);
    fuzz_same(buf_bytes(&out), e->body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct why why;
    struct entry e;
    struct bytes in = bytes_of(data, size);
    if (entry_parse(&e, in, &why) != ERR_OK)
        return 0;
    AUTO_BUF struct buf out = buf_init(ENTRY_BYTES_MAX);
    fuzz_must(entry_encode(&out, &e, &why) == ERR_OK);
    fuzz_same(buf_bytes(&out), in);
    body(&e);
    return 0;
}
