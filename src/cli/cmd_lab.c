#include "cli/commands.h"

#include "base/hex.h"
#include "client/client.h"
#include "client/identity.h"
#include "client/push.h"
#include "crypto/crypto.h"
#include "sys/clock.h"
#include "sys/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LAB_YEAR_S (UINT64_C(365) * 86400)
enum { LAB_CARDS_MAX = 5, LAB_CARD_BYTES = 4096 };

/* --- roots: an owner's and a vendor's are made alike --- */

static enum err sign_root(const char *dir, struct bytes pass, enum party party,
                          const uint8_t device[32], const uint8_t member[16], struct statement *s,
                          struct buf *envelope, struct why *why)
{
    AUTO_IDENTITY struct identity root = { 0 };
    enum err e = identity_unlock(file_path(dir, "root.key").s, pass, &root, why);
    if (e != ERR_OK)
        return e;
    struct statement_root_device d = { .door = DOOR_NATIVE, .role = DEVICE_PERSON };
    memcpy(d.key, device, 32);
    memcpy(d.member, member, 16);
    s->kind = STATEMENT_ROOT;
    s->number = 1;
    s->created = clock_s();
    s->expires = s->created + 10 * LAB_YEAR_S;
    s->u.root.party = party;
    s->u.root.threshold = 1;
    s->u.root.keys = malloc(32);
    s->u.root.devices = malloc(sizeof d);
    if (!s->u.root.keys || !s->u.root.devices)
        return why_nomem(why);
    memcpy(s->u.root.keys[0], root.key, 32);
    s->u.root.key_count = 1;
    s->u.root.devices[0] = d;
    s->u.root.device_count = 1;
    const uint8_t *keys[] = { root.sign->ptr };
    return statement_sign(s, keys, 1, envelope, why);
}

/* Root key, first device, root statement. The root key's file can then be carried away. */
static enum err party_init(struct cli *cli, enum party party, uint8_t root_id[32],
                           struct why *why)
{
    const char *dir = NULL;
    AUTO_PLAIN struct plain pass = { 0 };
    AUTO_BUF struct buf envelope = buf_init(1 << 16);
    AUTO_STATEMENT struct statement s = { 0 };
    struct identity_cost cost;
    uint8_t root_key[32], device[32], member[16];
    enum err e = cli_state(cli, &dir, why);
    if (e == ERR_OK)
        e = cli_cost(cli, &cost, why);
    if (e == ERR_OK)
        e = cli_passphrase(cli, dir, true, &pass, why);
    if (e == ERR_OK)
        e = file_dir_make(dir, why);
    if (e == ERR_OK)
        e = identity_make(file_path(dir, "root.key").s, plain_bytes(&pass), &cost, root_key, why);
    if (e == ERR_OK)
        e = identity_make(file_path(dir, "device.key").s, plain_bytes(&pass), &cost, device, why);
    random_bytes(member, sizeof member);
    if (e == ERR_OK)
        e = sign_root(dir, plain_bytes(&pass), party, device, member, &s, &envelope, why);
    if (e == ERR_OK)
        e = file_create(file_path(dir, party == PARTY_OWNER ? "root" : "party").s,
                        buf_bytes(&envelope), 0600, why);
    if (e != ERR_OK)
        return e;
    memcpy(root_id, s.id, 32);
    cli_say(cli, "%s  %s", party == PARTY_OWNER ? "owner " : "vendor", hex_id(s.id).s);
    cli_say(cli, "device  %s", hex_id(device).s);
    cli_note(cli, "%s/root.key signs for the whole party: carry it to a safe place", dir);
    json_out_member_hex(&cli->data, "root", s.id, 32);
    json_out_member_hex(&cli->data, "device", device, 32);
    return ERR_OK;
}

enum err cmd_lab_init(struct cli *cli, struct why *why)
{
    struct config c = { 0 };
    const char *dir = NULL;
    enum err e = party_init(cli, PARTY_OWNER, c.owner, why);
    if (e == ERR_OK)
        e = cli_state(cli, &dir, why);
    if (e == ERR_OK)
        e = cli_addresses(cli, &c, why);
    return e == ERR_OK ? config_write(file_path(dir, "client.conf").s, &c, why) : e;
}

enum err cmd_vendor_init(struct cli *cli, struct why *why)
{
    uint8_t id[32];
    return party_init(cli, PARTY_VENDOR, id, why);
}

/* --- statements of an admin --- */

/* Signs, sends to every gate and the store, and tells which gates have it. */
static enum err say_all(struct cli *cli, struct client *c, struct statement *s, uint64_t lifetime_s,
                        struct why *why)
{
    uint8_t reached = 0;
    if (cli_option(cli, "--dry-run"))
        return cli_dry_statement(cli, c, s, lifetime_s, why);
    enum err e = push_sign(c, s, lifetime_s, why);
    if (e == ERR_OK)
        e = push_all(c, &reached, why);
    if (e != ERR_OK)
        return e;
    json_out_member_hex(&cli->data, "statement", s->id, 32);
    json_out_member_u64(&cli->data, "gates", reached);
    cli_note(cli, "statement %s is logged by %s", hex_short(s->id).s, cli_gates(reached).s);
    return ERR_OK;
}

static enum err read_card(const char *path, struct statement_gate *out, struct why *why)
{
    AUTO_BUF struct buf text = buf_init(LAB_CARD_BYTES);
    AUTO_JSON json_t *o = NULL;
    enum err e = file_read(path, &text, why);
    if (e == ERR_OK)
        e = json_parse(buf_bytes(&text), &o, why);
    if (e == ERR_OK)
        e = json_get_u64(o, "number", 8, &out->number, why);
    if (e == ERR_OK)
        e = json_get_u64(o, "incarnation", UINT32_MAX, &out->incarnation, why);
    if (e == ERR_OK)
        e = json_get_hex(o, "key", out->key, 32, why);
    if (e == ERR_OK)
        e = json_get_hex(o, "exchange", out->exchange, 32, why);
    return e == ERR_OK ? ERR_OK : why_before(why, e, "'%s'", path);
}

static int by_number(const void *a, const void *b)
{
    const struct statement_gate *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

enum err cmd_lab_epoch(struct cli *cli, struct why *why)
{
    struct client *c = NULL;
    struct statement_gate gates[LAB_CARDS_MAX];
    struct statement s = { .kind = STATEMENT_EPOCH,
                           .u = { .epoch = { .epoch = 1, .gates = gates } } };
    const char *path;
    enum err e = cli_client(cli, &c, why);
    if (e == ERR_OK)
        e = cli_number(cli, "--threshold", 2, 4, &s.u.epoch.threshold, why);
    for (unsigned i = 0; e == ERR_OK && (path = cli_option_at(cli, "--card", i)); i++) {
        if (i == LAB_CARDS_MAX)
            return why_set(why, ERR_USAGE, "an epoch has at most %d gates", LAB_CARDS_MAX);
        e = read_card(path, &gates[i], why);
        s.u.epoch.gate_count = i + 1;
    }
    if (e == ERR_OK)
        qsort(gates, s.u.epoch.gate_count, sizeof gates[0], by_number);
    const struct authority_epoch *newest = c ? authority_epoch(client_authority(c)) : NULL;
    if (newest)
        s.u.epoch.epoch = newest->number + 1;
    return e == ERR_OK ? say_all(cli, c, &s, 10 * LAB_YEAR_S, why) : e;
}

enum err cmd_lab_watcher(struct cli *cli, struct why *why)
{
    struct client *c = NULL;
    struct statement s = { .kind = STATEMENT_WATCHER };
    enum err e = cli_hex(cli->words[0], "watcher's key", s.u.watcher.key, 32, why);
    if (e == ERR_OK)
        e = cli_client(cli, &c, why);
    return e == ERR_OK ? say_all(cli, c, &s, LAB_YEAR_S, why) : e;
}

/* Waits until every gate would release. */
enum err cmd_lab_wait(struct cli *cli, struct why *why)
{
    struct client *c = NULL;
    uint64_t seconds = 0;
    enum err e = cli_client(cli, &c, why);
    if (e == ERR_OK)
        e = cli_number(cli, "--seconds", 30, 3600, &seconds, why);
    int64_t until = clock_steady_ms() + (int64_t)seconds * 1000;
    while (e == ERR_OK) {
        enum err would = push_gates_would(c, why);
        if (would == ERR_OK)
            return ERR_OK;
        if (would == ERR_INTERRUPTED || clock_steady_ms() > until)
            return would;
        clock_sleep_ms(100);
    }
    return e;
}

enum err cmd_project_new(struct cli *cli, struct why *why)
{
    struct client *c = NULL;
    struct config config;
    const char *dir = NULL;
    struct statement s = { .kind = STATEMENT_PROJECT };
    enum err e = cli_client(cli, &c, why);
    if (e == ERR_OK)
        e = cli_state(cli, &dir, why);
    if (e != ERR_OK)
        return e;
    config = *client_config(c);
    size_t len = strlen(cli->words[0]);
    if (len == 0 || len >= CONFIG_NAME_MAX ||
        strspn(cli->words[0], "abcdefghijklmnopqrstuvwxyz0123456789-") != len)
        return why_set(why, ERR_USAGE, "a project's name has a-z, 0-9 and '-'");
    if (config_project(&config, cli->words[0], &(const struct config_project *){ NULL }, NULL) ==
        ERR_OK)
        return why_set(why, ERR_EXISTS, "a project '%s' is known here", cli->words[0]);
    if (config.project_count == CONFIG_PROJECTS_MAX)
        return why_set(why, ERR_LIMIT, "more than %d projects", CONFIG_PROJECTS_MAX);
    random_bytes(s.u.project.project, 16);
    e = say_all(cli, c, &s, 10 * LAB_YEAR_S, why);
    if (e != ERR_OK || cli_option(cli, "--dry-run"))
        return e;
    struct config_project *p = &config.projects[config.project_count++];
    (void)snprintf(p->name, sizeof p->name, "%s", cli->words[0]);
    memcpy(p->id, s.u.project.project, 16);
    json_out_member_hex(&cli->data, "project", p->id, 16);
    e = config_write(file_path(dir, "client.conf").s, &config, why);
    return e == ERR_OK ? client_reload(c, why) : e;
}

static enum err read_policy(struct cli *cli, struct buf *text, struct policy **p, struct why *why)
{
    enum err e = cli_input(cli, cli->words[0], text, why);
    return e == ERR_OK ? policy_parse(buf_bytes(text), p, why) : e;
}

enum err cmd_policy_check(struct cli *cli, struct why *why)
{
    AUTO_BUF struct buf text = buf_init(POLICY_BYTES_MAX);
    struct policy *p = NULL;
    enum err e = read_policy(cli, &text, &p, why);
    if (e != ERR_OK)
        return e;
    cli_say(cli, "policy %s, version %llu, is well-formed", policy_name(p),
            (unsigned long long)policy_version(p));
    json_out_member_str(&cli->data, "name", policy_name(p));
    json_out_member_u64(&cli->data, "version", policy_version(p));
    policy_free(p);
    return ERR_OK;
}

enum err cmd_policy_set(struct cli *cli, struct why *why)
{
    struct client *c = NULL;
    const uint8_t *project = NULL;
    AUTO_BUF struct buf text = buf_init(POLICY_BYTES_MAX);
    struct policy *p = NULL;
    struct statement s = { .kind = STATEMENT_POLICY };
    enum err e = cli_client(cli, &c, why);
    if (e == ERR_OK)
        e = cli_project(cli, &project, why);
    if (e == ERR_OK)
        e = read_policy(cli, &text, &p, why);
    if (e != ERR_OK)
        return e;
    memcpy(s.u.policy.project, project, 16);
    s.u.policy.version = policy_version(p);
    s.u.policy.text = (char *)(uintptr_t)buf_cstr(&text);
    policy_free(p);
    return say_all(cli, c, &s, 10 * LAB_YEAR_S, why);
}

/* A vendor's root statement is carried, then admitted to a project. */
enum err cmd_vendor_admit(struct cli *cli, struct why *why)
{
    struct client *c = NULL;
    const uint8_t *project = NULL;
    AUTO_BUF struct buf envelope = buf_init(1 << 16), list = buf_init(1 << 17);
    AUTO_STATEMENT struct statement root = { 0 };
    struct statement s = { .kind = STATEMENT_VENDOR };
    uint8_t reached = 0;
    enum err e = cli_client(cli, &c, why);
    if (e == ERR_OK)
        e = cli_project(cli, &project, why);
    if (e == ERR_OK)
        e = cli_input(cli, cli->words[0], &envelope, why);
    if (e == ERR_OK)
        e = statement_open(buf_bytes(&envelope), &root, why);
    if (e == ERR_OK && (root.kind != STATEMENT_ROOT || root.u.root.party != PARTY_VENDOR))
        e = why_set(why, ERR_FORMAT, "'%s' is no vendor's root statement", cli->words[0]);
    if (e != ERR_OK)
        return e;
    memcpy(s.u.vendor.project, project, 16);
    memcpy(s.u.vendor.vendor, root.id, 32);
    json_out_member_hex(&cli->data, "vendor", root.id, 32);
    /* First the admission: without it nobody takes the vendor's root. */
    e = say_all(cli, c, &s, LAB_YEAR_S, why);
    if (e != ERR_OK || cli_option(cli, "--dry-run"))
        return e;
    const struct bytes one = buf_bytes(&envelope);
    buf_add_u16(&list, (uint16_t)envelope.len);
    buf_add_bytes(&list, one);
    e = client_learn(c, buf_bytes(&list), why);
    return e == ERR_OK ? push_foreign(c, &one, 1, &reached, why) : e;
}
