#include "client/records.h"

#include "base/hex.h"
#include "client/state.h"

#include <string.h>

static void match(const struct client *c, const char *prefix, uint8_t id[32], unsigned *found)
{
    for (const struct client_manifest *m = c->manifests; m; m = m->next)
        for (size_t i = 0; i < m->rows.count; i++) {
            struct manifest_row row = manifest_row(&m->rows, i);
            if (strncmp(hex_id(row.id).s, prefix, strlen(prefix)) != 0 ||
                (*found && memcmp(id, row.id, 32) == 0))
                continue;
            memcpy(id, row.id, 32);
            ++*found;
        }
}

enum err records_by_prefix(struct client *c, const char *prefix, uint8_t id[32], struct why *why)
{
    size_t len = strlen(prefix);
    if (len < 8 || len > 64 || strspn(prefix, "0123456789abcdef") != len)
        return why_set(why, ERR_USAGE, "'%.70s' is no id, and no prefix of 8 or more digits",
                       prefix);
    unsigned found = 0;
    match(c, prefix, id, &found);
    enum err e = found ? ERR_OK : client_manifests_all(c, why);
    if (e != ERR_OK)
        return e;
    if (!found)
        match(c, prefix, id, &found);
    if (!found)
        return why_set(why, ERR_NOT_FOUND, "no record begins with '%s'", prefix);
    return found == 1 ? ERR_OK
                      : why_set(why, ERR_AMBIGUOUS, "%u records begin with '%s'", found, prefix);
}
