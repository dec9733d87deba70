/* cli/content.c: where an opened record's bytes go that are not for a file. */
#include "cli/cli.h"

#include "base/hex.h"
#include "crypto/secret.h"

#include <string.h>

enum { CONTENT_JSON_MAX = 32 << 20 };

/* Well-formed UTF-8 without control characters but tab and line feed: printing it moves nothing. */
static bool is_plain_text(struct bytes b)
{
    for (size_t i = 0; i < b.len;) {
        uint8_t c = b.ptr[i];
        size_t more = c < 0x80 ? 0 : c >> 5 == 6 ? 1 : c >> 4 == 14 ? 2 : c >> 3 == 30 ? 3 : 4;
        if (more == 4 || more > b.len - i - 1 || (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
            return false;
        uint32_t point = more ? c & (0x3fu >> more) : c;
        for (size_t k = 1; k <= more; k++) {
            if (b.ptr[i + k] >> 6 != 2)
                return false;
            point = point << 6 | (b.ptr[i + k] & 0x3f);
        }
        static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
        if (point < least[more] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000) ||
            (point >= 0x80 && point < 0xa0))
            return false;
        i += 1 + more;
    }
    return true;
}

static enum err content_json(struct cli *cli, struct bytes content, struct why *why)
{
    if (content.len > CONTENT_JSON_MAX)
        return why_hint(why,
                        why_set(why, ERR_LIMIT, "%zu bytes are too long for JSON, at most %d",
                                content.len, CONTENT_JSON_MAX),
                        "--out FILE writes them to a file");
    struct buf text = buf_init(CLI_OUT_MAX);
    base64_encode(&text, content);
    json_out_key(&cli->data, "content_base64");
    json_out_text(&cli->data, buf_bytes(&text));
    if (text.ptr)
        secret_wipe(text.ptr, text.cap);
    buf_release(&text);
    return ERR_OK;
}

enum err cli_content(struct cli *cli, struct bytes content, struct why *why)
{
    if (cli_option(cli, "--json"))
        return content_json(cli, content, why);
    if (cli->io->out_terminal && !is_plain_text(content))
        return why_hint(why,
                        why_set(why, ERR_USAGE,
                                "the record is not plain text and is not written to a terminal"),
                        "--out FILE, or a pipe");
    if (content.len && !cli->io->out(cli->io->ctx, content))
        cli->out_failed = true;
    if (cli->io->out_terminal && content.len && content.ptr[content.len - 1] != '\n')
        (void)cli->io->err(cli->io->ctx, bytes_str("\n")); /* the commentary begins a line */
    return ERR_OK;
}
