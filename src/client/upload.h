/* client/upload.h: bytes to the store; a pack in pieces, from memory or from a file.
 * Source  docs/protocol.md, store   Threads  one owner */
#ifndef CLIENT_UPLOAD_H
#define CLIENT_UPLOAD_H

#include "client/client.h"

enum { UPLOAD_PIECE = 4 << 20 };

/* A whole pack: in memory, or (fd not -1) in a file, and then `room` has room for a piece. */
struct upload {
    uint8_t name[32]; /* the hash of all */
    uint64_t len;
    const uint8_t *ptr;
    int fd;
    uint8_t *room; /* UPLOAD_PIECE */
};

/* One signed call with a body. */
MUST_USE enum err upload_put(struct client *c, const char *method, const char *path,
                             struct bytes body, struct buf *reply, struct why *why);
/* Goes on where an earlier upload of the same pack stopped. ERR_INTERRUPTED. */
MUST_USE enum err upload_pack(struct client *c, const struct upload *pack, struct why *why);

#endif
