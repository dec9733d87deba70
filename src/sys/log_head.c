#include "sys/log_state.h"

#include "base/hex.h"
#include "crypto/hash.h"
#include "sys/log_file.h"
#include "sys/log_reserve.h"
#include "tlog/note.h"

#include <inttypes.h>
#include <string.h>

/* head = magic "cfdl" | version 1 | zero 3 | size 8 | root 32 | SHA-256 of the 48 bytes before */
enum { FIELDS_BYTES = 48, HEAD_BYTES = FIELDS_BYTES + HASH_BYTES };
static const uint8_t head_magic[8] = { 'c', 'f', 'd', 'l', 1 };

bool log_head_write(const struct log *log)
{
    uint8_t out[HEAD_BYTES];
    memcpy(out, head_magic, sizeof head_magic);
    put_u64be(out + 8, log->tree.size);
    tlog_tree_root(&log->tree, out + 16);
    sha256(out + FIELDS_BYTES, bytes_of(out, FIELDS_BYTES));
    return log_reserve_write(log->reserve_fd, log->head_fd, bytes_of(out, sizeof out), 0);
}

struct log_head log_head_read(const struct log *log)
{
    uint8_t in[HEAD_BYTES], check[HASH_BYTES];
    struct log_head head = { .size = 0 };
    tlog_empty_root(head.root);
    if (log_file_read(log->head_fd, in, sizeof in, 0) != HEAD_BYTES)
        return head;
    sha256(check, bytes_of(in, FIELDS_BYTES));
    if (memcmp(in, head_magic, sizeof head_magic) != 0 ||
        memcmp(check, in + FIELDS_BYTES, sizeof check) != 0)
        return head;
    head.size = get_u64be(in + 8);
    memcpy(head.root, in + 16, sizeof head.root);
    return head;
}

void log_head_lines(struct buf *out, const struct log_head *head)
{
    buf_add_fmt(out, "\n%" PRIu64 "\n", head->size);
    base64_encode(out, bytes_of(head->root, sizeof head->root));
    buf_add_str(out, "\n\n");
}

/* Lines 2 and 3 of a checkpoint; false if it has no such lines. */
static bool lines_parse(struct bytes note, struct log_head *out)
{
    const uint8_t *end = note.ptr + note.len;
    const uint8_t *size = note.len ? memchr(note.ptr, '\n', note.len) : NULL;
    const uint8_t *root = size ? memchr(size + 1, '\n', (size_t)(end - size - 1)) : NULL;
    const uint8_t *stop = root ? memchr(root + 1, '\n', (size_t)(end - root - 1)) : NULL;
    if (!stop || !base64_decode_fixed(out->root, sizeof out->root,
                                      bytes_of(root + 1, (size_t)(stop - root - 1))))
        return false;
    uint64_t n = 0;
    for (const uint8_t *p = size + 1; p < root; p++) {
        if (*p < '0' || *p > '9' || n > (TLOG_SIZE_MAX - 9) / 10)
            return false;
        n = n * 10 + (uint64_t)(*p - '0');
    }
    out->size = n;
    return true;
}

bool log_head_published(const struct log *log, struct log_head *out)
{
    AUTO_BUF struct buf note = buf_init(NOTE_BYTES_MAX);
    return log_file_get(log->tiles->fd, "checkpoint", &note, NULL) == ERR_OK &&
           lines_parse(buf_bytes(&note), out);
}
