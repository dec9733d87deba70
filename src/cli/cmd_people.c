#include "cli/commands.h"

#include "base/hex.h"
#include "client/client.h"
#include "client/identity.h"
#include "client/push.h"
#include "crypto/crypto.h"
#include "sys/files.h"

#include <stdio.h>
#include <string.h>

#define PEOPLE_YEAR_S (UINT64_C(365) * 86400)

enum err cmd_device_init(struct cli *cli, struct why *why)
{
    const char *dir = NULL;
    AUTO_PLAIN struct plain pass = { 0 };
    struct identity_cost cost;
    uint8_t key[32];
    enum err e = cli_state(cli, &dir, why);
    if (e == ERR_OK)
        e = cli_cost(cli, &cost, why);
    if (e == ERR_OK)
        e = cli_passphrase(cli, dir, true, &pass, why);
    if (e == ERR_OK)
        e = file_dir_make(dir, why);
    if (e == ERR_OK)
        e = identity_make(file_path(dir, "device.key").s, plain_bytes(&pass), &cost, key, why);
    if (e != ERR_OK)
        return e;
    cli_say(cli, "%s", hex_id(key).s);
    cli_note(cli, "give this key to your manager, and join with the invite that comes back");
    json_out_member_hex(&cli->data, "key", key, 32);
    return ERR_OK;
}

enum err cmd_connect(struct cli *cli, struct why *why)
{
    const char *dir = NULL;
    struct config c;
    enum err e = cli_state(cli, &dir, why);
    if (e == ERR_OK)
        e = config_read(file_path(dir, "client.conf").s, &c, why);
    if (e == ERR_OK)
        e = cli_addresses(cli, &c, why);
    return e == ERR_OK ? config_write(file_path(dir, "client.conf").s, &c, why) : e;
}

/* What somebody needs to join: the pinned root, addresses, the project. Nothing in it is secret. */
enum err cmd_invite(struct cli *cli, struct why *why)
{
    struct client *c = NULL;
    const char *dir = NULL;
    const struct config_project *p = NULL;
    AUTO_BUF struct buf root = buf_init(1 << 16);
    enum err e = cli_client(cli, &c, why);
    if (e == ERR_OK)
        e = cli_state(cli, &dir, why);
    if (e == ERR_OK)
        e = config_project(client_config(c), cli_option(cli, "--project"), &p, why);
    if (e == ERR_OK)
        e = file_read(file_path(dir, "root").s, &root, why);
    if (e != ERR_OK)
        return e;
    json_out_member_str(&cli->data, "root", buf_cstr(&root));
    json_out_member_str(&cli->data, "store", client_config(c)->store);
    json_out_member_str(&cli->data, "name", p->name);
    json_out_member_hex(&cli->data, "project", p->id, 16);
    json_out_key(&cli->data, "gates");
    json_out_array(&cli->data);
    for (unsigned g = 0; g <= CONFIG_GATE_MAX; g++)
        json_out_str(&cli->data, client_config(c)->gates[g]);
    json_out_array_end(&cli->data);
    /* The text is the same object, so that it can be written to a file as it is. */
    buf_add_bytes(&cli->text, buf_bytes(&cli->json));
    buf_add_str(&cli->text, "}\n");
    return ERR_OK;
}

static enum err invite_gates(const json_t *o, struct config *c, struct why *why)
{
    const json_t *gates = NULL, *row;
    size_t g;
    enum err e = json_get_array(o, "gates", CONFIG_GATE_MAX + 1, &gates, why);
    if (e != ERR_OK)
        return e;
    json_array_foreach(gates, g, row) {
        const char *url = json_string_value(row);
        if (!url || strlen(url) >= CONFIG_URL_MAX)
            return why_set(why, ERR_FORMAT, "the invite's addresses are wrong");
        (void)snprintf(c->gates[g], CONFIG_URL_MAX, "%s", url);
    }
    return ERR_OK;
}

enum err cmd_join(struct cli *cli, struct why *why)
{
    const char *dir = NULL, *root = NULL, *store = NULL, *name = NULL;
    AUTO_BUF struct buf text = buf_init(1 << 17);
    AUTO_JSON json_t *o = NULL;
    AUTO_STATEMENT struct statement s = { 0 };
    struct config c = { .project_count = 1 };
    enum err e = cli_state(cli, &dir, why);
    if (e == ERR_OK)
        e = cli_input(cli, cli->words[0], &text, why);
    if (e == ERR_OK)
        e = json_parse(buf_bytes(&text), &o, why);
    if (e == ERR_OK)
        e = json_get_text(o, "root", 1 << 16, &root, why);
    if (e == ERR_OK)
        e = json_get_text(o, "store", CONFIG_URL_MAX - 1, &store, why);
    if (e == ERR_OK)
        e = json_get_text(o, "name", CONFIG_NAME_MAX - 1, &name, why);
    if (e == ERR_OK)
        e = json_get_hex(o, "project", c.projects[0].id, 16, why);
    if (e == ERR_OK)
        e = invite_gates(o, &c, why);
    if (e == ERR_OK)
        e = statement_open(bytes_str(root), &s, why);
    if (e == ERR_OK && (s.kind != STATEMENT_ROOT || s.u.root.party != PARTY_OWNER))
        e = why_set(why, ERR_FORMAT, "the invite's root is no owner's");
    if (e != ERR_OK)
        return e;
    memcpy(c.owner, s.id, 32);
    (void)snprintf(c.store, sizeof c.store, "%s", store);
    (void)snprintf(c.projects[0].name, CONFIG_NAME_MAX, "%s", name);
    e = file_create(file_path(dir, "root").s, bytes_str(root), 0600, why);
    if (e == ERR_OK)
        e = config_write(file_path(dir, "client.conf").s, &c, why);
    if (e != ERR_OK)
        return e;
    cli_say(cli, "joined owner %s: compare these digits with your manager's", hex_id(s.id).s);
    json_out_member_hex(&cli->data, "owner", s.id, 32);
    return ERR_OK;
}

/* A new member, or with --replaces the member of a device that is lost. */
static enum err enrol_member(struct cli *cli, struct client *c, const char *replaces,
                             struct statement *m, struct statement *d, struct why *why)
{
    const char *role = NULL;
    if (!replaces) {
        enum err e = cli_need(cli, "--role", &role, why);
        if (e != ERR_OK)
            return e;
        m->u.member.role = (enum role)words_find(&words_role, bytes_str(role));
        if (!m->u.member.role)
            return why_set(why, ERR_USAGE, "'%s' is no role", role);
        random_bytes(m->u.member.member, 16);
        return ERR_OK;
    }
    if (cli_option(cli, "--role"))
        return why_set(why, ERR_USAGE, "--replaces keeps the member's role: leave out --role");
    enum err e = cli_hex(replaces, "device key", d->u.device.revokes, 32, why);
    if (e != ERR_OK)
        return e;
    const struct authority_device *old = authority_device(client_authority(c), d->u.device.revokes);
    if (!old)
        return why_set(why, ERR_NOT_FOUND, "no device '%.12s' is enrolled here", replaces);
    memcpy(m->u.member.member, old->member, 16);
    return ERR_OK;
}

static enum err enrol_sign(struct client *c, bool fresh, struct statement *m, struct statement *d,
                           uint8_t *reached, struct why *why)
{
    enum err e = fresh ? push_sign(c, m, PEOPLE_YEAR_S, why) : ERR_OK;
    if (e == ERR_OK)
        e = push_sign(c, d, PEOPLE_YEAR_S, why);
    return e == ERR_OK ? push_all(c, reached, why) : e;
}

enum err cmd_member_enrol(struct cli *cli, struct why *why)
{
    struct client *c = NULL;
    const uint8_t *project = NULL;
    const char *key = NULL, *replaces = cli_option(cli, "--replaces");
    struct statement m = { .kind = STATEMENT_MEMBER }, d = { .kind = STATEMENT_DEVICE };
    uint8_t reached = 0;
    enum err e = cli_client(cli, &c, why);
    if (e == ERR_OK)
        e = client_sync(c, why);
    if (e == ERR_OK)
        e = cli_project(cli, &project, why);
    if (e == ERR_OK)
        e = cli_need(cli, "--device", &key, why);
    if (e == ERR_OK)
        e = cli_hex(key, "device key", d.u.device.key, 32, why);
    if (e == ERR_OK)
        e = enrol_member(cli, c, replaces, &m, &d, why);
    if (e != ERR_OK)
        return e;
    memcpy(m.u.member.project, project, 16);
    memcpy(d.u.device.project, project, 16);
    memcpy(d.u.device.member, m.u.member.member, 16);
    d.u.device.door = DOOR_NATIVE;
    d.u.device.role = DEVICE_PERSON;
    if (cli_option(cli, "--dry-run"))
        return cli_dry_statement(cli, c, replaces ? &d : &m, PEOPLE_YEAR_S, why);
    e = enrol_sign(c, !replaces, &m, &d, &reached, why);
    if (e != ERR_OK)
        return e;
    char handle[33];
    hex_encode(handle, m.u.member.member, 16);
    cli_say(cli, "%s", handle);
    cli_note(cli, "%s; logged by %s", replaces ? "the old device is revoked" : "enrolled",
             cli_gates(reached).s);
    json_out_member_hex(&cli->data, "member", m.u.member.member, 16);
    json_out_member_u64(&cli->data, "gates", reached);
    return ERR_OK;
}
