/* gate/server.h: the running gate: threads, queues, keys, log. Private to this folder.
 * Owners  state: the decide thread. log: the append thread. keys: written once under `lock`, then
 * read-only. Everything else is set before the threads start.
 * Invariant  jobs enter `order` in the order of their decisions, and leave it only from the front
 * and only when sealed: the log has the order of the decisions. */
#ifndef GATE_SERVER_H
#define GATE_SERVER_H

#include "crypto/sign.h"
#include "decide/snapshot.h"
#include "gate/dir.h"
#include "gate/job.h"
#include "shares/ceremony.h"
#include "shares/share.h"
#include "sys/daemon.h"
#include "sys/files.h"
#include "sys/log.h"
#include "tlog/checkpoint.h"

#include <stdatomic.h>

enum { SERVER_WORKERS = 2, SERVER_QUEUE_MAX = 4096, SERVER_IN_FLIGHT_MAX = 900,
       SERVER_PUBLISH_MS = 200, SERVER_PEER_MS = 200,
       SERVER_PULSE_MS_MAX = 150000, /* peers that do not answer hold it up */
       SERVER_BODY_MAX = REQUEST_BYTES_MAX + 1 };

struct server {
    struct file_path dir;
    struct dir_conf conf;
    uint8_t owner[32];
    struct secret *secret; /* seed, exchange secret */
    struct secret *sign;   /* the log key, expanded */
    struct note_key note;  /* origin and public log key */
    struct gate_state *state;
    struct log *log;
    struct http_server *http;

    struct job_queue verify, decide, seal;
    pthread_mutex_t lock;  /* guards order, keys, deals, epoch */
    pthread_cond_t sealed; /* something in order became sealed, or closing */
    struct job *order_first, *order_last;
    struct gate_keys *keys;           /* NULL until the ceremony is complete */
    struct authority_epoch epoch;     /* a copy of the newest; number 0: none */
    bool ready, checked;              /* gate_ready and gate_checks_own, copied */
    struct buf deals[DIR_GATE_MAX + 1];
    bool stopping; /* peers: take up nothing new */
    bool closing;  /* append: nothing comes any more */
    atomic_int in_flight;
    atomic_llong pulse_ms; /* when a job of the peers' thread was last through */
    atomic_bool full; /* the disk: the log lives from its reserve */

    struct job_queue snapshot; /* placed, waiting to be written */
    atomic_bool snapshot_busy; /* one is on its way */
    uint64_t ordered;          /* decide thread: entries since the newest snapshot was taken */
    size_t snapshot_bytes;     /* decide thread: of the newest state that was encoded */
    uint64_t settled;          /* snapshot thread: the log's files up to here are durable */
    pthread_t snapshot_thread;
    pthread_t threads[2 * SERVER_WORKERS + 3];
    size_t thread_count;
};

/* Each runs until its queue is closed. */
void *server_verify(void *server);
void *server_decide(void *server);
void *server_seal(void *server);
void *server_append(void *server);
void *server_peers(void *server);

void *server_snapshot(void *server);

/* Snapshots (snapshot.c): the decide thread takes one, the append thread places it, the snapshot
 * thread writes it. A job that is placed is no longer the caller's. */
void server_snapshot_take(struct server *s);
void server_snapshot_place(struct server *s, struct job *j);
/* Reads snapshot `n` (0 the newest) into `file` and checks that it is this gate's. ERR_NOT_FOUND.
 */
MUST_USE enum err server_snapshot_read(const struct server *s, size_t n, struct buf *file,
                                       struct snapshot *out, struct why *why);
/* Opens state and log: at the newest snapshot that fits, else by replaying everything. `each` gets
 * the server and the entries that are left. */
MUST_USE enum err server_resume(struct server *s, const struct statement *root, log_each_fn *each,
                                struct log_report *report, struct why *why);

/* Who this gate is: its configuration, secret, pinned root and owner. */
MUST_USE enum err server_identity(struct server *s, const char *dir, struct statement *root,
                                  struct why *why);
/* Applies an entry of the own log to the state. A log_each_fn. */
MUST_USE enum err server_apply(void *server, uint64_t index, struct bytes bytes, struct why *why);

/* HTTP comes in here. */
void server_handle(void *server, struct http_exchange *x);
/* A write or sync of the log failed: nothing is answered any more, and the process ends. */
NORETURN void server_die(struct server *s, const struct why *why);
/* Puts a job from inside into the verify queue, waits for its end and returns its code. */
enum err server_own(struct server *s, struct job *j);
/* Those that the directory has for an epoch; NULL: none, or they cannot be read. */
struct gate_keys *server_keys_open(const struct server *s, const uint8_t epoch_id[32]);
/* The expanded keys of the newest epoch, NULL before the ceremony is complete. */
const struct gate_keys *server_keys(struct server *s);
/* Hands a decided job on to be sealed and appended. */
void server_ordered(struct server *s, struct job *j);

#endif
