"""Layouts in the TLS presentation language: a reader that cannot overrun, and its counterparts."""

from .outcome import Refused, require


def width(ceiling):
    """Bytes of the length prefix of `opaque x<..ceiling>`."""
    return 1 if ceiling <= 255 else 2 if ceiling <= 65535 else 3


def vector(data, floor, ceiling):
    require(floor <= len(data) <= ceiling, "format", f"{len(data)} bytes, not {floor} to {ceiling}")
    return len(data).to_bytes(width(ceiling), "big") + data


def uint(value, size):
    require(0 <= value < 1 << 8 * size, "format", f"{value} does not fit {size} bytes")
    return value.to_bytes(size, "big")


def fixed(data, size):
    require(len(data) == size, "format", f"{len(data)} bytes, not {size}")
    return data


class Reader:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, size):
        if size > len(self.data) - self.at:
            raise Refused("format", f"cut at byte {len(self.data)}")
        self.at += size
        return self.data[self.at - size:self.at]

    def uint(self, size):
        return int.from_bytes(self.take(size), "big")

    def vector(self, floor, ceiling):
        size = self.uint(width(ceiling))
        require(floor <= size <= ceiling, "format", f"vector of {size}, not {floor} to {ceiling}")
        return self.take(size)

    def magic(self, word):
        require(self.take(len(word)) == word, "format", f"magic is not '{word.decode()}'")

    def version(self):
        require(self.uint(1) == 1, "version", "version is not 1")

    def suite(self):
        require(self.uint(1) == 1, "version", "suite is not 1")

    def zero(self, size):
        require(not any(self.take(size)), "format", "reserved bytes are not zero")

    def rest(self):
        return self.take(len(self.data) - self.at)

    def done(self):
        require(self.at == len(self.data), "format", f"{len(self.data) - self.at} bytes left over")


def utf8(data, what):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("format", f"{what} is not UTF-8") from None


def gate(number):
    require(1 <= number <= 8, "format", f"gate {number}")
    return number


def rows(data, size):
    require(len(data) % size == 0, "format", f"{len(data)} bytes are no rows of {size}")
    return [data[i:i + size] for i in range(0, len(data), size)]


def strictly_ascending(values):
    return all(a < b for a, b in zip(values, values[1:]))
