#include "fuzz.h"

#include "base/calendar.h"
#include "base/hex.h"
#include "base/json.h"

#include <string.h>

enum { TEXT_MAX = 1 << 20 };

/* What was read is written in one form, which reads and writes as itself. */
static void json(struct bytes in)
{
    struct why why;
    AUTO_JSON json_t *value = NULL, *again = NULL;
    if (json_parse(in, &value, &why) != ERR_OK)
        return;
    AUTO_BUF struct buf first = buf_init(TEXT_MAX), second = buf_init(TEXT_MAX);
    struct json_out o = json_out_to(&first, JSON_PLAIN);
    json_out_value(&o, value);
    if (json_out_end(&o, &why) != ERR_OK)
        return;
    fuzz_must(json_parse(buf_bytes(&first), &again, &why) == ERR_OK);
    o = json_out_to(&second, JSON_PLAIN);
    json_out_value(&o, again);
    fuzz_must(json_out_end(&o, &why) == ERR_OK);
    fuzz_same(buf_bytes(&second), buf_bytes(&first));
}

static void getters(struct bytes in)
{
    struct why why;
    AUTO_JSON json_t *o = NULL;
    const char *text;
    const json_t *list;
    uint8_t id[32];
    uint64_t number;
    bool yes;
    if (json_parse(in, &o, &why) != ERR_OK)
        return;
    if (json_get_text(o, "a", 16, &text, &why) == ERR_OK)
        fuzz_must(strlen(text) <= 16);
    if (json_get_u64(o, "a", 1000, &number, &why) == ERR_OK)
        fuzz_must(number <= 1000);
    if (json_get_array(o, "a", 4, &list, &why) == ERR_OK)
        fuzz_must(json_array_size(list) <= 4);
    if (json_get_object(o, "a", &list, &why) == ERR_OK)
        fuzz_must(json_is_object(list));
    (void)!json_get_bool(o, "a", &yes, &why);
    (void)!json_get_hex(o, "a", id, sizeof id, &why);
}

static void hex(struct bytes in)
{
    uint8_t out[64];
    char back[2 * sizeof out + 1];
    if (in.len > 2 * sizeof out || !hex_decode(out, in.len / 2, (const char *)in.ptr, in.len))
        return;
    hex_encode(back, out, in.len / 2);
    fuzz_same(bytes_str(back), in);
}

static void base64(struct bytes in)
{
    AUTO_BUF struct buf out = buf_init(TEXT_MAX), back = buf_init(TEXT_MAX);
    uint8_t fixed[32];
    bool one = base64_decode_fixed(fixed, sizeof fixed, in);
    if (!base64_decode(&out, in)) {
        fuzz_must(!one);
        return;
    }
    fuzz_must(one == (out.len == sizeof fixed));
    if (one)
        fuzz_same(bytes_of(fixed, sizeof fixed), buf_bytes(&out));
    base64_encode(&back, buf_bytes(&out));
    fuzz_same(buf_bytes(&back), in);
}

static void calendar(struct bytes in)
{
    struct why why;
    uint64_t seconds;
    if (calendar_parse(in, &seconds, &why) == ERR_OK) {
        fuzz_must(seconds <= CALENDAR_MAX);
        fuzz_same(bytes_str(calendar_text(seconds).s), in);
    }
    if (calendar_duration_parse(in, &seconds, &why) == ERR_OK) {
        uint64_t again;
        fuzz_must(seconds <= CALENDAR_DURATION_MAX);
        const struct calendar_duration text = calendar_duration(seconds);
        fuzz_must(calendar_duration_parse(bytes_str(text.s), &again, &why) == ERR_OK);
        fuzz_must(again == seconds);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const parsers[])(struct bytes in) = { json, getters, hex, base64, calendar };
    struct bytes in = bytes_of(data, size);
    parsers[fuzz_choice(&in) % (sizeof parsers / sizeof parsers[0])](in);
    return 0;
}
