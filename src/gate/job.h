/* gate/job.h: one thing that a gate has to do, on its way through the threads. Private to this
 * folder.
 *
 *   HTTP ─► verify (workers) ─► decide (one thread) ─► seal (workers) ─► append (one) ─► reply
 *
 * A job belongs to one thread at a time; queues hand it on. What needs no entry (heads, status, a
 * file of the log, a refusal) is answered by whoever finds out. */
#ifndef GATE_JOB_H
#define GATE_JOB_H

#include "decide/gate_state.h"
#include "request/signature.h"
#include "sys/http_server.h"

#include <pthread.h>
#include <stdatomic.h>

enum job_kind { JOB_REQUEST, JOB_STATEMENTS, JOB_HEADS, JOB_STATUS, JOB_LOG, JOB_OWN, JOB_CHECKS,
                JOB_SNAPSHOT, JOB_WOULD };

enum { JOB_STATEMENTS_MAX = 256 };

struct job_statement {
    struct bytes envelope; /* borrowed from the job's body */
    struct statement s;
    enum err code;         /* what came of it */
    struct why why;
    uint64_t have;
};

/* Somebody inside waits for the end of a job. */
struct job_wait {
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool finished;
    enum err code;
};

struct job {
    enum job_kind kind;
    struct http_exchange *x; /* NULL: from inside */
    struct job_wait *wait;   /* NULL: nobody waits */
    atomic_int *in_flight;   /* counts exchanges that are not answered yet */
    struct buf own_body;     /* the body of a job from inside */
    bool last;               /* the gate ends: what waits for its minute is written now */
    struct bytes body;
    int64_t now_ms;          /* the decision's clock */

    /* JOB_REQUEST, JOB_HEADS, JOB_LOG: who asks */
    struct signature signature;
    struct request request;
    uint8_t r[32], (*ids)[32];
    uint64_t seen;
    struct decision decision;
    uint8_t enc[32];
    struct buf ciphertext;

    /* JOB_STATEMENTS */
    struct job_statement *statements;
    size_t statement_count;

    /* JOB_CHECKS: rows that a peer logged */
    unsigned peer;
    uint8_t epoch_id[32];

    /* JOB_SNAPSHOT: `ciphertext` is the file, `index` and `r` the log's size and root */
    size_t state_bytes;

    /* what goes into the log: bodies of entries, u16 type ‖ u32 length ‖ body */
    struct buf entries;
    size_t entry_count;
    uint64_t index;          /* of the first one, once appended */
    bool sealed;             /* ready for the append thread */
    struct job *next;        /* in a queue */
    struct job *order_next;  /* in the order of the decisions */
};

/* Counts itself in `in_flight` (NULL: from inside) until it is freed. NULL without memory. */
struct job *job_new(enum job_kind kind, struct http_exchange *x, atomic_int *in_flight);
void job_free(struct job *j);
/* Refuses over HTTP or wakes who waits, and frees. */
void job_refuse(struct job *j, const struct why *why);
/* Replies 200 over HTTP or wakes who waits, and frees. A body that memory did not suffice for is no
 * reply: then it refuses, ERR_NOMEM. */
void job_reply(struct job *j, const char *type, const struct buf *body);
/* Adds an entry's body to the job. */
MUST_USE enum err job_entry(struct job *j, const struct entry_body *b, struct why *why);

/* A bounded queue between threads. */
struct job_queue {
    pthread_mutex_t lock;
    pthread_cond_t some;
    struct job *first, *last;
    size_t count, max;
    bool closed;
};
void job_queue_init(struct job_queue *q, size_t max);
void job_queue_release(struct job_queue *q);
/* False: full or closed, and the job stays the caller's. */
bool job_queue_put(struct job_queue *q, struct job *j);
/* Waits; NULL when the queue is closed and empty. */
struct job *job_queue_take(struct job_queue *q);
void job_queue_close(struct job_queue *q);

#endif
