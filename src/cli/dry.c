/* cli/dry.c: --dry-run: what can be asked without changing anything, and what stays unchecked. */
#include "cli/commands.h"

#include "client/client.h"
#include "client/push.h"
#include "client/read.h"
#include "sys/clock.h"

/* Said by every dry run, so that nobody takes it for a promise. */
static enum err dry_end(struct cli *cli, struct client *c, const char *checked,
                        const char *unchecked, struct why *why)
{
    enum err e = push_gates_would(c, why);
    if (e != ERR_OK)
        return e;
    cli_note(cli, "nothing was changed. checked: %s; that every gate that is known here releases "
             "now", checked);
    cli_note(cli, "not checked: %s", unchecked);
    json_out_member_str(&cli->data, "checked", checked);
    json_out_member_str(&cli->data, "not_checked", unchecked);
    return ERR_OK;
}

enum err cli_dry_create(struct cli *cli, struct client *c, const uint8_t project[16],
                        enum record_kind kind, const char *unchecked, struct why *why)
{
    enum role role;
    const struct policy *policy = NULL;
    char rule[POLICY_RULE_NAME_MAX + 1];
    enum err e = client_sync(c, why);
    if (e == ERR_OK)
        e = client_role(c, project, &role, why);
    if (e == ERR_OK)
        e = authority_policy(client_authority(c), project, clock_s(), &policy, why);
    if (e != ERR_OK)
        return e;
    const struct policy_ask ask = { .purpose = read_purpose(role), .role = role,
                                    .door = DOOR_NATIVE, .create = true, .kind = (uint8_t)kind };
    e = policy_decide(policy, &ask, rule, why);
    return e == ERR_OK ? dry_end(cli, c, "the file; that the policy lets this device create it",
                                 unchecked, why)
                       : e;
}

enum err cli_dry_statement(struct cli *cli, struct client *c, struct statement *s,
                           uint64_t lifetime_s, struct why *why)
{
    enum err e = client_sync(c, why);
    if (e == ERR_OK)
        e = push_check(c, s, lifetime_s, why);
    return e == ERR_OK ? dry_end(cli, c, "that the statements known here allow this one",
                                 "that each gate and the store take it: they may know of more",
                                 why)
                       : e;
}
