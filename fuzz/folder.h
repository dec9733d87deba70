/* fuzz/folder.h: a folder in memory for targets whose parser reads files. It is made once in a
 * process and removed when the process ends well.
 * Threads  one */
#ifndef FUZZ_FOLDER_H
#define FUZZ_FOLDER_H

#include "sys/files.h"

const char *folder(void);
/* Writes FOLDER/NAME without syncing it. */
void folder_put(const char *name, struct bytes content);
/* Appends FOLDER/NAME to `out`. */
void folder_get(const char *name, struct buf *out);

#endif
