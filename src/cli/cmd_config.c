#include "cli/commands.h"

#include "cli/columns.h"
#include "cli/settings.h"

#include <string.h>

/* What holds now: the command line before all else. */
static const char *in_force(const struct cli *cli, const struct settings_row *row,
                            const char **origin)
{
    const char *said = cli_option(cli, row->option);
    bool flag = !cli_option_find(cli->command, row->option) ||
                cli_option_find(cli->command, row->option)->value == NULL;
    *origin = row->value ? row->origin : "";
    /* read_settings has added the others to the options: what differs was typed. */
    bool same = row->value && strcmp(flag ? "yes" : said ? said : "", row->value) == 0;
    if (said && !same) {
        *origin = "command line";
        return flag ? "yes" : said;
    }
    return row->value;
}

enum err cmd_config_show(struct cli *cli, struct why *why)
{
    bool origins = cli_option(cli, "--origin") != NULL;
    const char *heads[] = { "key", "value", origins ? "origin" : NULL, NULL };
    struct libscols_table *t = columns_new(heads);
    json_out_key(&cli->data, "settings");
    json_out_array(&cli->data);
    for (size_t i = 0; i < settings_count(); i++) {
        const struct settings_row *row = settings_at(cli->settings, i);
        const char *origin, *value = in_force(cli, row, &origin);
        columns_add(t, (const char *[]){ row->key, value ? value : "-", origin });
        json_out_object(&cli->data);
        json_out_member_str(&cli->data, "key", row->key);
        json_out_key(&cli->data, "value");
        if (value)
            json_out_str(&cli->data, value);
        else
            json_out_null(&cli->data);
        json_out_member_str(&cli->data, "origin", origin);
        json_out_object_end(&cli->data);
    }
    json_out_array_end(&cli->data);
    columns_print(t, cli_width(cli), 0, &cli->text);
    json_out_key(&cli->data, "files");
    json_out_array(&cli->data);
    const char *path;
    for (size_t i = 0; (path = settings_file(cli->settings, i)); i++) {
        json_out_str(&cli->data, path);
        cli_note(cli, "looked at %s", path);
    }
    json_out_array_end(&cli->data);
    return ERR_OK;
}
