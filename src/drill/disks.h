/* drill/disks.h: the subset keys on the disks of some gates, and what they give for one record.
 * Source  docs/format.md 3; shares/key_file.h
 * Limits  DISKS_KEYS_MAX key files   Memory  keys stay in guarded memory   Threads  one owner */
#ifndef DRILL_DISKS_H
#define DRILL_DISKS_H

#include "record/record_header.h"
#include "shares/key.h"

enum { DISKS_KEYS_MAX = 64 };

struct disks_epoch {
    uint8_t id[32];
    struct subset_list sets;               /* all A of the epoch */
    const uint8_t *keys[SUBSET_LIST_MAX];  /* k of sets[i]; NULL: on none of the disks */
    unsigned known;                        /* how many are not NULL */
};

struct disks {
    struct gate_keys *keys[DISKS_KEYS_MAX];
    size_t key_count;
    struct disks_epoch epochs[DISKS_KEYS_MAX];
    size_t epoch_count;
};

/* Adds every `keys-HEX` of a gate's state directory. ERR_NOT_FOUND: it has none; ERR_LIMIT,
 * ERR_FORMAT, ERR_VERSION, ERR_IO. */
MUST_USE enum err disks_add(struct disks *d, const char *dir, struct why *why);
void disks_release(struct disks *d);

/* Are all A of some epoch there? */
bool disks_cover(const struct disks *d);
/* The partials of one record under the keys that are there; returns how many. */
unsigned disks_partials(const struct disks_epoch *e, const struct record_header *h,
                        const uint8_t id[32], uint8_t out[SUBSET_LIST_MAX][32]);

AUTO_DEFINE(disks, struct disks, disks_release);
#define AUTO_DISKS __attribute__((cleanup(disks_auto)))

#endif
