/* client/state.h: what an open client holds. Private to this folder.
 * Memory  one struct client owns everything here   Threads  one owner */
#ifndef CLIENT_STATE_H
#define CLIENT_STATE_H

#include "client/client.h"
#include "client/config.h"
#include "client/db.h"
#include "client/identity.h"
#include "client/transport.h"
#include "decide/authority.h"
#include "sys/files.h"

enum { CLIENT_GATE_MAX = 8 };

/* A manifest statement's object, checked against its root; rows of one author. */
struct client_manifest {
    uint8_t author[32];
    uint8_t statement[32];
    uint8_t project[16];
    uint8_t *object;
    size_t object_len;
    struct manifest rows;
    struct client_manifest *next;
};

struct client {
    struct file_path dir;
    int lock;
    struct config config;
    struct identity id;
    struct db *db;
    struct transport *transport;
    struct authority *authority;  /* the fold of every statement known here */
    uint64_t own_number;          /* newest statement of this device's chain */
    uint8_t own_id[32], own_manifest[32];
    uint64_t pushed[CLIENT_GATE_MAX + 1]; /* newest own statement that each gate has; [0] the store */
    uint8_t silent;               /* gates that did not answer lately: asked last */
    int64_t silent_since_ms;
    struct client_manifest *manifests;
};

/* The newest epoch, as a client needs it. */
struct client_epoch {
    uint8_t id[32];
    uint32_t number;
    unsigned t;
    uint8_t roster;
    struct {
        uint8_t key[32];
        char origin[100];
    } gate[CLIENT_GATE_MAX + 1]; /* by number */
};
/* ERR_NOT_FOUND: no epoch is known yet. */
MUST_USE enum err client_epoch(const struct client *c, struct client_epoch *out, struct why *why);

#endif
