"""The shape of a vector's `in` and `out` (tests/vectors/README.md): what each member is, and nothing else."""


class Shape(Exception):
    """A vector file is not of the agreed shape; never an outcome."""


class Member:
    def __init__(self, what, kind):
        self.what, self.kind = what, kind

    def decode(self, value, where):
        if not isinstance(value, self.kind) or isinstance(value, bool):
            raise Shape(f"{where}: not {self.what}")
        return value


class Hex(Member):
    def decode(self, value, where):
        super().decode(value, where)
        if len(value) % 2 or not set(value) <= set("0123456789abcdef"):
            raise Shape(f"{where}: not lower-case hex")
        return bytes.fromhex(value)


class Int(Member):
    def decode(self, value, where):
        if not 0 <= super().decode(value, where) < 1 << 53:
            raise Shape(f"{where}: not 0 to 2^53-1")
        return value


HEX, INT = Hex("hex", str), Int("an integer", int)
TEXT, OBJECT = Member("a string", str), Member("an object", dict)


def spec(names, **others):
    """'kind# project' and keywords for what is neither hex nor an integer."""
    return {n.rstrip("#"): INT if n.endswith("#") else HEX for n in names.split()} | others


def decode(rule, value, where="in"):
    if isinstance(rule, Member):
        return rule.decode(value, where)
    if isinstance(rule, list):
        if not isinstance(value, list):
            raise Shape(f"{where}: not a list")
        return [decode(rule[0], item, f"{where}[{i}]") for i, item in enumerate(value)]
    if not isinstance(value, dict):
        raise Shape(f"{where}: not an object")
    if set(value) != set(rule):
        odd = sorted(set(value) ^ set(rule))
        raise Shape(f"{where}: members missing or too many: {', '.join(odd)}")
    return {key: decode(rule[key], item, f"{where}.{key}") for key, item in value.items()}


def encode(value):
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {key: encode(item) for key, item in value.items()}
    return value


class Operation:
    def __init__(self, run, rule, must):
        self.run, self.rule, self.must = run, rule, must


class Registry:
    """file name -> operation name -> Operation."""

    def __init__(self):
        self.files = {}

    def op(self, path, names="", must="ok", **others):
        """'header/parse' registers operation `parse` of header.json."""
        file, operation = path.split("/")

        def register(run):
            self.files.setdefault(file + ".json", {})[operation] = Operation(run, spec(names, **others), must.split())
            return run
        return register


REGISTRY = Registry()
op = REGISTRY.op
