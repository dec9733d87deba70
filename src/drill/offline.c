/* drill/offline.c: thieves with disks only: the store's, and those of too few gates. */
#include "drill/thief.h"

#include "crypto/crypto.h"
#include "crypto/hash.h"

#include <string.h>

static void xor32(uint8_t out[32], const uint8_t a[32], const uint8_t b[32])
{
    for (size_t i = 0; i < 32; i++)
        out[i] = a[i] ^ b[i];
}

struct trying {
    const struct thief_loot *loot;
    const struct thief_record *r;
    struct thief_result *result;
    bool opened;
};

static void try_key(struct trying *t, const uint8_t key[32])
{
    t->result->keys_tried++;
    if (!t->opened && thief_opens(t->loot, t->r, key)) {
        t->opened = true;
        t->result->bytes += t->r->sealed_bytes;
    }
}

/* A thing that may be a pad, and the key that each slot would give under it. */
static void try_pad(struct trying *t, const uint8_t pad[32])
{
    uint8_t key[32];
    for (unsigned s = 0; s < t->r->slot_count; s++) {
        xor32(key, t->r->slots[s] + 36, pad);
        try_key(t, key);
    }
    try_key(t, pad);
}

/* Everything that the store alone has: slots, ids, commitments, hashes of them, other records'. */
static void try_public(struct trying *t, const struct thief_record *other)
{
    static const uint8_t zero[32];
    uint8_t hash[32];
    try_pad(t, zero);
    try_pad(t, t->r->id);
    try_pad(t, t->r->header.commitment);
    try_pad(t, t->r->header.author);
    sha256(hash, bytes_of(t->r->header.raw, RECORD_HEADER_BYTES));
    try_pad(t, hash);
    hkdf_sha256(hash, 32, bytes_of(t->r->header.raw, RECORD_HEADER_BYTES), bytes_of(NULL, 0), NULL,
                0);
    try_pad(t, hash);
    for (unsigned s = 0; s < t->r->slot_count; s++)
        for (unsigned k = 0; k < s; k++)
            try_pad(t, t->r->slots[k] + 36);
    for (unsigned s = 0; s < other->slot_count; s++)
        try_pad(t, other->slots[s] + 36);
}

/* Partials of the gates that were taken: all of them, each alone, and every mixture. */
static void try_partials(struct trying *t, struct gate_keys *const *keys, size_t count)
{
    struct subset_list sets = subset_keys(keys[0]->t, keys[0]->roster);
    uint8_t partials[SUBSET_LIST_MAX][32];
    unsigned known = 0;
    for (unsigned k = 0; k < sets.count; k++)
        for (size_t i = 0; i < count; i++) {
            uint8_t project[32];
            if (!subset_has(sets.sets[k], keys[i]->number))
                continue;
            key_project(project, gate_keys_subset(keys[i], sets.sets[k]), keys[i]->epoch_id,
                        sets.sets[k], t->r->header.project, (uint8_t)t->r->header.kind);
            key_partial(partials[known++], project, t->r->id);
            break;
        }
    for (unsigned mix = 1; mix < 1U << known; mix++) {
        uint8_t pad[32] = { 0 };
        for (unsigned k = 0; k < known; k++)
            if (mix >> k & 1)
                xor32(pad, pad, partials[k]);
        try_pad(t, pad);
    }
}

static enum err offline(const struct thief_args *a, struct thief_result *out, struct why *why)
{
    struct thief_loot loot;
    struct gate_keys *keys[2 * THIEF_GATES_MAX] = { NULL };
    if (!a->store || a->control_count == 0)
        return why_set(why, ERR_USAGE, "this drill needs --store DIR and --control-gate DIR");
    enum err e = thief_loot_read(a->store, &loot, why);
    if (e != ERR_OK)
        return e;
    e = thief_keys(a->gates, a->gate_count, keys, why);
    if (e == ERR_OK)
        e = thief_keys(a->controls, a->control_count, keys + a->gate_count, why);
    for (size_t i = 0; e == ERR_OK && i < loot.count; i++) {
        struct trying t = { .loot = &loot, .r = &loot.records[i], .result = out };
        uint8_t pad[32];
        try_public(&t, &loot.records[(i + 1) % loot.count]);
        if (a->gate_count)
            try_partials(&t, keys, a->gate_count);
        out->tried++;
        out->readable += t.opened;
        struct thief_result ignored = { 0 };
        struct trying control = { .loot = &loot, .r = &loot.records[i], .result = &ignored };
        if (!thief_pad(keys, a->gate_count + a->control_count, t.r, pad))
            e = why_set(why, ERR_USAGE, "the control's gates do not make a quorum");
        if (e == ERR_OK && t.r->slot_count)
            try_pad(&control, pad);
        out->control_tried += t.r->slot_count > 0;
        out->control_opened += control.opened;
        secret_wipe(pad, sizeof pad);
    }
    for (size_t i = 0; i < 2 * THIEF_GATES_MAX; i++)
        gate_keys_free(keys[i]);
    thief_loot_release(&loot);
    return e;
}

enum err thief_store(const struct thief_args *a, struct thief_result *out, struct why *why)
{
    if (a->gate_count)
        return why_set(why, ERR_USAGE, "'store' takes no --gate; see the drill 'gate'");
    return offline(a, out, why);
}

enum err thief_gate(const struct thief_args *a, struct thief_result *out, struct why *why)
{
    if (a->gate_count == 0)
        return why_set(why, ERR_USAGE, "'gate' needs --gate DIR");
    return offline(a, out, why);
}
