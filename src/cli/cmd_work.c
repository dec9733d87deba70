#include "cli/commands.h"

#include "base/hex.h"
#include "client/client.h"
#include "client/deliver.h"
#include "client/import.h"
#include "client/read.h"
#include "client/work.h"
#include "client/write.h"

#include <stdlib.h>
#include <string.h>

enum { WORK_FILE_MAX = 1 << 30 };

static enum err open_project(struct cli *cli, struct client **c, const uint8_t **project,
                             struct why *why)
{
    enum err e = cli_client(cli, c, why);
    return e == ERR_OK ? cli_project(cli, project, why) : e;
}

enum err cmd_record_seal(struct cli *cli, struct why *why)
{
    struct client *c = NULL;
    const uint8_t *project = NULL;
    const char *kind = NULL, *type = cli_option(cli, "--type");
    struct write_draft d = { .type = bytes_str(type ? type : "application/octet-stream") };
    AUTO_BUF struct buf content = buf_init(WORK_FILE_MAX);
    uint8_t ids[1][32];
    enum err e = open_project(cli, &c, &project, why);
    if (e == ERR_OK)
        e = cli_need(cli, "--kind", &kind, why);
    if (e == ERR_OK)
        e = record_kind_parse(bytes_str(kind), &d.kind, why);
    const bool dry = cli_option(cli, "--dry-run") != NULL;
    const bool stream = !dry && write_file_wanted(cli->words[0]);
    if (e == ERR_OK && !stream)
        e = cli_input(cli, cli->words[0], &content, why);
    const char *name = strrchr(cli->words[0], '/');
    d.name = bytes_str(name ? name + 1 : cli->words[0]);
    d.content = buf_bytes(&content);
    if (e == ERR_OK && dry)
        e = cli_dry_create(cli, c, project, d.kind, "that the store has room", why);
    else if (e == ERR_OK)
        e = stream ? write_file(c, project, &d, cli->words[0], ids[0], why)
                   : write_records(c, project, &d, 1, ids, why);
    if (content.ptr)
        secret_wipe(content.ptr, content.cap);
    if (e != ERR_OK || dry)
        return e;
    cli_say(cli, "%s", hex_id(ids[0]).s);
    json_out_member_hex(&cli->data, "record", ids[0], 32);
    return ERR_OK;
}

struct unless {
    char s[80];
};

/* What keeps a verdict over gates from being certain. */
static struct unless unless_store(unsigned others)
{
    struct unless u = { "" };
    if (others)
        (void)snprintf(u.s, sizeof u.s, ", unless %u other gate%s and the store lie together",
                       others, others == 1 ? "" : "s");
    return u;
}

enum err cmd_record_show(struct cli *cli, struct why *why)
{
    struct client *c = NULL;
    uint8_t id[32];
    struct read_found found;
    AUTO_RECORD_OPENED struct record_opened o = { 0 };
    struct read_written w = { .bytes = 0 };
    const struct read_options options = { .purpose = cli_option(cli, "--purpose") };
    const char *path = cli_option(cli, "--out");
    const bool file = path && strcmp(path, "-") != 0;
    enum err e = cli_client(cli, &c, why);
    if (e == ERR_OK)
        e = cli_record(cli, cli->words[0], id, why);
    if (e == ERR_OK)
        e = file ? read_file(c, id, &options, path, &w, &found, why)
                 : read_record(c, id, &options, &o, &found, why);
    if (e != ERR_OK)
        return e;
    const struct bytes type = file ? bytes_of(w.type, w.type_len) : o.type;
    const uint64_t bytes = file ? w.bytes : o.bytes.len;
    json_out_member_u64(&cli->data, "gates_named",
                        found.blame.verdict == BLAME_NAMED ? found.blame.gates : 0);
    json_out_member_u64(&cli->data, "named_unless", found.blame.unless_store);
    json_out_member_hex(&cli->data, "record", id, 32);
    json_out_member_str(&cli->data, "kind", record_kind_name(found.header.kind));
    json_out_member_hex(&cli->data, "author", found.header.author, 32);
    json_out_member_u64(&cli->data, "bytes", bytes);
    json_out_key(&cli->data, "type");
    json_out_text(&cli->data, type);
    e = file ? ERR_OK : cli_content(cli, o.bytes, why);
    if (e != ERR_OK)
        return e;
    cli_note(cli, "%s %s, %llu bytes, %.*s", record_kind_name(found.header.kind), hex_short(id).s,
             (unsigned long long)bytes, (int)type.len, type.ptr);
    if (found.blame.verdict != BLAME_NOBODY)
        cli_note(cli, "%s%s gave wrong shares of this record%s",
                 found.blame.verdict == BLAME_NAMED ? "" : "at least one of ",
                 cli_gates(found.blame.gates).s, unless_store(found.blame.unless_store).s);
    return ERR_OK;
}

/* --- tasks --- */

enum err cmd_task_import(struct cli *cli, struct why *why)
{
    struct client *c = NULL;
    const uint8_t *project = NULL;
    size_t lines = 0;
    struct import_result r = { 0 };
    AUTO_BUF struct buf all = buf_init(WORK_FILE_MAX);
    bool dry = cli_option(cli, "--dry-run") != NULL;
    enum err e = open_project(cli, &c, &project, why);
    if (e == ERR_OK)
        e = cli_input(cli, cli->words[0], &all, why);
    if (e == ERR_OK)
        e = import_check(cli->words[0], buf_bytes(&all), &lines, why);
    if (e == ERR_OK && dry)
        e = cli_dry_create(cli, c, project, RECORD_TASK,
                           "that the store has room; which lines are tasks already", why);
    else if (e == ERR_OK)
        e = import_lines(c, project, buf_bytes(&all), &r, why);
    if (all.ptr)
        secret_wipe(all.ptr, all.cap);
    if (e != ERR_OK && r.imported + r.known)
        return why_hint(why,
                        why_before(why, e, "after %zu of %zu tasks", r.imported + r.known, lines),
                        "give the same file again: what is a task already is left out");
    if (e != ERR_OK)
        return e;
    if (dry)
        cli_say(cli, "%zu lines would be tasks", lines);
    else
        cli_say(cli, "%zu tasks are sealed and waiting, %zu of them were before",
                r.imported + r.known, r.known);
    json_out_member_u64(&cli->data, "tasks", lines);
    json_out_member_u64(&cli->data, "imported", r.imported);
    json_out_member_u64(&cli->data, "known", r.known);
    json_out_member_bool(&cli->data, "dry_run", dry);
    return ERR_OK;
}

static enum err next(struct cli *cli, enum work_what what, struct why *why)
{
    struct client *c = NULL;
    const uint8_t *project = NULL;
    struct work_task t;
    enum err e = open_project(cli, &c, &project, why);
    if (e == ERR_OK)
        e = work_next(c, project, what, &t, why);
    if (e == ERR_DENIED_ROLE)
        return why_hint(why, e, what == WORK_REVIEW ? "annotators: cofferdam task next"
                                                    : "reviewers: cofferdam review next");
    if (e != ERR_OK)
        return e;
    cli_say(cli, "task        %s  %s", hex_id(t.task).s, t.state);
    json_out_member_hex(&cli->data, "task", t.task, 32);
    json_out_member_str(&cli->data, "state", t.state);
    json_out_member_hex(&cli->data, "submission", t.submission, 32);
    json_out_member_hex(&cli->data, "review", t.review, 32);
    json_out_member_u64(&cli->data, "expires", t.expires);
    if (what == WORK_REVIEW)
        cli_say(cli, "submission  %s", hex_id(t.submission).s);
    if (strcmp(t.state, "returned") == 0)
        cli_say(cli, "review      %s", hex_id(t.review).s);
    if (t.has_guide) {
        cli_say(cli, "guide       %s", hex_id(t.guide).s);
        json_out_member_hex(&cli->data, "guide", t.guide, 32);
    }
    return ERR_OK;
}

enum err cmd_task_next(struct cli *cli, struct why *why)
{
    return next(cli, WORK_ANNOTATE, why);
}

enum err cmd_task_skip(struct cli *cli, struct why *why)
{
    struct client *c = NULL;
    const uint8_t *project = NULL;
    uint8_t task[32];
    enum err e = open_project(cli, &c, &project, why);
    if (e == ERR_OK)
        e = cli_record(cli, cli->words[0], task, why);
    if (e == ERR_OK)
        e = work_skip(c, project, task, why);
    if (e == ERR_OK)
        json_out_member_hex(&cli->data, "task", task, 32);
    return e;
}

enum err cmd_review_next(struct cli *cli, struct why *why)
{
    return next(cli, WORK_REVIEW, why);
}

enum err cmd_submit(struct cli *cli, struct why *why)
{
    struct client *c = NULL;
    const uint8_t *project = NULL;
    const char *type = cli_option(cli, "--type");
    uint8_t task[32], id[32];
    AUTO_BUF struct buf content = buf_init(WORK_FILE_MAX);
    enum err e = open_project(cli, &c, &project, why);
    if (e == ERR_OK)
        e = cli_record(cli, cli->words[0], task, why);
    if (e == ERR_OK)
        e = cli_input(cli, cli->words[1], &content, why);
    bool dry = cli_option(cli, "--dry-run") != NULL;
    if (e == ERR_OK && dry)
        e = cli_dry_create(cli, c, project, RECORD_SUBMISSION,
                           "that the task is this member's; that the store has room", why);
    else if (e == ERR_OK)
        e = work_submit(c, project, task, bytes_str(type ? type : "text/plain"),
                        buf_bytes(&content), id, why);
    if (content.ptr)
        secret_wipe(content.ptr, content.cap);
    if (e != ERR_OK || dry)
        return e;
    cli_say(cli, "%s", hex_id(id).s);
    json_out_member_hex(&cli->data, "submission", id, 32);
    return ERR_OK;
}

/* --- review --- */

enum err cmd_review_assign(struct cli *cli, struct why *why)
{
    struct client *c = NULL;
    const uint8_t *project = NULL;
    size_t assigned = 0;
    enum err e = open_project(cli, &c, &project, why);
    if (e == ERR_OK)
        e = client_sync(c, why);
    if (e == ERR_OK)
        e = work_assign(c, project, &assigned, why);
    if (e != ERR_OK)
        return e;
    cli_say(cli, "%zu submissions handed to reviewers", assigned);
    json_out_member_u64(&cli->data, "assigned", assigned);
    return ERR_OK;
}

enum err cmd_review_accept(struct cli *cli, struct why *why)
{
    struct client *c = NULL;
    const uint8_t *project = NULL;
    uint8_t task[32];
    enum err e = open_project(cli, &c, &project, why);
    if (e == ERR_OK)
        e = cli_record(cli, cli->words[0], task, why);
    return e == ERR_OK ? work_accept(c, project, task, why) : e;
}

enum err cmd_review_return(struct cli *cli, struct why *why)
{
    struct client *c = NULL;
    const uint8_t *project = NULL;
    const char *reason = NULL;
    uint8_t task[32], id[32];
    AUTO_BUF struct buf text = buf_init(1 << 20);
    enum err e = open_project(cli, &c, &project, why);
    if (e == ERR_OK)
        e = cli_need(cli, "--reason", &reason, why);
    if (e == ERR_OK)
        e = cli_record(cli, cli->words[0], task, why);
    if (e == ERR_OK)
        e = cli_input(cli, reason, &text, why);
    if (e == ERR_OK)
        e = work_return(c, project, task, buf_bytes(&text), id, why);
    if (text.ptr)
        secret_wipe(text.ptr, text.cap);
    if (e != ERR_OK)
        return e;
    json_out_member_hex(&cli->data, "review", id, 32);
    return ERR_OK;
}

/* With --partial: what is missing, device by device. */
static enum err say_missing(struct cli *cli, const struct deliver_result *r, struct why *why)
{
    json_out_member_u64(&cli->data, "missing", r->missing);
    json_out_key(&cli->data, "incomplete");
    json_out_array(&cli->data);
    for (size_t i = 0; i < r->report.count; i++) {
        const struct complete_gap *gap = &r->report.gaps[i];
        cli_note(cli, "device %s: %s", hex_short(gap->issuer).s, gap->why.text);
        json_out_object(&cli->data);
        json_out_member_hex(&cli->data, "device", gap->issuer, 32);
        json_out_member_str(&cli->data, "code", err_code(gap->why.code));
        json_out_member_str(&cli->data, "message", gap->why.text);
        json_out_object_end(&cli->data);
    }
    json_out_array_end(&cli->data);
    if (r->report.count == 0 && r->missing == 0)
        return ERR_OK;
    return why_set(why, ERR_FINDINGS,
                   "work of %zu devices and %zu accepted records are missing and not delivered",
                   r->report.count, r->missing);
}

static void say_dry(struct cli *cli, const struct deliver_result *r)
{
    cli_say(cli, "%zu of %zu tasks would be delivered", r->accepted, r->tasks);
    cli_note(cli, "nothing was released or written. checked: that nothing accepted is missing at "
                  "the store");
    cli_note(cli, "not checked: that the gates release the submissions; that their bodies open");
    json_out_member_str(&cli->data, "not_checked",
                        "that the gates release the submissions; that their bodies open");
}

enum err cmd_deliver(struct cli *cli, struct why *why)
{
    struct client *c = NULL;
    const uint8_t *project = NULL;
    const char *path = NULL;
    struct deliver_result r;
    enum err e = open_project(cli, &c, &project, why);
    bool dry = cli_option(cli, "--dry-run") != NULL;
    enum deliver_mode mode = dry ? DELIVER_DRY
                             : cli_option(cli, "--partial") ? DELIVER_PARTIAL : DELIVER_WHOLE;
    if (e == ERR_OK && !dry)
        e = cli_need(cli, "--out", &path, why);
    if (e == ERR_OK)
        e = deliver_jsonl(c, project, path, mode, &r, why);
    if (e != ERR_OK)
        return e;
    e = dry ? ERR_OK : work_receipt(c, project, why);
    if (e == ERR_OK) {
        if (dry)
            say_dry(cli, &r);
        else
            cli_say(cli, "%zu of %zu tasks delivered to %s", r.delivered, r.tasks, path);
        json_out_member_u64(&cli->data, "tasks", r.tasks);
        json_out_member_u64(&cli->data, "submissions", r.submissions);
        json_out_member_u64(&cli->data, "returned", r.returned);
        json_out_member_u64(&cli->data, "accepted", r.accepted);
        json_out_member_u64(&cli->data, "delivered", r.delivered);
        e = say_missing(cli, &r, why);
    }
    deliver_release(&r);
    return e;
}
