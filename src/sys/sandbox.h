/* sys/sandbox.h: a daemon gives up what it does not need: account, files, system calls.
 * Source  docs/operations.md, "Confinement": which calls, and why
 * Order   sandbox_user once the sockets are bound; then the state is opened; sandbox_enter before
 *         the first thread, since Landlock binds only threads that come later; sandbox_serve when
 *         all threads run. Between the last two a few calls that start threads are allowed too.
 * A call that is not on the list kills the whole process (SIGSYS). A build with a sanitizer or
 * coverage has no sandbox, since these need other calls; it says so, and sandbox_facts tells.
 * Threads  one owner, before others run; sandbox_serve binds all threads */
#ifndef SYS_SANDBOX_H
#define SYS_SANDBOX_H

#include "base/bytes.h"
#include "base/why.h"

enum { SANDBOX_CALLS_MAX = 35, SANDBOX_LOCK_BYTES = 8 << 20 };

/* The courier makes a gate's and a watcher's connections (sys/courier.h). */
enum sandbox_kind { SANDBOX_GATE, SANDBOX_STORE, SANDBOX_WATCH, SANDBOX_COURIER };
enum { SANDBOX_KINDS = 4 };
const char *sandbox_name(enum sandbox_kind kind);

/* Root becomes `user`, for good: groups, group, user, then tries to come back. `dir` and what lies
 * in it must belong to that account. ERR_USAGE: no such account, or root itself, or who starts it
 * is neither root nor that account. ERR_IO: `dir` belongs to somebody else, with a hint. `user`
 * NULL: nothing changes. */
MUST_USE enum err sandbox_user(const char *user, const char *dir, struct why *why);

/* No new privileges, limits, Landlock, the first list of calls. Only `dir` (NULL: nothing) can be
 * read and written from here on, the courier reads what names and certificates need. Words for the
 * operator, one line for each thing that is less than it should be, are appended to `notes`.
 * ERR_UNSUPPORTED: the kernel has no seccomp. ERR_INTERNAL. */
MUST_USE enum err sandbox_enter(enum sandbox_kind kind, const char *dir, struct buf *notes,
                                struct why *why);
/* The last list, for all threads: at most SANDBOX_CALLS_MAX calls, and no new thread. The courier
 * has it already. */
MUST_USE enum err sandbox_serve(enum sandbox_kind kind, struct why *why);

/* The names of the calls that a daemon has left while it serves; returns how many. */
size_t sandbox_calls(enum sandbox_kind kind, const char *names[SANDBOX_CALLS_MAX]);

struct sandbox_facts {
    bool built;        /* false: a sanitizer or coverage is in this build */
    bool seccomp;      /* this kernel can kill a process for a call */
    unsigned landlock; /* its version here; 0: none */
    uint64_t lock_bytes, core_bytes; /* how much memory may be locked; how large a core may be */
};
struct sandbox_facts sandbox_facts(void);

#endif
