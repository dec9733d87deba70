/* client/import.h: lines of a file become tasks, each once, however often the file is given.
 * Source  docs/protocol.md 3, "Import"
 * The 32 random bytes behind a task's DEK are drawn from the device's storage key by the line and
 * by how many equal lines stand before it: the same line of the same device is the same record. An
 * import that was cut off is taken up by giving the file again.
 * Limits  lines of IMPORT_LINE_MAX   Threads  one owner */
#ifndef CLIENT_IMPORT_H
#define CLIENT_IMPORT_H

#include "client/client.h"

enum { IMPORT_LINE_MAX = 1 << 20 };

struct import_result {
    size_t lines, imported, known; /* known: were tasks of this project before */
};

/* Is every line one JSON object, in UTF-8, without duplicate members? Errors name the line, never
 * its content. ERR_JSON, ERR_LIMIT; ERR_FORMAT: no line. */
MUST_USE enum err import_check(const char *name, struct bytes all, size_t *lines, struct why *why);
/* Seals, creates, uploads and queues what is no task yet, in the order of the lines. `out` is kept
 * up to date also when it fails. Errors as write_records'; ERR_INTERRUPTED. */
MUST_USE enum err import_lines(struct client *c, const uint8_t project[16], struct bytes all,
                               struct import_result *out, struct why *why);

#endif
