#include "client/config.h"

#include "base/hex.h"
#include "sys/files.h"

#include <ini.h>
#include <stdio.h>
#include <string.h>

static int copy(char *out, size_t size, const char *text)
{
    size_t len = strlen(text);
    if (len == 0 || len >= size)
        return 0;
    memcpy(out, text, len + 1);
    return 1;
}

static int config_project_set(struct config *c, const char *name, const char *value)
{
    if (c->project_count == CONFIG_PROJECTS_MAX)
        return 0;
    struct config_project *p = &c->projects[c->project_count];
    if (!copy(p->name, sizeof p->name, name) || !hex_decode(p->id, 16, value, strlen(value)))
        return 0;
    c->project_count++;
    return 1;
}

/* What was read, and the first line that was not understood. */
struct config_reading {
    struct config c;
    bool refused;
    char section[48], name[48];
};

static int config_take(struct config *c, const char *section, const char *name, const char *value)
{
    if (strcmp(section, "owner") == 0 && strcmp(name, "id") == 0)
        return hex_decode(c->owner, 32, value, strlen(value));
    if (strcmp(section, "store") == 0 && strcmp(name, "url") == 0)
        return copy(c->store, sizeof c->store, value);
    if (strncmp(section, "gate ", 5) == 0 && strcmp(name, "url") == 0 && section[5] >= '1' &&
        section[5] <= '8' && section[6] == '\0')
        return copy(c->gates[section[5] - '0'], CONFIG_URL_MAX, value);
    if (strncmp(section, "project ", 8) == 0 && strcmp(name, "id") == 0)
        return config_project_set(c, section + 8, value);
    return 0;
}

/* inih's handler: 0 makes ini_parse return the line. */
static int config_line(void *ctx, const char *section, const char *name, const char *value)
{
    struct config_reading *r = ctx;
    if (config_take(&r->c, section, name, value))
        return 1;
    if (!r->refused) {
        (void)snprintf(r->section, sizeof r->section, "%s", section);
        (void)snprintf(r->name, sizeof r->name, "%s", name);
    }
    r->refused = true;
    return 0;
}

enum err config_read(const char *path, struct config *out, struct why *why)
{
    struct config_reading r = { .refused = false };
    if (!file_exists(path))
        return why_hint(why, why_set(why, ERR_NOT_FOUND, "cannot read '%s': it is not there", path),
                        "cofferdam join INVITE, or cofferdam lab init");
    int line = ini_parse(path, config_line, &r);
    if (line != 0 && r.refused)
        return why_set(why, ERR_CONFIG, "'%s' line %d: unknown key or bad value: '%s' in [%s]",
                       path, line, r.name, r.section);
    if (line != 0)
        return why_set(why, ERR_CONFIG, "'%s' line %d: not 'key = value'", path, line);
    *out = r.c;
    return ERR_OK;
}

enum err config_write(const char *path, const struct config *c, struct why *why)
{
    AUTO_BUF struct buf b = buf_init(65536);
    char hex[33];
    buf_add_fmt(&b, "[owner]\nid = %s\n", hex_id(c->owner).s);
    for (unsigned g = 1; g <= CONFIG_GATE_MAX; g++)
        if (*c->gates[g])
            buf_add_fmt(&b, "\n[gate %u]\nurl = %s\n", g, c->gates[g]);
    if (*c->store)
        buf_add_fmt(&b, "\n[store]\nurl = %s\n", c->store);
    for (size_t i = 0; i < c->project_count; i++) {
        hex_encode(hex, c->projects[i].id, 16);
        buf_add_fmt(&b, "\n[project %s]\nid = %s\n", c->projects[i].name, hex);
    }
    if (!buf_ok(&b))
        return why_nomem(why);
    return file_replace(path, buf_bytes(&b), 0600, why);
}

enum err config_project(const struct config *c, const char *name,
                        const struct config_project **out, struct why *why)
{
    const struct config_project *found = NULL;
    for (size_t i = 0; i < c->project_count; i++) {
        const struct config_project *p = &c->projects[i];
        char hex[33];
        hex_encode(hex, p->id, 16);
        bool fits = !name || strcmp(p->name, name) == 0 ||
                    (strlen(name) >= 8 && strncmp(hex, name, strlen(name)) == 0);
        if (!fits)
            continue;
        if (found)
            return why_hint(why,
                            why_set(why, ERR_AMBIGUOUS, "'%s' fits more than one project",
                                    name ? name : "(none given)"),
                            "--project NAME");
        found = p;
    }
    if (!found)
        return why_set(why, ERR_NOT_FOUND, "no project '%s' is known here", name ? name : "");
    *out = found;
    return ERR_OK;
}
