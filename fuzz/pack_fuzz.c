#include "fuzz.h"

#include "record/body.h"
#include "record/pack.h"

#include <stdlib.h>

static void write_again(const struct pack *p, struct bytes front)
{
    struct why why;
    struct pack_place *places = calloc(p->count, sizeof *places);
    struct pack_item *items = calloc(p->count, sizeof *items);
    fuzz_must(places && items);
    for (size_t i = 0; i < p->count; i++) {
        places[i] = pack_at(p, i);
        items[i].header = places[i].header.raw;
        items[i].sealed_bytes = places[i].sealed_bytes;
    }
    AUTO_BUF struct buf out = buf_init(PACK_FRONT_MAX);
    fuzz_must(pack_front(items, p->count, &out, &why) == ERR_OK);
    fuzz_same(buf_bytes(&out), front);
    free(items);
    free(places);
}

/* The last 8 bytes are the blob's length, so that a front can pass without its bodies. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct why why;
    size_t front_bytes;
    AUTO_PACK struct pack p = { 0 };
    if (size < 8)
        return 0;
    struct bytes in = bytes_of(data, size - 8);
    if (pack_parse(in, get_u64be(data + size - 8), &p, &why) != ERR_OK)
        return 0;
    fuzz_must(pack_front_bytes(in, &front_bytes, &why) == ERR_OK && front_bytes <= in.len);
    write_again(&p, bytes_of(in.ptr, front_bytes));
    return 0;
}
