/* client/read.h: opening a record, every check in the order of docs/protocol.md 4.
 * Memory  what is opened is wiped with `opened`   Threads  one owner */
#ifndef CLIENT_READ_H
#define CLIENT_READ_H

#include "client/client.h"
#include "record/record.h"
#include "shares/blame.h"

/* What the store says of a record, header and id checked. */
enum { READ_SLOTS_MAX = 10 }; /* C(5,3) quorums of a create may all disagree */
struct read_found {
    struct record_header header;
    uint8_t id[32];
    uint64_t sealed_bytes;
    uint8_t slots[READ_SLOTS_MAX * 68];
    unsigned slot_count;
    struct blame blame; /* after opening: whose shares were wrong, where that can be known */
};
/* ERR_NOT_FOUND, ERR_RECORD_ID, ERR_FORMAT. */
MUST_USE enum err read_find(struct client *c, const uint8_t id[32], struct read_found *out,
                            struct why *why);
/* The same for 1 to 1,024 records in one call; ERR_NOT_FOUND names the first that is not there. */
MUST_USE enum err read_find_many(struct client *c, const uint8_t (*ids)[32], size_t count,
                                 struct read_found *out, struct why *why);

struct read_options {
    const char *purpose; /* NULL: the one that goes with the device's role */
    uint8_t avoid;       /* gates not to ask if it can be helped */
};

/* Opens one record. The gates' refusal by its own code; ERR_NOT_ENTITLED: its author may not write
 * such records; ERR_MANIFEST: it is not in the author's manifests; ERR_OPEN: it does not open,
 * whichever of slot, commitment, body and padding is at fault. */
MUST_USE enum err read_record(struct client *c, const uint8_t id[32],
                              const struct read_options *options, struct record_opened *out,
                              struct read_found *found, struct why *why);
/* What read_file wrote. */
struct read_written {
    uint64_t bytes;
    uint8_t type[PLAINTEXT_TYPE_MAX];
    size_t type_len;
};
/* Opens one record to the file `path`, whole or not at all, in constant memory (but for a packed
 * content). The sealed body lies in a nameless file in the state directory meanwhile. Errors as of
 * read_record; ERR_IO. */
MUST_USE enum err read_file(struct client *c, const uint8_t id[32],
                            const struct read_options *options, const char *path,
                            struct read_written *out, struct read_found *found, struct why *why);
/* Opens `count` records of one project with as few requests as can be; `each` gets them in order
 * and may take what is opened (leaving it zeroed). */
typedef enum err read_each(void *ctx, size_t i, struct record_opened *o, struct why *why);
MUST_USE enum err read_many(struct client *c, const uint8_t (*ids)[32], size_t count,
                            const struct read_options *options, read_each *each, void *ctx,
                            struct why *why);
/* The purpose that goes with a role: annotate, review, deliver, publish. */
const char *read_purpose(enum role role);

#endif
