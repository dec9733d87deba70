#include "fuzz.h"

#include "record/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct why why;
    uint8_t root[HASH_BYTES], out[MANIFEST_ROW_BYTES];
    AUTO_MANIFEST struct manifest m = { 0 };
    struct bytes in = bytes_of(data, size);
    if (manifest_root(in, root, &why) != ERR_OK || manifest_parse(in, root, &m, &why) != ERR_OK)
        return 0;
    for (size_t i = 0; i < m.count; i++) {
        size_t at;
        struct manifest_row row = manifest_row(&m, i);
        manifest_row_write(&row, out);
        fuzz_same(bytes_of(out, sizeof out),
                  bytes_of(in.ptr + i * MANIFEST_ROW_BYTES, MANIFEST_ROW_BYTES));
        fuzz_must(manifest_find(&m, row.id, &at) && at == i);
    }
    root[0] ^= 1;
    AUTO_MANIFEST struct manifest other = { 0 };
    fuzz_must(manifest_parse(in, root, &other, &why) == ERR_MANIFEST);
    return 0;
}
