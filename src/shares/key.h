/* shares/key.h: the keys of one gate in one epoch, and what is derived from them.
 * Source  docs/format.md 3
 * No machine ever holds all k_A: a gate holds those of the sets that it is in, and one z for each
 * of its peers. struct gate_keys is filled once (by shares/ceremony, or from the gate's own sealed
 * file) and is read-only from then on.
 * Memory  all keys in one guarded allocation
 * Threads  read-only once complete; the rest is pure */
#ifndef SHARES_KEY_H
#define SHARES_KEY_H

#include "crypto/secret.h"
#include "shares/subset.h"

struct gate_keys {
    uint8_t epoch_id[32];
    unsigned t, number;
    uint8_t roster;
    struct subset_list held;    /* the A that hold this gate; at most 6 */
    uint8_t peers;              /* the roster without this gate */
    uint8_t set_known, z_known; /* which were given: bit i of held, bit h-1 of peers */
    struct secret *keys;        /* k of held[0], held[1], ..., then z of gate 1 .. 8 */
};

/* t, roster and number are an epoch's (asserted). NULL without memory. */
struct gate_keys *gate_keys_new(const uint8_t epoch_id[32], unsigned t, uint8_t roster,
                                unsigned number);
void gate_keys_free(struct gate_keys *k); /* wipes */

/* `set` holds this gate, `peer` is another gate of the roster (asserted). */
void gate_keys_put_subset(struct gate_keys *k, uint8_t set, const uint8_t key[KEY_BYTES]);
void gate_keys_put_zero(struct gate_keys *k, unsigned peer, const uint8_t z[KEY_BYTES]);
/* All put? */
bool gate_keys_complete(const struct gate_keys *k);
/* k_A and z_gh; they were put (asserted). */
const uint8_t *gate_keys_subset(const struct gate_keys *k, uint8_t set);
const uint8_t *gate_keys_zero(const struct gate_keys *k, unsigned peer);

/* k_A,P,kind */
void key_project(uint8_t out[KEY_BYTES], const uint8_t subset_key[KEY_BYTES],
                 const uint8_t epoch_id[32], uint8_t set, const uint8_t project[16], uint8_t kind);
/* partial_A of one record; share_worker does the same with kept HMACs. */
void key_partial(uint8_t out[32], const uint8_t project_key[KEY_BYTES], const uint8_t id[32]);
/* The AES-256-CTR key of mask_gh for one request and quorum. */
void key_mask(uint8_t out[KEY_BYTES], const uint8_t z[KEY_BYTES], const uint8_t r[32],
              uint8_t q);

static inline void gate_keys_auto(struct gate_keys **k)
{
    gate_keys_free(*k);
}
#define AUTO_GATE_KEYS __attribute__((cleanup(gate_keys_auto)))

#endif
