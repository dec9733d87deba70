#include "make.h"

#include <stdio.h>
#include <string.h>

static void lengths(struct make *m)
{
    static const json_int_t few[] = { 0, 1, 2, 12, 100, 255, 256, 257, 258, 272, 273, 1000,
                                      150000 };
    char name[64];
    for (size_t i = 0; i < MAKE_COUNT(few); i++) {
        (void)snprintf(name, sizeof name, "%lld", (long long)few[i]);
        make_case(m, "length", "ok", name, "Padmé of that length, at least 256",
                  json_pack("{s:I}", "length", few[i]));
    }
    for (int power = 9; power <= 36; power++)
        for (int by = -1; by <= 1; by++) {
            (void)snprintf(name, sizeof name, "2^%d%s", power, by < 0 ? "-1" : by ? "+1" : "");
            make_case(m, "length", "ok", name, "at and beside a power of two",
                      json_pack("{s:I}", "length", ((json_int_t)1 << power) + by));
        }
}

static json_t *plain(const char *type, const char *name, int encoding, json_t *bytes)
{
    return json_pack("{s:o, s:o, s:i, s:o}", "type", make_text(type), "name", make_text(name),
                     "encoding", encoding, "bytes", bytes);
}

/* `len` times the letter. */
static const char *letters(char *out, char letter, size_t len)
{
    memset(out, letter, len);
    out[len] = '\0';
    return out;
}

static void builds(struct make *m)
{
    char long_text[1100];
    const struct { const char *outcome, *name, *why; json_t *in; } rows[] = {
        { "ok", "text", "a short text", plain("text/plain", "a.txt", 0, make_text("hello")) },
        { "ok", "nothing", "no type, no name, no bytes", plain("", "", 0, make_text("")) },
        { "ok", "unicode", "type and name are UTF-8",
          plain("text/plain; x=\xc3\xa4", "\xe4\xbd\xa0\xe5\xa5\xbd.txt", 0, make_text("\n")) },
        { "ok", "256 bytes", "as long as the least", plain("t", "n", 0, MAKE_RANDOM(m, 242)) },
        { "ok", "257 bytes", "one more than the least", plain("t", "n", 0, MAKE_RANDOM(m, 243)) },
        { "ok", "name of 1023", "the longest name",
          plain("t", letters(long_text, 'n', 1023), 0, MAKE_RANDOM(m, 7)) },
        { "format", "name of 1024", "a name that is too long",
          plain("t", letters(long_text, 'n', 1024), 0, MAKE_RANDOM(m, 7)) },
        { "ok", "type of 255", "the longest type",
          plain(letters(long_text, 't', 255), "n", 0, MAKE_RANDOM(m, 7)) },
        { "format", "type of 256", "a type that is too long",
          plain(letters(long_text, 't', 256), "n", 0, MAKE_RANDOM(m, 7)) },
        { "ok", "packed", "the bytes of encoding 1 are not looked into",
          plain("text/plain", "", 1, make_text("no frame")) },
        { "format", "encoding 2", "there is no encoding 2", plain("t", "n", 2, make_text("x")) },
        { "format", "type not UTF-8", "a lone byte 0xff", plain("\xff", "n", 0, make_text("x")) },
        { "format", "name not UTF-8", "an overlong slash",
          plain("t", "\xc0\xaf", 0, make_text("x")) },
        { "format", "a surrogate", "UTF-8 has no surrogates",
          plain("t", "\xed\xa0\x80", 0, make_text("x")) },
    };
    for (size_t i = 0; i < MAKE_COUNT(rows); i++) {
        const json_t *out =
            make_case(m, "build", rows[i].outcome, rows[i].name, rows[i].why, rows[i].in);
        if (out)
            make_case(m, "parse", "ok", rows[i].name, "what was built is read again",
                      json_pack("{s:o}", "plaintext", make_member(out, "plaintext")));
    }
}

static void parses(struct make *m)
{
    const json_t *built =
        make_call("padding/build", plain("text/plain", "a.txt", 0, make_text("hello")));
    json_t *in = json_pack("{s:o}", "plaintext", make_member(built, "plaintext"));
    static char zeroes[513];
    memset(zeroes, '0', sizeof zeroes - 1);
    /* type 0, name 11, encoding 18, length 19, bytes 27, zero 32 */
    const struct make_edit rows[] = {
        { "format", 18, 1, "02", "encoding 2", "there is no encoding 2" },
        { "format", 18, 1, "ff", "encoding 255", "there is no encoding 255" },
        { "format", 1, 1, "ff", "type not UTF-8", "a byte that UTF-8 does not have" },
        { "format", 13, 1, "80", "name not UTF-8", "a continuation byte without a beginning" },
        { "format", 0, 256, "", "empty", "no bytes at all" },
        { "format", 5, 251, "", "cut in the type", "the type has ten bytes" },
        { "format", 12, 244, "", "cut in the name's length", "half a length" },
        { "format", 15, 241, "", "cut in the name", "the name has five bytes" },
        { "format", 25, 231, "", "cut in the length", "the length has eight bytes" },
        { "format", 26, 1, "e6", "length beyond the end", "one byte more than there is" },
        { "format", 19, 8, "ffffffffffffffff", "length of 2^64-1", "it must not wrap around" },
        { "format", 19, 1, "80", "length of 2^63 and more", "it must not wrap around" },
        { "ok", 26, 1, "e5", "length to the end", "then the zeroes are content" },
        { "padding", 32, 1, "01", "first zero", "the first byte of the padding is not zero" },
        { "padding", 255, 1, "01", "last zero", "the last byte of the padding is not zero" },
        { "padding", 150, 1, "80", "a zero between", "a byte in the padding is not zero" },
        { "padding", MAKE_END, 0, "00", "a zero too many", "257 bytes" },
        { "padding", -1, 1, "", "a zero too few", "255 bytes" },
        { "padding", 32, 224, "", "no padding", "32 bytes" },
        { "padding", MAKE_END, 0, zeroes, "256 zeroes too many", "512 bytes" },
    };
    make_edits(m, "parse", in, "plaintext", rows, MAKE_COUNT(rows));

    char name[1100];
    built = make_call("padding/build",
                      plain("t", letters(name, 'n', 1023), 0, make_text("hello")));
    json_t *longer = make_splice(json_object_get(built, "plaintext"), 2, 2, "04006e");
    make_case(m, "parse", "format", "name of 1024", "a name that is too long",
              json_pack("{s:o}", "plaintext", make_splice(longer, -1, 1, "")));
    /* 1000 bytes: Padmé makes 1024 of 1012. */
    built = make_call("padding/build", plain("", "", 0, MAKE_RANDOM(m, 1000)));
    json_t *large = json_pack("{s:o}", "plaintext", make_member(built, "plaintext"));
    static const struct make_edit larger[] = {
        { "padding", -1, 1, "", "large, a zero too few", "the length is not Padmé's" },
        { "padding", MAKE_END, 0, "00", "large, a zero too many", "the length is not Padmé's" },
    };
    make_edits(m, "parse", large, "plaintext", larger, MAKE_COUNT(larger));
}

/* zstd frames by hand (RFC 8878), so that they do not depend on the library's version: magic,
 * descriptor, content size, then blocks with a header of three bytes. */
static void unpacks(struct make *m)
{
    static const struct { const char *outcome, *name, *why, *hex; } rows[] = {
        { "ok", "raw block", "a size of one byte, single segment",
          "28b52ffd2005290000" "68656c6c6f" },
        { "ok", "repeated byte", "a block of one byte that stands 200 times",
          "28b52ffd20c8" "430600" "61" },
        { "ok", "empty", "a frame of nothing that says so", "28b52ffd2000010000" },
        { "ok", "two blocks", "one frame may have several blocks",
          "28b52ffd2005" "100000" "6865" "190000" "6c6c6f" },
        { "ok", "size of two bytes", "300 times the same byte",
          "28b52ffd602c00" "630900" "7a" },
        { "ok", "compressed", "a block that is compressed",
          "28b52ffd20e4450100f07065726d697420616e6e6f7461746520666f726f72206f6e207461736b0a0200bba4"
          "a80fc40c03" },
        { "format", "no size", "the header declares no content size",
          "28b52ffd0000290000" "68656c6c6f" },
        { "format", "dictionary", "the header names a dictionary",
          "28b52ffd210705290000" "68656c6c6f" },
        { "format", "two frames", "exactly one frame",
          "28b52ffd2005290000" "68656c6c6f" "28b52ffd2005290000" "68656c6c6f" },
        { "format", "skippable frame before it", "exactly one frame",
          "502a4d180100000000" "28b52ffd2005290000" "68656c6c6f" },
        { "format", "skippable frame behind it", "exactly one frame",
          "28b52ffd2005290000" "68656c6c6f" "502a4d180100000000" },
        { "format", "skippable frame alone", "it holds no content", "502a4d180100000000" },
        { "format", "a byte left over", "exactly one frame",
          "28b52ffd2005290000" "68656c6c6f" "00" },
        { "format", "cut in the block", "a byte is missing", "28b52ffd2005290000" "68656c6c" },
        { "format", "cut in the header", "no block at all", "28b52ffd20" },
        { "format", "declares a byte more", "six bytes declared, five there",
          "28b52ffd2006290000" "68656c6c6f" },
        { "format", "declares a byte less", "four bytes declared, five there",
          "28b52ffd2004290000" "68656c6c6f" },
        { "format", "reserved block", "there is no block type 3",
          "28b52ffd20052f0000" "68656c6c6f" },
        { "format", "another magic", "no zstd frame", "29b52ffd2005290000" "68656c6c6f" },
        { "format", "nothing", "no frame at all", "" },
        { "ok", "1,024 times its length", "the most that a frame may promise",
          "28b52ffda0ff370000" "fbbf01" "61" },
        { "limit", "a byte more than that", "13 bytes that promise 14 KiB",
          "28b52ffda000380000" "03c001" "61" },
        { "limit", "2^30 + 1 declared", "more than a reader unpacks",
          "28b52ffda001000040" "010000" },
        { "limit", "2^63 declared", "more than a reader unpacks",
          "28b52ffde00000000000000080" "010000" },
    };
    for (size_t i = 0; i < MAKE_COUNT(rows); i++)
        make_case(m, "unpack", rows[i].outcome, rows[i].name, rows[i].why,
                  json_pack("{s:i, s:s}", "encoding", 1, "bytes", rows[i].hex));
    make_case(m, "unpack", "ok", "stored", "encoding 0 is the bytes themselves",
              json_pack("{s:i, s:o}", "encoding", 0, "bytes", make_text("hello")));
    make_case(m, "unpack", "ok", "stored, nothing", "encoding 0 may be empty",
              json_pack("{s:i, s:s}", "encoding", 0, "bytes", ""));
    make_case(m, "unpack", "format", "encoding 2", "there is no encoding 2",
              json_pack("{s:i, s:o}", "encoding", 2, "bytes", make_text("hello")));
}

/* A content of 612 bytes that a writer packs: built with encoding 1, read, unpacked. The frame is
 * libzstd's at level 3, kept here, as another version may pack otherwise. */
static void packed_whole(struct make *m)
{
    static const char frame[] =
        "28b52ffd60640105030082841017806b1bc41d24e7caeddb3f1d89954262db9402696359c309721805310840f4"
        "541cc7607bcbd82ec8f99a2ecca6afde4ff6d3797bf5aaaeab275b7e0ad4955d1f0a0a00009200400f00ca00a0"
        "02003d002803800a00ba47788eb64e28";
    static const char why[] = "a text of 612 bytes in a frame of 106: 256 instead of 640 padded";
    json_t *bytes = json_string(frame);
    const json_t *built = make_case(m, "build", "ok", "a packed text", why,
                                    plain("application/json", "turns.jsonl", 1, bytes));
    json_t *in = json_pack("{s:o}", "plaintext", make_member(built, "plaintext"));
    const json_t *read = make_case(m, "parse", "ok", "a packed text", why, in);
    make_case(m, "unpack", "ok", "a packed text", why,
              json_pack("{s:i, s:o}", "encoding", 1, "bytes", make_member(read, "bytes")));
}

void make_padding(struct make *m)
{
    lengths(m);
    builds(m);
    parses(m);
    unpacks(m);
    packed_whole(m);
}
