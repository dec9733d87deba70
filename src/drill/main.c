/* drill/main.c: cofferdam-thief WHAT [options]: `cofferdam drill` runs it. */
#include "drill/thief.h"

#include "base/hex.h"
#include "base/json.h"
#include "crypto/crypto.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    thief_drill *run;
} drills[] = {
    { "store", thief_store },
    { "gate", thief_gate },
    { "banked", thief_banked },
    { "device", thief_device },
};

static enum err take(struct thief_args *a, const char *name, const char *value, struct why *why)
{
    if (strcmp(name, "--gate") == 0 && a->gate_count < THIEF_GATES_MAX)
        a->gates[a->gate_count++] = value;
    else if (strcmp(name, "--control-gate") == 0 && a->control_count < THIEF_GATES_MAX)
        a->controls[a->control_count++] = value;
    else if (strcmp(name, "--store") == 0)
        a->store = value;
    else if (strcmp(name, "--state") == 0)
        a->state = value;
    else if (strcmp(name, "--passphrase-file") == 0)
        a->passphrase = value;
    else if (strcmp(name, "--project") == 0)
        a->project = value;
    else if (strcmp(name, "--list") == 0)
        a->list = value;
    else
        return why_set(why, ERR_USAGE, "no option '%s' here, or too often", name);
    return ERR_OK;
}

static void print_json(const char *name, const struct thief_result *r, enum err e,
                       const struct why *why)
{
    AUTO_BUF struct buf text = buf_init(8192);
    struct json_out o = json_out_to(&text, JSON_PLAIN);
    char schema[64];
    (void)snprintf(schema, sizeof schema, "cofferdam.drill-%s/1", name);
    json_out_object(&o);
    json_out_member_str(&o, "schema", schema);
    json_out_member_bool(&o, "ok", e == ERR_OK);
    json_out_key(&o, "data");
    if (e == ERR_OK || e == ERR_FINDINGS) {
        json_out_object(&o);
        if (r->has_device)
            json_out_member_hex(&o, "device", r->device, 32);
        json_out_member_u64(&o, "tried", r->tried);
        json_out_member_u64(&o, "keys_tried", r->keys_tried);
        json_out_member_u64(&o, "readable", r->readable);
        json_out_member_u64(&o, "bytes", r->bytes);
        json_out_member_u64(&o, "control_tried", r->control_tried);
        json_out_member_u64(&o, "control_opened", r->control_opened);
        json_out_object_end(&o);
    } else {
        json_out_null(&o);
    }
    json_out_key(&o, "error");
    if (e == ERR_OK) {
        json_out_null(&o);
    } else {
        json_out_object(&o);
        json_out_member_str(&o, "code", err_code(e));
        json_out_member_str(&o, "message", why->text);
        json_out_member_str(&o, "hint", why->hint);
        json_out_object_end(&o);
    }
    json_out_object_end(&o);
    (void)puts(buf_cstr(&text));
}

static void print_table(const char *name, const struct thief_result *r)
{
    (void)printf("drill %s\n  tried           %llu\n  readable        %llu (%llu bytes)\n"
                 "  control opened  %llu of %llu\n", name, (unsigned long long)r->tried,
                 (unsigned long long)r->readable, (unsigned long long)r->bytes,
                 (unsigned long long)r->control_opened, (unsigned long long)r->control_tried);
}

static enum err run(int argc, char **argv, struct thief_args *a, struct thief_result *r, bool *json,
                    struct why *why)
{
    size_t which = 0;
    enum err e = crypto_init(why);
    while (which < 4 && (argc < 2 || strcmp(argv[1], drills[which].name) != 0))
        which++;
    if (e == ERR_OK && which == 4)
        e = why_set(why, ERR_USAGE, "the drills are store, gate, banked and device");
    for (int i = 2; e == ERR_OK && i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0 || strcmp(argv[i], "--quiet") == 0)
            *json = *json || strcmp(argv[i], "--json") == 0;
        else if (i + 1 >= argc)
            e = why_set(why, ERR_USAGE, "option '%s' needs a value", argv[i]);
        else {
            e = take(a, argv[i], argv[i + 1], why);
            i++;
        }
    }
    if (e == ERR_OK)
        e = drills[which].run(a, r, why);
    /* With a stolen device something is readable by right: exposure says what, and is compared. */
    bool found =
        e == ERR_OK && ((which != 3 && r->readable) || r->control_opened != r->control_tried);
    return found ? why_set(why, ERR_FINDINGS, "%llu readable of %llu tried; control %llu of %llu",
                           (unsigned long long)r->readable, (unsigned long long)r->tried,
                           (unsigned long long)r->control_opened,
                           (unsigned long long)r->control_tried)
                 : e;
}

int main(int argc, char **argv)
{
    struct thief_args a = { 0 };
    struct thief_result r = { 0 };
    struct why why = { .code = ERR_OK };
    bool json = false;
    const char *name = argc > 1 ? argv[1] : "";
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    enum err e = run(argc, argv, &a, &r, &json, &why);
    if (json)
        print_json(name, &r, e, &why);
    else if (e == ERR_OK || e == ERR_FINDINGS)
        print_table(name, &r);
    if (e != ERR_OK)
        (void)fprintf(stderr, "cofferdam-thief: %s [%s]\n", why.text, err_code(e));
    curl_global_cleanup();
    return err_row(e)->exit_code;
}
