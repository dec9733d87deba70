#include "formats/keyfile.h"

#include "base/cur.h"

#include <string.h>

static const uint8_t magic[4] = { 'c', 'f', 'd', 'k' };
enum { VERSION = 1, SUITE = 1, FRONT_BYTES = 44 };

static_assert(FRONT_BYTES + KEYFILE_SECRET_BYTES + TAG_BYTES == KEYFILE_BYTES, "docs/format.md 9");

/* The key that the passphrase gives, in guarded memory. */
static enum err derive(struct bytes passphrase, const uint8_t salt[PASS_SALT_BYTES],
                       uint32_t passes, uint32_t mem_kib, struct secret **out, struct why *why)
{
    AUTO_SECRET struct secret *key = secret_new(KEY_BYTES);
    if (!key)
        return why_nomem(why);
    enum err e = passphrase_key(key->ptr, passphrase, salt, passes, mem_kib, why);
    if (e)
        return e;
    *out = secret_take(&key);
    return ERR_OK;
}

enum err keyfile_seal(const uint8_t secret[KEYFILE_SECRET_BYTES], struct bytes passphrase,
                      const uint8_t salt[PASS_SALT_BYTES], const uint8_t nonce[NONCE_BYTES],
                      uint32_t passes, uint32_t mem_kib, uint8_t out[KEYFILE_BYTES],
                      struct why *why)
{
    AUTO_SECRET struct secret *key = NULL;
    enum err e = derive(passphrase, salt, passes, mem_kib, &key, why);
    if (e)
        return why_before(why, e, "cannot seal key file");
    memcpy(out, magic, sizeof magic);
    out[4] = VERSION;
    out[5] = SUITE;
    out[6] = out[7] = 0;
    put_u32be(out + 8, passes);
    put_u32be(out + 12, mem_kib);
    memcpy(out + 16, salt, PASS_SALT_BYTES);
    memcpy(out + 32, nonce, NONCE_BYTES);
    return aead_seal_once(bytes_of(key->ptr, key->len), out + FRONT_BYTES, nonce,
                          bytes_of(out, FRONT_BYTES), bytes_of(secret, KEYFILE_SECRET_BYTES), why);
}

struct front {
    uint32_t passes, mem_kib;
    uint8_t salt[PASS_SALT_BYTES], nonce[NONCE_BYTES];
};

static enum err parse_front(struct bytes file, struct front *out, struct why *why)
{
    if (file.len != KEYFILE_BYTES)
        return why_set(why, ERR_FORMAT, "%zu bytes, not %d", file.len, KEYFILE_BYTES);
    struct cur c = cur_from(bytes_of(file.ptr, FRONT_BYTES));
    const uint8_t *m = cur_bytes(&c, sizeof magic);
    if (!m || memcmp(m, magic, sizeof magic) != 0)
        return why_set(why, ERR_FORMAT, "its magic is another");
    uint8_t version = cur_u8(&c), suite = cur_u8(&c);
    if (version != VERSION || suite != SUITE)
        return why_set(why, ERR_VERSION, "version %u, suite %u", version, suite);
    if (cur_u16be(&c) != 0)
        return why_set(why, ERR_FORMAT, "reserved bytes are not zero");
    out->passes = cur_u32be(&c);
    out->mem_kib = cur_u32be(&c);
    cur_copy(&c, out->salt, sizeof out->salt);
    cur_copy(&c, out->nonce, sizeof out->nonce);
    assert(cur_done(&c));
    return ERR_OK;
}

static enum err open_sealed(struct bytes file, struct bytes passphrase, const struct front *f,
                            uint8_t *out, struct why *why)
{
    AUTO_SECRET struct secret *key = NULL;
    enum err e = derive(passphrase, f->salt, f->passes, f->mem_kib, &key, why);
    if (e)
        return e;
    struct bytes aad = bytes_of(file.ptr, FRONT_BYTES);
    struct bytes sealed = bytes_of(file.ptr + FRONT_BYTES, file.len - FRONT_BYTES);
    e = aead_open_once(bytes_of(key->ptr, key->len), out, f->nonce, aad, sealed, why);
    return e == ERR_OPEN ? why_set(why, e, "wrong passphrase or damaged bytes") : e;
}

enum err keyfile_open(struct bytes file, struct bytes passphrase, struct secret **out,
                      struct why *why)
{
    struct front f;
    enum err e = parse_front(file, &f, why);
    if (e)
        return why_before(why, e, "cannot open key file");
    AUTO_SECRET struct secret *secret = secret_new(KEYFILE_SECRET_BYTES);
    if (!secret)
        return why_nomem(why);
    e = open_sealed(file, passphrase, &f, secret->ptr, why);
    if (e)
        return why_before(why, e, "cannot open key file");
    *out = secret_take(&secret);
    return ERR_OK;
}
