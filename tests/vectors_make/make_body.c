#include "make.h"

#include <stdio.h>

/* A record without body: header, DEK and what is derived. */
struct scene {
    json_t *header, *dek, *id, *content_key;
};

static struct scene scene(struct make *m, int kind)
{
    json_t *dek = MAKE_RANDOM(m, 32);
    const json_t *made = make_call("header/make",
                                   json_pack("{s:i, s:o, s:o, s:O}", "kind", kind, "project",
                                             MAKE_RANDOM(m, 16), "author", MAKE_RANDOM(m, 32),
                                             "dek", dek));
    return (struct scene){ make_member(made, "header"), dek, make_member(made, "id"),
                           make_member(made, "content_key") };
}

static void small(struct make *m, const struct scene *s)
{
    static const struct { size_t len; const char *name; } sizes[] = {
        { 1, "1 byte" }, { 15, "15 bytes" }, { 256, "256 bytes" }, { 1024, "1024 bytes" },
    };
    json_t *body = NULL;
    for (size_t i = 0; i < MAKE_COUNT(sizes); i++) {
        const json_t *out = make_case(m, "seal", "ok", sizes[i].name, "one chunk, the last",
                                      json_pack("{s:O, s:O, s:o}", "header", s->header, "dek",
                                                s->dek, "plaintext", MAKE_RANDOM(m, sizes[i].len)));
        json_t *opened = json_pack("{s:O, s:O, s:o}", "header", s->header, "dek", s->dek, "body",
                                   make_member(out, "body"));
        make_case(m, "open", "ok", sizes[i].name, "what was sealed opens", opened);
        if (sizes[i].len == 256)
            body = make_member(out, "body");
    }
    json_t *open = json_pack("{s:O, s:O, s:O}", "header", s->header, "dek", s->dek, "body", body);
    static const struct make_edit bodies[] = {
        { "chunk", 0, 272, "", "empty", "a body has at least 17 bytes" },
        { "chunk", 1, 271, "", "a body of 1 byte", "a chunk has a tag of 16 bytes and more" },
        { "chunk", 16, 256, "", "a body of 16 bytes", "a tag alone is no chunk" },
        { "open", 17, 255, "", "a body of 17 bytes", "the length is possible, the tag is not" },
        { "open", -1, 1, "", "a byte cut", "the tag is another" },
        { "open", MAKE_END, 0, "00", "a byte left over", "the tag is another" },
        { "open", -1, 0, "^01", "tag", "the last bit of the tag" },
        { "open", 0, 0, "^80", "ciphertext", "the first bit of the ciphertext" },
    };
    make_edits(m, "open", open, "body", bodies, MAKE_COUNT(bodies));
    make_case(m, "open", "pad", "another DEK", "the commitment is checked first",
              make_with(open, "dek", MAKE_RANDOM(m, 32)));

    json_t *with_key = json_pack("{s:O, s:O, s:O}", "content_key", s->content_key, "id", s->id,
                                 "body", body);
    make_case(m, "open_key", "ok", "key and id", "what the header gives", json_incref(with_key));
    make_case(m, "open_key", "open", "another key", "a content key that is not the record's",
              make_with(with_key, "content_key", MAKE_RANDOM(m, 32)));
    make_case(m, "open_key", "open", "another id", "the id is authenticated with each chunk",
              make_with(with_key, "id", MAKE_RANDOM(m, 32)));
}

static json_t *ints(const char *digits)
{
    json_t *list = json_array();
    for (; *digits; digits++)
        json_array_append_new(list, json_integer(*digits - '0'));
    return list;
}

static void rearranged(struct make *m, const struct scene *s)
{
    static const struct {
        int length;
        const char *chunks; /* a digit each */
        int cut, flip;      /* flip -1: none */
        const char *outcome, *why;
    } rows[] = {
        { 1, "0", 0, -1, "ok", "as it was sealed" },
        { 1, "0", 1, -1, "chunk", "16 bytes are left of the last chunk" },
        { 1, "0", 0, 16, "open", "a bit of the tag" },
        { 1, "00", 0, -1, "open", "the chunk twice" },
        { 65535, "0", 0, -1, "ok", "as it was sealed" },
        { 65535, "0", 1, -1, "open", "a byte cut off" },
        { 65535, "0", 65535, -1, "chunk", "16 bytes are left of the last chunk" },
        { 65536, "0", 0, -1, "ok", "as it was sealed: one whole chunk" },
        { 65536, "00", 0, -1, "open", "the chunk twice" },
        { 65536, "0", 65536, -1, "chunk", "16 bytes are left of the last chunk" },
        { 65537, "01", 0, -1, "ok", "as it was sealed: a whole chunk and a byte" },
        { 65537, "10", 0, -1, "open", "swapped" },
        { 65537, "0", 0, -1, "open", "the last chunk dropped: the nonce of the first says more" },
        { 65537, "1", 0, -1, "open", "the first chunk dropped" },
        { 65537, "001", 0, -1, "open", "the first chunk twice" },
        { 65537, "01", 1, -1, "chunk", "16 bytes are left of the last chunk" },
        { 65537, "01", 16, -1, "chunk", "1 byte is left of the last chunk" },
        { 65537, "01", 0, 65536, "open", "a bit of the first chunk's tag" },
        { 65537, "01", 0, 65552, "open", "a bit of the last chunk" },
        { 131072, "01", 0, -1, "ok", "as it was sealed: two whole chunks" },
        { 131072, "10", 0, -1, "open", "swapped" },
        { 131072, "0", 0, -1, "open", "the last chunk dropped: the nonce of the first says more" },
        { 131072, "011", 0, -1, "open", "the last chunk twice" },
        { 131072, "01", 65536, -1, "chunk", "16 bytes are left of the last chunk" },
        { 150000, "012", 0, -1, "ok", "as it was sealed: three chunks" },
        { 150000, "102", 0, -1, "open", "two swapped" },
        { 150000, "02", 0, -1, "open", "the one between dropped" },
        { 150000, "01", 0, -1, "open", "the last chunk dropped: its nonce does not say last" },
        { 150000, "0012", 0, -1, "open", "the first chunk twice" },
        { 150000, "0112", 0, -1, "open", "the second chunk twice" },
        { 150000, "012", 18928, -1, "chunk", "16 bytes are left of the last chunk" },
        { 150000, "012", 1, -1, "open", "a byte cut off" },
        { 150000, "012", 0, 0, "open", "the first bit" },
        { 150000, "012", 0, 70000, "open", "a bit of the second chunk" },
        { 150000, "012", 0, 150047, "open", "a bit of the last tag" },
    };
    for (size_t i = 0; i < MAKE_COUNT(rows); i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "%d bytes, chunks %s, %s %d", rows[i].length,
                       rows[i].chunks, rows[i].flip < 0 ? "cut" : "flipped at",
                       rows[i].flip < 0 ? rows[i].cut : rows[i].flip);
        json_t *flip = json_array();
        if (rows[i].flip >= 0)
            json_array_append_new(flip, json_integer(rows[i].flip));
        make_case(m, "open_fill", rows[i].outcome, name, rows[i].why,
                  json_pack("{s:O, s:O, s:i, s:o, s:i, s:o}", "header", s->header, "dek", s->dek,
                            "length", rows[i].length, "chunks", ints(rows[i].chunks), "cut",
                            rows[i].cut, "flip", flip));
    }
}

void make_body(struct make *m)
{
    static const int lengths[] = { 1, 256, 65535, 65536, 65537, 131072, 150000 };
    const struct scene s = scene(m, 2);
    small(m, &s);
    for (size_t i = 0; i < MAKE_COUNT(lengths); i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "%d bytes", lengths[i]);
        make_case(m, "seal_fill", "ok", name, "around the size of a chunk",
                  json_pack("{s:O, s:O, s:i}", "header", s.header, "dek", s.dek, "length",
                            lengths[i]));
    }
    rearranged(m, &s);
}
