/* tests/confine/probe.c: shuts itself in as a daemon does, then tries what a daemon must not.
 *   confine-probe KIND DIR WHAT [PATH]
 * `alive` on stdout: WHAT was let through (an error counts as that, and its number is shown). */
#include "sys/sandbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static long try(const char *what, const char *path)
{
    char *const argv[] = { (char *)(uintptr_t) "true", NULL };
    static char page[4096] __attribute__((aligned(4096)));
    if (strcmp(what, "nothing") == 0)
        return 0;
    if (strcmp(what, "execve") == 0)
        return execve("/bin/true", argv, NULL);
    if (strcmp(what, "ptrace") == 0)
        return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    if (strcmp(what, "packet") == 0)
        return socket(AF_PACKET, SOCK_RAW, 0);
    if (strcmp(what, "connect") == 0)
        return socket(AF_INET, SOCK_STREAM, 0);
    if (strcmp(what, "fork") == 0)
        return syscall(SYS_fork);
    if (strcmp(what, "kill") == 0)
        return kill(getppid(), 0);
    if (strcmp(what, "code") == 0)
        return mprotect(page, sizeof page, PROT_READ | PROT_EXEC);
    if (strcmp(what, "old-abi") == 0) { /* getpid by the 32-bit door */
        long r = 20;
#ifdef __x86_64__
        __asm__ volatile("int $0x80" : "+a"(r) : : "memory");
#endif
        return r;
    }
    if (strcmp(what, "root") == 0)
        return setuid(0);
    if (strcmp(what, "read") == 0)
        return open(path, O_RDONLY | O_CLOEXEC);
    if (strcmp(what, "write") == 0)
        return open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    return -1;
}

int main(int argc, char **argv)
{
    struct why why = { .code = ERR_OK };
    struct buf notes = buf_init(4096);
    if (argc < 4)
        return 2;
    for (unsigned k = 0; k < SANDBOX_KINDS; k++) {
        enum sandbox_kind kind = (enum sandbox_kind)k;
        const char *names[SANDBOX_CALLS_MAX];
        if (strcmp(argv[1], sandbox_name(kind)) != 0)
            continue;
        if (strcmp(argv[3], "list") == 0) {
            for (size_t i = 0, n = sandbox_calls(kind, names); i < n; i++)
                (void)printf("%s\n", names[i]);
            return 0;
        }
        enum err e = sandbox_enter(kind, argv[2], &notes, &why);
        if (e == ERR_OK)
            e = sandbox_serve(kind, &why);
        (void)!write(2, buf_cstr(&notes), strlen(buf_cstr(&notes)));
        if (e != ERR_OK)
            return 1;
        char text[64];
        errno = 0;
        long r = try(argv[3], argc > 4 ? argv[4] : "");
        int n = snprintf(text, sizeof text, "alive %d\n", r < 0 ? errno : 0);
        (void)!write(1, text, (size_t)n);
        _exit(0);
    }
    return 2;
}
