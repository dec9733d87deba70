#include "record/plaintext.h"

#include "base/cur.h"
#include "base/json.h"
#include "record/body.h"

#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

enum { PACK_LEVEL = 3 };

/* Padmé keeps as many high bits of the length as the length of its length. */
uint64_t plaintext_padded_bytes(uint64_t length)
{
    assert(length <= UINT64_C(1) << 62);
    if (length <= PLAINTEXT_BYTES_MIN)
        return PLAINTEXT_BYTES_MIN;
    unsigned e = 63 - (unsigned)__builtin_clzll(length);
    unsigned s = 32 - (unsigned)__builtin_clz(e);
    uint64_t mask = e < s ? 0 : (UINT64_C(1) << (e - s)) - 1;
    return (length + mask) & ~mask;
}

static enum err text_check(const char *what, struct bytes text, size_t max, struct why *why)
{
    if (text.len > max)
        return why_set(why, ERR_FORMAT, "the %s of a record has %zu bytes, at most %zu", what,
                       text.len, max);
    if (!json_utf8(text))
        return why_set(why, ERR_FORMAT, "the %s of a record is not UTF-8", what);
    return ERR_OK;
}

static enum err fields_check(struct bytes type, struct bytes name, unsigned encoding,
                             struct why *why)
{
    enum err err = text_check("type", type, PLAINTEXT_TYPE_MAX, why);
    if (err == ERR_OK)
        err = text_check("name", name, PLAINTEXT_NAME_MAX, why);
    if (err != ERR_OK)
        return err;
    if (encoding != PLAINTEXT_STORED && encoding != PLAINTEXT_ZSTD)
        return why_set(why, ERR_FORMAT, "a record has unknown encoding %u", encoding);
    return ERR_OK;
}

static size_t front_len(struct bytes type, struct bytes name)
{
    return 1 + type.len + 2 + name.len + 1 + 8;
}

static uint8_t *put(uint8_t *at, struct bytes in)
{
    if (in.len > 0)
        memcpy(at, in.ptr, in.len);
    return at + in.len;
}

/* Writes front_len bytes of checked fields. */
static void front_write(struct bytes type, struct bytes name, enum plaintext_encoding encoding,
                        uint64_t length, uint8_t *out)
{
    *out++ = (uint8_t)type.len;
    out = put(out, type);
    put_u16be(out, (uint16_t)name.len);
    out = put(out + 2, name);
    *out++ = (uint8_t)encoding;
    put_u64be(out, length);
}

enum err plaintext_front(struct bytes type, struct bytes name, enum plaintext_encoding encoding,
                         uint64_t length, uint8_t out[PLAINTEXT_FRONT_MAX], size_t *out_len,
                         struct why *why)
{
    enum err err = fields_check(type, name, encoding, why);
    if (err != ERR_OK)
        return err;
    front_write(type, name, encoding, length, out);
    *out_len = front_len(type, name);
    return ERR_OK;
}

enum err plaintext_build(const struct plaintext *p, struct plain *out, struct why *why)
{
    enum err err = fields_check(p->type, p->name, p->encoding, why);
    if (err != ERR_OK)
        return err;
    size_t front = front_len(p->type, p->name);
    if (p->bytes.len > BODY_PLAIN_MAX - front ||
        plaintext_padded_bytes(front + p->bytes.len) > BODY_PLAIN_MAX)
        return why_set(why, ERR_CHUNK, "a record of %zu bytes is too long", p->bytes.len);
    AUTO_PLAIN struct plain all = { 0 };
    err = plain_new(&all, plaintext_padded_bytes(front + p->bytes.len), why);
    if (err != ERR_OK)
        return err;
    front_write(p->type, p->name, p->encoding, p->bytes.len, all.ptr);
    uint8_t *end = put(all.ptr + front, p->bytes);
    memset(end, 0, (size_t)(all.ptr + all.len - end));
    *out = plain_take(&all);
    return ERR_OK;
}

/* Whole words first: most of a padded file's end is looked at once. */
bool plaintext_zero(struct bytes padding)
{
    const uint8_t *p = padding.ptr;
    size_t len = padding.len;
    uint64_t any = 0, word;
    for (; len >= sizeof word; p += sizeof word, len -= sizeof word) {
        memcpy(&word, p, sizeof word);
        any |= word;
    }
    for (; len > 0; p++, len--)
        any |= *p;
    return any == 0;
}

enum err plaintext_front_parse(struct bytes beginning, uint64_t padded, struct plaintext *out,
                               uint64_t *length, size_t *front_len, struct why *why)
{
    struct cur c = cur_from(beginning);
    struct plaintext p = { .bytes = bytes_of(NULL, 0) };
    p.type = cur_vec8(&c);
    p.name = cur_vec16(&c);
    unsigned encoding = cur_u8(&c);
    uint64_t bytes = cur_u64be(&c);
    if (c.failed)
        return why_set(why, ERR_FORMAT, "cannot read plaintext: %s", cur_problem(&c));
    size_t front = beginning.len - cur_left(&c);
    if (bytes > padded - front)
        return why_set(why, ERR_FORMAT, "cannot read plaintext: its bytes reach beyond its end");
    enum err err = fields_check(p.type, p.name, encoding, why);
    if (err != ERR_OK)
        return err;
    uint64_t want = plaintext_padded_bytes(front + bytes);
    if (padded != want)
        return why_set(why, ERR_PADDING, "cannot read plaintext: padded to %llu bytes, not %llu",
                       (unsigned long long)padded, (unsigned long long)want);
    p.encoding = (enum plaintext_encoding)encoding;
    *out = p;
    *length = bytes;
    *front_len = front;
    return ERR_OK;
}

enum err plaintext_parse(struct bytes padded, struct plaintext *out, struct why *why)
{
    struct plaintext p;
    uint64_t length = 0;
    size_t front = 0;
    enum err err = plaintext_front_parse(padded, padded.len, &p, &length, &front, why);
    if (err != ERR_OK)
        return err;
    size_t end = front + (size_t)length;
    p.bytes = bytes_of(padded.ptr + front, (size_t)length);
    if (!plaintext_zero(bytes_of(padded.ptr + end, padded.len - end)))
        return why_set(why, ERR_PADDING, "cannot read plaintext: its padding is not zero");
    *out = p;
    return ERR_OK;
}

/* A frame that saves nothing does not fit into `memory`. It may promise no more than readers
 * unpack: zeroes without end pack better than that. */
enum err plaintext_pack(const struct plaintext *p, struct plain *memory, struct plaintext *out,
                        struct why *why)
{
    const size_t front = front_len(p->type, p->name), len = p->bytes.len;
    assert(p->encoding == PLAINTEXT_STORED);
    *out = *p;
    if (front + len <= PLAINTEXT_BYTES_MIN || len > PLAINTEXT_UNPACKED_MAX)
        return ERR_OK;
    AUTO_PLAIN struct plain frame = { 0 };
    enum err err = plain_new(&frame, len - 1, why);
    if (err != ERR_OK)
        return err;
    const size_t got = ZSTD_compress(frame.ptr, frame.cap, p->bytes.ptr, len, PACK_LEVEL);
    if (ZSTD_isError(got))
        return ZSTD_getErrorCode(got) == ZSTD_error_memory_allocation ? why_nomem(why) : ERR_OK;
    if (len / PLAINTEXT_RATIO_MAX > got ||
        plaintext_padded_bytes(front + got) >= plaintext_padded_bytes(front + len))
        return ERR_OK;
    frame.len = got;
    *memory = plain_take(&frame);
    out->encoding = PLAINTEXT_ZSTD;
    out->bytes = plain_bytes(memory);
    return ERR_OK;
}

/* A size that the frame declares and that may be unpacked: checked before anything is allocated. */
static enum err frame_size(struct bytes in, size_t *size, struct why *why)
{
    static const uint8_t magic[4] = { 0x28, 0xb5, 0x2f, 0xfd };
    if (in.len < 5 || memcmp(in.ptr, magic, sizeof magic) != 0)
        return why_set(why, ERR_FORMAT, "cannot unpack: not a zstd frame");
    if ((in.ptr[4] & 3) != 0)
        return why_set(why, ERR_FORMAT, "cannot unpack: the frame names a dictionary");
    unsigned long long declared = ZSTD_getFrameContentSize(in.ptr, in.len);
    if (declared == ZSTD_CONTENTSIZE_UNKNOWN || declared == ZSTD_CONTENTSIZE_ERROR)
        return why_set(why, ERR_FORMAT, "cannot unpack: the frame does not declare its size");
    if (declared > PLAINTEXT_UNPACKED_MAX)
        return why_set(why, ERR_LIMIT, "cannot unpack: %llu bytes declared, at most %d", declared,
                       PLAINTEXT_UNPACKED_MAX);
    if (declared / PLAINTEXT_RATIO_MAX > in.len)
        return why_set(why, ERR_LIMIT, "cannot unpack: %llu bytes declared in a frame of %zu",
                       declared, in.len);
    size_t frame = ZSTD_findFrameCompressedSize(in.ptr, in.len);
    if (ZSTD_isError(frame) || frame != in.len)
        return why_set(why, ERR_FORMAT, "cannot unpack: not exactly one zstd frame");
    *size = (size_t)declared;
    return ERR_OK;
}

enum err plaintext_unpack(const struct plaintext *p, struct plain *out, struct why *why)
{
    AUTO_PLAIN struct plain all = { 0 };
    if (p->encoding == PLAINTEXT_STORED) {
        enum err err = plain_new(&all, p->bytes.len, why);
        if (err != ERR_OK)
            return err;
        if (all.len > 0)
            memcpy(all.ptr, p->bytes.ptr, all.len);
        *out = plain_take(&all);
        return ERR_OK;
    }
    if (p->encoding != PLAINTEXT_ZSTD)
        return why_set(why, ERR_FORMAT, "cannot unpack: unknown encoding %u", p->encoding);
    size_t size = 0;
    enum err err = frame_size(p->bytes, &size, why);
    if (err == ERR_OK)
        err = plain_new(&all, size, why);
    if (err != ERR_OK)
        return err;
    uint8_t none[1]; /* a frame of nothing still wants somewhere to write to */
    size_t got = ZSTD_decompress(all.ptr ? all.ptr : none, size, p->bytes.ptr, p->bytes.len);
    if (ZSTD_isError(got) || got != size)
        return why_set(why, ERR_FORMAT, "cannot unpack: the frame is damaged");
    *out = plain_take(&all);
    return ERR_OK;
}
