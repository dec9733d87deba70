#include "base/test.h"

#include "base/json.h"

static void only_one_whole_object_is_read(void **state)
{
    (void)state;
    static const struct { const char *why, *text; enum err want; } rows[] = {
        { "an empty object", "{}", ERR_OK },
        { "all types", "{\"a\":[1,\"x\",{},true,null]}", ERR_OK },
        { "white space is JSON", " { } ", ERR_OK },
        { "empty", "", ERR_JSON },
        { "an array", "[]", ERR_JSON },
        { "a scalar", "1", ERR_JSON },
        { "something behind", "{}x", ERR_JSON },
        { "two objects", "{}{}", ERR_JSON },
        { "cut", "{\"a\":", ERR_JSON },
        { "not UTF-8", "{\"a\":\"\xff\"}", ERR_JSON },
        { "a raw control character", "{\"a\":\"\x01\"}", ERR_JSON },
        { "a lone surrogate", "{\"a\":\"\\ud800\"}", ERR_JSON },
        { "a byte order mark", "\xef\xbb\xbf{}", ERR_JSON },
        { "a member twice", "{\"a\":1,\"a\":1}", ERR_JSON },
        { "an escaped NUL", "{\"a\":\"\\u0000\"}", ERR_CANONICAL },
        { "past 64 bits", "{\"a\":92233720368547758080}", ERR_CANONICAL },
        { "past doubles", "{\"a\":1e999}", ERR_CANONICAL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_JSON json_t *v = NULL;
        struct why why;
        enum err e = json_parse(bytes_str(rows[i].text), &v, &why);
        if (e != rows[i].want)
            fail_msg("%s: %s", rows[i].why, err_code(e));
        assert_int_equal(v != NULL, e == ERR_OK);
    }
    AUTO_JSON json_t *v = NULL;
    test_err(json_parse(bytes_of("{}\0", 3), &v, NULL), ERR_JSON);
    test_err(json_parse(bytes_of(NULL, 0), &v, NULL), ERR_JSON);
    test_err(json_parse(bytes_of("{", (size_t)JSON_TEXT_MAX + 1), &v, NULL), ERR_LIMIT);
}

static void a_getter_names_the_member_that_is_wrong(void **state)
{
    (void)state;
    struct why why;
    AUTO_JSON json_t *v = NULL;
    test_ok(json_parse(bytes_str("{\"n\":7,\"s\":\"ab\",\"b\":true,\"l\":[1,2],\"o\":{},\"m\":-1,"
                                 "\"r\":1.5}"), &v, &why), &why);
    uint64_t n;
    const char *s;
    bool b;
    uint8_t h[1];
    const json_t *l, *o;
    test_ok(json_get_u64(v, "n", 7, &n, &why), &why);
    test_ok(json_get_text(v, "s", 2, &s, &why), &why);
    test_ok(json_get_bool(v, "b", &b, &why), &why);
    test_ok(json_get_hex(v, "s", h, 1, &why), &why);
    test_ok(json_get_array(v, "l", 2, &l, &why), &why);
    test_ok(json_get_object(v, "o", &o, &why), &why);
    assert_int_equal(n, 7);
    assert_string_equal(s, "ab");
    assert_true(b);
    assert_int_equal(h[0], 0xab);
    assert_int_equal(json_array_size(l), 2);

    test_err(json_get_u64(v, "n", 6, &n, &why), ERR_FORMAT);
    assert_non_null(strstr(why.text, "'n'"));
    test_err(json_get_u64(v, "none", 6, &n, &why), ERR_FORMAT);
    assert_non_null(strstr(why.text, "'none' is missing"));
    test_err(json_get_u64(v, "m", 6, &n, &why), ERR_FORMAT);
    test_err(json_get_u64(v, "r", 6, &n, &why), ERR_FORMAT);
    test_err(json_get_text(v, "n", 6, &s, &why), ERR_FORMAT);
    test_err(json_get_text(v, "s", 1, &s, &why), ERR_FORMAT);
    test_err(json_get_bool(v, "n", &b, &why), ERR_FORMAT);
    test_err(json_get_hex(v, "s", h, 2, &why), ERR_FORMAT);
    test_err(json_get_array(v, "l", 1, &l, &why), ERR_FORMAT);
    test_err(json_get_array(v, "o", 1, &l, &why), ERR_FORMAT);
    test_err(json_get_object(v, "l", &o, &why), ERR_FORMAT);
}

static void utf8_is_judged_as_rfc_3629_says(void **state)
{
    (void)state;
    static const struct { const char *text; bool want; } rows[] = {
        { "", true }, { "a", true }, { "\xc2\x80", true }, { "\xdf\xbf", true },
        { "\xe0\xa0\x80", true }, { "\xed\x9f\xbf", true }, { "\xee\x80\x80", true },
        { "\xf0\x90\x80\x80", true }, { "\xf4\x8f\xbf\xbf", true },
        { "\x80", false }, { "\xc0\x80", false }, { "\xc1\xbf", false }, { "\xe0\x9f\xbf", false },
        { "\xed\xa0\x80", false }, { "\xf0\x8f\xbf\xbf", false }, { "\xf4\x90\x80\x80", false },
        { "\xf5\x80\x80\x80", false }, { "\xc2", false }, { "\xe1\x80", false },
        { "\xc2" "a", false }, { "\xff", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (json_utf8(bytes_str(rows[i].text)) != rows[i].want)
            fail_msg("row %zu", i);
}

static void both_styles_write_compact_text(void **state)
{
    (void)state;
    struct why why;
    AUTO_BUF struct buf b = buf_init(1000);
    struct json_out o = json_out_to(&b, JSON_PLAIN);
    json_out_object(&o);
    json_out_member_str(&o, "s", "a\"b\\c\nd\te\xc3\xa4");
    json_out_member_u64(&o, "n", UINT64_MAX);
    json_out_member_bool(&o, "b", false);
    json_out_member_hex(&o, "h", (const uint8_t *)"\xab\x01", 2);
    json_out_key(&o, "l");
    json_out_array(&o);
    json_out_array(&o);
    json_out_array_end(&o);
    json_out_object(&o);
    json_out_object_end(&o);
    json_out_null(&o);
    json_out_array_end(&o);
    json_out_object_end(&o);
    test_ok(json_out_end(&o, &why), &why);
    assert_string_equal(buf_cstr(&b),
                        "{\"s\":\"a\\\"b\\\\c\\nd\\u0009e\xc3\xa4\",\"n\":18446744073709551615,"
                        "\"b\":false,\"h\":\"ab01\",\"l\":[[],{},null]}");
}

static void the_canonical_style_refuses_what_has_no_form(void **state)
{
    (void)state;
    static const struct { const char *why, *text; bool same; } rows[] = {
        { "order is kept", "{\"b\":1,\"a\":[9007199254740991,\"\\\"\\\\\\n\xc3\xa4\"]}", true },
        { "nothing but / is plain", "{\"a\":\"/\x7f\"}", true },
        { "white space", "{\"a\": 1}", false },
        { "an escape of a letter", "{\"a\":\"\\u0061\"}", false },
        { "an escaped slash", "{\"a\":\"\\/\"}", false },
        { "a tab", "{\"a\":\"\\t\"}", false },
        { "a sign", "{\"a\":-1}", false },
        { "minus nothing", "{\"a\":-0}", false },
        { "a fraction", "{\"a\":1.0}", false },
        { "an exponent", "{\"a\":1e2}", false },
        { "neither text nor number", "{\"a\":true}", false },
        { "nothing", "{\"a\":null}", false },
        { "past 2^53-1", "{\"a\":9007199254740992}", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct why why;
        AUTO_JSON json_t *v = NULL;
        AUTO_BUF struct buf b = buf_init(1000);
        test_ok(json_parse(bytes_str(rows[i].text), &v, &why), &why);
        struct json_out o = json_out_to(&b, JSON_CANONICAL);
        json_out_value(&o, v);
        bool same = json_out_end(&o, &why) == ERR_OK &&
                    bytes_equal(buf_bytes(&b), bytes_str(rows[i].text));
        if (same != rows[i].same)
            fail_msg("%s: '%s'", rows[i].why, buf_cstr(&b));
    }
}

static void depth_and_room_are_bounded(void **state)
{
    (void)state;
    char deep[2 * 17 + 8];
    (void)snprintf(deep, sizeof deep, "{\"a\":%.16s%.16s}", "[[[[[[[[[[[[[[[[", "]]]]]]]]]]]]]]]]");
    AUTO_JSON json_t *v = NULL;
    AUTO_BUF struct buf b = buf_init(20);
    test_err(json_parse(bytes_str(deep), &v, NULL), ERR_OK);
    struct json_out o = json_out_to(&b, JSON_PLAIN);
    json_out_value(&o, v);
    test_err(json_out_end(&o, NULL), ERR_CANONICAL);

    buf_reset(&b);
    o = json_out_to(&b, JSON_PLAIN);
    json_out_str(&o, "longer than twenty bytes");
    test_err(json_out_end(&o, NULL), ERR_LIMIT);

    o = json_out_to(&b, JSON_PLAIN);
    json_out_str(&o, "\xff");
    test_err(json_out_end(&o, NULL), ERR_CANONICAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_one_whole_object_is_read),
        cmocka_unit_test(a_getter_names_the_member_that_is_wrong),
        cmocka_unit_test(utf8_is_judged_as_rfc_3629_says),
        cmocka_unit_test(both_styles_write_compact_text),
        cmocka_unit_test(the_canonical_style_refuses_what_has_no_form),
        cmocka_unit_test(depth_and_room_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
