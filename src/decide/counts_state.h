/* decide/counts_state.h: how counts are kept. Private to this folder. Keys have no padding. */
#ifndef DECIDE_COUNTS_STATE_H
#define DECIDE_COUNTS_STATE_H

#include "decide/counts.h"
#include "decide/hash.h"

enum { COUNTS_SCOPES = POLICY_PROJECT_HOUR - POLICY_MEMBER_HOUR + 1 };

/* A project and a purpose, which have a number from 1. */
struct slot_row {
    uint8_t key[16 + POLICY_WORD_MAX]; /* project ‖ purpose, zeroes behind it */
    uint32_t number;
    UT_hash_handle hh;
};

/* A window that something was counted in, and whether it was in the one before, too. */
struct counted {
    uint32_t window;
    bool before;
};

struct pair_key {
    uint32_t slot;
    uint8_t member[16], record[32];
};

struct pair_row {
    struct pair_key key;
    struct counted hour, day;
    UT_hash_handle hh;
};

struct viewers_key {
    uint32_t slot;
    uint8_t record[32];
};

struct viewers_row {
    struct viewers_key key;
    uint32_t members;
    UT_hash_handle hh;
};

struct counter_key {
    uint32_t slot, scope;
    uint8_t subject[32]; /* member ‖ zeroes, device, vendor, or zeroes */
};

struct tally {
    uint32_t window, now, before;
};

struct counter_row {
    struct counter_key key;
    struct tally hour, day;
    UT_hash_handle hh;
};

struct counts {
    struct slot_row *slots;
    struct pair_row *pairs;
    struct viewers_row *viewers;
    struct counter_row *counters;
};

static_assert(sizeof(struct pair_key) == 52 && sizeof(struct viewers_key) == 36 &&
                  sizeof(struct counter_key) == 40, "keys without padding");

/* Finds or makes a row; NULL without memory. (counts.c) */
struct slot_row *counts_slot(struct counts *c, const uint8_t key[16 + POLICY_WORD_MAX]);
struct pair_row *counts_pair(struct counts *c, const struct pair_key *key);
struct viewers_row *counts_viewers(struct counts *c, const struct viewers_key *key);
struct counter_row *counts_counter(struct counts *c, const struct counter_key *key);

#endif
