#include "sys/sandbox.h"

#include "sys/files.h"
#include "sys/sandbox_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <malloc.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                              \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                        \
    __has_feature(memory_sanitizer) || defined(SANDBOX_COVERAGE)
enum { SANDBOX_BUILT = 0 };
#else
enum { SANDBOX_BUILT = 1 };
#endif

/* Files open at once, connections among them; threads' arenas. */
enum { SANDBOX_FILES = 4096, SANDBOX_ARENAS = 16, SANDBOX_SORT_BYTES = 2048 };

const char *sandbox_name(enum sandbox_kind kind)
{
    static const char *const names[SANDBOX_KINDS] = { "gate", "store", "watcher", "courier" };
    return names[kind];
}

/* --- account --- */

static enum err belongs(int at, const char *name, const char *dir, const struct passwd *to,
                        struct why *why)
{
    struct stat st;
    if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return file_error(why, "look at", dir);
    if (st.st_uid == to->pw_uid)
        return ERR_OK;
    enum err e = why_set(why, ERR_IO, "'%s/%s' belongs to uid %u, not to '%s'", dir, name,
                         st.st_uid, to->pw_name);
    return why_hint(why, e, "chown -R %s: %s", to->pw_name, dir);
}

/* The folder and what lies in it: enough to tell a folder that another account began. */
static enum err all_belongs(const char *dir, const struct passwd *to, struct why *why)
{
    DIR *d = opendir(dir);
    if (!d)
        return file_error(why, "open", dir);
    enum err e = ERR_OK;
    for (struct dirent *f = readdir(d); e == ERR_OK && f; f = readdir(d))
        if (strcmp(f->d_name, "..") != 0)
            e = belongs(dirfd(d), f->d_name, dir, to, why);
    (void)closedir(d);
    return e;
}

enum err sandbox_user(const char *user, const char *dir, struct why *why)
{
    if (!user)
        return ERR_OK;
    const struct passwd *to = getpwnam(user);
    if (!to)
        return why_set(why, ERR_USAGE, "there is no account '%.80s'", user);
    if (to->pw_uid == 0)
        return why_set(why, ERR_USAGE, "--user '%.80s' is root itself", user);
    if (geteuid() != 0 && geteuid() != to->pw_uid)
        return why_set(why, ERR_USAGE, "only root can become '%.80s'", user);
    enum err e = all_belongs(dir, to, why);
    if (e != ERR_OK || geteuid() != 0)
        return e;
    if (setgroups(0, NULL) != 0 || setresgid(to->pw_gid, to->pw_gid, to->pw_gid) != 0 ||
        setresuid(to->pw_uid, to->pw_uid, to->pw_uid) != 0)
        return why_set(why, ERR_INTERNAL, "cannot become '%.80s': %s", user, strerror(errno));
    if (setuid(0) == 0 || seteuid(0) == 0 || (to->pw_gid != 0 && setegid(0) == 0))
        return why_set(why, ERR_INTERNAL, "root could come back after becoming '%.80s'", user);
    /* The change of account has set it back. */
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0
               ? ERR_OK
               : why_set(why, ERR_INTERNAL, "cannot forbid core dumps");
}

/* --- limits --- */

/* The hard limit is what is left: nobody inside can raise it again. */
static bool limit_to(int which, rlim_t most)
{
    struct rlimit now;
    if (getrlimit((__rlimit_resource_t)which, &now) != 0)
        return false;
    now.rlim_max = now.rlim_max < most ? now.rlim_max : most;
    now.rlim_cur = now.rlim_max;
    return setrlimit((__rlimit_resource_t)which, &now) == 0;
}

static enum err limits(enum sandbox_kind kind, struct buf *notes, struct why *why)
{
    if (!limit_to(RLIMIT_CORE, 0) || !limit_to(RLIMIT_NOFILE, SANDBOX_FILES) ||
        !limit_to(RLIMIT_MEMLOCK, RLIM_INFINITY) || !limit_to(RLIMIT_MSGQUEUE, 0))
        return why_set(why, ERR_INTERNAL, "cannot set limits: %s", strerror(errno));
    uint64_t lock = sandbox_facts().lock_bytes;
    if (kind == SANDBOX_GATE && lock < SANDBOX_LOCK_BYTES && geteuid() != 0)
        buf_add_fmt(notes, "only %llu KiB of memory may be locked: keys may be swapped to disk\n",
                    (unsigned long long)lock / 1024);
    if (kind != SANDBOX_COURIER && geteuid() == 0)
        buf_add_str(notes, "runs as root: --user NAME gives that up\n");
    return ERR_OK;
}

/* --- what libraries look up once, by calls or files that are gone later --- */

static int compare_bytes(const void *a, const void *b)
{
    return *(const unsigned char *)a - *(const unsigned char *)b;
}

static void warm(void)
{
    tzset(); /* dates in replies: the time zone's file */
    void *big = calloc(1, SANDBOX_SORT_BYTES); /* past 1 KiB qsort asks how much memory there is */
    if (big)
        qsort(big, SANDBOX_SORT_BYTES, 1, compare_bytes);
    free(big);
    (void)mallopt(M_ARENA_MAX, SANDBOX_ARENAS); /* else malloc counts processors */
}

enum err sandbox_enter(enum sandbox_kind kind, const char *dir, struct buf *notes, struct why *why)
{
    enum err e = limits(kind, notes, why);
    warm();
    if (e == ERR_OK && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        e = why_set(why, ERR_INTERNAL, "cannot give up new privileges: %s", strerror(errno));
    if (!SANDBOX_BUILT) {
        if (kind != SANDBOX_COURIER)
            buf_add_str(notes,
                        "a sanitizer or coverage is in this build: no seccomp, no Landlock\n");
        return e;
    }
    unsigned version = sandbox_landlock_version();
    if (e == ERR_OK && version >= SANDBOX_LANDLOCK_MIN)
        e = sandbox_landlock(kind, dir, why);
    else if (e == ERR_OK && kind != SANDBOX_COURIER)
        buf_add_fmt(notes, "no Landlock: this kernel has version %u, %d is needed\n", version,
                    SANDBOX_LANDLOCK_MIN);
    /* The courier is alone and has nothing to start. */
    return e == ERR_OK ? sandbox_seccomp(kind, kind != SANDBOX_COURIER, why) : e;
}

enum err sandbox_serve(enum sandbox_kind kind, struct why *why)
{
    return SANDBOX_BUILT && kind != SANDBOX_COURIER ? sandbox_seccomp(kind, false, why) : ERR_OK;
}

struct sandbox_facts sandbox_facts(void)
{
    struct sandbox_facts f = { .built = SANDBOX_BUILT, .seccomp = sandbox_seccomp_there(),
                               .landlock = sandbox_landlock_version() };
    struct rlimit lock = { 0 }, core = { 0 };
    (void)getrlimit(RLIMIT_MEMLOCK, &lock);
    (void)getrlimit(RLIMIT_CORE, &core);
    f.lock_bytes = lock.rlim_max;
    f.core_bytes = core.rlim_cur;
    return f;
}
