#include "tlog/note.h"

#include "base/hex.h"
#include "base/json.h"
#include "crypto/hash.h"

#include <string.h>

enum { TYPE_ED25519 = 0x01, KEY_ID_DIGITS = 2 * NOTE_KEY_ID_BYTES };
enum { SIGNATURE_LINE_BYTES = NOTE_KEY_ID_BYTES + SIGNATURE_BYTES };

static const char dash[] = "\xe2\x80\x94 "; /* an em dash and a space begin a signature line */
enum { DASH_BYTES = sizeof dash - 1 };

static bool name_ok(struct bytes name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] <= ' ' || name.ptr[i] > '~' || name.ptr[i] == '+')
            return false;
    return name.len >= 1 && name.len <= NOTE_NAME_MAX;
}

static enum err key_set(struct note_key *out, struct bytes name, const uint8_t key[SIGN_KEY_BYTES],
                        struct why *why)
{
    static const uint8_t between[2] = { '\n', TYPE_ED25519 };
    if (!name_ok(name))
        return why_set(why, ERR_FORMAT,
                       "a key's name has 1 to %d visible ASCII characters, none of them '+'",
                       NOTE_NAME_MAX);
    struct note_key k = { .name = "" };
    memcpy(k.name, name.ptr, name.len);
    memcpy(k.key, key, sizeof k.key);
    const struct bytes parts[] = { name, bytes_of(between, sizeof between),
                                   bytes_of(key, SIGN_KEY_BYTES) };
    uint8_t hash[HASH_BYTES];
    sha256_parts(hash, parts, 3);
    memcpy(k.id, hash, sizeof k.id);
    *out = k;
    return ERR_OK;
}

enum err note_key_init(struct note_key *out, const char *name, const uint8_t key[SIGN_KEY_BYTES],
                       struct why *why)
{
    return key_set(out, bytes_str(name), key, why);
}

/* Takes the bytes before `mark` off `rest`, and the mark; false when there is no mark. */
static bool cut(struct bytes *rest, char mark, struct bytes *head)
{
    const uint8_t *p = rest->len ? memchr(rest->ptr, mark, rest->len) : NULL;
    if (!p)
        return false;
    const size_t len = (size_t)(p - rest->ptr);
    *head = bytes_of(rest->ptr, len);
    *rest = bytes_of(p + 1, rest->len - len - 1);
    return true;
}

enum err note_vkey_parse(struct note_key *out, struct bytes vkey, struct why *why)
{
    struct bytes name, id_hex, rest = vkey;
    uint8_t id[NOTE_KEY_ID_BYTES];
    if (!cut(&rest, '+', &name) || !cut(&rest, '+', &id_hex) ||
        !hex_decode(id, sizeof id, (const char *)id_hex.ptr, id_hex.len))
        return why_set(why, ERR_FORMAT, "cannot read verifier key: not name+id+key");
    uint8_t key[1 + SIGN_KEY_BYTES];
    if (!base64_decode_fixed(key, sizeof key, rest))
        return why_set(why, ERR_FORMAT, "cannot read verifier key: not a type and 32 bytes");
    if (key[0] != TYPE_ED25519)
        return why_set(why, ERR_FORMAT, "cannot read verifier key: type %u is not Ed25519",
                       key[0]);
    struct note_key k;
    enum err err = key_set(&k, name, key + 1, why);
    if (err != ERR_OK)
        return err;
    if (memcmp(k.id, id, sizeof id) != 0)
        return why_set(why, ERR_FORMAT, "verifier key '%s' has the id of another key", k.name);
    *out = k;
    return ERR_OK;
}

void note_vkey_write(struct buf *out, const struct note_key *k)
{
    char id[KEY_ID_DIGITS + 1];
    uint8_t key[1 + SIGN_KEY_BYTES] = { TYPE_ED25519 };
    hex_encode(id, k->id, sizeof k->id);
    memcpy(key + 1, k->key, sizeof k->key);
    buf_add_str(out, k->name);
    buf_add_str(out, "+");
    buf_add_str(out, id);
    buf_add_str(out, "+");
    base64_encode(out, bytes_of(key, sizeof key));
}

enum err note_sign(struct buf *out, struct bytes text, const struct note_key *k,
                   const uint8_t secret_key[SIGN_SECRET_BYTES], struct why *why)
{
    assert(text.len > 0 && text.ptr[text.len - 1] == '\n');
    uint8_t line[SIGNATURE_LINE_BYTES];
    memcpy(line, k->id, NOTE_KEY_ID_BYTES);
    sign_detached(line + NOTE_KEY_ID_BYTES, text, secret_key);
    const size_t start = out->len;
    buf_add_bytes(out, text);
    buf_add_str(out, "\n");
    buf_add_str(out, dash);
    buf_add_str(out, k->name);
    buf_add_str(out, " ");
    base64_encode(out, bytes_of(line, sizeof line));
    buf_add_str(out, "\n");
    if (!buf_ok(out)) {
        out->len = start;
        return why_set(why, ERR_LIMIT, "cannot sign note of '%s': no room", k->name);
    }
    return ERR_OK;
}

static enum err malformed(struct why *why, const char *what)
{
    return why_set(why, ERR_CHECKPOINT, "not a signed note: %s", what);
}

/* Has it a space of Unicode's White_Space beyond ASCII? `name` is UTF-8; C2SP allows none. */
static bool has_wide_space(struct bytes name)
{
    static const char *const spaces[] = {
        "\xc2\x85", "\xc2\xa0", "\xe1\x9a\x80", "\xe2\x80\xa8", "\xe2\x80\xa9",
        "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80",
    };
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++)
        if (memmem(name.ptr, name.len, spaces[i], strlen(spaces[i])))
            return true;
    for (size_t i = 2; i < name.len; i++) /* U+2000 to U+200A */
        if (name.ptr[i - 2] == 0xe2 && name.ptr[i - 1] == 0x80 && name.ptr[i] <= 0x8a)
            return true;
    return false;
}

struct signature {
    struct bytes name;
    uint8_t id[NOTE_KEY_ID_BYTES];
    struct bytes sig; /* in `decoded` */
};

/* One line without its newline: "— name base64(id ‖ signature)". */
static enum err signature_parse(struct signature *out, struct buf *decoded, struct bytes line,
                                struct why *why)
{
    if (line.len < DASH_BYTES || memcmp(line.ptr, dash, DASH_BYTES) != 0)
        return malformed(why, "a line below the text is no signature");
    struct bytes rest = bytes_of(line.ptr + DASH_BYTES, line.len - DASH_BYTES);
    if (!cut(&rest, ' ', &out->name) || out->name.len == 0 ||
        memchr(out->name.ptr, '+', out->name.len) || has_wide_space(out->name))
        return malformed(why, "a signature has no proper name");
    buf_reset(decoded);
    bool whole = base64_decode(decoded, rest);
    if (decoded->failed) /* it fits, so there was no memory: that is not the note's fault */
        return why_nomem(why);
    if (!whole || decoded->len <= NOTE_KEY_ID_BYTES)
        return malformed(why, "a signature is not base64 of an id and more");
    memcpy(out->id, decoded->ptr, NOTE_KEY_ID_BYTES);
    out->sig = bytes_of(decoded->ptr + NOTE_KEY_ID_BYTES, decoded->len - NOTE_KEY_ID_BYTES);
    return ERR_OK;
}

/* UTF-8, and no control characters, which would let a note show other than it reads. */
static bool printable(struct bytes s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < ' ' && s.ptr[i] != '\n')
            return false;
    return json_utf8(s);
}

/* The text with its newline, and the signatures below the last empty line. */
static bool note_split(struct bytes note, struct bytes *text, struct bytes *signatures)
{
    for (size_t i = note.len; i >= 2; i--) {
        if (note.ptr[i - 1] != '\n' || note.ptr[i - 2] != '\n')
            continue;
        *text = bytes_of(note.ptr, i - 1);
        *signatures = bytes_of(note.ptr + i, note.len - i);
        return true;
    }
    return false;
}

static enum err signature_check(const struct signature *s, const struct note_key *k,
                                struct bytes text, struct why *why)
{
    if (s->sig.len != SIGNATURE_BYTES || sign_verify(s->sig.ptr, text, k->key, NULL) != ERR_OK)
        return why_set(why, ERR_CHECKPOINT, "the signature of '%s' does not verify", k->name);
    return ERR_OK;
}

enum err note_verify(struct bytes *text, struct bytes note, const struct note_key *k,
                     struct why *why)
{
    struct bytes body, rest, line;
    if (note.len > NOTE_BYTES_MAX)
        return malformed(why, "too long");
    if (!printable(note))
        return malformed(why, "control characters, or not UTF-8");
    if (!note_split(note, &body, &rest) || rest.len == 0)
        return malformed(why, "no signatures below an empty line");
    AUTO_BUF struct buf decoded = buf_init(NOTE_BYTES_MAX);
    unsigned lines = 0, known = 0;
    while (rest.len > 0) {
        struct signature s;
        if (++lines > NOTE_SIGNATURES_MAX)
            return malformed(why, "too many signatures");
        if (!cut(&rest, '\n', &line))
            return malformed(why, "the last line has no newline");
        enum err err = signature_parse(&s, &decoded, line, why);
        if (err != ERR_OK)
            return err;
        if (!bytes_equal(s.name, bytes_str(k->name)) || memcmp(s.id, k->id, sizeof s.id) != 0)
            continue;
        if (known++)
            return why_set(why, ERR_CHECKPOINT, "'%s' signed twice", k->name);
        err = signature_check(&s, k, body, why);
        if (err != ERR_OK)
            return err;
    }
    if (!known)
        return why_set(why, ERR_CHECKPOINT, "the note is not signed by '%s'", k->name);
    *text = body;
    return ERR_OK;
}
