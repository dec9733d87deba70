#include "folder.h"

#include "fuzz.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char made[64];

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void remove_all(void)
{
    (void)nftw(made, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *folder(void)
{
    if (*made)
        return made;
    struct stat st;
    (void)snprintf(made, sizeof made, "%s/cofferdam-fuzz-XXXXXX",
                   stat("/dev/shm", &st) == 0 ? "/dev/shm" : "/tmp");
    fuzz_must(mkdtemp(made) != NULL);
    (void)atexit(remove_all);
    return made;
}

void folder_put(const char *name, struct bytes content)
{
    struct file_path path = file_path(folder(), "%s", name);
    int fd = open(path.s, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    fuzz_must(fd >= 0);
    fuzz_must(write(fd, content.ptr, content.len) == (ssize_t)content.len);
    (void)close(fd);
}

void folder_get(const char *name, struct buf *out)
{
    fuzz_must(file_read(file_path(folder(), "%s", name).s, out, NULL) == ERR_OK);
}
