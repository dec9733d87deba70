/* cli/commands.h: what each command does; the table that names them is cli/table.c.
 * Each writes its data into cli->data and its lines for people with cli_say. Errors as their
 * floors'. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/cli.h"

#include "record/record_header.h"

typedef enum err cli_command_run(struct cli *cli, struct why *why);

/* cli/cmd_meta.c */
cli_command_run cmd_help, cmd_version, cmd_explain, cmd_commands, cmd_drill, cmd_status;
/* cli/cmd_agent.c */
cli_command_run cmd_agent;
/* cli/cmd_config.c */
cli_command_run cmd_config_show;
/* cli/completion.c */
cli_command_run cmd_completion;
/* cli/cmd_lab.c */
cli_command_run cmd_lab_init, cmd_lab_epoch, cmd_lab_watcher, cmd_lab_wait,
    cmd_vendor_init, cmd_vendor_admit, cmd_project_new, cmd_policy_check, cmd_policy_set;
/* cli/cmd_deny.c */
cli_command_run cmd_pause, cmd_resume, cmd_pauses, cmd_revoke;
/* cli/cmd_people.c */
cli_command_run cmd_device_init, cmd_connect, cmd_invite, cmd_join, cmd_member_enrol;

/* cli/cmd_serve.c */
cli_command_run cmd_gate_init, cmd_gate_pair, cmd_gate_peer, cmd_gate_serve,
    cmd_gate_verify, cmd_store_init,
    cmd_store_serve, cmd_watch_init, cmd_watch_serve;
/* cli/cmd_work.c */
cli_command_run cmd_record_seal, cmd_record_show, cmd_task_import, cmd_task_next, cmd_task_skip,
    cmd_submit, cmd_review_assign, cmd_review_next, cmd_review_accept, cmd_review_return,
    cmd_deliver;
/* cli/cmd_exposure.c */
cli_command_run cmd_exposure;
/* cli/cmd_doctor.c */
cli_command_run cmd_why, cmd_doctor;

/* --- shared by them (cli/helpers.c) --- */

/* The whole file, or standard input for "-". Appends. */
MUST_USE enum err cli_input(struct cli *cli, const char *path, struct buf *out, struct why *why);
/* The project of --project, or the only one. */
MUST_USE enum err cli_project(struct cli *cli, const uint8_t **id, struct why *why);
/* A full id of 64 digits, or a prefix of 8 or more of one that this device knows. */
MUST_USE enum err cli_record(struct cli *cli, const char *word, uint8_t id[32], struct why *why);
/* A set of gates in words: "gate 2", "gates 1, 3", "no gate". */
struct cli_gates {
    char s[40];
};
struct cli_gates cli_gates(uint8_t set);
MUST_USE enum err cli_hex(const char *word, const char *what, uint8_t *out, size_t len,
                          struct why *why);
/* --kdf interactive (2 passes over 64 MiB) or moderate (3 over 256 MiB, the usual). */
struct identity_cost;
MUST_USE enum err cli_cost(const struct cli *cli, struct identity_cost *out, struct why *why);
/* --gate N=URL ... and --store URL into a configuration. */
struct config;
MUST_USE enum err cli_addresses(const struct cli *cli, struct config *c, struct why *why);

/* --- --dry-run (cli/dry.c): asks the own view, the policy and the gates, and says what it did not
 * check --- */

struct statement;
/* May this device create records of that kind, and would the gates answer? */
MUST_USE enum err cli_dry_create(struct cli *cli, struct client *c, const uint8_t project[16],
                                 enum record_kind kind, const char *unchecked, struct why *why);
/* Would this statement stand? */
MUST_USE enum err cli_dry_statement(struct cli *cli, struct client *c, struct statement *s,
                                    uint64_t lifetime_s, struct why *why);

#endif
