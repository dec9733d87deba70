#include "crypto/hpke.h"

#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/hpke_aad.h"
#include "crypto/kx.h"

#include <string.h>

/* RFC 9180: KEM 0x0020, KDF 0x0001, AEAD 0x0001, mode base. */
static const uint8_t kem_suite[] = { 'K', 'E', 'M', 0x00, 0x20 };
static const uint8_t hpke_suite[] = { 'H', 'P', 'K', 'E', 0x00, 0x20, 0x00, 0x01, 0x00, 0x01 };
enum { HPKE_KEY_BYTES = 16 };

static const struct bytes none = { NULL, 0 };

static void labeled_extract(uint8_t out[HASH_BYTES], struct bytes salt, struct bytes suite,
                            const char *label, struct bytes ikm)
{
    const struct bytes parts[] = { bytes_str("HPKE-v1"), suite, bytes_str(label), ikm };
    hkdf_extract(out, salt, parts, 4);
}

static void labeled_expand(uint8_t *out, uint16_t len, const uint8_t prk[HASH_BYTES],
                           struct bytes suite, const char *label, struct bytes info)
{
    uint8_t length[2];
    put_u16be(length, len);
    const struct bytes parts[] = { bytes_of(length, 2), bytes_str("HPKE-v1"), suite,
                                   bytes_str(label), info };
    hkdf_expand(out, len, prk, parts, 5);
}

/* ExtractAndExpand of DHKEM, section 4.1. */
static void kem_secret(uint8_t out[32], const uint8_t dh[32], const uint8_t enc[32],
                       const uint8_t recipient[32])
{
    const struct bytes suite = bytes_of(kem_suite, sizeof kem_suite);
    uint8_t prk[HASH_BYTES];
    uint8_t context[64];
    memcpy(context, enc, 32);
    memcpy(context + 32, recipient, 32);
    labeled_extract(prk, none, suite, "eae_prk", bytes_of(dh, 32));
    labeled_expand(out, 32, prk, suite, "shared_secret", bytes_of(context, sizeof context));
    secret_wipe(prk, sizeof prk);
}

/* KeySchedule of mode base, section 5.1, and the nonce of `seq`. */
static void key_schedule(uint8_t key[HPKE_KEY_BYTES], uint8_t nonce[NONCE_BYTES],
                         const uint8_t shared[32], struct bytes info, uint64_t seq)
{
    const struct bytes suite = bytes_of(hpke_suite, sizeof hpke_suite);
    uint8_t context[1 + 2 * HASH_BYTES] = { 0 };
    uint8_t prk[HASH_BYTES];
    labeled_extract(context + 1, none, suite, "psk_id_hash", none);
    labeled_extract(context + 1 + HASH_BYTES, none, suite, "info_hash", info);
    labeled_extract(prk, bytes_of(shared, 32), suite, "secret", none);
    labeled_expand(key, HPKE_KEY_BYTES, prk, suite, "key", bytes_of(context, sizeof context));
    labeled_expand(nonce, NONCE_BYTES, prk, suite, "base_nonce",
                   bytes_of(context, sizeof context));
    for (size_t i = 0; i < 8; i++)
        nonce[NONCE_BYTES - 1 - i] ^= (uint8_t)(seq >> (8 * i));
    secret_wipe(prk, sizeof prk);
}

enum err hpke_aad_seal(uint8_t enc[HPKE_ENC_BYTES], uint8_t *out, struct bytes in,
                       struct bytes info, struct bytes aad, uint64_t seq,
                       const uint8_t recipient[32], const uint8_t ephemeral[32], struct why *why)
{
    uint8_t dh[32], shared[32], key[HPKE_KEY_BYTES], nonce[NONCE_BYTES], pk[32];
    enum err e = kx_agree(dh, ephemeral, recipient, why);
    if (e != ERR_OK)
        return e;
    kx_public(pk, ephemeral);
    kem_secret(shared, dh, pk, recipient);
    key_schedule(key, nonce, shared, info, seq);
    e = aead_seal_once(bytes_of(key, sizeof key), out, nonce, aad, in, why);
    if (e == ERR_OK)
        memcpy(enc, pk, HPKE_ENC_BYTES);
    secret_wipe(dh, sizeof dh);
    secret_wipe(shared, sizeof shared);
    secret_wipe(key, sizeof key);
    return e;
}

enum err hpke_aad_open(uint8_t *out, struct bytes in, const uint8_t enc[HPKE_ENC_BYTES],
                       struct bytes info, struct bytes aad, uint64_t seq,
                       const uint8_t recipient_secret[32], struct why *why)
{
    uint8_t dh[32], shared[32], key[HPKE_KEY_BYTES], nonce[NONCE_BYTES], recipient[32];
    if (kx_agree(dh, recipient_secret, enc, NULL) != ERR_OK)
        return why_set(why, ERR_OPEN, "cannot open: not authentic");
    kx_public(recipient, recipient_secret);
    kem_secret(shared, dh, enc, recipient);
    key_schedule(key, nonce, shared, info, seq);
    enum err e = aead_open_once(bytes_of(key, sizeof key), out, nonce, aad, in, why);
    secret_wipe(dh, sizeof dh);
    secret_wipe(shared, sizeof shared);
    secret_wipe(key, sizeof key);
    return e;
}

enum err hpke_seal(uint8_t enc[HPKE_ENC_BYTES], uint8_t *out, struct bytes in, struct bytes info,
                   const uint8_t recipient[32], const uint8_t ephemeral[32], struct why *why)
{
    return hpke_aad_seal(enc, out, in, info, none, 0, recipient, ephemeral, why);
}

enum err hpke_open(uint8_t *out, struct bytes in, const uint8_t enc[HPKE_ENC_BYTES],
                   struct bytes info, const uint8_t recipient_secret[32], struct why *why)
{
    return hpke_aad_open(out, in, enc, info, none, 0, recipient_secret, why);
}
