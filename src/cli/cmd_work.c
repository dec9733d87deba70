#include "cli/commands.h"

#include "base/hex.h"
#include "client/client.h"
#include "client/deliver.h"
#include "client/read.h"
#include "client/work.h"
#include "client/write.h"

#include <stdlib.h>
#include <string.h>

enum { WORK_LINE_MAX = 1 << 20, WORK_BATCH = 256, WORK_FILE_MAX = 1 << 30 };

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
    if (e == ERR_OK)
        e = cli_input(cli, cli->words[0], &content, why);
    const char *name = strrchr(cli->words[0], '/');
    d.name = bytes_str(name ? name + 1 : cli->words[0]);
    d.content = buf_bytes(&content);
    if (e == ERR_OK)
        e = write_records(c, project, &d, 1, ids, why);
    if (content.ptr)
        secret_wipe(content.ptr, content.cap);
    if (e != ERR_OK)
        return e;
    cli_say(cli, "%s", hex_id(ids[0]).s);
    json_out_member_hex(&cli->data, "record", ids[0], 32);
    return ERR_OK;
}

enum err cmd_record_show(struct cli *cli, struct why *why)
{
    struct client *c = NULL;
    uint8_t id[32];
    struct read_found found;
    AUTO_RECORD_OPENED struct record_opened o = { 0 };
    const struct read_options options = { .purpose = cli_option(cli, "--purpose") };
    enum err e = cli_client(cli, &c, why);
    if (e == ERR_OK)
        e = cli_record(cli, cli->words[0], id, why);
    if (e == ERR_OK)
        e = read_record(c, id, &options, &o, &found, why);
    if (e != ERR_OK)
        return e;
    json_out_member_u64(&cli->data, "gates_named",
                        found.blame.verdict == BLAME_NAMED ? found.blame.gates : 0);
    json_out_member_hex(&cli->data, "record", id, 32);
    json_out_member_str(&cli->data, "kind", record_kind_name(found.header.kind));
    json_out_member_hex(&cli->data, "author", found.header.author, 32);
    json_out_member_u64(&cli->data, "bytes", o.bytes.len);
    json_out_key(&cli->data, "type");
    json_out_text(&cli->data, o.type);
    e = cli_content(cli, o.bytes, why);
    if (e != ERR_OK)
        return e;
    cli_note(cli, "%s %s, %zu bytes, %.*s", record_kind_name(found.header.kind), hex_short(id).s,
             o.bytes.len, (int)o.type.len, o.type.ptr);
    if (found.blame.verdict != BLAME_NOBODY)
        cli_note(cli, "gates 0x%02x: %s gave wrong shares of this record", found.blame.gates,
                 found.blame.verdict == BLAME_NAMED ? "all of them" : "at least one of them");
    return ERR_OK;
}

/* --- tasks --- */

static enum err import_batch(struct client *c, const uint8_t project[16],
                             const struct write_draft *drafts, size_t count, struct why *why)
{
    uint8_t (*ids)[32] = malloc(WORK_BATCH * sizeof *ids);
    enum err e = ids ? write_records(c, project, drafts, count, ids, why) : why_nomem(why);
    if (e == ERR_OK)
        e = work_add(c, project, (const uint8_t(*)[32])ids, count, why);
    free(ids);
    return e;
}

/* Every line is checked before the first one is sealed. Errors name the line, never its content. */
static enum err check_lines(const char *path, struct bytes all, size_t *count, struct why *why)
{
    size_t line = 0;
    for (size_t at = 0; at < all.len;) {
        const uint8_t *end = memchr(all.ptr + at, '\n', all.len - at);
        size_t len = end ? (size_t)(end - all.ptr) - at : all.len - at;
        AUTO_JSON json_t *o = NULL;
        struct why said;
        line++;
        if (len > WORK_LINE_MAX)
            return why_set(why, ERR_LIMIT, "'%s' line %zu: longer than %d bytes", path, line,
                           WORK_LINE_MAX);
        if (json_parse(bytes_of(all.ptr + at, len), &o, &said) != ERR_OK)
            return why_set(why, said.code, "'%s' line %zu: not one JSON object without duplicate "
                           "members, in UTF-8", path, line);
        at += len + 1;
    }
    *count = line;
    return line ? ERR_OK : why_set(why, ERR_FORMAT, "'%s' has no line", path);
}

enum err cmd_task_import(struct cli *cli, struct why *why)
{
    struct client *c = NULL;
    const uint8_t *project = NULL;
    size_t count = 0, n = 0, done = 0;
    AUTO_BUF struct buf all = buf_init(WORK_FILE_MAX);
    struct write_draft *drafts = calloc(WORK_BATCH, sizeof *drafts);
    enum err e = drafts ? open_project(cli, &c, &project, why) : why_nomem(why);
    if (e == ERR_OK)
        e = cli_input(cli, cli->words[0], &all, why);
    if (e == ERR_OK)
        e = check_lines(cli->words[0], buf_bytes(&all), &count, why);
    bool dry = cli_option(cli, "--dry-run") != NULL;
    for (size_t at = 0; e == ERR_OK && !dry && at < all.len;) {
        const uint8_t *end = memchr(all.ptr + at, '\n', all.len - at);
        size_t len = end ? (size_t)(end - all.ptr) - at : all.len - at;
        drafts[n++] = (struct write_draft){ .kind = RECORD_TASK,
                                            .type = bytes_str("application/json"),
                                            .content = bytes_of(all.ptr + at, len) };
        at += len + 1;
        if (n < WORK_BATCH && at < all.len)
            continue;
        e = import_batch(c, project, drafts, n, why);
        done += e == ERR_OK ? n : 0;
        n = 0;
    }
    free(drafts);
    if (all.ptr)
        secret_wipe(all.ptr, all.cap);
    if (e != ERR_OK && done)
        return why_before(why, e, "after %zu of %zu tasks", done, count);
    if (e != ERR_OK)
        return e;
    cli_say(cli, dry ? "%zu tasks would be imported" : "%zu tasks are sealed and waiting", count);
    json_out_member_u64(&cli->data, "tasks", count);
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
    if (e == ERR_OK)
        e = work_submit(c, project, task, bytes_str(type ? type : "text/plain"),
                        buf_bytes(&content), id, why);
    if (content.ptr)
        secret_wipe(content.ptr, content.cap);
    if (e != ERR_OK)
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

enum err cmd_deliver(struct cli *cli, struct why *why)
{
    struct client *c = NULL;
    const uint8_t *project = NULL;
    const char *path = NULL;
    struct deliver_result r;
    enum err e = open_project(cli, &c, &project, why);
    if (e == ERR_OK)
        e = cli_need(cli, "--out", &path, why);
    if (e == ERR_OK)
        e = deliver_jsonl(c, project, path, cli_option(cli, "--partial") != NULL, &r, why);
    if (e != ERR_OK)
        return e;
    e = work_receipt(c, project, why);
    if (e == ERR_OK) {
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
