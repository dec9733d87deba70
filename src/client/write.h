/* client/write.h: making records: sealed, listed, created at the gates, uploaded.
 * Source  docs/protocol.md 3; DESIGN 4.3, create
 * The author keeps a DEK under its storage key while only one quorum has answered or quorums
 * disagreed; write_heal lets go of it once another quorum has shown the slot to be good.
 * Limits  WRITE_RECORDS_MAX records a call   Threads  one owner */
#ifndef CLIENT_WRITE_H
#define CLIENT_WRITE_H

#include "client/client.h"
#include "record/record.h"

enum { WRITE_RECORDS_MAX = 1024 };

struct write_draft {
    enum record_kind kind;
    struct bytes type, name, content;
    uint8_t parents[3][32];
    size_t parent_count;
    const uint8_t *random; /* 32 bytes to make the DEK from; NULL: drawn */
};

/* What a record of the draft holds as this client writes it: packed (into `memory`) or stored.
 * ERR_NOMEM. */
MUST_USE enum err write_content(const struct client *c, const struct write_draft *draft,
                                struct plain *memory, struct plaintext *out, struct why *why);
/* Writes `count` records of one project; `ids` gets theirs. With `random` the same draft is the
 * same record again: one that an own loaded manifest lists is not listed twice. Everything is at
 * the store and created when it returns ERR_OK. The gates' refusal by its own code;
 * ERR_INTERRUPTED, ERR_NO_QUORUM. */
MUST_USE enum err write_records(struct client *c, const uint8_t project[16],
                                const struct write_draft *drafts, size_t count,
                                uint8_t (*ids)[32], struct why *why);
/* Writes one record of the bytes of the file `path` in constant memory: the draft's content is not
 * looked at, and stored as it is: how long a packed one will be is known at its end, and stands at
 * its beginning. It is sealed into a nameless file in the state directory, as long as itself, and
 * uploaded from there. Errors as of write_records; ERR_IO: it cannot be read, or shrank. */
MUST_USE enum err write_file(struct client *c, const uint8_t project[16],
                             const struct write_draft *draft, const char *path, uint8_t id[32],
                             struct why *why);
/* Is `path` a file for write_file: one that is long? */
bool write_file_wanted(const char *path);
/* Tries up to `max` kept DEKs at another quorum; *left is how many stay kept. Gates that are down
 * are no error. */
MUST_USE enum err write_heal(struct client *c, size_t max, size_t *left, struct why *why);

#endif
