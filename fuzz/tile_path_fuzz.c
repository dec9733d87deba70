#include "fuzz.h"

#include "tlog/tile.h"

static void path(struct bytes in)
{
    struct why why;
    struct tile t;
    char out[TILE_PATH_MAX];
    if (tile_path_parse(&t, in, &why) != ERR_OK)
        return;
    tile_path(out, &t);
    fuzz_same(bytes_str(out), in);
}

static void bundle(struct bytes in, unsigned width)
{
    struct why why;
    struct bytes entries[TILE_WIDTH];
    if (tile_bundle_split(entries, in, width, &why) != ERR_OK)
        return;
    AUTO_BUF struct buf out = buf_init(in.len + 1);
    for (unsigned i = 0; i < width; i++)
        tile_bundle_add(&out, entries[i]);
    fuzz_same(buf_bytes(&out), in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    uint8_t choice = fuzz_choice(&in);
    if (choice == 0)
        path(in);
    else
        bundle(in, choice);
    return 0;
}
