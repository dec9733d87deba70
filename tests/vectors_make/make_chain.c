#include "make_statement.h"

/* One link of a device's chain: {envelope, id, ...}. */
static const json_t *link_of(struct make *m, const struct make_issuer *who, const char *kind,
                             int number, json_t *previous)
{
    json_t *fields = make_statement_fields(m, who, kind);
    json_object_set_new(fields, "number", json_integer(number));
    json_object_set_new(fields, "previous", previous);
    return make_statement_signed(who, kind, fields);
}

static void fold(struct make *m, const char *outcome, const char *name, const char *why,
                 const json_t *const *links, size_t count)
{
    json_t *envelopes = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(envelopes, make_member(links[i], "envelope"));
    make_case(m, "fold", outcome, name, why, json_pack("{s:o}", "envelopes", envelopes));
}

void make_chain(struct make *m)
{
    const struct make_issuer one = make_statement_issuer(m), two = make_statement_issuer(m);
    const json_t *root = make_statement_signed(&one, "root",
                                               make_statement_fields(m, &one, "root"));
    const json_t *vendor = make_statement_signed(&two, "root",
                                                 make_statement_fields(m, &two, "root"));
    const json_t *a1 = link_of(m, &one, "project", 1, make_zero(32));
    const json_t *a2 = link_of(m, &one, "policy", 2, make_member(a1, "id"));
    const json_t *a3 = link_of(m, &one, "member", 3, make_member(a2, "id"));
    const json_t *b1 = link_of(m, &two, "manifest", 1, make_zero(32));
    const json_t *b2 = link_of(m, &two, "receipt", 2, make_member(b1, "id"));
    const json_t *fork2 = link_of(m, &one, "act", 2, make_member(a1, "id"));
    const json_t *gap3 = link_of(m, &one, "act", 3, MAKE_RANDOM(m, 32));
    const json_t *other2 = link_of(m, &one, "act", 2, make_member(b1, "id"));
    const json_t *unknown2 = link_of(m, &one, "act", 2, MAKE_RANDOM(m, 32));
    const json_t *skips3 = link_of(m, &one, "act", 3, make_member(a1, "id"));
    const json_t *again1 = link_of(m, &one, "watcher", 1, make_zero(32));
    const struct {
        const char *outcome, *name, *why;
        const json_t *links[8];
        size_t count;
    } rows[] = {
        { "ok", "nothing", "no statement, no head", { NULL }, 0 },
        { "ok", "one root", "a root's chain is its own", { root }, 1 },
        { "ok", "one statement", "number 1", { a1 }, 1 },
        { "ok", "three", "all kinds of one device share a chain", { a1, a2, a3 }, 3 },
        { "ok", "two issuers", "mixed as they arrive", { b1, a1, a2, b2, a3 }, 5 },
        { "ok", "roots and devices", "mixed as they arrive", { root, a1, vendor, b1, a2 }, 5 },
        { "rollback", "a gap", "number 2 is missing", { a1, a3 }, 2 },
        { "rollback", "number 2 first", "number 1 is missing", { a2 }, 1 },
        { "rollback", "number 3 first", "numbers 1 and 2 are missing", { b1, gap3 }, 2 },
        { "rollback", "a fork", "another number 2", { a1, a2, fork2 }, 3 },
        { "rollback", "a fork at 1", "another number 1", { a1, again1 }, 2 },
        { "rollback", "an old number", "another number 2 after number 3", { a1, a2, a3, fork2 },
          4 },
        { "rollback", "the same again", "the newest statement twice", { a1, a2, a2 }, 3 },
        { "rollback", "the same root again", "a root twice", { root, root }, 2 },
        { "rollback", "an old one again", "an older statement twice", { a1, a2, a1 }, 3 },
        { "rollback", "another previous", "the right number on nothing that is known",
          { a1, unknown2 }, 2 },
        { "rollback", "previous skips", "number 3 continues number 1", { a1, a2, skips3 }, 3 },
        { "rollback", "previous of another issuer", "chains are not joined", { a1, b1, other2 },
          3 },
    };
    for (size_t i = 0; i < MAKE_COUNT(rows); i++)
        fold(m, rows[i].outcome, rows[i].name, rows[i].why, rows[i].links, rows[i].count);
}
