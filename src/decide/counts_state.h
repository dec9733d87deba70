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

/* A member that anything was released to, which has a number from 1. */
struct releasee_row {
    uint8_t key[16];
    uint32_t number;
    UT_hash_handle hh;
};

/* A window that something was counted in, and whether it was in the one before, too. */
struct counted {
    uint32_t window;
    bool before;
};

/* A record that was released for a slot's purpose, and to how many members. */
struct released_row {
    uint32_t slot, members;
    uint8_t record[32];
};

/* A member and a record: they are counted once in a window. */
struct pair_row {
    uint32_t released, member; /* place; number */
    struct counted hour, day;
};

/* Places of rows by their hash, plus 1; 0 is free. At most half of a power of two is taken, and a
 * row that finds its place taken goes to the next one. */
struct places {
    uint32_t *at;
    size_t room;
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

/* Releases are many, so that their rows stand in arrays without a list or a pointer: one costs 68
 * to 136 bytes, and two misses of the cache. */
struct counts {
    struct slot_row *slots;
    struct releasee_row *members;
    struct counter_row *counters;
    struct released_row *released;
    size_t released_count, released_room;
    struct places by_record;
    struct pair_row *pairs;
    size_t pair_count, pair_room;
    struct places by_pair;
};

static_assert(sizeof(struct counter_key) == 40, "a key without padding");

/* Finds or makes a row; NULL without memory. (counts_rows.c) */
struct slot_row *counts_slot(struct counts *c, const uint8_t key[16 + POLICY_WORD_MAX]);
struct releasee_row *counts_member(struct counts *c, const uint8_t key[16]);
struct counter_row *counts_counter(struct counts *c, const struct counter_key *key);
/* UINT32_MAX without memory. */
uint32_t counts_released(struct counts *c, uint32_t slot, const uint8_t record[32]);
struct pair_row *counts_pair(struct counts *c, uint32_t released, uint32_t member);
/* Finds only; NULL, and UINT32_MAX: none. */
const struct pair_row *counts_pair_find(const struct counts *c, uint32_t released,
                                        uint32_t member);
uint32_t counts_released_find(const struct counts *c, uint32_t slot, const uint8_t record[32]);

#endif
