/* exposure/exposure_state.h: how the fold keeps what it was fed. Private to this folder. Records,
 * devices and requests are numbered in the order in which they are met; a row and a pair are two
 * such numbers, so that millions of them fit. */
#ifndef EXPOSURE_EXPOSURE_STATE_H
#define EXPOSURE_EXPOSURE_STATE_H

#include "decide/hash.h"
#include "exposure/exposure.h"

struct record_row {
    uint8_t id[32];
    uint8_t author[32], project[16];
    uint8_t kind; /* 0: known by a receipt alone */
    uint32_t number;
    UT_hash_handle hh;
};

struct device_row {
    uint8_t key[32];
    uint32_t number;
    UT_hash_handle hh;
};

struct request_row {
    uint8_t r[32], project[16];
    uint8_t act, asked, logged; /* sets of gates */
    bool asked_for;
    uint32_t device, number, row_count;
    uint64_t created, expires;
    char purpose[33];
    UT_hash_handle hh;
};

/* A statement that has entered, by the hash of its envelope: most stand in every log. */
struct seen_row {
    uint8_t hash[32];
    UT_hash_handle hh;
};

struct row {
    uint32_t request, record;
};

/* PAIR_FIRM: by a release that is not only asked for. */
enum { PAIR_RELEASED = 1, PAIR_FIRM = 2, PAIR_HELD = 4, PAIR_OPENED = 8 };

struct pair {
    uint32_t device, record;
    uint8_t marks;
};

struct log_state {
    uint64_t next, newest_ms;
    struct checkpoint checkpoint; /* size 0: not used */
};

struct exposure {
    struct authority *authority;
    struct seen_row *seen;
    struct record_row *records, **record_at;
    size_t record_count, record_room;
    struct device_row *devices, **device_at;
    size_t device_count, device_room;
    struct request_row *requests, **request_at;
    size_t request_count, request_room;
    struct row *rows;
    size_t row_count, row_room;
    struct pair *receipts;
    size_t receipt_count, receipt_room;
    struct pair *pairs; /* by exposure_finish */
    size_t pair_count;
    struct log_state logs[EXPOSURE_GATES_MAX + 1]; /* by gate */
};

/* Room for `more` elements behind `count`; ERR_LIMIT from 2^32 on. */
enum err exposure_room(void *array_pointer, size_t count, size_t more, size_t *room, size_t size,
                       struct why *why);

#endif
