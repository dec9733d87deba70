#include "fuzz.h"

#include "record/record_header.h"
#include "record/slot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct why why;
    struct record_header h;
    struct slot slot;
    uint8_t id[RECORD_ID_BYTES], out[SLOT_BYTES], dek[KEY_BYTES] = { 0 };
    struct bytes in = bytes_of(data, size);
    if (record_header_parse(in, &h, &why) == ERR_OK) {
        fuzz_same(bytes_of(h.raw, sizeof h.raw), in);
        fuzz_must(record_kind_known(h.kind));
        record_id(id, h.raw);
        fuzz_must(record_id_check(&h, id, &why) == ERR_OK);
        fuzz_must(record_commit_check(&h, dek, &why) == ERR_PAD);
    }
    if (slot_parse(in, &slot, &why) == ERR_OK) {
        slot_write(&slot, out);
        fuzz_same(bytes_of(out, sizeof out), in);
    }
    return 0;
}
