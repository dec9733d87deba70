#include "record/kept.h"

#include "base/cur.h"

#include <string.h>

enum { LABEL_BYTES = 9, AAD_BYTES = LABEL_BYTES + RECORD_ID_BYTES,
       SEALED_BYTES = KEY_BYTES + TAG_BYTES };

static_assert(RECORD_ID_BYTES + NONCE_BYTES + SEALED_BYTES == KEPT_BYTES, "docs/format.md, 10");

static void aad_of(uint8_t aad[AAD_BYTES], const uint8_t id[RECORD_ID_BYTES])
{
    memcpy(aad, "cfd1 kept", LABEL_BYTES);
    memcpy(aad + LABEL_BYTES, id, RECORD_ID_BYTES);
}

enum err kept_seal(uint8_t out[KEPT_BYTES], const uint8_t storage_key[KEY_BYTES],
                   const uint8_t nonce[NONCE_BYTES], const uint8_t id[RECORD_ID_BYTES],
                   const uint8_t dek[KEY_BYTES], struct why *why)
{
    uint8_t aad[AAD_BYTES];
    aad_of(aad, id);
    memcpy(out, id, RECORD_ID_BYTES);
    memcpy(out + RECORD_ID_BYTES, nonce, NONCE_BYTES);
    return aead_seal_once(bytes_of(storage_key, KEY_BYTES), out + RECORD_ID_BYTES + NONCE_BYTES,
                          nonce, bytes_of(aad, sizeof aad), bytes_of(dek, KEY_BYTES), why);
}

enum err kept_open(struct bytes in, const uint8_t storage_key[KEY_BYTES],
                   uint8_t id[RECORD_ID_BYTES], uint8_t dek[KEY_BYTES], struct why *why)
{
    struct cur c = cur_from(in);
    const uint8_t *of = cur_bytes(&c, RECORD_ID_BYTES);
    const uint8_t *nonce = cur_bytes(&c, NONCE_BYTES);
    const uint8_t *sealed = cur_bytes(&c, SEALED_BYTES);
    if (!cur_done(&c))
        return why_set(why, ERR_FORMAT, "cannot read kept key: %zu bytes, not %d", in.len,
                       KEPT_BYTES);
    uint8_t aad[AAD_BYTES], opened[KEY_BYTES];
    aad_of(aad, of);
    enum err err = aead_open_once(bytes_of(storage_key, KEY_BYTES), opened, nonce,
                                  bytes_of(aad, sizeof aad), bytes_of(sealed, SEALED_BYTES), why);
    if (err == ERR_OK) {
        memcpy(id, of, RECORD_ID_BYTES);
        memcpy(dek, opened, KEY_BYTES);
    }
    secret_wipe(opened, sizeof opened);
    return err;
}
