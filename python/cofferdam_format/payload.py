"""Section 4.2: the one JSON form of a payload."""

import json

from .outcome import Refused, require

INT_MAX = (1 << 53) - 1


def write_string(text):
    out = []
    for c in text:
        if c in '"\\':
            out.append("\\" + c)
        elif c == "\n":
            out.append("\\n")
        elif c < " ":
            raise Refused("canonical", "control character in a string")
        else:
            out.append(c)
    return '"' + "".join(out) + '"'


def write(value):
    """Members in the order that the dict has."""
    if isinstance(value, str):
        return write_string(value)
    if isinstance(value, int) and not isinstance(value, bool):
        require(0 <= value <= INT_MAX, "canonical", "integer out of range")
        return str(value)
    if isinstance(value, list):
        return "[" + ",".join(write(v) for v in value) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(write_string(k) + ":" + write(v) for k, v in value.items()) + "}"
    raise Refused("canonical", "a real, true, false or null")


def _members(pairs):
    keys = [key for key, _ in pairs]
    require(len(set(keys)) == len(keys), "json", "a member twice")
    return dict(pairs)


def _no_constant(word):
    raise Refused("json", f"{word} is not JSON")


def _integer(digits):
    return int(digits) if len(digits) <= 17 else INT_MAX + 1


def read(raw):
    """Parses only: `canonical` is the caller's check, against what it writes."""
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_members,
                           parse_int=_integer, parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False).encode("utf-8")       # a lone surrogate is no text
    except (UnicodeError, ValueError, RecursionError):
        raise Refused("json", "not JSON") from None
    require(isinstance(value, dict), "json", "not an object")
    return value


def require_canonical(value, raw):
    """`value` has the members in the order in which they belong."""
    try:
        written = write(value).encode()
    except RecursionError:
        raise Refused("canonical", "nested too deeply") from None
    require(written == raw, "canonical", "not the one form")
