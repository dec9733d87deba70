/* client/config.h: where the gates and the store are, and what projects are called here.
 * The INI file `client.conf` in a state directory; unknown keys are an error with their line.
 *     [owner]          id = 64 digits
 *     [gate 1]         url = http://…
 *     [store]          url = http://…
 *     [project NAME]   id = 32 digits
 * Nothing here is trusted: a wrong address makes calls fail, never believe.
 * Memory  fixed   Threads  pure besides reading the file */
#ifndef CLIENT_CONFIG_H
#define CLIENT_CONFIG_H

#include "base/bytes.h"
#include "base/why.h"

enum { CONFIG_URL_MAX = 256, CONFIG_GATE_MAX = 8, CONFIG_PROJECTS_MAX = 64, CONFIG_NAME_MAX = 64 };

struct config_project {
    char name[CONFIG_NAME_MAX];
    uint8_t id[16];
};

struct config {
    uint8_t owner[32];
    char gates[CONFIG_GATE_MAX + 1][CONFIG_URL_MAX]; /* by number; "" where there is none */
    char store[CONFIG_URL_MAX];
    struct config_project projects[CONFIG_PROJECTS_MAX];
    size_t project_count;
};

/* ERR_CONFIG names file and line; ERR_NOT_FOUND. */
MUST_USE enum err config_read(const char *path, struct config *out, struct why *why);
MUST_USE enum err config_write(const char *path, const struct config *c, struct why *why);
/* By name or by a prefix of 8 or more digits of its id; NULL `name`: the only one.
 * ERR_NOT_FOUND, ERR_AMBIGUOUS. */
MUST_USE enum err config_project(const struct config *c, const char *name,
                                 const struct config_project **out, struct why *why);

#endif
