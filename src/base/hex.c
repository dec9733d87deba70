#include "base/hex.h"

#include <string.h>

static const char digits[] = "0123456789abcdef";

void hex_encode(char *out, const uint8_t *in, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[in[i] >> 4];
        out[2 * i + 1] = digits[in[i] & 15];
    }
    out[2 * len] = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

bool hex_decode(uint8_t *out, size_t len, const char *hex, size_t hex_len)
{
    if (hex_len != 2 * len)
        return false;
    for (size_t i = 0; i < hex_len; i++)
        if (hex_value(hex[i]) < 0)
            return false;
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(hex_value(hex[2 * i]) << 4 | hex_value(hex[2 * i + 1]));
    return true;
}

struct hex_short hex_short(const uint8_t *id)
{
    struct hex_short h;
    hex_encode(h.s, id, 6);
    return h;
}

struct hex_id hex_id(const uint8_t id[32])
{
    struct hex_id h;
    hex_encode(h.s, id, 32);
    return h;
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct buf *out, struct bytes in)
{
    for (size_t i = 0; i < in.len; i += 3) {
        size_t n = in.len - i < 3 ? in.len - i : 3;
        uint32_t v = (uint32_t)in.ptr[i] << 16;
        v |= n > 1 ? (uint32_t)in.ptr[i + 1] << 8 : 0;
        v |= n > 2 ? in.ptr[i + 2] : 0;
        char quad[4] = { alphabet[v >> 18], alphabet[v >> 12 & 63], alphabet[v >> 6 & 63],
                         alphabet[v & 63] };
        if (n < 3)
            quad[3] = '=';
        if (n < 2)
            quad[2] = '=';
        buf_add(out, quad, 4);
    }
}

static int base64_value(uint8_t c)
{
    const char *p = c ? strchr(alphabet, c) : NULL;
    return p ? (int)(p - alphabet) : -1;
}

/* One group of four characters: 1 to 3 bytes, 0 for none. Only the last may be padded. */
static size_t base64_group(uint8_t three[3], const uint8_t *q, bool last)
{
    size_t pad = last && q[3] == '=' ? (q[2] == '=' ? 2 : 1) : 0;
    uint32_t v = 0;
    for (size_t k = 0; k < 4; k++) {
        int d = k < 4 - pad ? base64_value(q[k]) : 0;
        if (d < 0)
            return 0;
        v = v << 6 | (uint32_t)d;
    }
    if ((pad == 1 && (v & 0xff)) || (pad == 2 && (v & 0xffff)))
        return 0;
    three[0] = (uint8_t)(v >> 16);
    three[1] = (uint8_t)(v >> 8);
    three[2] = (uint8_t)v;
    return 3 - pad;
}

bool base64_decode(struct buf *out, struct bytes in)
{
    size_t start = out->len;
    if (in.len % 4 != 0)
        return false;
    for (size_t i = 0; i < in.len; i += 4) {
        uint8_t three[3];
        size_t n = base64_group(three, in.ptr + i, i + 4 == in.len);
        if (n == 0) {
            out->len = start;
            return false;
        }
        buf_add(out, three, n);
    }
    return buf_ok(out);
}

bool base64_decode_fixed(uint8_t *out, size_t len, struct bytes in)
{
    uint8_t three[3];
    if (in.len != (len + 2) / 3 * 4)
        return false;
    for (size_t i = 0; i < in.len; i += 4)
        if (base64_group(three, in.ptr + i, i + 4 == in.len) !=
            (i + 4 == in.len && len % 3 ? len % 3 : 3))
            return false;
    for (size_t i = 0, at = 0; i < in.len; i += 4) {
        size_t n = base64_group(three, in.ptr + i, i + 4 == in.len);
        memcpy(out + at, three, n);
        at += n;
    }
    return true;
}
