"""Section 2.2: plaintext, its padding, and the one zstd frame that encoding 1 allows."""

import ctypes
from dataclasses import dataclass

from .outcome import Refused, require
from .wire import Reader, utf8, vector

MIN = 256
UNPACKED_MAX = 1 << 30
RATIO_MAX = 1024


@dataclass(frozen=True)
class Plaintext:
    type: bytes
    name: bytes
    encoding: int
    bytes: bytes


def padded_length(length):
    if length < 2:
        return MIN
    e = length.bit_length() - 1
    s = e.bit_length()
    mask = (1 << e - s) - 1 if e >= s else 0
    return max(MIN, (length + mask) & ~mask)


def build(plain):
    require(plain.encoding in (0, 1), "format", f"encoding {plain.encoding}")
    utf8(plain.type, "type")
    utf8(plain.name, "name")
    raw = (vector(plain.type, 0, 255) + vector(plain.name, 0, 1023) + bytes([plain.encoding])
           + len(plain.bytes).to_bytes(8, "big") + plain.bytes)
    return raw.ljust(padded_length(len(raw)), b"\0")


def parse(raw):
    reader = Reader(raw)
    kind, name = reader.vector(0, 255), reader.vector(0, 1023)
    utf8(kind, "type")
    utf8(name, "name")
    encoding = reader.uint(1)
    require(encoding in (0, 1), "format", f"encoding {encoding}")
    content = reader.take(reader.uint(8))
    require(len(raw) == padded_length(reader.at), "padding", f"{len(raw)} bytes for {reader.at}")
    require(not any(reader.rest()), "padding", "padding is not zero")
    return Plaintext(kind, name, encoding, content)


def _zstd():
    lib = ctypes.CDLL("libzstd.so.1")
    raw, size = ctypes.c_char_p, ctypes.c_size_t
    for name, result, arguments in (
            ("ZSTD_getFrameContentSize", ctypes.c_ulonglong, [raw, size]),
            ("ZSTD_findFrameCompressedSize", size, [raw, size]),
            ("ZSTD_decompress", size, [raw, size, raw, size]),
            ("ZSTD_isError", ctypes.c_uint, [size])):
        function = getattr(lib, name)
        function.restype, function.argtypes = result, arguments
    return lib


def unpack(encoding, data):
    require(encoding in (0, 1), "format", f"encoding {encoding}")
    if encoding == 0:
        return data
    require(len(data) >= 6 and data[:4] == b"\x28\xb5\x2f\xfd", "format", "no zstd frame")
    descriptor = data[4]
    require(descriptor >> 6 or descriptor & 0x20, "format", "frame does not declare its size")
    require(descriptor & 3 == 0, "format", "frame names a dictionary")
    lib = _zstd()
    size = lib.ZSTD_getFrameContentSize(data, len(data))
    require(size < (1 << 64) - 2, "format", "frame header does not parse")
    require(size <= UNPACKED_MAX, "limit", f"frame of {size} bytes")
    require(size // RATIO_MAX <= len(data), "limit", f"frame of {size} bytes in {len(data)}")
    packed = lib.ZSTD_findFrameCompressedSize(data, len(data))
    require(not lib.ZSTD_isError(packed) and packed == len(data), "format", "not exactly one frame")
    out = ctypes.create_string_buffer(max(size, 1))
    got = lib.ZSTD_decompress(out, size, data, len(data))
    if lib.ZSTD_isError(got) or got != size:
        raise Refused("format", "frame does not unpack to the size it declares")
    return out.raw[:size]
