#include "make.h"

#include "base/hex.h"
#include "tlog/checkpoint.h"

#include <stdio.h>
#include <string.h>

struct scene {
    struct make_key key, other;
    json_t *owner, *root;
    struct note_key ours, stranger, twin; /* twin: our name, another key */
};

static struct note_key note_key(const char *name, const struct make_key *k)
{
    struct note_key out;
    enum err e = note_key_init(&out, name, k->public_key, NULL);
    assert(e == ERR_OK);
    (void)e;
    return out;
}

static struct scene scene(struct make *m)
{
    struct scene s = { .key = MAKE_KEY(m), .other = MAKE_KEY(m), .owner = MAKE_RANDOM(m, 32),
                       .root = MAKE_RANDOM(m, 32) };
    char origin[CHECKPOINT_ORIGIN_MAX];
    checkpoint_origin(origin, make_bytes(s.owner).ptr, 3, 2);
    s.ours = note_key(origin, &s.key);
    s.stranger = note_key("watcher.example/1", &s.other);
    s.twin = note_key(origin, &s.other);
    return s;
}

static json_t *open_in(const struct scene *s, struct bytes note)
{
    return json_pack("{s:O, s:i, s:i, s:o, s:o}", "owner", s->owner, "gate", 3, "incarnation", 2,
                     "key", make_public(&s->key), "note", make_hex_of(note));
}

static const json_t *made(struct make *m, const struct scene *s, const char *name, const char *why,
                          json_int_t size, json_t *root)
{
    const json_t *out = make_case(m, "make", "ok", name, why,
                                  json_pack("{s:O, s:i, s:i, s:I, s:o, s:o}", "owner", s->owner,
                                            "gate", 3, "incarnation", 2, "size", size, "root", root,
                                            "seed", make_seed(&s->key)));
    make_case(m, "open", "ok", name, "what was made is read again",
              open_in(s, make_bytes(json_object_get(out, "note"))));
    return out;
}

/* Any text, signed with our key. */
static struct bytes signed_text(const struct scene *s, const char *text)
{
    struct buf out = buf_init(1 << 16);
    enum err e = note_sign(&out, bytes_str(text), &s->ours, s->key.secret_key, NULL);
    assert(e == ERR_OK);
    (void)e;
    return buf_bytes(&out);
}

/* What is wrong is signed: only the form of the checkpoint refuses it. */
static void texts(struct make *m, const struct scene *s)
{
    static const struct { const char *outcome, *size, *tail, *name, *why; } rows[] = {
        { "checkpoint", "01", "", "leading zero", "decimal without leading zeroes" },
        { "checkpoint", "00", "", "two zeroes", "decimal without leading zeroes" },
        { "checkpoint", "+1", "", "plus sign", "digits only" },
        { "checkpoint", "-1", "", "minus sign", "digits only" },
        { "checkpoint", " 1", "", "blank before the size", "digits only" },
        { "checkpoint", "1 ", "", "blank after the size", "digits only" },
        { "checkpoint", "0x10", "", "hexadecimal", "digits only" },
        { "checkpoint", "", "", "empty size", "at least one digit" },
        { "checkpoint", "18446744073709551616", "", "2^64", "it must not wrap around" },
        { "checkpoint", "18446744073709551617", "", "2^64 + 1", "it must not wrap around" },
        { "checkpoint", "9223372036854775808", "", "2^63", "sizes are below 2^63" },
        { "checkpoint", "0", "", "size 0 with a root", "the empty tree has a root of its own" },
        { "checkpoint", "7", "extension\n", "an extension line", "three lines" },
        { "ok", "7", "", "signed by hand", "the same text as the writer's" },
    };
    AUTO_BUF struct buf root = buf_init(100), text = buf_init(1000);
    base64_encode(&root, make_bytes(s->root));
    for (size_t i = 0; i < MAKE_COUNT(rows); i++) {
        buf_reset(&text);
        buf_add_fmt(&text, "%s\n%s\n%s\n%s", s->ours.name, rows[i].size, buf_cstr(&root),
                    rows[i].tail);
        make_case(m, "open", rows[i].outcome, rows[i].name, rows[i].why,
                  open_in(s, signed_text(s, buf_cstr(&text))));
    }
    const struct { const char *root, *name, *why; } roots[] = {
        { "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", "root of 31 bytes", "a root has 32" },
        { "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "root of 33 bytes", "a root has 32" },
        { "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "root unpadded", "with padding" },
        { "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=", "root with trailing bits",
          "they are zero" },
        { "", "root empty", "a root has 32 bytes" },
    };
    for (size_t i = 0; i < MAKE_COUNT(roots); i++) {
        buf_reset(&text);
        buf_add_fmt(&text, "%s\n7\n%s\n", s->ours.name, roots[i].root);
        make_case(m, "open", "checkpoint", roots[i].name, roots[i].why,
                  open_in(s, signed_text(s, buf_cstr(&text))));
    }
    buf_reset(&text);
    buf_add_fmt(&text, "%s\n7\n", s->ours.name);
    make_case(m, "open", "checkpoint", "two lines", "three lines",
              open_in(s, signed_text(s, buf_cstr(&text))));
    buf_reset(&text);
    buf_add_fmt(&text, "%s/\n7\n%s\n", s->ours.name, buf_cstr(&root));
    make_case(m, "open", "checkpoint", "another origin in the text", "our key signed another log's",
              open_in(s, signed_text(s, buf_cstr(&text))));
    buf_reset(&text);
    buf_add_fmt(&text, "%s\n7\n%s\n\n", s->ours.name, buf_cstr(&root));
    make_case(m, "open", "checkpoint", "an empty line in the text", "three lines",
              open_in(s, signed_text(s, buf_cstr(&text))));
    buf_reset(&text);
    buf_add_fmt(&text, "%s\n7\r\n%s\n", s->ours.name, buf_cstr(&root));
    make_case(m, "open", "checkpoint", "a signed carriage return", "no control character",
              open_in(s, signed_text(s, buf_cstr(&text))));
}

/* The line that `k` adds to a note: the note without its first `text` and newline. */
static const char *line_of(struct bytes text, const struct note_key *k, const struct make_key *key)
{
    struct buf out = buf_init(1 << 16);
    enum err e = note_sign(&out, text, k, key->secret_key, NULL);
    assert(e == ERR_OK);
    (void)e;
    return buf_cstr(&out) + text.len + 1;
}

/* Lines of several signers below the same text. */
static void signers(struct make *m, const struct scene *s, struct bytes note)
{
    const char *end = memmem(note.ptr, note.len, "\n\n", 2);
    const struct bytes text = bytes_of(note.ptr, (size_t)(end - (const char *)note.ptr) + 1);
    const char *ours = line_of(text, &s->ours, &s->key);
    const char *stranger = line_of(text, &s->stranger, &s->other);
    const char *twin = line_of(text, &s->twin, &s->other);
    static const char garbage[] = "\xe2\x80\x94 watcher.example/1 not-base64!\n";
    static const char short_one[] = "\xe2\x80\x94 watcher.example/1 AAAA\n";
    static const char empty_one[] = "\xe2\x80\x94 watcher.example/1 AAAAAA==\n";
    static const char nameless[] = "\xe2\x80\x94  AAAAAAAA\n";
    static const char plus[] = "\xe2\x80\x94 a+b AAAAAAAA\n";
    static const char other_type[] = "\xe2\x80\x94 witness.example AAAAAAAA\n";
    static const char not_utf8[] = "\xe2\x80\x94 w\xff AAAAAAAA\n";
    static const char del[] = "\xe2\x80\x94 w\x7f AAAAAAAA\n";
    static const char no_break[] = "\xe2\x80\x94 w\xc2\xa0w AAAAAAAA\n";
    static const char thin[] = "\xe2\x80\x94 w\xe2\x80\x89w AAAAAAAA\n";
    static const char letters[] = "\xe2\x80\x94 w\xc3\xa4\xe2\x80\x93\xe4\xbd\xa0 AAAAAAAA\n";
    static const char bell[] = "\xe2\x80\x94 w\x07 AAAAAAAA\n";
    const struct { const char *outcome, *lines[3], *name, *why; } rows[] = {
        { "ok", { stranger, ours, "" }, "a stranger before ours", "unknown signers are ignored" },
        { "ok", { ours, stranger, "" }, "a stranger behind ours", "unknown signers are ignored" },
        { "ok", { ours, twin, "" }, "another key under our name", "its id is unknown" },
        { "ok", { twin, ours, stranger }, "ours in the middle", "unknown signers are ignored" },
        { "ok", { ours, other_type, "" }, "a short signature", "of a type that is not known" },
        { "ok", { ours, del, "" }, "a stranger's name with DEL",
          "only characters below U+0020 are forbidden" },
        { "checkpoint", { stranger, "", "" }, "strangers only", "our log's key did not sign" },
        { "checkpoint", { twin, "", "" }, "our name, another key", "our log's key did not sign" },
        { "checkpoint", { ours, ours, "" }, "signed twice", "exactly once" },
        { "checkpoint", { ours, garbage, "" }, "malformed line behind ours",
          "a note is well-formed as a whole" },
        { "checkpoint", { garbage, ours, "" }, "malformed line before ours",
          "a note is well-formed as a whole" },
        { "checkpoint", { ours, short_one, "" }, "a line without id", "an id has four bytes" },
        { "checkpoint", { ours, empty_one, "" }, "a line with an id alone",
          "a signature is not empty" },
        { "checkpoint", { ours, nameless, "" }, "a line without name", "a name is not empty" },
        { "checkpoint", { ours, plus, "" }, "a name with a plus", "no name has one" },
        { "checkpoint", { ours, not_utf8, "" }, "a name not UTF-8", "a note is UTF-8" },
        { "checkpoint", { ours, no_break, "" }, "a name with a no-break space",
          "no name has a space of any kind" },
        { "checkpoint", { ours, thin, "" }, "a name with a thin space",
          "no name has a space of any kind" },
        { "ok", { ours, letters, "" }, "a name of other letters", "a note is UTF-8" },
        { "checkpoint", { ours, bell, "" }, "a name with a bell", "no control character" },
        { "checkpoint", { ours, "\n", "" }, "an empty line behind ours",
          "then nothing is signed by us" },
        { "checkpoint", { "", "", "" }, "no signature", "our log's key did not sign" },
    };
    for (size_t i = 0; i < MAKE_COUNT(rows); i++) {
        struct buf out = buf_init(1 << 16);
        buf_add_bytes(&out, text);
        buf_add_str(&out, "\n");
        for (size_t k = 0; k < 3; k++)
            buf_add_str(&out, rows[i].lines[k]);
        make_case(m, "open", rows[i].outcome, rows[i].name, rows[i].why,
                  open_in(s, buf_bytes(&out)));
        buf_release(&out);
    }
}

/* Text edits after signing. */
static void bent(struct make *m, const struct scene *s, struct bytes note)
{
    static const struct { const char *from, *to, *name, *why; } rows[] = {
        { "\n\n", "\n", "no blank line", "it parts text and signatures" },
        { "\n\n", "\n\n\n", "two blank lines", "the text would end in one" },
        { "\xe2\x80\x94 ", "- ", "a hyphen", "an em dash begins a signature" },
        { "\xe2\x80\x94 ", "\xe2\x80\x93 ", "an en dash", "an em dash begins a signature" },
        { "\n7\n", "\n8\n", "another size", "the text is signed" },
        { "\n7\n", "\r\n7\r\n", "carriage returns", "no control character" },
        { "gate-3/2\n", "gate-3/1\n", "another incarnation in the text", "the text is signed" },
        { "\n\n", "\nextension\n\n", "an unsigned extension line", "the text is signed" },
        { NULL, "", "empty", "no bytes at all" },
        { NULL, "\n\n", "newlines only", "no text and no signature" },
    };
    for (size_t i = 0; i < MAKE_COUNT(rows); i++)
        make_case(m, "open", "checkpoint", rows[i].name, rows[i].why,
                  open_in(s, make_replaced(note, rows[i].from, rows[i].to)));
    make_case(m, "open", "checkpoint", "no newline at the end", "each line has one",
              open_in(s, bytes_of(note.ptr, note.len - 1)));
    json_t *in = open_in(s, note);
    static const struct make_edit edits[] = {
        { "checkpoint", -10, 0, "^01", "flipped signature", "a character of the signature" },
        { "checkpoint", 20, 0, "^01", "flipped origin", "a digit of the owner" },
        { "checkpoint", -92, 0, "^01", "flipped key id", "the id is not our key's" },
    };
    make_edits(m, "open", in, "note", edits, MAKE_COUNT(edits));
    make_case(m, "open", "checkpoint", "another key", "the verifier expects another",
              make_with(in, "key", make_public(&s->other)));
    make_case(m, "open", "checkpoint", "another owner", "the verifier expects another origin",
              make_with(in, "owner", MAKE_RANDOM(m, 32)));
    make_case(m, "open", "checkpoint", "another gate", "the verifier expects another origin",
              make_with(in, "gate", json_integer(4)));
    make_case(m, "open", "checkpoint", "another incarnation", "the verifier expects another origin",
              make_with(in, "incarnation", json_integer(1)));
}

void make_checkpoint(struct make *m)
{
    const struct scene s = scene(m);
    uint8_t empty[TLOG_HASH_BYTES];
    tlog_empty_root(empty);
    made(m, &s, "size 0", "the root of the empty tree", 0, op_hex(empty, sizeof empty));
    made(m, &s, "size 1", "one entry", 1, MAKE_RANDOM(m, 32));
    made(m, &s, "size 2^53-1", "a large log", ((json_int_t)1 << 53) - 1, MAKE_RANDOM(m, 32));
    const json_t *seven = made(m, &s, "size 7", "seven entries", 7, json_deep_copy(s.root));
    const struct bytes note = make_bytes(json_object_get(seven, "note"));
    texts(m, &s);
    signers(m, &s, note);
    bent(m, &s, note);
}
