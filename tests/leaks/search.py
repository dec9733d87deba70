"""Looks for windows of secrets in bytes: raw, base64, hex, escaped, and inside compressed streams.

A window is WINDOW bytes of a secret in one of its encodings. Whatever holds a window holds an aligned word of WORD
bytes of it, so the words of a file are met with the words of all secrets at once, as two sets; only where they meet
are windows compared.
"""
import base64
import ctypes
import json
import re
import urllib.parse
import zlib

WINDOW, WORD = 24, 8
STREAM_MAX, DEPTH_MAX = 8 << 20, 2


def text_of(raw):
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None


def encodings(raw):
    """(name, bytes) of every form in which `raw` is looked for."""
    yield "raw", raw
    for shift in range(3):
        encoded = base64.b64encode(raw[shift:len(raw) - (len(raw) - shift) % 3])
        yield f"base64, shifted by {shift}", encoded
        yield f"base64url, shifted by {shift}", encoded.translate(bytes.maketrans(b"+/", b"-_"))
    yield "hex", raw.hex().encode()
    yield "HEX", raw.hex().upper().encode()
    yield "percent", urllib.parse.quote_from_bytes(raw, safe="").encode()
    text = text_of(raw)
    if text is not None:
        yield "JSON", json.dumps(text, ensure_ascii=False)[1:-1].encode()
        yield "JSON, ASCII", json.dumps(text)[1:-1].encode()
        yield "JSON in JSON", json.dumps(json.dumps(text))[1:-1].encode()
        yield "UTF-16", text.encode("utf-16-le")


class Needles:
    """Secrets by name; a name may have homes: paths where the secret has to be."""

    def __init__(self):
        self.windows, self.words, self.names, self.homes = {}, set(), [], []

    def add(self, name, raw, homes=()):
        if len(raw) < WINDOW:
            raise ValueError(f"{name}: {len(raw)} bytes cannot be told from chance")
        number = len(self.names)
        self.names.append(name)
        self.homes.append([re.compile(home) for home in homes])
        for _, encoded in encodings(raw):
            for at in range(len(encoded) - WINDOW + 1):
                self.windows.setdefault(encoded[at:at + WINDOW], []).append(number)
            for shift in range(WORD):
                whole = (len(encoded) - shift) // WORD * WORD
                self.words.update(memoryview(encoded)[shift:shift + whole].cast("Q"))

    def at_home(self, number, path):
        return any(home.fullmatch(path) for home in self.homes[number])


def find_here(needles, data):
    """Numbers of the secrets of which `data` itself holds a window."""
    words = memoryview(data)[:len(data) // WORD * WORD].cast("Q")
    met = needles.words.intersection(words)
    found = set()
    if met:
        for place in (i * WORD for i, word in enumerate(words) if word in met):
            for at in range(max(0, place + WORD - WINDOW), place + 1):
                found.update(needles.windows.get(data[at:at + WINDOW], ()))
    return found


class Buffer(ctypes.Structure):
    _fields_ = [("ptr", ctypes.c_void_p), ("size", ctypes.c_size_t), ("pos", ctypes.c_size_t)]


def zstd():
    lib = ctypes.CDLL("libzstd.so.1")
    for name in ("ZSTD_createDCtx", "ZSTD_decompressStream", "ZSTD_compress", "ZSTD_compressBound"):
        getattr(lib, name).restype = ctypes.c_void_p if name == "ZSTD_createDCtx" else ctypes.c_size_t
    lib.ZSTD_freeDCtx.argtypes = [ctypes.c_void_p]
    lib.ZSTD_isError.argtypes = [ctypes.c_size_t]
    lib.ZSTD_decompressStream.argtypes = [ctypes.c_void_p, ctypes.POINTER(Buffer), ctypes.POINTER(Buffer)]
    return lib


LIB = zstd()


def unzstd(data):
    out = ctypes.create_string_buffer(STREAM_MAX)
    kept = ctypes.create_string_buffer(data, len(data))
    a, b = Buffer(ctypes.addressof(kept), len(data), 0), Buffer(ctypes.addressof(out), STREAM_MAX, 0)
    ctx = LIB.ZSTD_createDCtx()
    while a.pos < a.size and b.pos < b.size:
        before = a.pos, b.pos
        left = LIB.ZSTD_decompressStream(ctx, ctypes.byref(b), ctypes.byref(a))
        if LIB.ZSTD_isError(left) or left == 0 or (a.pos, b.pos) == before:
            break
    LIB.ZSTD_freeDCtx(ctx)
    return out.raw[:b.pos]


def zstd_of(raw):
    out = ctypes.create_string_buffer(len(raw) + 1024)
    size = LIB.ZSTD_compress(out, ctypes.c_size_t(len(out)), raw, ctypes.c_size_t(len(raw)), 3)
    return out.raw[:size]


def unzip(data, bits):
    try:
        return zlib.decompressobj(bits).decompress(data, STREAM_MAX)
    except zlib.error:
        return b""


STREAMS = re.compile(rb"\x1f\x8b\x08|\x28\xb5\x2f\xfd|\x78[\x01\x5e\x9c\xda]")


def streams(data):
    """What unpacks from some place of `data` on: gzip, zlib and zstd."""
    for match in STREAMS.finditer(data):
        rest = data[match.start():match.start() + STREAM_MAX]
        head = match.group()
        out = unzstd(rest) if head[0] == 0x28 else unzip(rest, 31 if head[0] == 0x1f else 15)
        if len(out) >= WINDOW:
            yield out


def find(needles, data, depth=0):
    """Numbers of the secrets in `data`, also where it is packed."""
    found = find_here(needles, data)
    if depth < DEPTH_MAX:
        for out in streams(data):
            found |= find(needles, out, depth + 1)
    return found
