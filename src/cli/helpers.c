#include "cli/commands.h"

#include "base/hex.h"
#include "client/client.h"
#include "client/config.h"
#include "client/identity.h"
#include "client/records.h"
#include "sys/files.h"

#include <stdio.h>
#include <string.h>

enum err cli_input(struct cli *cli, const char *path, struct buf *out, struct why *why)
{
    if (strcmp(path, "-") == 0) {
        buf_add_bytes(out, cli->input);
        return buf_ok(out) ? ERR_OK : why_set(why, ERR_LIMIT, "standard input is too long");
    }
    return file_read(path, out, why);
}

enum err cli_project(struct cli *cli, const uint8_t **id, struct why *why)
{
    struct client *c = NULL;
    const struct config_project *p = NULL;
    enum err e = cli_client(cli, &c, why);
    if (e == ERR_OK)
        e = config_project(client_config(c), cli_option(cli, "--project"), &p, why);
    if (e == ERR_OK)
        *id = p->id;
    return e;
}

struct cli_gates cli_gates(uint8_t set)
{
    struct cli_gates g = { "no gate" };
    size_t len = 0;
    for (unsigned i = 1; i <= 8; i++)
        if (set >> (i - 1) & 1) {
            const char *before = len ? ", " : set & (set - 1) ? "gates " : "gate ";
            len += (size_t)snprintf(g.s + len, sizeof g.s - len, "%s%u", before, i);
        }
    return g;
}

enum err cli_hex(const char *word, const char *what, uint8_t *out, size_t len, struct why *why)
{
    if (!hex_decode(out, len, word, strlen(word)))
        return why_set(why, ERR_USAGE, "'%.70s' is no %s of %zu digits", word, what, 2 * len);
    return ERR_OK;
}

enum err cli_record(struct cli *cli, const char *word, uint8_t id[32], struct why *why)
{
    struct client *c = NULL;
    if (hex_decode(id, 32, word, strlen(word)))
        return ERR_OK;
    enum err e = cli_client(cli, &c, why);
    return e == ERR_OK ? records_by_prefix(c, word, id, why) : e;
}

enum err cli_cost(const struct cli *cli, struct identity_cost *out, struct why *why)
{
    const char *kdf = cli_option(cli, "--kdf");
    if (!kdf || strcmp(kdf, "moderate") == 0)
        *out = (struct identity_cost){ 3, 256 * 1024 };
    else if (strcmp(kdf, "interactive") == 0)
        *out = (struct identity_cost){ 2, 64 * 1024 };
    else
        return why_set(why, ERR_USAGE, "--kdf '%s' is neither interactive nor moderate", kdf);
    return ERR_OK;
}

enum err cli_addresses(const struct cli *cli, struct config *c, struct why *why)
{
    const char *value;
    for (unsigned i = 0; (value = cli_option_at(cli, "--gate", i)); i++) {
        if (value[0] < '1' || value[0] > '8' || value[1] != '=' ||
            strlen(value + 2) >= CONFIG_URL_MAX)
            return why_set(why, ERR_USAGE, "--gate '%.80s' is not N=URL", value);
        (void)snprintf(c->gates[value[0] - '0'], CONFIG_URL_MAX, "%s", value + 2);
    }
    value = cli_option(cli, "--store");
    if (value && strlen(value) >= CONFIG_URL_MAX)
        return why_set(why, ERR_USAGE, "--store '%.80s' is too long", value);
    if (value)
        (void)snprintf(c->store, sizeof c->store, "%s", value);
    return ERR_OK;
}
