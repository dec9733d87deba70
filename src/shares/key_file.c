#include "shares/key_file.h"

#include "base/cur.h"

#include <string.h>

static const uint8_t magic[4] = { 'c', 'f', 'd', 'x' };

size_t key_file_write(const struct gate_keys *keys, uint8_t out[KEY_FILE_MAX])
{
    assert(gate_keys_complete(keys));
    memcpy(out, magic, 4);
    out[4] = 1;
    out[5] = (uint8_t)keys->t;
    out[6] = keys->roster;
    out[7] = (uint8_t)keys->number;
    memcpy(out + 8, keys->epoch_id, 32);
    uint8_t *at = out + KEY_FILE_START;
    for (unsigned i = 0; i < keys->held.count; i++, at += 32)
        memcpy(at, gate_keys_subset(keys, keys->held.sets[i]), 32);
    for (unsigned g = 1; g <= SUBSET_NUMBER_MAX; g++)
        if (subset_has(keys->peers, g)) {
            memcpy(at, gate_keys_zero(keys, g), 32);
            at += 32;
        }
    return (size_t)(at - out);
}

enum err key_file_open(struct bytes file, struct gate_keys **out, struct why *why)
{
    struct cur c = cur_from(file);
    const uint8_t *m = cur_bytes(&c, 4);
    if (!m || memcmp(m, magic, 4) != 0)
        return why_set(why, ERR_FORMAT, "not a gate's key file");
    if (cur_u8(&c) != 1)
        return why_set(why, ERR_VERSION, "a gate's key file of unknown version");
    unsigned t = cur_u8(&c);
    uint8_t roster = cur_u8(&c);
    unsigned number = cur_u8(&c);
    const uint8_t *epoch_id = cur_bytes(&c, 32);
    if (!epoch_id || !subset_epoch_ok(t, roster) || number == 0 || number > SUBSET_NUMBER_MAX ||
        !subset_has(roster, number))
        return why_set(why, ERR_FORMAT, "a gate's key file for an impossible epoch");
    struct gate_keys *keys = gate_keys_new(epoch_id, t, roster, number);
    if (!keys)
        return why_nomem(why);
    for (unsigned i = 0; i < keys->held.count; i++) {
        const uint8_t *k = cur_bytes(&c, 32);
        if (k)
            gate_keys_put_subset(keys, keys->held.sets[i], k);
    }
    for (unsigned g = 1; g <= SUBSET_NUMBER_MAX; g++) {
        const uint8_t *z = subset_has(keys->peers, g) ? cur_bytes(&c, 32) : NULL;
        if (z)
            gate_keys_put_zero(keys, g, z);
    }
    if (!cur_done(&c)) {
        gate_keys_free(keys);
        return why_set(why, ERR_FORMAT, "a gate's key file is %s", cur_problem(&c));
    }
    *out = keys;
    return ERR_OK;
}
