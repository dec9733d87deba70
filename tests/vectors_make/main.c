/* cofferdam-vectors DIR: writes the files of tests/vectors/README.md into DIR. */
#include "make.h"

#include "crypto/crypto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct { const char *file, *section; void (*make)(struct make *m); } files[] = {
    { "header", "2.1 header", make_header },
    { "dek", "2.1 data key", make_dek },
    { "padding", "2.2 plaintext", make_padding },
    { "body", "2.3 body", make_body },
    { "slot", "2.4 slot", make_slot },
    { "manifest", "2.5 manifest rows", make_manifest },
    { "pack", "2.7 pack", make_pack },
    { "shares", "3 keys of gates", make_shares },
    { "ceremony", "3.1 ceremony", make_ceremony },
    { "statement", "4 statements", make_statement },
    { "chain", "4.2 chains", make_chain },
    { "request", "5 request", make_request },
    { "answer", "6 answer", make_answer },
    { "entry", "7 log entries", make_entry },
    { "checkpoint", "8 checkpoint", make_checkpoint },
    { "keyfile", "9 key file", make_keyfile },
    { "kept", "10 kept DEK", make_kept },
    { "heads", "11 heads of devices", make_heads },
};

/* One case a line, so that a change is one line of a diff. */
static bool save(const struct make *m, const char *section, const char *dir)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s.json", dir, m->file);
    FILE *out = fopen(path, "wb");
    if (!out)
        return false;
    (void)fprintf(out, "{\"format\": \"cofferdam-vectors/1\", \"section\": \"%s\",\n", section);
    (void)fputs("\"outcomes\": [", out);
    for (size_t i = 0; op_outcome_at(i); i++)
        (void)fprintf(out, "%s\"%s\"", i ? ", " : "", op_outcome_at(i));
    (void)fputs("],\n\"cases\": [\n", out);
    for (size_t i = 0; i < json_array_size(m->cases); i++) {
        (void)fputs(i ? ",\n" : "", out);
        (void)json_dumpf(json_array_get(m->cases, i), out, 0);
    }
    (void)fputs("\n]}\n", out);
    bool written = !ferror(out);
    return fclose(out) == 0 && written;
}

int main(int argc, char **argv)
{
    struct why why;
    size_t total = 0, wrong = 0;
    if (argc != 2) {
        (void)fprintf(stderr, "usage: cofferdam-vectors DIR\n");
        return EXIT_USAGE;
    }
    if (crypto_init(&why) != ERR_OK) {
        (void)fprintf(stderr, "cofferdam-vectors: %s\n", why.text);
        return EXIT_FAIL;
    }
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct make m = { .file = files[i].file, .cases = json_array(),
                          .drawn = json_object() };
        files[i].make(&m);
        wrong += m.wrong;
        if (m.wrong == 0 && !save(&m, files[i].section, argv[1])) {
            (void)fprintf(stderr, "cofferdam-vectors: cannot write %s.json\n", m.file);
            return EXIT_FAIL;
        }
        total += json_array_size(m.cases);
        json_decref(m.cases);
        json_decref(m.drawn);
    }
    (void)printf("%zu cases, %zu with another outcome than theirs\n", total, wrong);
    return wrong ? EXIT_FAIL : EXIT_OK;
}
