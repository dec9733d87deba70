/* request/body.h: what a device asks the gates for.
 * Source  docs/format.md 5
 * request_parse checks all that needs no state: layout, act, window, gates, purpose, ephemeral key,
 * headers of one project and none twice. Epoch, roster, clock and policy are decide/'s.
 * A close with a skip names no record: zeroes.
 * Limits  1 to 65,536 headers, 1,008 closes   Memory  a parsed request borrows the body; parsing
 * takes 16 bytes a header for a moment   Threads  pure */
#ifndef REQUEST_BODY_H
#define REQUEST_BODY_H

#include "base/bytes.h"
#include "base/why.h"

enum { REQUEST_HEADER_BYTES = 96, REQUEST_HEADERS_MAX = 65536, REQUEST_CLOSE_BYTES = 65,
       REQUEST_CLOSES_MAX = 1008, REQUEST_PURPOSE_MAX = 32, REQUEST_SECONDS_MAX = 120,
       REQUEST_BYTES_MIN = 168 + 2 + 2 + 3 + REQUEST_HEADER_BYTES,
       REQUEST_BYTES_MAX = 168 + 1 + REQUEST_PURPOSE_MAX + 2 + 65535 + 3 +
                           REQUEST_HEADER_BYTES * REQUEST_HEADERS_MAX };

enum request_act { REQUEST_RELEASE = 1, REQUEST_CREATE = 2 };
enum request_how { REQUEST_SUBMISSION = 1, REQUEST_SKIP = 2 };

struct request_close {
    uint8_t task[32];
    enum request_how how;
    uint8_t record[32];
};

struct request {
    enum request_act act;
    uint8_t gates; /* Q or S: bit g-1 is gate g */
    uint8_t owner[32], epoch_id[32], project[16];
    uint64_t created, expires; /* seconds */
    uint8_t ephemeral[32];
    uint8_t manifest[32]; /* zeroes if none */
    char purpose[REQUEST_PURPOSE_MAX + 1];
    struct bytes closes;  /* borrowed, REQUEST_CLOSE_BYTES each */
    struct bytes headers; /* borrowed, REQUEST_HEADER_BYTES each */
};

/* ERR_FORMAT, ERR_VERSION; ERR_UNSUPPORTED: acts 3 (re-key) and 4 (grant); ERR_REQUEST_TIME: the
 * window is empty or over 120 s; ERR_REQUEST_GATES: fewer than 2 gates or more than 5; ERR_KEY: the
 * ephemeral key is of low order, so that sealing to it cannot fail later. */
MUST_USE enum err request_parse(struct bytes body, struct request *out, struct why *why);

/* One that was parsed before it was logged: the layout alone, and cheap. The entry's hash has shown
 * that it is still the same. ERR_FORMAT, ERR_VERSION. */
MUST_USE enum err request_parse_logged(struct bytes body, struct request *out, struct why *why);

/* Appends the body, after the same checks. */
MUST_USE enum err request_write(const struct request *r, struct buf *out, struct why *why);

/* r = HASH("cfd1 request" ‖ device key ‖ body) */
void request_r(uint8_t r[32], const uint8_t device[32], struct bytes body);

size_t request_header_count(const struct request *r);
const uint8_t *request_header(const struct request *r, size_t i); /* asserts i < count */
/* The record id of every header, in order; `ids` has room for request_header_count. */
void request_ids(const struct request *r, uint8_t (*ids)[32]);

size_t request_close_count(const struct request *r);
struct request_close request_close(const struct request *r, size_t i);
/* Appends one close in its layout, for request.closes. */
void request_close_write(const struct request_close *c, struct buf *out);

/* A release names exactly `threshold` gates, a create threshold to min(n, 2·threshold-1), all of
 * `roster`, gate number `self` among them (0: any). ERR_REQUEST_GATES. */
MUST_USE enum err request_gates_check(const struct request *r, uint8_t roster, unsigned threshold,
                                      unsigned self, struct why *why);

/* A create's headers all carry the asking device's key. ERR_DENIED_AUTHOR. */
MUST_USE enum err request_author_check(const struct request *r, const uint8_t device[32],
                                       struct why *why);

#endif
