#include "drill/result.h"

#include "base/hex.h"
#include "base/json.h"

#include <stdio.h>

enum err result_judge(const struct result *r, struct why *why)
{
    if (r->readable && !r->expected)
        return why_set(why, ERR_FINDINGS, "drill '%s': %llu of %llu records can be read", r->drill,
                       (unsigned long long)r->readable, (unsigned long long)r->tried);
    if (r->control_opened != r->control_tried)
        return why_set(why, ERR_FINDINGS,
                       "drill '%s': the control opened %llu of %llu records, so it proves nothing",
                       r->drill, (unsigned long long)r->control_opened,
                       (unsigned long long)r->control_tried);
    return ERR_OK;
}

static void result_data(const struct result *r, struct json_out *o)
{
    json_out_object(o);
    if (r->has_device)
        json_out_member_hex(o, "device", r->device, sizeof r->device);
    json_out_member_u64(o, "tried", r->tried);
    json_out_member_u64(o, "readable", r->readable);
    json_out_member_u64(o, "bytes", r->bytes);
    if (r->has_keys)
        json_out_member_u64(o, "keys_tried", r->keys_tried);
    json_out_member_u64(o, "control_tried", r->control_tried);
    json_out_member_u64(o, "control_opened", r->control_opened);
    json_out_object_end(o);
}

void result_json(const struct result *r, enum err e, const struct why *why, struct buf *out)
{
    char schema[64];
    (void)snprintf(schema, sizeof schema, "cofferdam.drill%s%.32s/1", r->drill ? "-" : "",
                   r->drill ? r->drill : "");
    struct json_out o = json_out_to(out, JSON_PLAIN);
    json_out_object(&o);
    json_out_member_str(&o, "schema", schema);
    json_out_member_bool(&o, "ok", e == ERR_OK);
    json_out_key(&o, "data");
    if (e == ERR_OK || e == ERR_FINDINGS)
        result_data(r, &o);
    else
        json_out_null(&o);
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
    buf_add_str(out, "\n");
}

static void result_row(struct buf *out, const char *name, uint64_t n)
{
    buf_add_fmt(out, "%-16s %llu\n", name, (unsigned long long)n);
}

void result_table(const struct result *r, struct buf *out)
{
    if (r->has_device)
        buf_add_fmt(out, "%-16s %s\n", "device", hex_short(r->device).s);
    result_row(out, "records tried", r->tried);
    if (r->has_keys)
        result_row(out, "keys tried", r->keys_tried);
    result_row(out, "records read", r->readable);
    result_row(out, "bytes read", r->bytes);
    buf_add_fmt(out, "%-16s %llu of %llu\n", "control opened",
                (unsigned long long)r->control_opened, (unsigned long long)r->control_tried);
}
