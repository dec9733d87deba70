/* gate/gate.h: a gate as a process: its state directory, and the server.
 * Source  DESIGN sections 3, 4.3, 6; docs/protocol.md 1
 * State directory (0700): root (the owner's, pinned), secret (log key's seed 32 ‖ exchange secret
 * 32), gate.conf, pair-N (32 bytes carried by hand), deal-EPOCH, keys-EPOCH, log/, peer-N (how far
 * that log was followed), snapshot and snapshot.1 (decide/snapshot.h; made again when lost).
 * Threads  gate_serve runs its own; the rest has one owner */
#ifndef GATE_GATE_H
#define GATE_GATE_H

#include "base/bytes.h"
#include "base/why.h"
#include "sys/daemon.h"

/* Makes the directory and its keys. `root` is the owner's first root statement's envelope.
 * ERR_EXISTS; ERR_ENVELOPE and others: the root is none. */
MUST_USE enum err gate_init(const char *dir, unsigned number, struct bytes root, struct why *why);

/* What the lab's epoch statement needs of this gate. */
struct gate_card {
    unsigned number, incarnation;
    uint8_t key[32], exchange[32];
};
MUST_USE enum err gate_card(const char *dir, struct gate_card *out, struct why *why);

/* The 32 bytes that a pair shares: made by one, carried by hand, taken by the other. ERR_EXISTS. */
MUST_USE enum err gate_pair_make(const char *dir, unsigned peer, uint8_t out[32], struct why *why);
MUST_USE enum err gate_pair_take(const char *dir, unsigned peer, const uint8_t in[32],
                                 struct why *why);
/* Where another gate is. */
MUST_USE enum err gate_peer(const char *dir, unsigned peer, const char *url, struct why *why);

enum { GATE_SNAPSHOTS = 2 };

struct gate_snapshot {
    bool there, good;
    uint64_t size;   /* of the log that it was taken at; 0: it cannot be read */
    struct why why;  /* what is wrong with it */
};
struct gate_verified {
    uint64_t entries, segments;
    uint64_t published;   /* size of the checkpoint that the log was held against */
    uint64_t files_wrong; /* tiles and bundles that are missing or different */
    struct gate_snapshot snapshots[GATE_SNAPSHOTS]; /* the newest, and the one before */
};
/* Reads all of the log against its hashes, its tree and its checkpoint, and the snapshots against
 * the fold of the log; changes nothing, and the gate may be running. ERR_LOG_DAMAGED and others:
 * the log itself is not right. */
MUST_USE enum err gate_verify(const char *dir, struct gate_verified *out, struct why *why);

/* Serves until SIGINT or SIGTERM, confined (sys/sandbox.h). `ready` is called when the port
 * listens, after the replay. What daemon_begin says, ERR_LOG_DAMAGED and others before; ERR_LOG_IO:
 * a write failed while serving. */
MUST_USE enum err gate_serve(const char *dir, const struct daemon_options *options,
                             void (*ready)(void *ctx, unsigned port), void *ctx, struct why *why);

#endif
