/* tests/faults/shim.c: a library to preload (LD_PRELOAD) that makes one call of a process go wrong.
 * It counts the calls that the program and its libraries make of libc, all threads together, in a
 * file that the test maps too (COFFERDAM_FAULTS); at the n-th call of one name it fails with an
 * error, or ends the process before or after the call, as by a loss of power. strace counts each
 * thread by itself, so that it cannot name the n-th call of a process. */
#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CALLS_MAX = 64 };
enum action { NOTHING, FAIL, KILL_BEFORE, KILL_AFTER, FAIL_FROM };

/* As tests/faults/faults.py packs it. */
struct control {
    _Atomic uint32_t armed;
    uint32_t call, action;
    int32_t error;
    uint64_t at;
    _Atomic uint64_t hits;
    _Atomic uint64_t seen[CALLS_MAX];
};
static struct control *control;

static void end_here(void)
{
    (void)syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    for (;;)
        (void)syscall(SYS_pause);
}

/* What shall become of this call of `call`? errno is set where it fails. */
static enum action begin(uint32_t call)
{
    struct control *c = control;
    if (!c || !atomic_load(&c->armed))
        return NOTHING;
    const uint64_t n = atomic_fetch_add(&c->seen[call], 1) + 1;
    if (c->call != call || c->action == NOTHING ||
        (c->action == FAIL_FROM ? n < c->at : n != c->at))
        return NOTHING;
    atomic_fetch_add(&c->hits, 1);
    if (c->action == KILL_BEFORE)
        end_here();
    errno = c->error;
    return c->action == KILL_AFTER ? KILL_AFTER : FAIL;
}

/* The names, in the order of their numbers; tests/faults/faults.py reads the list. */
#define CALLS(X)                                                                                 \
    X(openat) X(read) X(pread) X(write) X(pwrite) X(fsync) X(fdatasync) X(rename) X(renameat)    \
    X(unlink) X(unlinkat) X(mkdir) X(mkdirat) X(fstat) X(ftruncate) X(close) X(flock) X(socket)  \
    X(bind) X(listen) X(accept) X(connect) X(recv) X(send) X(sendmsg) X(writev) X(epoll_create)  \
    X(epoll_ctl) X(epoll_wait) X(poll) X(mmap) X(thread) X(allocate)       \
    X(link) X(stat) X(fcntl)
#define NUMBER(name) CALL_##name,
enum call { CALLS(NUMBER) CALL_COUNT };
static_assert((int)CALL_COUNT <= (int)CALLS_MAX, "seen has a place for each");
#define NAME(name) #name " "
extern const char faults_calls[];
const char faults_calls[] = CALLS(NAME);

/* TYPE NAME(PARAMETERS) hands ARGUMENTS on and counts as COUNTED; a failure returns FAILED. */
#define WRAP(counted, type, name, parameters, arguments, failed)                                 \
    type name parameters;                                                                        \
    type name parameters                                                                         \
    {                                                                                            \
        static type(*real) parameters;                                                           \
        if (!real)                                                                               \
            real = (type(*) parameters)dlsym(RTLD_NEXT, #name);                                  \
        const enum action what = begin(CALL_##counted);                                          \
        if (what == FAIL)                                                                        \
            return failed;                                                                       \
        type got = real arguments;                                                               \
        if (what == KILL_AFTER)                                                                  \
            end_here();                                                                          \
        return got;                                                                              \
    }

#define OPEN(name, parameters, arguments)                                                        \
    int name parameters;                                                                         \
    int name parameters                                                                          \
    {                                                                                            \
        static int(*real) parameters;                                                            \
        va_list list;                                                                            \
        va_start(list, flags);                                                                   \
        const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;            \
        va_end(list);                                                                            \
        if (!real)                                                                               \
            real = (int(*) parameters)dlsym(RTLD_NEXT, #name);                                   \
        const enum action what = begin(CALL_openat);                                             \
        if (what == FAIL)                                                                        \
            return -1;                                                                           \
        const int fd = real arguments;                                                           \
        if (what == KILL_AFTER)                                                                  \
            end_here();                                                                          \
        return fd;                                                                               \
    }

/* Whatever the command, its argument is as wide as a pointer or narrower. */
#define FCNTL(name)                                                                              \
    int name(int fd, int command, ...);                                                          \
    int name(int fd, int command, ...)                                                           \
    {                                                                                            \
        static int (*real)(int fd, int command, ...);                                            \
        va_list list;                                                                            \
        va_start(list, command);                                                                 \
        void *argument = va_arg(list, void *);                                                   \
        va_end(list);                                                                            \
        if (!real)                                                                               \
            real = (int (*)(int fd, int command, ...))dlsym(RTLD_NEXT, #name);                   \
        const enum action what = begin(CALL_fcntl);                                              \
        if (what == FAIL)                                                                        \
            return -1;                                                                           \
        const int got = real(fd, command, argument);                                             \
        if (what == KILL_AFTER)                                                                  \
            end_here();                                                                          \
        return got;                                                                              \
    }

OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
OPEN(openat, (int at, const char *path, int flags, ...), (at, path, flags, mode))
OPEN(openat64, (int at, const char *path, int flags, ...), (at, path, flags, mode))
WRAP(read, ssize_t, read, (int fd, void *p, size_t n), (fd, p, n), -1)
WRAP(pread, ssize_t, pread, (int fd, void *p, size_t n, off_t at), (fd, p, n, at), -1)
WRAP(pread, ssize_t, pread64, (int fd, void *p, size_t n, off64_t at), (fd, p, n, at), -1)
WRAP(write, ssize_t, write, (int fd, const void *p, size_t n), (fd, p, n), -1)
WRAP(pwrite, ssize_t, pwrite, (int fd, const void *p, size_t n, off_t at), (fd, p, n, at), -1)
WRAP(pwrite, ssize_t, pwrite64, (int fd, const void *p, size_t n, off64_t at), (fd, p, n, at), -1)
WRAP(fsync, int, fsync, (int fd), (fd), -1)
WRAP(fdatasync, int, fdatasync, (int fd), (fd), -1)
WRAP(rename, int, rename, (const char *from, const char *to), (from, to), -1)
WRAP(renameat, int, renameat, (int a, const char *from, int b, const char *to), (a, from, b, to),
     -1)
WRAP(unlink, int, unlink, (const char *path), (path), -1)
WRAP(unlinkat, int, unlinkat, (int at, const char *path, int flags), (at, path, flags), -1)
WRAP(link, int, link, (const char *from, const char *to), (from, to), -1)
WRAP(stat, int, stat, (const char *path, struct stat *st), (path, st), -1)
WRAP(stat, int, stat64, (const char *path, struct stat64 *st), (path, st), -1)
WRAP(stat, int, lstat, (const char *path, struct stat *st), (path, st), -1)
WRAP(stat, int, lstat64, (const char *path, struct stat64 *st), (path, st), -1)
FCNTL(fcntl)
FCNTL(fcntl64)
WRAP(mkdir, int, mkdir, (const char *path, mode_t mode), (path, mode), -1)
WRAP(mkdirat, int, mkdirat, (int at, const char *path, mode_t mode), (at, path, mode), -1)
WRAP(fstat, int, fstat, (int fd, struct stat *st), (fd, st), -1)
WRAP(fstat, int, fstat64, (int fd, struct stat64 *st), (fd, st), -1)
WRAP(ftruncate, int, ftruncate, (int fd, off_t n), (fd, n), -1)
WRAP(ftruncate, int, ftruncate64, (int fd, off64_t n), (fd, n), -1)
WRAP(close, int, close, (int fd), (fd), -1)
WRAP(flock, int, flock, (int fd, int how), (fd, how), -1)
WRAP(socket, int, socket, (int d, int t, int p), (d, t, p), -1)
WRAP(bind, int, bind, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n), -1)
WRAP(listen, int, listen, (int fd, int n), (fd, n), -1)
WRAP(accept, int, accept, (int fd, struct sockaddr *a, socklen_t *n), (fd, a, n), -1)
WRAP(accept, int, accept4, (int fd, struct sockaddr *a, socklen_t *n, int f), (fd, a, n, f), -1)
WRAP(connect, int, connect, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n), -1)
WRAP(recv, ssize_t, recv, (int fd, void *p, size_t n, int f), (fd, p, n, f), -1)
WRAP(send, ssize_t, send, (int fd, const void *p, size_t n, int f), (fd, p, n, f), -1)
WRAP(sendmsg, ssize_t, sendmsg, (int fd, const struct msghdr *m, int f), (fd, m, f), -1)
WRAP(writev, ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n), -1)
WRAP(epoll_create, int, epoll_create1, (int f), (f), -1)
WRAP(epoll_ctl, int, epoll_ctl, (int e, int op, int fd, struct epoll_event *v), (e, op, fd, v),
     -1)
WRAP(epoll_wait, int, epoll_wait, (int e, struct epoll_event *v, int n, int ms), (e, v, n, ms), -1)
WRAP(poll, int, poll, (struct pollfd *p, nfds_t n, int ms), (p, n, ms), -1)
WRAP(mmap, void *, mmap, (void *p, size_t n, int prot, int f, int fd, off_t at),
     (p, n, prot, f, fd, at), MAP_FAILED)
WRAP(mmap, void *, mmap64, (void *p, size_t n, int prot, int f, int fd, off64_t at),
     (p, n, prot, f, fd, at), MAP_FAILED)
WRAP(thread, int, pthread_create,
     (pthread_t *t, const pthread_attr_t *a, void *(*run)(void *), void *ctx), (t, a, run, ctx),
     errno)

/* dlsym allocates itself, so these go to libc by its other names. */
extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t count, size_t n);
extern void *__libc_realloc(void *p, size_t n);

void *malloc(size_t n)
{
    const enum action what = begin(CALL_allocate);
    return what == FAIL ? NULL : __libc_malloc(n);
}

void *calloc(size_t count, size_t n)
{
    const enum action what = begin(CALL_allocate);
    return what == FAIL ? NULL : __libc_calloc(count, n);
}

void *realloc(void *p, size_t n)
{
    const enum action what = begin(CALL_allocate);
    return what == FAIL ? NULL : __libc_realloc(p, n);
}

__attribute__((constructor)) static void control_open(void)
{
    const char *path = getenv("COFFERDAM_FAULTS");
    const int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *p = (void *)syscall(SYS_mmap, NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED,
                              fd, 0);
    (void)syscall(SYS_close, fd);
    if (p != MAP_FAILED)
        control = p;
}
