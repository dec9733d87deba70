#include "fuzz.h"

#include "request/body.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct why why;
    struct request r;
    struct bytes in = bytes_of(data, size);
    if (request_parse(in, &r, &why) != ERR_OK)
        return 0;
    AUTO_BUF struct buf out = buf_init(REQUEST_BYTES_MAX);
    fuzz_must(request_write(&r, &out, &why) == ERR_OK);
    fuzz_same(buf_bytes(&out), in);

    uint8_t(*ids)[32] = calloc(request_header_count(&r), sizeof *ids);
    fuzz_must(ids != NULL);
    request_ids(&r, ids);
    free(ids);
    AUTO_BUF struct buf closes = buf_init(UINT16_MAX);
    for (size_t i = 0; i < request_close_count(&r); i++) {
        struct request_close c = request_close(&r, i);
        request_close_write(&c, &closes);
    }
    fuzz_same(buf_bytes(&closes), r.closes);
    if (request_gates_check(&r, 0x1f, 3, 1, &why) == ERR_OK)
        fuzz_must((r.gates & 1) && !(r.gates & 0xe0));
    if (request_author_check(&r, r.owner, &why) == ERR_OK && r.act == REQUEST_CREATE)
        fuzz_same(bytes_of(request_header(&r, 0) + 24, 32), bytes_of(r.owner, 32));
    return 0;
}
