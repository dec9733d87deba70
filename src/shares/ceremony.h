/* shares/ceremony.h: how the gates of an epoch make its keys, without a dealer.
 * Source  docs/format.md 3.1
 * Each pair of gates has 32 bytes `p`, carried by hand. Every member of a set A contributes to k_A,
 * so one honest member makes it random. A gate that sends different contributions to different
 * members is found by the check values, which all log before the epoch is ready.
 * A gate draws its contributions once and keeps them with its own secrets until the epoch is ready:
 * dealing again must give the same bytes, because the nonce is fixed. A retry of the ceremony
 * draws new exchange keys.
 * Memory  a ceremony holds its secrets in guarded memory   Threads  one owner */
#ifndef SHARES_CEREMONY_H
#define SHARES_CEREMONY_H

#include "crypto/kx.h"
#include "shares/key.h"

enum { CEREMONY_DEAL_START = 42, CEREMONY_DEAL_ROW = 49, CEREMONY_ROWS_MAX = 3,
       CEREMONY_DEAL_MAX = CEREMONY_DEAL_START + CEREMONY_DEAL_ROW * CEREMONY_ROWS_MAX };

/* --- one step each --- */

/* What a pair shares; lives in guarded memory. */
struct ceremony_pair {
    uint8_t s[KEY_BYTES], z[KEY_BYTES], next[KEY_BYTES]; /* next: the pair's p for the next epoch */
};

/* From p and x = X25519 of the exchange keys of gates a < b (asserted). */
void ceremony_pair_from(struct ceremony_pair *out, const uint8_t p[KEY_BYTES],
                        const uint8_t x[KX_BYTES], const uint8_t epoch_id[32], unsigned a,
                        unsigned b);

/* From the members' contributions, 32 bytes each, in ascending gate order. */
void ceremony_subset_key(uint8_t out[KEY_BYTES], const uint8_t *contributions, uint8_t set,
                         const uint8_t epoch_id[32]);
void ceremony_check(uint8_t out[32], const uint8_t subset_key[KEY_BYTES],
                    const uint8_t epoch_id[32], uint8_t set);

/* The epoch, as both ends of a deal see it. */
struct ceremony_epoch {
    uint8_t id[32];
    unsigned t;
    uint8_t roster;
};

/* Appends the deal message from gate `from` to gate `to`; without memory `out` has failed.
 * `contributions`: 32 bytes for each A that
 * holds both, ascending. */
void ceremony_deal_write(const struct ceremony_epoch *e, unsigned from, unsigned to,
                         const uint8_t s[KEY_BYTES], const uint8_t *contributions,
                         struct buf *out);
/* `contributions` likewise. ERR_FORMAT: layout, gates or epoch are not these, or the rows are not
 * exactly those sets, ascending; ERR_VERSION; ERR_OPEN. */
MUST_USE enum err ceremony_deal_parse(const struct ceremony_epoch *e, unsigned from, unsigned to,
                                      const uint8_t s[KEY_BYTES], struct bytes message,
                                      uint8_t *contributions, struct why *why);

/* --- a gate's whole ceremony --- */

struct ceremony;

/* `contributions`: 32 fresh random bytes for each A that holds `number`, ascending
 * (ceremony_contribution_bytes in all). NULL without memory. */
struct ceremony *ceremony_new(const struct ceremony_epoch *e, unsigned number,
                              const uint8_t *contributions);
void ceremony_free(struct ceremony *c); /* wipes */
size_t ceremony_contribution_bytes(const struct ceremony_epoch *e, unsigned number);

/* Once for each peer, before anything is dealt to it or taken from it. ERR_KEY: low-order key. */
MUST_USE enum err ceremony_meet(struct ceremony *c, unsigned peer, const uint8_t p[KEY_BYTES],
                                const uint8_t own_exchange_secret[KX_BYTES],
                                const uint8_t peer_exchange[KX_BYTES], struct why *why);
/* Appends the deal message for `peer`, who was met (asserted). */
void ceremony_deal(const struct ceremony *c, unsigned peer, struct buf *out);
/* The peer's deal to us. The same again is fine; ERR_EXISTS: another one. Else as
 * ceremony_deal_parse. */
MUST_USE enum err ceremony_receive(struct ceremony *c, unsigned peer, struct bytes message,
                                   struct why *why);
/* Peers whose deal is still to come. */
uint8_t ceremony_missing(const struct ceremony *c);
/* The keys, once nothing is missing (asserted). NULL without memory. */
struct gate_keys *ceremony_finish(const struct ceremony *c);
/* The check value of each of keys->held, in order; 32 * held.count bytes. */
void ceremony_checks(const struct gate_keys *keys, uint8_t *checks);
/* The pair's p for the next epoch. */
void ceremony_next(const struct ceremony *c, unsigned peer, uint8_t p[KEY_BYTES]);

static inline void ceremony_auto(struct ceremony **c)
{
    ceremony_free(*c);
}
#define AUTO_CEREMONY __attribute__((cleanup(ceremony_auto)))

#endif
