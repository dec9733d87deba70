/* store/private_blob.h: what blob's files share. Private to this folder. */
#ifndef STORE_PRIVATE_BLOB_H
#define STORE_PRIVATE_BLOB_H

#include "store/blob.h"
#include "store/sql.h"
#include "sys/files.h"

struct blob {
    struct sql sql;
    struct file_path dir;
};

struct file_path blob_pack_path(const struct blob *b, const uint8_t name[32], bool part);

#endif
