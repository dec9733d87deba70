/* store/private_store.h: the running store, and its routes. Private to this folder.
 * One mutex-free owner: libmicrohttpd's single thread calls every route, one after the other. */
#ifndef STORE_PRIVATE_STORE_H
#define STORE_PRIVATE_STORE_H

#include "decide/authority.h"
#include "queue/queue.h"
#include "request/signature.h"
#include "store/blob.h"
#include "store/store.h"
#include "sys/http_server.h"

#include <stdatomic.h>

struct store {
    const char *dir;
    struct blob *blob;
    struct authority *authority;
    struct queue *queue;
    struct http_server *http;
    atomic_llong busy_since_ms; /* 0: it waits for requests */
    atomic_int trouble;         /* an enum err: why the last write was not kept */
};

/* One call: who asks (zeroes for what needs no signature), and the words of the path. */
struct store_call {
    struct store *s;
    struct http_exchange *x;
    const uint8_t *key;         /* the signer's device */
    const struct authority_device *device;
    uint64_t now_s;
    int64_t now_ms;
    const char *rest;           /* the path behind the route's prefix */
};

/* A route answers the exchange, or returns an error and leaves it unanswered. */
typedef enum err store_route(struct store_call *c, struct why *why);

store_route store_statements, store_chain, store_issuers, store_acts, store_pack_get,
    store_pack_put, store_slots, store_records, store_body, store_object_put, store_object_get,
    store_queue_add, store_queue_claim, store_queue_unclaim, store_queue_list, store_status;

/* Does an act fit its task? ERR_OK for every other kind. Else the code says why it has no effect.
 */
MUST_USE enum err store_effect(const struct store *s, const struct statement *st, int64_t now_ms,
                               struct why *why);
/* Takes a statement into authority and, where it has effect, queue; the caller has checked it. */
MUST_USE enum err store_take(struct store *s, const struct statement *st, bool effect,
                             int64_t now_ms, struct why *why);
/* Authority and queue again as the disk has them, with the claims as they are: after a transaction
 * whose statements were taken and which then failed. When it fails nothing has changed. */
MUST_USE enum err store_reload(struct store *s, struct why *why);
/* Exactly 64 digits, then the end or '/' (then *rest points behind it). */
MUST_USE enum err store_path_id(const char **rest, uint8_t id[32], struct why *why);

#endif
