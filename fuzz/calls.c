#include "calls.h"

#include "fuzz.h"

#include "base/cur.h"
#include "base/hex.h"
#include "base/json.h"
#include "request/signature.h"

enum { URL_MAX = 2000, FIELD_MAX = 200, PEOPLE = 6 };

static struct signature_fields signed_by(const struct calls *c, const struct signer *by)
{
    static const uint8_t hash[32];
    const struct signature_target t = { "GET", "/", c->authority ? "host" : NULL };
    struct signature_fields f;
    fuzz_must(signature_make(&t, hash, WORLD_NOW, by->secret, &f, NULL) == ERR_OK);
    return f;
}

static const struct signature_fields *fields_of(const struct calls *c, uint8_t who)
{
    static struct signature_fields made[PEOPLE];
    static bool done;
    const struct world *w = &c->w;
    const struct signer *const all[PEOPLE] = { &w->admin, &w->manager, &w->ann,
                                               &w->rita,  &w->watcher, &w->tom };
    for (size_t i = 0; i < PEOPLE && !done; i++)
        made[i] = signed_by(c, all[i]);
    done = true;
    return &made[who % PEOPLE];
}

void calls_world(struct calls *c, struct buf *root)
{
    c->w = world_new();
    struct statement s = world_owner_root(&c->w, root);
    statement_release(&s);
}

void calls_id(struct calls *c, const uint8_t id[32])
{
    fuzz_must(c->id_count < CALLS_IDS_MAX);
    memcpy(c->ids[c->id_count++], id, 32);
}

static unsigned call(const struct signature_fields *f, struct mhd_call *m, struct mhd_field *fields,
                     size_t count, struct buf *reply)
{
    fields[count++] = (struct mhd_field){ "host", bytes_str("host") };
    fields[count++] = (struct mhd_field){ "content-digest", bytes_str(f->digest) };
    fields[count++] = (struct mhd_field){ "Signature-Input", bytes_str(f->input) };
    fields[count++] = (struct mhd_field){ "signature", bytes_str(f->signature) };
    m->fields = fields;
    m->field_count = count;
    return mhd_do(m, reply);
}

void calls_must(const struct calls *c, const struct signer *by, const char *method,
                const char *url, struct bytes body)
{
    const struct signature_fields f = signed_by(c, by);
    struct mhd_field fields[8];
    struct mhd_call m = { .method = method, .url = url, .body = body };
    AUTO_BUF struct buf reply = buf_init(1 << 20);
    const unsigned status = call(&f, &m, fields, 0, &reply);
    if (status != 200)
        (void)fprintf(stderr, "%s %s: %u %.*s\n", method, url, status, (int)reply.len,
                      (const char *)reply.ptr);
    fuzz_must(status == 200);
}

static void post(void *ctx, struct statement *s, struct bytes envelope)
{
    const struct calls *c = ctx;
    AUTO_BUF struct buf list = buf_init(1 << 17);
    (void)s;
    buf_add_u16(&list, (uint16_t)envelope.len);
    buf_add_bytes(&list, envelope);
    calls_must(c, &c->w.admin, "POST", "/v1/statements", buf_bytes(&list));
}

void calls_fill(struct calls *c)
{
    world_fill(&c->w, post, c);
    calls_id(c, c->w.owner);
    calls_id(c, c->w.vendor);
    calls_id(c, c->w.admin.key);
    calls_id(c, c->w.ann.key);
    calls_id(c, c->w.epoch);
}

static void text_segment(struct cur *cur, struct buf *url)
{
    for (uint8_t b; cur_left(cur) && (b = cur_u8(cur)) != '\n';)
        buf_add_u8(url, b ? b : '0'); /* the library gives no zero in a path */
}

static void segment(const struct calls *c, char kind, struct cur *cur, struct buf *url)
{
    static const uint64_t numbers[] = { 0, 1, 256, 1000, 1 << 20, UINT64_C(1) << 40 };
    const uint8_t which = cur_u8(cur);
    if (kind == 't' || which == 255)
        text_segment(cur, url);
    else if (kind == 'i')
        buf_add_str(url, hex_id(c->ids[which % c->id_count]).s);
    else
        buf_add_fmt(url, "%llu", (unsigned long long)(which < 250 ? numbers[which % 6]
                                                                  : cur_u64be(cur)));
}

/* A byte below 16 is one of the world's ids, 16 a project, others themselves. */
static void expand(const struct calls *c, struct cur *cur, struct buf *body)
{
    while (cur_left(cur) && body->len < body->max - 32) {
        const uint8_t b = cur_u8(cur);
        if (b < 16)
            buf_add(body, c->ids[b % c->id_count], 32);
        else if (b == 16)
            buf_add(body, c->w.project, 16);
        else if (b == 17)
            buf_add_u8(body, cur_u8(cur) % 8);
        else
            buf_add_u8(body, b);
    }
}

static void field(struct cur *cur, const char *name, char text[FIELD_MAX], struct mhd_field *out)
{
    const size_t len = cur_u8(cur) % FIELD_MAX;
    const uint8_t *p = cur_bytes(cur, len);
    for (size_t i = 0; i < len; i++)
        text[i] = p && p[i] ? (char)p[i] : '0';
    text[len] = '\0';
    *out = (struct mhd_field){ name, bytes_of(text, len) };
}

static void refused_well(struct bytes reply)
{
    struct why why;
    AUTO_JSON json_t *o = NULL;
    const char *code = NULL;
    fuzz_must(json_parse(reply, &o, &why) == ERR_OK);
    fuzz_must(json_get_text(o, "code", 16, &code, &why) == ERR_OK && err_find(code));
}

void calls_run(const struct calls *c, struct bytes in)
{
    struct cur cur = cur_from(in);
    const uint8_t who = cur_u8(&cur), which = cur_u8(&cur), how = cur_u8(&cur);
    const struct calls_route *route = &c->routes[which % c->route_count];
    AUTO_BUF struct buf url = buf_init(URL_MAX + 1), body = buf_init(1 << 16),
                        reply = buf_init((size_t)1 << 30);
    struct mhd_field fields[8];
    char texts[2][FIELD_MAX];
    size_t count = 0;
    buf_add_str(&url, route->path);
    for (const char *s = route->segments; *s; s++) {
        if (s != route->segments)
            buf_add_str(&url, "/");
        segment(c, *s, &cur, &url);
    }
    buf_add_u8(&url, 0);
    if (how & 1)
        field(&cur, how & 2 ? "range" : "cofferdam-seen", texts[0], &fields[count++]);
    if ((how & 12) == 12)
        field(&cur, how & 16 ? "content-length" : "signature", texts[1], &fields[count++]);
    expand(c, &cur, &body);
    if (!buf_ok(&url) || !buf_ok(&body))
        return;
    struct mhd_call m = { .method = route->method, .url = (const char *)url.ptr,
                          .body = buf_bytes(&body), .piece = how & 32 ? 1 + how % 7 : 0,
                          .query = (how & 192) == 192 };
    const unsigned status = call(fields_of(c, who), &m, fields, count, &reply);
    fuzz_must(buf_ok(&reply) && status >= 200 && status < 600);
    if (status >= 300)
        refused_well(buf_bytes(&reply));
    fuzz_must(status != 500); /* an error that the program has no name for */
}
