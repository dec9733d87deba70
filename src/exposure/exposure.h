/* exposure/exposure.h: which device was given which records, as a fold over gates' logs.
 * Source  DESIGN section 6, "Exposure"; docs/format.md 7
 * Every release entry in any log that was fed counts, whatever else is wrong with it: the list is
 * never too small. It is complete from n-t+1 honest logs on. What it does not cover stands in
 * exposure_gaps, and a report begins with that.
 *   released   a release entry names the record and the device
 *   asked for  released, but a gate of its quorum has no such entry although its log goes on past
 *              the request's expiry: the device lacks a share, unless that gate lies. Stays in all
 *              totals
 *   held       the device's own create
 *   opened     a receipt of the device names the record
 * Whether gates were allowed to answer is decide/redecide.h's question, not this one's.
 * Limits  rows < 2^32; some 40 bytes a row and 150 a record
 * Memory  owns all it keeps; entries are not kept   Threads  pure, one owner */
#ifndef EXPOSURE_EXPOSURE_H
#define EXPOSURE_EXPOSURE_H

#include "decide/authority.h"
#include "record/record_header.h"
#include "request/entry_body.h"
#include "tlog/checkpoint.h"

enum { EXPOSURE_GATES_MAX = 8 };

struct exposure;

/* `root` is the owner's first root statement. */
MUST_USE enum err exposure_new(const struct statement *root, struct exposure **out,
                               struct why *why);
void exposure_free(struct exposure *x);

/* The next entry of gate `gate`'s log, from index 0 on without a hole. `object` is the request of a
 * release whose entry names it as an object, else empty.
 * ERR_FORMAT: out of order, another gate's entry, or a request that is not the one that the entry
 * names; ERR_NOT_FOUND: the object is missing. After an error nothing of the entry is counted. */
MUST_USE enum err exposure_feed(struct exposure *x, unsigned gate, uint64_t index,
                                const struct entry *entry, const struct entry_body *body,
                                struct bytes object, struct why *why);

/* All logs are fed; `checkpoints` are of the gates 1 to 8, size 0 for a log that is not used.
 * Builds what the functions below answer from. ERR_INCOMPLETE: a log was not fed up to its
 * checkpoint. */
MUST_USE enum err exposure_finish(struct exposure *x,
                                  const struct checkpoint checkpoints[EXPOSURE_GATES_MAX],
                                  struct why *why);

/* --- after exposure_finish --- */

/* Everything that the logs' statements grant: names of devices, epochs. */
const struct authority *exposure_authority(const struct exposure *x);

struct exposure_log {
    unsigned gate;
    struct checkpoint checkpoint;
    uint64_t newest_ms; /* time of its last entry */
};
struct exposure_logs {
    struct exposure_log log[EXPOSURE_GATES_MAX];
    size_t count;
    unsigned needed; /* n-t+1; 0 where no epoch is known */
    bool complete;   /* count >= needed */
    unsigned liars;  /* complete while at most so many of these gates lie */
};
void exposure_logs(const struct exposure *x, struct exposure_logs *out);

/* NULL or 0: any. */
struct exposure_filter {
    const uint8_t *device;  /* 32 */
    const uint8_t *member;  /* 16 */
    const uint8_t *vendor;  /* 32: id of the vendor's root; zeroes: the owner's own */
    const uint8_t *project; /* 16 */
    uint64_t from_s, until_s; /* of `created`: from <= created < until */
};

/* One record of one request. */
struct exposure_row {
    uint8_t record[32];
    enum record_kind kind;
    uint8_t author[32];  /* device */
    uint8_t device[32];
    bool member_known;
    uint8_t member[16], vendor[32]; /* zeroes unless known */
    uint8_t project[16];
    uint8_t act;    /* REQUEST_RELEASE, or REQUEST_CREATE: held */
    uint8_t asked;  /* gates that the request names */
    uint8_t logged; /* gates that logged it */
    uint8_t r[32];
    uint64_t created, expires; /* seconds, as the device signed them */
    char purpose[33];
    bool asked_for;
};
/* Walks all rows that fit, in the order in which the requests were met: begin with *at = 0; false
 * when it is over. */
bool exposure_next(const struct exposure *x, const struct exposure_filter *filter, size_t *at,
                   struct exposure_row *out);

/* One record at one device, however often it was released. */
struct exposure_pair {
    uint8_t device[32], record[32];
    enum record_kind kind; /* 0: known by a receipt alone */
    bool released, asked_for, held, opened; /* asked_for: all of its releases are marked so */
};
/* The same without repetitions, by device and then by record; times do not filter here. */
bool exposure_next_pair(const struct exposure *x, const struct exposure_filter *filter, size_t *at,
                        struct exposure_pair *out);

struct exposure_totals {
    uint64_t requests, rows;    /* releases; creates are not in these */
    uint64_t asked_for_rows;    /* of `rows` */
    uint64_t records, devices;  /* distinct, of releases */
    uint64_t held;              /* distinct records of creates */
};
/* ERR_NOMEM. */
MUST_USE enum err exposure_totals(const struct exposure *x, const struct exposure_filter *filter,
                                  struct exposure_totals *out, struct why *why);

/* What no such list covers; a report begins with these sentences. */
enum { EXPOSURE_GAPS = 3 };
extern const char *const exposure_gaps[EXPOSURE_GAPS];

static inline void exposure_auto(struct exposure **x)
{
    exposure_free(*x);
}
#define AUTO_EXPOSURE __attribute__((cleanup(exposure_auto)))

#endif
