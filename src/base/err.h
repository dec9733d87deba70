/* base/err.h: every way in which cofferdam can fail, in one table.
 * Each has a stable code (`CFD-REL-002`: never reused, never renumbered), the exit code of the
 * command that meets it, a title, and what `cofferdam explain CODE` prints. The enumerator's order
 * is free; the code is what others see. Memory  static tables   Threads  pure */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stddef.h>

enum err {
    ERR_OK = 0,
    /* any floor */
    ERR_NOMEM, ERR_INTERNAL, ERR_USAGE, ERR_CONFIG, ERR_INTERRUPTED, ERR_UNSUPPORTED,
    /* bytes from outside */
    ERR_FORMAT, ERR_VERSION, ERR_LIMIT, ERR_JSON, ERR_CANONICAL, ERR_ENVELOPE,
    /* cryptography */
    ERR_OPEN, ERR_SIGNATURE, ERR_KEY, ERR_PASSPHRASE, ERR_KDF_FLOOR,
    /* transparency log and answers */
    ERR_PROOF, ERR_CHECKPOINT, ERR_ROLLBACK, ERR_ANSWER, ERR_LOG_DAMAGED, ERR_LOG_IO,
    /* statements and authority */
    ERR_CHAIN_GAP, ERR_CHAIN_FORK, ERR_ISSUER, ERR_NOT_ENTITLED, ERR_EXPIRED, ERR_FUTURE,
    ERR_UNKNOWN_OWNER, ERR_DUPLICATE, ERR_SECOND_DEVICE, ERR_POLICY,
    /* refusals of a gate or store */
    ERR_UNKNOWN_DEVICE, ERR_REQUEST_TIME, ERR_REQUEST_REPLAY, ERR_REQUEST_GATES,
    ERR_REQUEST_EPOCH, ERR_NOT_READY, ERR_STALE, ERR_NO_PROJECT, ERR_DENIED_PURPOSE,
    ERR_DENIED_KIND, ERR_DENIED_OWN, ERR_DENIED_ASSIGNED, ERR_DENIED_AUTHOR, ERR_DENIED_ROLE,
    ERR_DENIED_FORBID, ERR_DENIED_ATTESTATION, ERR_DENIED_HOURS, ERR_DENIED_APPROVALS,
    ERR_DENIED_BUDGET, ERR_DENIED_VIEWERS, ERR_DENIED_OPEN,
    ERR_REVOKED, ERR_PAUSED, ERR_BUSY, ERR_FULL,
    /* shares, slots, records */
    ERR_NO_QUORUM, ERR_PAD, ERR_RECORD_ID, ERR_MANIFEST, ERR_INCOMPLETE, ERR_PADDING, ERR_CHUNK,
    /* store, queue, work */
    ERR_NOT_FOUND, ERR_NO_TASK, ERR_CLAIM, ERR_TASK_STATE, ERR_AMBIGUOUS, ERR_EXISTS,
    /* system */
    ERR_IO, ERR_NETWORK, ERR_HTTP, ERR_LOCKED, ERR_DISK_FULL, ERR_FINDINGS,
    ERR_COUNT
};

/* Exit codes of UX section 1; tested against the table. */
enum { EXIT_OK = 0, EXIT_FAIL = 1, EXIT_USAGE = 2, EXIT_NOT_FOUND = 3, EXIT_AUTH = 4,
       EXIT_DENIED = 5, EXIT_PAUSED = 6, EXIT_INTEGRITY = 7, EXIT_CONFLICT = 8,
       EXIT_UNREACHABLE = 9, EXIT_FINDINGS = 10, EXIT_INTERRUPT = 130 };

struct err_row {
    enum err err;
    const char *code;    /* "CFD-REL-002" */
    int exit_code;
    const char *title;   /* a few words */
    const char *explain; /* one or two sentences: why it happens, what to do */
};

/* The row of `err`; never NULL for a value below ERR_COUNT. */
const struct err_row *err_row(enum err err);

/* The stable code of `err`, "OK" for ERR_OK. */
const char *err_code(enum err err);

/* The row whose stable code is `code`, case-insensitively; NULL if there is none. */
const struct err_row *err_find(const char *code);

#endif
