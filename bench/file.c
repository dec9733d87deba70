/* bench/file.c: a file sealed to a file, and opened again, as the client does it with a long one.
 * usage: bench_file seal IN BODY KEY | bench_file open BODY OUT KEY
 * KEY takes the header and the DEK, which only a benchmark writes to a file. */
#include "bench/bench.h"

#include "record/stream.h"
#include "sys/files.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_FILE_BYTES = RECORD_HEADER_BYTES + KEY_BYTES };

static const uint8_t some[32] = { 1 };
static uint8_t chunk[BODY_SEALED_CHUNK_BYTES];

static void must(enum err e, const struct why *why)
{
    if (e != ERR_OK)
        bench_fail("file", why);
}

static int file_open(const char *path, int flags, uint64_t *bytes)
{
    struct stat st;
    int fd = open(path, flags | O_CLOEXEC, 0600);
    if (fd < 0 || fstat(fd, &st) != 0) {
        perror(path);
        exit(1);
    }
    *bytes = (uint64_t)st.st_size;
    return fd;
}

static enum err fill(void *ctx, uint64_t at, uint8_t *out, size_t len, struct why *why)
{
    const int *fd = ctx;
    return file_read_at(*fd, "the input", at, out, len, why);
}

static void seal(int in, uint64_t bytes, int out, int key)
{
    const struct record_draft d = { .kind = RECORD_FILE, .project = some, .author = some,
                                    .hedge = some, .content = { .type = bytes_str("x") } };
    AUTO_RECORD_SEALING struct record_sealing s = { 0 };
    uint8_t random[32], kept[KEY_FILE_BYTES], hash[HASH_BYTES];
    struct why why;
    size_t len = 1;
    random_bytes(random, sizeof random);
    must(record_sealing_start(&s, &d, bytes, NULL, random, kept + RECORD_HEADER_BYTES, &why), &why);
    memcpy(kept, s.header.raw, RECORD_HEADER_BYTES);
    for (uint64_t at = 0; len > 0; at += len) {
        must(record_sealing_chunk(&s, fill, &in, chunk, &len, &why), &why);
        must(file_write_at(out, "the output", at, bytes_of(chunk, len), &why), &why);
    }
    must(record_sealing_end(&s, hash, &why), &why);
    must(file_write_at(key, "the key", 0, bytes_of(kept, sizeof kept), &why), &why);
}

static void unseal(int in, uint64_t bytes, int out, int key)
{
    AUTO_RECORD_OPENING struct record_opening o = { 0 };
    uint8_t kept[KEY_FILE_BYTES], hash[HASH_BYTES];
    struct record_header h;
    struct bytes part;
    struct why why;
    uint64_t to = 0;
    must(file_read_at(key, "the key", 0, kept, sizeof kept, &why), &why);
    must(record_header_parse(bytes_of(kept, RECORD_HEADER_BYTES), &h, &why), &why);
    must(record_opening_start(&o, &h, kept + RECORD_HEADER_BYTES, bytes, &why), &why);
    for (uint64_t at = 0; at < bytes; at += sizeof chunk) {
        const size_t len = bytes - at < sizeof chunk ? (size_t)(bytes - at) : sizeof chunk;
        must(file_read_at(in, "the body", at, chunk, len, &why), &why);
        must(record_opening_chunk(&o, bytes_of(chunk, len), chunk, &part, &why), &why);
        must(file_write_at(out, "the output", to, part, &why), &why);
        to += part.len;
    }
    must(record_opening_end(&o, hash, &why), &why);
}

int main(int argc, char **argv)
{
    struct why why;
    uint64_t bytes = 0, ignored = 0;
    if (argc != 5 || crypto_init(&why) != ERR_OK)
        return 2;
    const bool sealing = strcmp(argv[1], "seal") == 0;
    int in = file_open(argv[2], O_RDONLY, &bytes);
    int out = file_open(argv[3], O_WRONLY | O_CREAT | O_TRUNC, &ignored);
    int key = file_open(argv[4], sealing ? O_WRONLY | O_CREAT : O_RDONLY, &ignored);
    (sealing ? seal : unseal)(in, bytes, out, key);
    return 0;
}
