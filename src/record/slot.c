#include "record/slot.h"

#include "base/cur.h"
#include "base/hex.h"

#include <string.h>

static void xor32(uint8_t out[32], const uint8_t a[32], const uint8_t b[32])
{
    for (size_t i = 0; i < 32; i++)
        out[i] = a[i] ^ b[i];
}

void slot_make(struct slot *out, const uint8_t id[RECORD_ID_BYTES], uint32_t epoch,
               const uint8_t dek[KEY_BYTES], const uint8_t pad[KEY_BYTES])
{
    memcpy(out->id, id, sizeof out->id);
    out->epoch = epoch;
    xor32(out->sealed, dek, pad);
}

void slot_write(const struct slot *s, uint8_t out[SLOT_BYTES])
{
    memcpy(out, s->id, sizeof s->id);
    put_u32be(out + 32, s->epoch);
    memcpy(out + 36, s->sealed, sizeof s->sealed);
}

enum err slot_parse(struct bytes in, struct slot *out, struct why *why)
{
    struct cur c = cur_from(in);
    struct slot s;
    cur_copy(&c, s.id, sizeof s.id);
    s.epoch = cur_u32be(&c);
    cur_copy(&c, s.sealed, sizeof s.sealed);
    if (!cur_done(&c))
        return why_set(why, ERR_FORMAT, "cannot read slot: %zu bytes, not %d", in.len, SLOT_BYTES);
    *out = s;
    return ERR_OK;
}

enum err slot_open(const struct slot *s, const struct record_header *h,
                   const uint8_t pad[KEY_BYTES], uint8_t dek[KEY_BYTES], struct why *why)
{
    size_t which;
    return slot_open_any(s, 1, h, pad, dek, &which, why);
}

enum err slot_open_any(const struct slot *slots, size_t count, const struct record_header *h,
                       const uint8_t pad[KEY_BYTES], uint8_t dek[KEY_BYTES], size_t *which,
                       struct why *why)
{
    uint8_t id[RECORD_ID_BYTES];
    record_id(id, h->raw);
    for (size_t i = 0; i < count; i++)
        if (memcmp(slots[i].id, id, sizeof id) != 0)
            return why_set(why, ERR_RECORD_ID, "a slot of record '%s' is that of '%s'",
                           hex_short(id).s, hex_short(slots[i].id).s);
    uint8_t tried[KEY_BYTES];
    enum err err = ERR_PAD;
    for (size_t i = 0; i < count && err != ERR_OK; i++) {
        xor32(tried, slots[i].sealed, pad);
        err = record_commit_check(h, tried, NULL);
        if (err == ERR_OK) {
            memcpy(dek, tried, KEY_BYTES);
            if (which)
                *which = i;
        }
    }
    secret_wipe(tried, sizeof tried);
    if (err != ERR_OK)
        return why_set(why, ERR_PAD, "no slot of record '%s' opens (%zu tried)", hex_short(id).s,
                       count);
    return ERR_OK;
}
