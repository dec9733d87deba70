#include "fuzz.h"

#include "formats/keyfile.h"

#include <string.h>

enum { PASSES_AT = 8 };

/* Argon2id is libsodium's, and slow: with no passes, a file gets as far as its bounds and no
 * farther, however well it is formed. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct why why;
    AUTO_SECRET struct secret *secret = NULL;
    uint8_t file[KEYFILE_BYTES];
    struct bytes in = bytes_of(data, size);
    if (size == sizeof file) {
        memcpy(file, data, size);
        put_u32be(file + PASSES_AT, 0);
        in = bytes_of(file, sizeof file);
    }
    enum err e = keyfile_open(in, bytes_str("fuzz"), &secret, &why);
    fuzz_must(e == ERR_FORMAT || e == ERR_VERSION || e == ERR_KDF_FLOOR);
    fuzz_must(secret == NULL);
    return 0;
}
