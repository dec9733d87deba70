/* Statements that take away, certify and approve: one of each kind, and what is refused. */
#include "make_statement.h"

#include <stdio.h>
#include <string.h>

/* An id of `bytes` bytes, zeroes behind it. */
static json_t *id_of(struct make *m, size_t bytes)
{
    char hex[65];
    (void)snprintf(hex, sizeof hex, "%.*s", (int)(2 * bytes),
                   json_string_value(MAKE_RANDOM(m, 32)));
    memset(hex + 2 * bytes, '0', 64 - 2 * bytes);
    hex[64] = '\0';
    return json_string(hex);
}

json_t *make_authority_body(struct make *m, const char *kind)
{
    if (strcmp(kind, "pause") == 0)
        return json_pack("{s:o, s:s, s:o, s:s}", "project", make_zero(16), "what", "vendor", "of",
                         MAKE_RANDOM(m, 32), "reason", "a breach is looked into");
    if (strcmp(kind, "resume") == 0)
        return json_pack("{s:o}", "pause", MAKE_RANDOM(m, 32));
    if (strcmp(kind, "revocation") == 0)
        return json_pack("{s:s, s:o, s:s}", "what", "member", "of", id_of(m, 16), "reason", "left");
    if (strcmp(kind, "attestor") == 0) {
        const struct make_key k = MAKE_KEY(m);
        return json_pack("{s:o, s:[s, s]}", "key", make_public(&k), "names", "iso27001",
                         "soc2-type2");
    }
    if (strcmp(kind, "attestation") == 0)
        return json_pack("{s:s, s:o, s:s, s:s, s:s, s:i, s:i}", "what", "vendor", "of",
                         MAKE_RANDOM(m, 32), "name", "soc2-type2", "method", "document-seen",
                         "auditor", "Muster & Partner", "from", MAKE_CREATED, "until",
                         MAKE_EXPIRES);
    if (strcmp(kind, "withdrawal") == 0)
        return json_pack("{s:o, s:s}", "attestation", MAKE_RANDOM(m, 32), "auditor", "");
    if (strcmp(kind, "placement") == 0)
        return json_pack("{s:o, s:o}", "member", MAKE_RANDOM(m, 16), "site", MAKE_RANDOM(m, 16));
    if (strcmp(kind, "access") == 0)
        return json_pack("{s:o, s:s, s:s, s:s, s:i, s:i}", "project", MAKE_RANDOM(m, 16),
                         "purpose", "deliver", "reason", "the July batch", "ticket", "T-17",
                         "from", MAKE_CREATED, "until", MAKE_EXPIRES);
    if (strcmp(kind, "approval") == 0)
        return json_pack("{s:o}", "statement", MAKE_RANDOM(m, 32));
    return NULL;
}

static void about(struct make *m, const struct make_issuer *who, const char *kind,
                  const char *what, size_t bytes)
{
    json_t *fields = make_statement_fields(m, who, kind);
    json_object_set_new(fields, "what", json_string(what));
    json_object_set_new(fields, "of", id_of(m, bytes));
    AUTO_BUF struct buf name = buf_init(100);
    buf_add_fmt(&name, "%s of a %s", kind, what);
    make_statement_good(m, who, kind, buf_cstr(&name), "a subject that it may have", fields);
}

static void refused(struct make *m, const struct make_issuer *who)
{
    static const struct make_bend rows[] = {
        { "pause", "\"vendor\"", "\"watcher\"", "pause of a watcher", "not a subject of a pause" },
        { "pause", "\"vendor\"", "\"everything\"", "pause of everything, of something",
          "it has no subject" },
        { "pause", "\"vendor\"", "\"member\"", "pause of a member of 32 bytes", "a handle has 16" },
        { "pause", "\"vendor\"", "\"kind\"", "pause of a kind of 32 bytes", "a kind is one byte" },
        { "pause", "\"vendor\"", "\"nobody\"", "pause of nobody", "no such word" },
        { "revocation", "\"member\"", "\"kind\"", "revocation of a kind", "not a subject of one" },
        { "revocation", "\"member\"", "\"everything\"", "revocation of everything",
          "not a subject of one" },
        { "attestation", "\"vendor\"", "\"project\"", "attestation of a project",
          "not a subject of one" },
        { "attestation", "soc2-type2", "", "attestation of nothing", "a name has 1 to 32 bytes" },
        { "attestation", "soc2-type2", "soc2-type2soc2-type2soc2-type2soc2",
          "attestation of 34 letters", "a name has 1 to 32 bytes" },
        { "attestation", "soc2-type2", "soc2 type2", "attestation with a blank", "visible ASCII" },
        { "attestation", "document-seen", "believed", "unknown method", "no such word" },
        { "attestation", "\"until\":1760000000", "\"until\":1750000000", "from = until",
          "it is over after it begins" },
        { "attestor", "\"iso27001\",\"soc2-type2\"", "", "attestor of nothing", "1 to 64 names" },
        { "withdrawal", "\"auditor\":\"\"", "\"auditor\":\"Muster\"",
          "withdrawal by both", "either an attestation or an auditor" },
        { "access", "the July batch", "", "access without a reason", "1 to 255 bytes" },
        { "access", "\"until\":1760000000", "\"until\":1749999999", "access until before from",
          "it is over after it begins" },
    };
    make_statement_bent(m, who, "format", rows, MAKE_COUNT(rows));
}

void make_authority(struct make *m, const struct make_issuer *who)
{
    static const struct { const char *kind, *what; size_t bytes; } rows[] = {
        { "pause", "everything", 0 }, { "pause", "project", 16 }, { "pause", "member", 16 },
        { "pause", "device", 32 }, { "pause", "kind", 1 }, { "revocation", "vendor", 32 },
        { "revocation", "device", 32 }, { "revocation", "watcher", 32 },
        { "revocation", "attestor", 32 }, { "attestation", "site", 16 },
        { "attestation", "member", 16 }, { "attestation", "device", 32 },
    };
    for (size_t i = 0; i < MAKE_COUNT(rows); i++)
        about(m, who, rows[i].kind, rows[i].what, rows[i].bytes);
    json_t *fields = make_statement_fields(m, who, "withdrawal");
    json_object_set_new(fields, "attestation", make_zero(32));
    json_object_set_new(fields, "auditor", json_string("Muster & Partner"));
    make_statement_good(m, who, "withdrawal", "withdrawal by auditor", "all of one auditor's",
                        fields);
    refused(m, who);
}
