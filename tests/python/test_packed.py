"""Contents are packed where that makes the padded record smaller, and come back byte for byte."""
import os

import pytest
from cofferdam_format.padding import padded_length

from exchange import exchange

exchange = pytest.fixture(scope="module", name="exchange")(exchange)

LONG = b"".join(b"line %d of a guide that says the same thing again and again\n" % i for i in range(180))
LINES = b"".join(b'{"question": "%d %s"}\n' % (i, b"the same words " * 40) for i in range(5))


def packs(exchange):
    folder = exchange.path("store", "pack")
    return {n: os.path.getsize(os.path.join(folder, n)) for n in os.listdir(folder)}


def sealed(exchange, path, *words, env=None, stdin=None):
    """The record, and how long its sealed body is at the store."""
    before = packs(exchange)
    more = {"input": stdin} if stdin else {}
    done = exchange.run("lab", "record", "seal", path, "--kind", "guide", "--type", "text/plain", *words, env=env, **more)
    assert done.returncode == 0, done.stderr
    new = [size for name, size in packs(exchange).items() if name not in before]
    assert len(new) == 1
    return done.stdout.decode().strip(), new[0] - 12 - 104


def body_length(content, name):
    plain = padded_length(1 + len("text/plain") + 2 + len(name) + 1 + 8 + len(content))
    return plain + 16 * -(-plain // 65536)


def opened(exchange, record):
    return exchange.run("lab", "record", "show", record).stdout


def test_a_long_text_is_stored_smaller_and_a_short_one_as_it_is(exchange):
    for content in (LONG, b"short"):
        path = exchange.path("text")
        with open(path, "wb") as f:
            f.write(content)
        record, length = sealed(exchange, path)
        stored = body_length(content, "text")
        assert length < stored / 4 if content == LONG else length == stored
        assert opened(exchange, record) == content
        out = exchange.path("opened")
        assert exchange.run("lab", "record", "show", record, "--out", out).returncode == 0
        with open(out, "rb") as f:
            assert f.read() == content


def test_no_compress_stores_what_is_given_typed_or_set(exchange):
    path = exchange.path("text")
    with open(path, "wb") as f:
        f.write(LONG)
    stored = body_length(LONG, "text")
    for words, env in ((("--no-compress",), None), ((), {"COFFERDAM_NO_COMPRESS": "yes"})):
        record, length = sealed(exchange, path, *words, env=env)
        assert length == stored
        assert opened(exchange, record) == LONG
    assert sealed(exchange, path)[1] < stored  # the agent does not go on with it


def test_a_file_that_is_sealed_as_a_stream_is_stored_as_it_is(exchange):
    path = exchange.path("stream")
    content = b"".join(b"line %d of a long file, which says that and no more\n" % i for i in range(80000))
    assert len(content) > 4 << 20
    with open(path, "wb") as f:
        f.write(content)
    assert sealed(exchange, path)[1] == body_length(content, "stream")
    record, length = sealed(exchange, "-", stdin=content)
    assert length < len(content) / 4
    assert opened(exchange, record) == content


def test_an_import_knows_its_lines_whether_they_were_packed_or_not(exchange):
    path = exchange.path("tasks.jsonl")
    for start in (("--no-compress",), ()):
        with open(path, "wb") as f:
            f.write(LINES.replace(b"question", b"q" + str(len(start)).encode()))
        for words, new in ((start, b"5 tasks are sealed and waiting, 0"), ((), b"5 tasks are sealed and waiting, 5"),
                           (("--no-compress",), b"5 tasks are sealed and waiting, 5")):
            done = exchange.run("lab", "task", "import", path, *words)
            assert done.stdout.startswith(new), (words, done.stdout, done.stderr)
