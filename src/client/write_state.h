/* client/write_state.h: what write.c and write_file.c share; nobody else includes it. */
#ifndef CLIENT_WRITE_STATE_H
#define CLIENT_WRITE_STATE_H

#include "client/upload.h"
#include "client/write.h"
#include "crypto/secret.h"

/* The records of one call, on their way. */
struct writing {
    struct client *c;
    const uint8_t *project;
    size_t count;
    struct record_sealed *sealed;
    struct secret_arena deks;
    struct buf rows;  /* the manifest's object */
    uint8_t root[32];
};

/* Before anything is sealed: may this device write here? Tries what earlier calls left unsure. */
MUST_USE enum err write_ready(struct client *c, const uint8_t project[16], struct why *why);
/* Record i, which is sealed, gets its row in the manifest. */
void write_row(struct writing *w, size_t i, const struct write_draft *draft);
/* What is sealed is listed, created and uploaded; `packed` NULL: from memory. */
MUST_USE enum err write_steps(struct writing *w, const struct upload *packed, struct why *why);

#endif
