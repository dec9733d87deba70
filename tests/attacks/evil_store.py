"""A malicious store: it stands before the real one, speaks its protocol, and lies on command.

Requests go on to the real store as they came, with their Host field, over which they are signed. A lie is a function
of one Exchange and changes what goes back. `evil_store.py REAL-URL LIE [NUMBER]...` serves one of them until killed.
"""
import functools
import http.client
import http.server
import inspect
import sys
import threading
import time
import urllib.parse

HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date"}
CHUNK = 65536 + 16
LIES = {}


class Exchange:
    """One request and its coming reply. A lie may also take over the writing of the reply (`write`)."""

    def __init__(self, method, path, fields, body):
        self.method, self.path, self.fields, self.asked = method, path, fields, body
        self.status, self.reply_fields, self.reply = 0, {}, b""
        self.write = None

    def state(self):
        return self.status, dict(self.reply_fields), self.reply, self.write


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def serve(self):
        owner = self.server.owner
        x = Exchange(self.command, self.path, dict(self.headers.items()),
                     self.rfile.read(int(self.headers.get("content-length") or 0)))
        owner.seen.append((x.method, x.path, x.asked))
        owner.forward(x)
        before = x.state()
        if owner.lie:
            owner.lie(x)
        owner.told += x.state() != before
        try:
            if x.write:
                self.close_connection = True
                return x.write(self)
            self.send_response(x.status)
            for name, value in x.reply_fields.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(x.reply)))
            self.end_headers()
            self.wfile.write(x.reply)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_POST = do_PUT = serve


class EvilStore:
    """url: where it listens. seen: requests since the last `tell`. told: replies that the lie has changed."""

    def __init__(self, real):
        self.real = urllib.parse.urlsplit(real)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads, self.server.block_on_close, self.server.owner = True, False, self
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.honest()

    def honest(self):
        self.lie, self.told, self.seen = None, 0, []

    def tell(self, lie, *args):
        """A lie's name with its arguments, or any function of an Exchange."""
        self.honest()
        self.lie = (lambda x: LIES[lie](x, *args)) if isinstance(lie, str) else lie

    def forward(self, x):
        c = http.client.HTTPConnection(self.real.hostname, self.real.port, timeout=20)
        try:
            c.putrequest(x.method, x.path, skip_host=True, skip_accept_encoding=True)
            for name, value in x.fields.items():
                if name.lower() not in HOP:
                    c.putheader(name, value)
            c.putheader("content-length", str(len(x.asked)))
            c.endheaders(x.asked)
            got = c.getresponse()
            x.status, x.reply = got.status, got.read()
            x.reply_fields = {k: v for k, v in got.getheaders() if k.lower() not in HOP}
        finally:
            c.close()

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def about(method, prefix):
    """Names a lie about successful requests of this kind."""
    def register(change):
        @functools.wraps(change)
        def lie(x, *args):
            if x.method == method and x.path.startswith(prefix) and x.status < 300:
                change(x, *args)
        LIES[change.__name__] = lie
        return lie
    return register


about_bodies = about("GET", "/v1/body/")
about_records = about("POST", "/v1/records")
about_chains = about("GET", "/v1/chain/")
about_issuers = about("GET", "/v1/issuers")


def flip(data, at, bit=0):
    at %= len(data)
    return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1:]


# --- bodies ---

@about_bodies
def body_bit(x, at, bit=0):
    """one bit of the sealed body is another (AT from the end if negative)"""
    x.reply = flip(x.reply, at, bit)


@about_bodies
def body_cut(x, count):
    """the body's last COUNT bytes are missing"""
    x.reply = x.reply[:-count]


@about_bodies
def body_empty(x):
    """a body of no bytes: zero chunks"""
    x.reply = b""


@about_bodies
def body_longer(x, count):
    """COUNT more bytes than asked for"""
    x.reply += bytes(count)


@about_bodies
def body_chunks(x, *order):
    """the sealed chunks in this ORDER, left out or doubled where it says so"""
    pieces = [x.reply[i:i + CHUNK] for i in range(0, len(x.reply), CHUNK)]
    x.reply = b"".join(pieces[i] for i in order)


@about_bodies
def body_elsewhere(x, start, count):
    """bytes of another place of the same body than the range that was asked for"""
    x.reply = x.reply[start:start + count].ljust(len(x.reply), b"\0")


@about_bodies
def body_whole(x):
    """status 200 and the whole, where a range was asked for"""
    x.status = 200
    x.reply_fields.pop("content-range", None)


@about_bodies
def body_endless(x):
    """a body without end, as fast as it is taken"""
    def write(handler):
        handler.wfile.write(b"HTTP/1.1 206 Partial Content\r\n\r\n")
        while True:
            handler.wfile.write(bytes(1 << 16))
    x.write = write


def dripping(x):
    def write(handler):
        handler.wfile.write(b"HTTP/1.1 %d OK\r\ncontent-length: 100000\r\n\r\n" % x.status)
        for byte in x.reply.ljust(100000, b"\0"):
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(1)
    x.write = write


@about_bodies
def body_drip(x):
    """one byte a second"""
    dripping(x)


# --- what a record is: rows of header 96, sealed length 8, count 1, slots of 68 ---

def rows(reply):
    at, out = 0, []
    while at < len(reply):
        end = at + 105 + 68 * reply[at + 104]
        out.append((reply[at:at + 96], reply[at + 96:at + 104], [reply[i:i + 68] for i in range(at + 105, end, 68)]))
        at = end
    return out


def unrows(table):
    return b"".join(header + length + bytes([len(slots)]) + b"".join(slots) for header, length, slots in table)


def change_rows(x, change):
    x.reply = unrows([change(*row) for row in rows(x.reply)])


@about_records
def header_bit(x, at, bit=0):
    """one bit of each header is another"""
    change_rows(x, lambda h, n, s: (flip(h, at, bit), n, s))


@about_records
def header_kind(x, kind):
    """the record is said to be of another kind"""
    change_rows(x, lambda h, n, s: (h[:6] + bytes([kind]) + h[7:], n, s))


@about_records
def slot_bit(x, at, bit=0):
    """one bit of each slot is another"""
    change_rows(x, lambda h, n, s: (h, n, [flip(v, at, bit) for v in s]))


@about_records
def slot_null(x):
    """slots of zeroes, with the record's id and epoch"""
    change_rows(x, lambda h, n, s: (h, n, [v[:36] + bytes(32) for v in s]))


@about_records
def slot_none(x):
    """no slot at all"""
    change_rows(x, lambda h, n, s: (h, n, []))


@about_records
def slot_many(x, count):
    """the first slot COUNT times"""
    change_rows(x, lambda h, n, s: (h, n, s[:1] * count))


@about_records
def slot_null_many(x, count):
    """COUNT slots of zeroes before the true ones"""
    change_rows(x, lambda h, n, s: (h, n, [s[0][:36] + bytes(32)] * count + s))


@about_records
def length_other(x, more):
    """the sealed length is MORE than it is"""
    change_rows(x, lambda h, n, s: (h, (int.from_bytes(n, "big") + more).to_bytes(8, "big"), s))


@about_records
def records_cut(x, count):
    """the last COUNT bytes of the answer are missing"""
    x.reply = x.reply[:-count]


@about_records
def records_more(x):
    """a row more than was asked for"""
    x.reply += unrows(rows(x.reply)[:1])


@about_records
def records_backwards(x):
    """the rows in reverse order"""
    x.reply = unrows(rows(x.reply)[::-1])


# --- statements: lists of length 2 and envelope ---

def envelopes(reply):
    at, out = 0, []
    while at < len(reply):
        size = int.from_bytes(reply[at:at + 2], "big")
        out.append(reply[at + 2:at + 2 + size])
        at += 2 + size
    return out


def unenvelopes(items):
    return b"".join(len(e).to_bytes(2, "big") + e for e in items)


@about_chains
def chain_drop_newest(x):
    """the newest statement of each chain is missing"""
    x.reply = unenvelopes(envelopes(x.reply)[:-1])


@about_chains
def chain_drop_oldest(x):
    """a hole: the first of each list is missing"""
    x.reply = unenvelopes(envelopes(x.reply)[1:])


@about_chains
def chain_empty(x):
    """no chain has a statement"""
    x.reply = b""


@about_chains
def chain_bit(x, at):
    """one bit of each list of statements is another"""
    x.reply = flip(x.reply, at) if x.reply else x.reply


@about_chains
def chain_endless(x):
    """the first statement again and again, up to 1 MiB"""
    first = envelopes(x.reply)[:1]
    x.reply = unenvelopes(first * ((1 << 20) // (len(first[0]) + 2))) if first else x.reply


@about_issuers
def issuers_none(x):
    """nobody has ever issued anything"""
    x.reply = b""


@about_issuers
def issuers_cut(x):
    """the list of issuers ends in the middle of one"""
    x.reply = x.reply[:-1]


@about_issuers
def issuers_many(x, count):
    """COUNT invented issuers more"""
    x.reply += b"".join(i.to_bytes(32, "big") for i in range(1, count + 1))


# --- objects ---

@about("GET", "/v1/object/")
def object_bit(x, at):
    """one bit of each manifest object is another"""
    x.reply = flip(x.reply, at)


@about("GET", "/v1/object/")
def object_cut(x, count):
    """the last COUNT bytes of each manifest object are missing"""
    x.reply = x.reply[:-count]


# --- anything ---

def missing(x, prefix="/v1/"):
    """nothing of what is asked for under PREFIX is there"""
    if x.path.startswith(prefix):
        x.status, x.reply = 404, b'{"code":"CFD-STO-001","message":"it is not there","hint":""}'


def status(x, code, prefix="/v1/"):
    """every reply has this status"""
    if x.path.startswith(prefix):
        x.status, x.reply = code, b"" if code == 204 else x.reply


def redirect(x, prefix="/v1/"):
    """what is asked for is elsewhere"""
    if x.path.startswith(prefix):
        x.status, x.reply, x.reply_fields = 302, b"", {"location": "http://127.0.0.1:1/elsewhere"}


def drip(x):
    """everything comes, one byte a second"""
    dripping(x)


def silent(x):
    """takes every request and never answers"""
    x.write = lambda handler: time.sleep(120)


def slow(x, tenths):
    """every reply is true and comes TENTHS of a second late"""
    time.sleep(tenths / 10)
    x.reply_fields["late"] = "yes"


LIES.update({f.__name__: f for f in (missing, status, redirect, drip, silent, slow)})


def main():
    if len(sys.argv) < 3 or sys.argv[2] not in LIES:
        print(__doc__ + "\nLies:", file=sys.stderr)
        for name, lie in LIES.items():
            words = " ".join(p.upper() for p in list(inspect.signature(lie).parameters)[1:])
            print(f"  {name + ' ' + words:28} {inspect.getdoc(lie)}", file=sys.stderr)
        return 0 if sys.argv[1:2] == ["--help"] else 2
    with EvilStore(sys.argv[1]) as evil:
        evil.tell(sys.argv[2], *(int(n) if n.lstrip("-").isdigit() else n for n in sys.argv[3:]))
        print("ready", evil.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
