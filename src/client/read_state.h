/* client/read_state.h: what read.c and read_file.c share; nobody else includes it. */
#ifndef CLIENT_READ_STATE_H
#define CLIENT_READ_STATE_H

#include "client/read.h"

/* A record that is opened to a file. */
struct read_to {
    int body, out; /* the sealed body; the content */
    bool done;     /* the content is there: what is tried after that is only looked at */
    struct read_written *written;
};

/* Commitment, tags, padding, packing, row: all of record_open and manifest_row_check, for a body in
 * a file. Why it fails goes no further. */
MUST_USE enum err read_file_try(struct read_to *to, const struct read_found *f,
                                const struct manifest_row *row, const uint8_t dek[KEY_BYTES]);

/* Opens one record that was found, to a file. */
MUST_USE enum err read_found_to(struct client *c, struct read_found *f,
                                const struct read_options *options, struct read_to *to,
                                struct why *why);

#endif
