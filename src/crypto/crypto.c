#include "crypto/crypto.h"

#include "crypto/algorithms.h"

#include <sodium.h>
#include <sys/prctl.h>
#include <sys/resource.h>

enum err crypto_init(struct why *why)
{
    const struct rlimit none = { 0, 0 };
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0)
        return why_set(why, ERR_INTERNAL, "cannot forbid core dumps");
    if (sodium_init() < 0)
        return why_set(why, ERR_INTERNAL, "libsodium does not start");
    return algorithms_fetch(why);
}

void random_bytes(void *out, size_t len)
{
    randombytes_buf(out, len);
}

bool secret_equal(const void *a, const void *b, size_t len)
{
    return sodium_memcmp(a, b, len) == 0;
}

void secret_wipe(void *p, size_t len)
{
    sodium_memzero(p, len);
}
