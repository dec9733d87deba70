/* fuzz/mhd.h: libmicrohttpd's place taken (by the linker's --wrap), so that a target can call a
 * daemon's HTTP glue and all that is behind it without a socket. The daemon runs as it is, in a
 * thread; its replies may come from any thread.
 * Signatures are taken for good, and say what the header fields say: who asks is the input's
 * choice, and a fuzzer would not get past them.   Threads  one caller */
#ifndef FUZZ_MHD_H
#define FUZZ_MHD_H

#include "base/bytes.h"
#include "base/why.h"
#include "sys/daemon.h"

#include <microhttpd.h>

typedef enum err mhd_serve(const char *dir, const struct daemon_options *options,
                           void (*ready)(void *ctx, unsigned port), void *ctx, struct why *why);

/* Runs serve(dir) in a thread, until its HTTP server would listen; it is not confined. */
void mhd_start(mhd_serve *run, const char *dir);

struct mhd_field {
    const char *name;
    struct bytes value; /* a zero stands behind it */
};

struct mhd_call {
    const char *method, *url;
    const struct mhd_field *fields;
    size_t field_count;
    struct bytes body;
    size_t piece; /* the body comes in pieces of so many bytes; 0: in one */
    bool query;
};

/* The status of the reply; `reply` (may be NULL) gets its body. Exactly one reply comes. */
unsigned mhd_do(const struct mhd_call *call, struct buf *reply);

#endif
