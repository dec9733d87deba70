/* tlog/tile.h: how a log is cut into static files, and what these are called.
 * Source  C2SP tlog-tiles: "tile/LEVEL/N[.p/W]" and "tile/entries/N[.p/W]"
 * Limits  a tile is 256 wide; levels 0..7    Memory  the caller's   Threads  pure
 * A tile of level L holds up to 256 nodes of tree level 8 * L, 32 bytes each. An entry bundle holds
 * as many entries, each with a length of 2 bytes before it. Partial ones have a width below 256. */
#ifndef TLOG_TILE_H
#define TLOG_TILE_H

#include "base/why.h"
#include "tlog/tree.h"

enum {
    TILE_WIDTH = 256,
    TILE_HEIGHT = 8,   /* levels of the tree in one level of tiles */
    TILE_LEVELS = 8,   /* 8 * 8 tree levels are enough for every log */
    TILE_PATH_MAX = 64, /* with the zero at the end */
};

struct tile {
    bool entries;   /* an entry bundle; then level is 0 */
    unsigned level; /* of tiles */
    uint64_t index; /* N */
    unsigned width; /* 1 .. 256; 256 is a full tile */
};

void tile_path(char out[TILE_PATH_MAX], const struct tile *t);

/* Exactly one path for each tile is accepted. ERR_FORMAT. */
MUST_USE enum err tile_path_parse(struct tile *out, struct bytes path, struct why *why);

/* The width that tile (level, index) has in a log of `size`: 0 (not there yet) .. 256. */
unsigned tile_width(unsigned level, uint64_t index, uint64_t size);

/* Appends one entry to a bundle. The entry has at most 65,535 bytes (asserted). */
void tile_bundle_add(struct buf *out, struct bytes entry);

/* The entries of a bundle that holds exactly `width`; they point into it. ERR_FORMAT. */
MUST_USE enum err tile_bundle_split(struct bytes out[TILE_WIDTH], struct bytes bundle,
                                    unsigned width, struct why *why);

#endif
