/* sys/sandbox_landlock.c: which files a daemon can reach, by raw system calls: Debian 12 has no
 * library for them, and its header knows the first two versions only. */
#include "sys/sandbox_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Rights of later versions, from the kernel's include/uapi/linux/landlock.h. */
#define FS_TRUNCATE (UINT64_C(1) << 14)
#define FS_IOCTL_DEV (UINT64_C(1) << 15)
#define NET_BIND_TCP UINT64_C(1)
#define SCOPE_ABSTRACT_UNIX_SOCKET UINT64_C(1)
#define SCOPE_SIGNAL UINT64_C(2)
enum { VERSION_TRUNCATE = 3, VERSION_NET = 4, VERSION_IOCTL = 5, VERSION_SCOPE = 6 };

#define FS_READ ((uint64_t)(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR))
#define FS_WRITE                                                                                  \
    ((uint64_t)(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                   \
                LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |                    \
                LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REFER))
#define FS_NEVER                                                                                  \
    ((uint64_t)(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |                       \
                LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |                     \
                LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM))

/* The kernel takes the front of it that its version knows. */
struct ruleset {
    uint64_t fs, net, scoped;
};

/* What names and certificates need. Folders, since such files are replaced while we run. */
static const char *const courier_reads[] = {
    "/etc", "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager",
    "/usr/share/ca-certificates", "/usr/local/share/ca-certificates", "/usr/lib/ssl",
};

unsigned sandbox_landlock_version(void)
{
    long v = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return v > 0 ? (unsigned)v : 0;
}

static bool rule(int rules, const char *path, uint64_t access)
{
    struct landlock_path_beneath_attr beneath = { .allowed_access = access };
    beneath.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (beneath.parent_fd < 0)
        return false;
    long bad = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
    (void)close(beneath.parent_fd);
    return bad == 0;
}

enum err sandbox_landlock(enum sandbox_kind kind, const char *dir, struct why *why)
{
    unsigned version = sandbox_landlock_version();
    uint64_t truncate = version >= VERSION_TRUNCATE ? FS_TRUNCATE : 0;
    struct ruleset handled = { .fs = FS_READ | FS_WRITE | FS_NEVER | truncate,
                               .net = NET_BIND_TCP, .scoped = SCOPE_ABSTRACT_UNIX_SOCKET };
    size_t size = version >= VERSION_SCOPE ? sizeof handled
                  : version >= VERSION_NET ? offsetof(struct ruleset, scoped)
                                           : offsetof(struct ruleset, net);
    if (version >= VERSION_IOCTL)
        handled.fs |= FS_IOCTL_DEV;
    handled.scoped |= SCOPE_SIGNAL;
    int rules = (int)syscall(SYS_landlock_create_ruleset, &handled, size, 0);
    bool ok = rules >= 0;
    if (ok && dir)
        ok = rule(rules, dir, FS_READ | FS_WRITE | truncate);
    /* Not every machine has all of these. */
    for (size_t i = 0; kind == SANDBOX_COURIER && i < sizeof courier_reads / sizeof *courier_reads;
         i++)
        ok = rule(rules, courier_reads[i], FS_READ) || (ok && errno == ENOENT);
    ok = ok && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    int number = errno;
    if (rules >= 0)
        (void)close(rules);
    return ok ? ERR_OK
              : why_set(why, ERR_INTERNAL, "cannot set up Landlock: %s", strerror(number));
}
