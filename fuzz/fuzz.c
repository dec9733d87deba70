#include "fuzz.h"

#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_must(crypto_init(NULL) == ERR_OK);
    return 0;
}

void fuzz_must(bool ok)
{
    if (!ok)
        abort();
}

void fuzz_same(struct bytes a, struct bytes b)
{
    fuzz_must(bytes_equal(a, b));
}

uint8_t fuzz_choice(struct bytes *in)
{
    if (in->len == 0)
        return 0;
    uint8_t choice = in->ptr[0];
    *in = bytes_of(in->ptr + 1, in->len - 1);
    return choice;
}

struct fuzz_key fuzz_key(void)
{
    static const uint8_t seed[SIGN_SEED_BYTES] = { 'f', 'u', 'z', 'z' };
    struct fuzz_key key;
    sign_keypair(key.public_key, key.secret, seed);
    return key;
}
