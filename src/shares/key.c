#include "shares/key.h"

#include "crypto/hash.h"

#include <stdlib.h>
#include <string.h>

struct gate_keys *gate_keys_new(const uint8_t epoch_id[32], unsigned t, uint8_t roster,
                                unsigned number)
{
    assert(subset_epoch_ok(t, roster) && subset_has(roster, number));
    AUTO_GATE_KEYS struct gate_keys *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    k->keys = secret_new((size_t)(SUBSET_HELD_MAX + SUBSET_NUMBER_MAX) * KEY_BYTES);
    if (!k->keys)
        return NULL;
    memcpy(k->epoch_id, epoch_id, sizeof k->epoch_id);
    k->t = t;
    k->number = number;
    k->roster = roster;
    k->peers = (uint8_t)(roster & ~subset_of(number));
    struct subset_list all = subset_keys(t, roster);
    k->held = subset_holding(&all, number);
    assert(k->held.count <= SUBSET_HELD_MAX);
    struct gate_keys *made = k;
    k = NULL;
    return made;
}

void gate_keys_free(struct gate_keys *k)
{
    if (!k)
        return;
    secret_free(k->keys);
    free(k);
}

static unsigned held_place(const struct gate_keys *k, uint8_t set)
{
    unsigned i = 0;
    while (i < k->held.count && k->held.sets[i] != set)
        i++;
    assert(i < k->held.count);
    return i;
}

static uint8_t *zero_at(const struct gate_keys *k, unsigned peer)
{
    assert(subset_has(k->peers, peer));
    return k->keys->ptr + (size_t)(SUBSET_HELD_MAX + peer - 1) * KEY_BYTES;
}

void gate_keys_put_subset(struct gate_keys *k, uint8_t set, const uint8_t key[KEY_BYTES])
{
    unsigned i = held_place(k, set);
    memcpy(k->keys->ptr + (size_t)i * KEY_BYTES, key, KEY_BYTES);
    k->set_known = (uint8_t)(k->set_known | 1u << i);
}

void gate_keys_put_zero(struct gate_keys *k, unsigned peer, const uint8_t z[KEY_BYTES])
{
    memcpy(zero_at(k, peer), z, KEY_BYTES);
    k->z_known |= subset_of(peer);
}

bool gate_keys_complete(const struct gate_keys *k)
{
    return k->set_known == (1u << k->held.count) - 1 && k->z_known == k->peers;
}

const uint8_t *gate_keys_subset(const struct gate_keys *k, uint8_t set)
{
    unsigned i = held_place(k, set);
    assert((k->set_known >> i & 1) != 0);
    return k->keys->ptr + (size_t)i * KEY_BYTES;
}

const uint8_t *gate_keys_zero(const struct gate_keys *k, unsigned peer)
{
    const uint8_t *z = zero_at(k, peer);
    assert(subset_has(k->z_known, peer));
    return z;
}

void key_project(uint8_t out[KEY_BYTES], const uint8_t subset_key[KEY_BYTES],
                 const uint8_t epoch_id[32], uint8_t set, const uint8_t project[16], uint8_t kind)
{
    const struct bytes info[] = { bytes_str("cfd1 project"), bytes_of(epoch_id, 32),
                                  bytes_of(&set, 1), bytes_of(project, 16), bytes_of(&kind, 1) };
    hkdf_sha256(out, KEY_BYTES, bytes_of(subset_key, KEY_BYTES), bytes_of(NULL, 0), info, 5);
}

void key_partial(uint8_t out[32], const uint8_t project_key[KEY_BYTES], const uint8_t id[32])
{
    const struct bytes parts[] = { bytes_str("cfd1 partial"), bytes_of(id, 32) };
    hmac_sha256(out, bytes_of(project_key, KEY_BYTES), parts, 2);
}

void key_mask(uint8_t out[KEY_BYTES], const uint8_t z[KEY_BYTES], const uint8_t r[32], uint8_t q)
{
    const struct bytes parts[] = { bytes_str("cfd1 mask"), bytes_of(r, 32), bytes_of(&q, 1) };
    hmac_sha256(out, bytes_of(z, KEY_BYTES), parts, 3);
}
