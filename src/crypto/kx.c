#include "crypto/kx.h"

#include <sodium.h>
#include <string.h>

void kx_public(uint8_t public_key[KX_BYTES], const uint8_t secret_key[KX_BYTES])
{
    crypto_scalarmult_curve25519_base(public_key, secret_key);
}

enum err kx_agree(uint8_t out[KX_BYTES], const uint8_t secret_key[KX_BYTES],
                  const uint8_t public_key[KX_BYTES], struct why *why)
{
    if (crypto_scalarmult_curve25519(out, secret_key, public_key) != 0) {
        secret_wipe(out, KX_BYTES);
        return why_set(why, ERR_KEY, "the key agreement is all zero");
    }
    return ERR_OK;
}

/* All encodings below 2^255 of the points whose order divides 8, on the curve and on its twist: 0,
 * 1, the two of order 8, and p-1, p, p+1. The highest bit is ignored (RFC 7748, section 5). */
enum err kx_key_check(const uint8_t public_key[KX_BYTES], struct why *why)
{
    static const uint8_t low[][KX_BYTES] = {
        { 0 },
        { 1 },
        { 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
          0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49,
          0xb8, 0x00 },
        { 0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef,
          0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f,
          0x11, 0x57 },
    };
    uint8_t key[KX_BYTES], inner[KX_BYTES - 2];
    memcpy(key, public_key, sizeof key);
    key[31] &= 0x7f;
    memset(inner, 0xff, sizeof inner);
    bool is_low = key[0] >= 0xec && key[0] <= 0xee && key[31] == 0x7f &&
                  memcmp(key + 1, inner, sizeof inner) == 0;
    for (size_t i = 0; i < sizeof low / sizeof low[0]; i++)
        is_low = is_low || memcmp(key, low[i], sizeof key) == 0;
    return is_low ? why_set(why, ERR_KEY, "the key is a point of low order") : ERR_OK;
}
