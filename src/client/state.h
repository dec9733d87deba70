/* client/state.h: what an open client holds. Private to this folder and drill/.
 * Memory  one struct client owns everything here   Threads  one owner */
#ifndef CLIENT_STATE_H
#define CLIENT_STATE_H

#include "client/client.h"
#include "client/config.h"
#include "client/db.h"
#include "client/identity.h"
#include "client/transport.h"
#include "decide/authority.h"
#include "decide/hash.h"
#include "record/manifest.h"
#include "sys/files.h"
#include "tlog/checkpoint.h"

enum { CLIENT_GATE_MAX = 8 };

/* A manifest statement's object, checked against its root; rows of one author. */
struct client_manifest {
    uint8_t author[32];
    uint64_t number; /* of the statement */
    uint8_t project[16];
    struct buf object;
    struct manifest rows;
    struct client_manifest *next, *newer; /* older, newer */
};

/* Where a record is listed, by author and id: the first listing counts. */
struct client_place {
    uint8_t key[64]; /* author 32 | id 32 */
    const struct client_manifest *manifest;
    size_t row;
    UT_hash_handle hh;
};

/* How far an author's chain was looked through for manifests. */
struct client_scanned {
    uint8_t author[32];
    uint64_t number;
    UT_hash_handle hh;
};

struct client {
    struct file_path dir;
    int lock;
    struct config config;
    struct identity id;
    struct db *db;
    struct transport *transport;
    const struct progress *progress; /* may be NULL */
    bool stored;                  /* contents are not packed */
    struct authority *authority;  /* the fold of every statement known here */
    uint64_t own_number;          /* newest statement of this device's chain */
    uint8_t own_id[32], own_manifest[32];
    uint64_t
        pushed[CLIENT_GATE_MAX + 1]; /* newest own statement that each gate has; [0] the store */
    uint8_t silent;               /* gates that did not answer lately: asked last */
    int64_t silent_since_ms;
    int64_t owner_complete_ms; /* admins' chains were compared with the gates'; 0: never */
    struct client_manifest *manifests, *manifests_first; /* newest first; the oldest */
    struct client_place *places;                         /* every row of every manifest */
    struct client_scanned *scanned;
};

/* The newest epoch, as a client needs it. */
struct client_epoch {
    uint8_t id[32];
    uint32_t number;
    unsigned t;
    uint8_t roster;
    struct {
        uint8_t key[32];
        char origin[CHECKPOINT_ORIGIN_MAX];
    } gate[CLIENT_GATE_MAX + 1]; /* by number */
};
/* ERR_NOT_FOUND: no epoch is known yet. */
MUST_USE enum err client_epoch(const struct client *c, struct client_epoch *out, struct why *why);

/* Is the record in a manifest of its author's that is loaded? */
bool client_listed(const struct client *c, const uint8_t author[32], const uint8_t id[32]);
/* Loads the manifests of an author's chain that are not loaded yet (after client_chain). */
MUST_USE enum err client_manifests_load(struct client *c, const uint8_t author[32],
                                        struct why *why);
/* The same for every device that is known, its chain fetched first. */
MUST_USE enum err client_manifests_all(struct client *c, struct why *why);
/* The row of a record in its author's manifests; fetches the chain if need be. ERR_MANIFEST: there
 * is none. */
MUST_USE enum err client_row(struct client *c, const uint8_t author[32], const uint8_t id[32],
                             struct manifest_row *out, struct why *why);
void client_manifests_free(struct client *c);

#endif
