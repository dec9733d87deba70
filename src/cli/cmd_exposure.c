#include "cli/commands.h"

#include "base/hex.h"
#include "cli/columns.h"
#include "client/client.h"
#include "client/exposing.h"

#include <stdio.h>
#include <string.h>

/* A device's key by a prefix of 8 digits or more. */
static enum err device_of(const struct authority *a, const char *word, uint8_t key[32],
                          struct why *why)
{
    size_t len = strlen(word), found = 0;
    if (len < 8 || len > 64)
        return why_set(why, ERR_USAGE, "'%.70s' is no device, and no prefix of 8 or more digits",
                       word);
    for (size_t i = 0; i < authority_device_count(a); i++) {
        const struct authority_device *d = authority_device_at(a, i);
        if (strncmp(hex_id(d->key).s, word, len) == 0) {
            memcpy(key, d->key, 32);
            found++;
        }
    }
    if (found == 1)
        return ERR_OK;
    return why_set(why, found ? ERR_AMBIGUOUS : ERR_NOT_FOUND, "%zu devices begin with '%s'", found,
                   word);
}

static void say_logs(struct cli *cli, const struct exposure *x, uint8_t left_out)
{
    struct exposure_logs logs;
    exposure_logs(x, &logs);
    json_out_key(&cli->data, "logs");
    json_out_array(&cli->data);
    for (size_t i = 0; i < logs.count; i++) {
        const struct exposure_log *l = &logs.log[i];
        json_out_object(&cli->data);
        json_out_member_u64(&cli->data, "gate", l->gate);
        json_out_member_u64(&cli->data, "size", l->checkpoint.size);
        json_out_member_hex(&cli->data, "root", l->checkpoint.root, 32);
        json_out_member_u64(&cli->data, "newest_ms", l->newest_ms);
        json_out_object_end(&cli->data);
        cli_say(cli, "log of gate %u: %llu entries, root %s", l->gate,
                (unsigned long long)l->checkpoint.size, hex_short(l->checkpoint.root).s);
    }
    json_out_array_end(&cli->data);
    json_out_member_bool(&cli->data, "complete", logs.complete);
    json_out_member_u64(&cli->data, "liars_tolerated", logs.liars);
    json_out_member_u64(&cli->data, "left_out", left_out);
    if (logs.complete)
        cli_say(cli, "complete while at most %u of these gates lie", logs.liars);
    else
        cli_say(cli, "NOT complete: %zu logs, %u are needed", logs.count, logs.needed);
}

static void say_gaps(struct cli *cli)
{
    json_out_key(&cli->data, "does_not_cover");
    json_out_array(&cli->data);
    cli_say(cli, "this list does not cover:");
    for (size_t i = 0; i < EXPOSURE_GAPS; i++) {
        json_out_str(&cli->data, exposure_gaps[i]);
        cli_say(cli, "  - %s", exposure_gaps[i]);
    }
    json_out_array_end(&cli->data);
}

struct number {
    const char *what;
    uint64_t n;
};

static void say_numbers(struct cli *cli, const struct number *numbers, size_t count)
{
    struct libscols_table *t = columns_new((const char *[]){ "", "", NULL });
    for (size_t i = 0; i < count; i++) {
        char text[24];
        (void)snprintf(text, sizeof text, "%llu", (unsigned long long)numbers[i].n);
        columns_add(t, (const char *[]){ numbers[i].what, text });
    }
    columns_print(t, cli_width(cli), 0, &cli->text);
}

/* Distinct records released to or held by what the filter names. */
static void say_records(struct cli *cli, const struct exposure *x,
                        const struct exposure_filter *filter, bool list)
{
    struct exposure_pair p;
    size_t at = 0, count = 0, asked = 0, held = 0;
    struct libscols_table *rows =
        columns_new((const char *[]){ "record", "device", "kind", "how", NULL });
    if (list) {
        json_out_key(&cli->data, "records");
        json_out_array(&cli->data);
    }
    while (exposure_next_pair(x, filter, &at, &p)) {
        if (!p.released && !p.held)
            continue;
        count++;
        asked += p.asked_for;
        held += p.held;
        if (list) {
            json_out_hex(&cli->data, p.record, 32);
            columns_add(rows, (const char *[]){ hex_short(p.record).s, hex_short(p.device).s,
                                                p.kind ? record_kind_name(p.kind) : "?",
                                                p.asked_for               ? "only asked for"
                                                : p.released && p.held ? "released, held"
                                                : p.held               ? "held" : "released" });
        }
    }
    if (list)
        json_out_array_end(&cli->data);
    columns_print(rows, cli_width(cli), 0, &cli->text);
    json_out_member_u64(&cli->data, "pairs", count);
    json_out_member_u64(&cli->data, "pairs_asked_for", asked);
    json_out_member_u64(&cli->data, "pairs_held", held);
    const struct number numbers[] = { { "records at devices, released or held", count },
                                      { "of them only asked for", asked },
                                      { "of them held by their author", held } };
    say_numbers(cli, numbers, 3);
}

enum err cmd_exposure(struct cli *cli, struct why *why)
{
    struct client *c = NULL;
    AUTO_EXPOSURE struct exposure *x = NULL;
    struct exposure_filter filter = { 0 };
    struct exposure_totals totals;
    uint8_t left_out = 0, device[32];
    const uint8_t *project = NULL;
    const char *word = cli_option(cli, "--device");
    enum err e = cli_client(cli, &c, why);
    if (e == ERR_OK && cli_option(cli, "--project"))
        e = cli_project(cli, &project, why);
    if (e == ERR_OK)
        e = exposing_run(c, &x, &left_out, why);
    if (e == ERR_OK && word)
        e = device_of(exposure_authority(x), word, device, why);
    filter.device = word ? device : NULL;
    filter.project = project;
    if (e == ERR_OK)
        e = exposure_totals(x, &filter, &totals, why);
    if (e != ERR_OK)
        return e;
    say_gaps(cli);
    say_logs(cli, x, left_out);
    json_out_member_u64(&cli->data, "requests", totals.requests);
    json_out_member_u64(&cli->data, "released", totals.rows);
    json_out_member_u64(&cli->data, "released_records", totals.records);
    json_out_member_u64(&cli->data, "released_devices", totals.devices);
    json_out_member_u64(&cli->data, "asked_for", totals.asked_for_rows);
    json_out_member_u64(&cli->data, "held", totals.held);
    const struct number numbers[] = { { "releases", totals.rows },
                                      { "records released", totals.records },
                                      { "devices that got them", totals.devices },
                                      { "records held by their authors", totals.held } };
    say_numbers(cli, numbers, 4);
    say_records(cli, x, &filter, cli_option(cli, "--records") != NULL);
    return ERR_OK;
}
