#include "tlog/checkpoint.h"

#include "base/hex.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void checkpoint_origin(char out[CHECKPOINT_ORIGIN_MAX], const uint8_t owner[32], unsigned gate,
                       uint32_t incarnation)
{
    assert(gate >= 1 && gate <= 8);
    (void)snprintf(out, CHECKPOINT_ORIGIN_MAX, "cofferdam/%s/gate-%u/%" PRIu32, hex_id(owner).s,
                   gate, incarnation);
}

enum err checkpoint_sign(struct buf *out, const struct checkpoint *c, const struct note_key *k,
                         const uint8_t secret_key[SIGN_SECRET_BYTES], struct why *why)
{
    AUTO_BUF struct buf text = buf_init(NOTE_NAME_MAX + 100);
    buf_add_fmt(&text, "%s\n%" PRIu64 "\n", k->name, c->size);
    base64_encode(&text, bytes_of(c->root, sizeof c->root));
    buf_add_str(&text, "\n");
    if (!buf_ok(&text))
        return why_nomem(why);
    return note_sign(out, buf_bytes(&text), k, secret_key, why);
}

static enum err malformed(struct why *why, const struct note_key *k, const char *what)
{
    return why_set(why, ERR_CHECKPOINT, "not a checkpoint of '%s': %s", k->name, what);
}

/* Takes a line off `rest`; false when no newline is left. */
static bool line_next(struct bytes *rest, struct bytes *line)
{
    const uint8_t *p = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;
    if (!p)
        return false;
    const size_t len = (size_t)(p - rest->ptr);
    *line = bytes_of(rest->ptr, len);
    *rest = bytes_of(p + 1, rest->len - len - 1);
    return true;
}

/* Decimal digits without a leading zero, at most TLOG_SIZE_MAX. */
static bool size_parse(struct bytes s, uint64_t *out)
{
    uint64_t n = 0;
    if (s.len == 0 || (s.ptr[0] == '0' && s.len > 1))
        return false;
    for (size_t i = 0; i < s.len; i++) {
        const unsigned digit = (unsigned)s.ptr[i] - '0';
        if (digit > 9 || n > (TLOG_SIZE_MAX - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    *out = n;
    return true;
}

enum err checkpoint_open(struct checkpoint *out, struct bytes note, const struct note_key *k,
                         struct why *why)
{
    struct bytes rest, origin, size, root64;
    enum err err = note_verify(&rest, note, k, why);
    if (err != ERR_OK)
        return err;
    if (!line_next(&rest, &origin) || !line_next(&rest, &size) || !line_next(&rest, &root64))
        return malformed(why, k, "fewer than three lines");
    if (rest.len > 0)
        return malformed(why, k, "extension lines");
    if (!bytes_equal(origin, bytes_str(k->name)))
        return malformed(why, k, "another origin");
    struct checkpoint c;
    if (!size_parse(size, &c.size))
        return malformed(why, k, "the size is no decimal number");
    if (!base64_decode_fixed(c.root, sizeof c.root, root64))
        return malformed(why, k, "the root is not base64 of 32 bytes");
    uint8_t empty[TLOG_HASH_BYTES];
    tlog_empty_root(empty);
    if (c.size == 0 && memcmp(c.root, empty, sizeof empty) != 0)
        return malformed(why, k, "the root of size 0 is not that of the empty tree");
    *out = c;
    return ERR_OK;
}
