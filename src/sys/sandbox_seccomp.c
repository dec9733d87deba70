/* sys/sandbox_seccomp.c: which system calls a daemon has left. Why each of them, says the table of
 * docs/operations.md; tests/confine counts both. */
#include "sys/sandbox_parts.h"

#include <assert.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MEMORY "brk", "madvise", "mmap", "mprotect", "munmap"
#define ALWAYS "clock_gettime", "close", "exit", "exit_group", "futex", "read",                   \
               "restart_syscall", "rt_sigprocmask", "write"
#define FILES "fcntl", "fdatasync", "fsync", "newfstatat", "openat", "pread64", "pwrite64",       \
              "renameat"
#define SERVER "accept4", "epoll_ctl", "epoll_wait", "recvfrom", "sendmsg", "sendto",             \
               "setsockopt", "shutdown"

/* Each ends in NULL: the rows are one longer than what is allowed. */
static const char *const allowed[SANDBOX_KINDS][SANDBOX_CALLS_MAX + 1] = {
    [SANDBOX_GATE] = { MEMORY, ALWAYS, FILES, SERVER, "getdents64", "getrandom", "mkdirat", "mlock",
                       "unlinkat" },
    [SANDBOX_STORE] = { MEMORY, ALWAYS, FILES, SERVER, "clock_nanosleep", "ftruncate", "link",
                        "unlink", "unlinkat" },
    [SANDBOX_WATCH] = { MEMORY, ALWAYS, FILES, "epoll_wait", "getrandom", "mlock", "munlock",
                        "unlink", "unlinkat" },
    [SANDBOX_COURIER] = { MEMORY, ALWAYS, "clone", "connect", "fcntl", "getpeername", "getpid",
                          "getrandom", "getsockname", "getsockopt", "lseek",
                          "newfstatat", "openat", "poll", "recvfrom", "rseq", "sendmmsg",
                          "sendto", "setsockopt", "socket", "socketpair", "uname", "writev" },
};

/* Until all threads run; seccomp and prctl bring the last list in. */
static const char *const starting_too[] = {
    "clone3", "connect", "epoll_create1", "eventfd2", "getsockname", "getsockopt", "listen",
    "prctl", "rseq", "rt_sigaction", "sched_getaffinity", "seccomp", "set_robust_list", "socket",
};

/* Refused with an error instead of killed, because a library asks and does well without: freeing
 * unlocks, and a copy replaces growing in place; without clone3 threads start by clone, whose flags
 * can be looked at; a list of locks is not used; the name service asks how much came, the kernel
 * for routes, and daemons that cache names. */
static const struct {
    enum sandbox_kind kind;
    const char *call;
    int error;
} refused[] = {
    { SANDBOX_GATE, "mremap", ENOMEM },
    { SANDBOX_GATE, "munlock", ENOMEM },
    { SANDBOX_STORE, "mremap", ENOMEM },
    { SANDBOX_WATCH, "mremap", ENOMEM },
    { SANDBOX_COURIER, "mremap", ENOMEM },
    { SANDBOX_COURIER, "clone3", ENOSYS },
    { SANDBOX_COURIER, "ioctl", ENOTTY },
    { SANDBOX_COURIER, "set_robust_list", ENOSYS },
};

bool sandbox_seccomp_there(void)
{
    uint32_t action = SECCOMP_RET_KILL_PROCESS;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

size_t sandbox_calls(enum sandbox_kind kind, const char *names[SANDBOX_CALLS_MAX])
{
    size_t n = 0;
    while (allowed[kind][n]) {
        names[n] = allowed[kind][n];
        n++;
    }
    return n;
}

/* Allows a call, some of them only with harmless arguments. 0, or an error number. */
static int allow(scmp_filter_ctx f, const char *name)
{
    int call = seccomp_syscall_resolve_name(name);
    const unsigned thread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
    if (call < 0) /* this processor's kernel has no such call */
        return -ENOSYS;
    if (strcmp(name, "mmap") == 0 || strcmp(name, "mprotect") == 0)
        return seccomp_rule_add(f, SCMP_ACT_ALLOW, call, 1,
                                SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    if (strcmp(name, "clone") == 0)
        return seccomp_rule_add(f, SCMP_ACT_ALLOW, call, 1,
                                SCMP_A0(SCMP_CMP_MASKED_EQ, thread | CLONE_NEWUSER, thread));
    if (strcmp(name, "socketpair") == 0)
        return seccomp_rule_add(f, SCMP_ACT_ALLOW, call, 1, SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0));
    if (strcmp(name, "socket") != 0)
        return seccomp_rule_add(f, SCMP_ACT_ALLOW, call, 0);
    static const struct {
        int family;
        uint32_t action;
    } families[] = { { AF_INET, SCMP_ACT_ALLOW },
                     { AF_INET6, SCMP_ACT_ALLOW },
                     { AF_NETLINK, SCMP_ACT_ERRNO(EAFNOSUPPORT) },
                     { AF_UNIX, SCMP_ACT_ERRNO(EAFNOSUPPORT) } };
    int bad = 0;
    for (size_t i = 0; !bad && i < sizeof families / sizeof families[0]; i++)
        bad = seccomp_rule_add(f, families[i].action, call, 1,
                               SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i].family, 0));
    return bad;
}

static int fill(scmp_filter_ctx f, enum sandbox_kind kind, bool starting, const char **at)
{
    int bad = 0;
    assert(!allowed[kind][SANDBOX_CALLS_MAX]); /* a row that is too long runs into the next one */
    for (size_t i = 0; !bad && allowed[kind][i]; i++)
        bad = allow(f, *at = allowed[kind][i]);
    for (size_t i = 0; starting && !bad && i < sizeof starting_too / sizeof *starting_too; i++)
        bad = allow(f, *at = starting_too[i]);
    for (size_t i = 0; !bad && i < sizeof refused / sizeof refused[0]; i++)
        if (refused[i].kind == kind)
            bad = seccomp_rule_add(f, SCMP_ACT_ERRNO((uint16_t)refused[i].error),
                                   seccomp_syscall_resolve_name(*at = refused[i].call), 0);
    return bad;
}

enum err sandbox_seccomp(enum sandbox_kind kind, bool starting, struct why *why)
{
    if (!sandbox_seccomp_there())
        return why_set(why, ERR_UNSUPPORTED, "this kernel has no seccomp filters");
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!f)
        return why_nomem(why);
    const char *at = "attributes";
    int bad = seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (!bad)
        bad = seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1);
    if (!bad)
        bad = seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a search tree */
    if (!bad)
        bad = fill(f, kind, starting, &at);
    if (!bad) {
        at = "the list";
        bad = seccomp_load(f);
    }
    seccomp_release(f);
    if (bad == -ENOSYS)
        return why_set(why, ERR_UNSUPPORTED, "cannot confine: '%s' is no call of this machine", at);
    return bad ? why_set(why, ERR_INTERNAL, "cannot confine, at %s: %s", at, strerror(-bad))
               : ERR_OK;
}
