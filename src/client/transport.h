/* client/transport.h: signed calls to gates and the store.
 * Source  docs/protocol.md; RFC 9421 by request/signature.h
 * Nothing that comes back is believed here; a refusal's code is reported, no more.
 * Limits  replies of TRANSPORT_REPLY_MAX, TRANSPORT_TIMEOUT_MS a call   Threads  one owner */
#ifndef CLIENT_TRANSPORT_H
#define CLIENT_TRANSPORT_H

#include "base/bytes.h"
#include "base/why.h"
#include "client/progress.h"

/* The calls of one watched command may together be LATE, counted from what a call and its bytes
 * explain: whoever answers all truly, but slowly, cannot keep a command for ever. */
enum { TRANSPORT_REPLY_MAX = 64 << 20, TRANSPORT_TIMEOUT_MS = 15000, TRANSPORT_LATE_MS = 12000,
       TRANSPORT_CALL_MS = 500, TRANSPORT_BYTES_A_MS = 64 };

struct transport; /* connections and the signing key, borrowed */

/* `sign` is the device's secret key (SIGN_SECRET_BYTES), guarded by the caller for as long. */
MUST_USE enum err transport_new(const uint8_t *sign, struct transport **out, struct why *why);
void transport_free(struct transport *t);
/* A command begins: every call asks it whether to go on, and tells it when it is over. Borrowed;
 * NULL: nobody. */
void transport_watch(struct transport *t, const struct progress *p);

/* How late all calls are after one more that took so long for so many bytes; never below 0. */
int64_t transport_late(int64_t late_ms, int64_t took_ms, size_t bytes);

struct transport_call {
    const char *method, *base, *path; /* base "http://host:port", path "/v1/..." */
    struct bytes body;
    bool authority; /* @authority is signed: towards a store, and for a gate's log */
    bool bare;      /* not signed: what certifies itself */
    uint64_t created; /* 0: now; else the request's own time */
    const char *field; /* one more header field, "name: value"; NULL: none */
    bool bulk;         /* as long as it takes while bytes flow: bodies and packs */
};

/* Appends the reply's body. ERR_INTERRUPTED, ERR_NETWORK, ERR_LIMIT, ERR_HTTP, or the refusal's
 * own code. */
MUST_USE enum err transport_do(struct transport *t, const struct transport_call *call,
                               struct buf *reply, struct why *why);

#endif
