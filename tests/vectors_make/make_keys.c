#include "make.h"

#include "crypto/passphrase.h"

static json_t *keyfile_in(struct make *m, const char *passphrase, int passes, int memory)
{
    return json_pack("{s:o, s:i, s:i, s:o, s:o, s:o, s:o, s:o}", "passphrase",
                     make_text(passphrase), "passes", passes, "memory", memory, "salt",
                     MAKE_RANDOM(m, 16), "nonce", MAKE_RANDOM(m, 12), "seed", MAKE_RANDOM(m, 32),
                     "hedge", MAKE_RANDOM(m, 32), "storage", MAKE_RANDOM(m, 32));
}

/* Passes and memory stay at the floor: each case that derives costs its time at every run. */
void make_keyfile(struct make *m)
{
    const json_t *out = make_case(m, "make", "ok", "ASCII", "a passphrase of words",
                                  keyfile_in(m, "correct horse battery staple", PASS_OPS_FLOOR,
                                             PASS_MEM_KIB_FLOOR));
    const json_t *other = make_case(m, "make", "ok", "UTF-8", "a passphrase of other letters",
                                    keyfile_in(m, "p\xc3\xa4ss \xe2\x86\x92 w\xc3\xb6rd",
                                               PASS_OPS_FLOOR, PASS_MEM_KIB_FLOOR));
    static const struct {
        const char *outcome;
        int passes, memory;
        const char *name, *why;
    } bad[] = {
        { "kdf-floor", 1, PASS_MEM_KIB_FLOOR, "1 pass", "at least 2" },
        { "kdf-floor", 0, PASS_MEM_KIB_FLOOR, "0 passes", "at least 2" },
        { "kdf-floor", PASS_OPS_FLOOR, PASS_MEM_KIB_FLOOR - 1, "65,535 KiB", "at least 65,536" },
        { "limit", PASS_OPS_MAX + 1, PASS_MEM_KIB_FLOOR, "17 passes", "at most 16" },
        { "limit", PASS_OPS_FLOOR, PASS_MEM_KIB_MAX + 1, "1,048,577 KiB", "at most 1,048,576" },
    };
    for (size_t i = 0; i < MAKE_COUNT(bad); i++)
        make_case(m, "make", bad[i].outcome, bad[i].name, bad[i].why,
                  keyfile_in(m, "words", bad[i].passes, bad[i].memory));
    json_t *in = json_pack("{s:o, s:o}", "passphrase", make_text("correct horse battery staple"),
                           "file", make_member(out, "file"));
    make_case(m, "open", "ok", "ASCII", "the right passphrase", json_incref(in));
    make_case(m, "open", "ok", "UTF-8", "the right passphrase",
              json_pack("{s:o, s:o}", "passphrase",
                        make_text("p\xc3\xa4ss \xe2\x86\x92 w\xc3\xb6rd"), "file",
                        make_member(other, "file")));
    make_case(m, "open", "open", "wrong passphrase", "one letter is another",
              make_with(in, "passphrase", make_text("correct horse battery stable")));
    make_case(m, "open", "open", "empty passphrase", "it is another passphrase",
              make_with(in, "passphrase", make_text("")));
    static const struct make_edit rows[] = {
        { "format", -1, 1, "", "155 bytes", "one byte too short" },
        { "format", MAKE_END, 0, "00", "157 bytes", "one byte too long" },
        { "format", 0, 156, "", "empty", "no bytes at all" },
        { "format", 3, 1, "6c", "magic cfdl", "the last byte of the magic is wrong" },
        { "version", 4, 1, "00", "version 0", "there is no version 0" },
        { "version", 4, 1, "02", "version 2", "a version that is not known" },
        { "version", 5, 1, "02", "suite 2", "a suite that is not known" },
        { "format", 6, 1, "01", "first zero", "a reserved byte is not zero" },
        { "format", 7, 1, "01", "last zero", "a reserved byte is not zero" },
        { "kdf-floor", 8, 4, "00000001", "1 pass", "checked before anything is derived" },
        { "kdf-floor", 8, 4, "00000000", "0 passes", "checked before anything is derived" },
        { "kdf-floor", 12, 4, "0000ffff", "65,535 KiB", "checked before anything is derived" },
        { "limit", 8, 4, "00000011", "17 passes", "checked before anything is derived" },
        { "limit", 8, 4, "ffffffff", "2^32-1 passes", "checked before anything is derived" },
        { "limit", 12, 4, "00100001", "1,048,577 KiB", "checked before anything is derived" },
        { "open", 8, 4, "00000003", "another number of passes", "another key" },
        { "open", 16, 0, "^01", "flipped salt", "another key" },
        { "open", 32, 0, "^01", "flipped nonce", "it does not open" },
        { "open", 44, 0, "^01", "flipped seed", "it does not open" },
        { "open", 155, 0, "^80", "flipped tag", "it does not open" },
    };
    make_edits(m, "open", in, "file", rows, MAKE_COUNT(rows));
}

void make_kept(struct make *m)
{
    json_t *storage = MAKE_RANDOM(m, 32), *in = NULL;
    static const char *const names[] = { "one", "another" };
    for (size_t i = 0; i < MAKE_COUNT(names); i++) {
        const json_t *out = make_case(m, "make", "ok", names[i], "a DEK under the storage key",
                                      json_pack("{s:O, s:o, s:o, s:o}", "storage", storage, "nonce",
                                                MAKE_RANDOM(m, 12), "id", MAKE_RANDOM(m, 32), "dek",
                                                MAKE_RANDOM(m, 32)));
        in = json_pack("{s:O, s:o}", "storage", storage, "kept", make_member(out, "kept"));
        make_case(m, "open", "ok", names[i], "what was kept opens", json_incref(in));
    }
    static const struct make_edit rows[] = {
        { "format", -1, 1, "", "91 bytes", "one byte too short" },
        { "format", MAKE_END, 0, "00", "93 bytes", "one byte too long" },
        { "format", 0, 92, "", "empty", "no bytes at all" },
        { "open", 0, 0, "^01", "another id", "the id is authenticated" },
        { "open", 32, 0, "^01", "another nonce", "it does not open" },
        { "open", 44, 0, "^01", "flipped DEK", "it does not open" },
        { "open", 91, 0, "^80", "flipped tag", "it does not open" },
    };
    make_edits(m, "open", in, "kept", rows, MAKE_COUNT(rows));
    make_case(m, "open", "open", "another storage key", "it does not open",
              make_with(in, "storage", MAKE_RANDOM(m, 32)));
}
