/* record/plaintext.h: what a body holds once it is open: type, name, bytes, and padding.
 * Source  docs/format.md 2.2; Padmé: Nikitin et al., PURBs (PETS 2019); zstd: RFC 8878
 * The bytes are kept exactly as imported. Encoding 1 is one zstd frame that declares its size.
 * Limits  type 255, name 1,023 bytes; unpacked 2^30   Threads  pure
 * Memory  plains, wiped; what libzstd holds while it works is freed unwiped */
#ifndef RECORD_PLAINTEXT_H
#define RECORD_PLAINTEXT_H

#include "record/plain.h"

enum { PLAINTEXT_TYPE_MAX = 255, PLAINTEXT_NAME_MAX = 1023, PLAINTEXT_BYTES_MIN = 256,
       PLAINTEXT_UNPACKED_MAX = 1 << 30, PLAINTEXT_RATIO_MAX = 1024,
       PLAINTEXT_FRONT_MAX = 1 + PLAINTEXT_TYPE_MAX + 2 + PLAINTEXT_NAME_MAX + 1 + 8 };
enum plaintext_encoding { PLAINTEXT_STORED = 0, PLAINTEXT_ZSTD = 1 };

struct plaintext {
    struct bytes type, name; /* UTF-8; name may be empty */
    enum plaintext_encoding encoding;
    struct bytes bytes;      /* as stored: packed if encoding is PLAINTEXT_ZSTD */
};

/* The padded length of a plaintext whose length without padding is `length` <= 2^62: at most 12 %
 * more, and only O(log log) bits about the length remain. */
uint64_t plaintext_padded_bytes(uint64_t length);

/* Everything before the bytes, for streams: `length` bytes follow, then zeroes up to
 * plaintext_padded_bytes(*out_len + length) in all. ERR_FORMAT: type or name too long or not UTF-8,
 * unknown encoding. */
MUST_USE enum err plaintext_front(struct bytes type, struct bytes name,
                                  enum plaintext_encoding encoding, uint64_t length,
                                  uint8_t out[PLAINTEXT_FRONT_MAX], size_t *out_len,
                                  struct why *why);

/* And back, from the beginning of a padded plaintext of `padded` bytes, PLAINTEXT_FRONT_MAX of them
 * or all: `out` has no bytes yet, `length` of them follow after *front_len. ERR_FORMAT;
 * ERR_PADDING: not that number of bytes. */
MUST_USE enum err plaintext_front_parse(struct bytes beginning, uint64_t padded,
                                        struct plaintext *out, uint64_t *length,
                                        size_t *front_len, struct why *why);
/* Is every byte zero? For the padding behind the bytes. */
bool plaintext_zero(struct bytes padding);

/* The whole, padded; the bytes are not looked into. ERR_FORMAT as above; ERR_CHUNK: longer than a
 * body holds; ERR_NOMEM. */
MUST_USE enum err plaintext_build(const struct plaintext *p, struct plain *out, struct why *why);

/* The fields borrow from `padded`. ERR_FORMAT; ERR_PADDING: not that number of bytes, or not
 * zeroes. */
MUST_USE enum err plaintext_parse(struct bytes padded, struct plaintext *out, struct why *why);

/* The same content with the encoding whose padded length is the smaller one: one zstd frame that
 * every reader takes, or as it is. `p` is not packed (asserted); `out` borrows from it and from
 * `memory`, which may stay empty. Another libzstd may choose and pack otherwise. ERR_NOMEM. */
MUST_USE enum err plaintext_pack(const struct plaintext *p, struct plain *memory,
                                 struct plaintext *out, struct why *why);

/* The content, unpacked if it is packed, always a copy. ERR_FORMAT: not exactly one frame without
 * dictionary that declares its size and has it; ERR_LIMIT: declares more than 2^30, or more than
 * PLAINTEXT_RATIO_MAX times its own length; ERR_NOMEM. */
MUST_USE enum err plaintext_unpack(const struct plaintext *p, struct plain *out, struct why *why);

#endif
