"""Just enough of C's grammar for tools/lint.py: comments blanked out, top-level functions and variables found."""

import dataclasses
import re

_TOKEN = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)
_ATTRIBUTE = re.compile(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)")
_NOT_VARIABLES = re.compile(r"\s*(?:typedef|static_assert|_Static_assert|extern|enum\s*\w*\s*\{|$)")


def _blank(match):
    text = match.group()
    kept = text[0] if text[0] in "\"'" else " "
    return kept + re.sub(r"[^\n]", " ", text[1:-1]) + kept


def blanked(text):
    """The same text, same lines and columns, without what stands in comments, strings and characters."""
    return _TOKEN.sub(_blank, text)


def without_directives(code):
    """Blanked code without its preprocessor lines."""
    return re.sub(r"(?m)^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group()), code)


@dataclasses.dataclass
class Function:
    name: str
    static: bool
    line: int
    lines: int


@dataclasses.dataclass
class Variable:
    text: str
    line: int


def _function(head, line, lines):
    head = _ATTRIBUTE.sub(" ", head)
    name = re.search(r"(\w+)\s*\(", head)
    return Function(name.group(1) if name else "", bool(re.search(r"\bstatic\b", head)), line, lines)


def items(code):
    """(functions defined, variables declared) at file scope. `code`: blanked, without directives."""
    functions, variables = [], []
    depth, line, start, head = 0, 1, None, ""
    for char in code:
        if start is None and not char.isspace():
            start = line
        if depth == 0 and char == ";":
            if _is_variable(head):
                variables.append(Variable(head.strip(), start))
            start, head = None, ""
        elif char == "{":
            depth += 1
            head += char if depth == 1 else ""
        elif char == "}":
            depth -= 1
            signature = head[:-1].rstrip()
            if depth == 0 and signature.endswith(")") and "=" not in signature:
                functions.append(_function(signature, start, line - start + 1))
                start, head = None, ""
            elif depth == 0:
                head += char
        elif depth == 0:
            head += char
        line += char == "\n"
    return functions, variables


def _is_variable(head):
    head = _ATTRIBUTE.sub(" ", head)
    declared = head.split("=")[0]
    if _NOT_VARIABLES.match(head) or re.search(r"\b(?:extern|typedef)\b", declared):
        return False
    if re.fullmatch(r"\s*(?:struct|union|enum)\s+\w+\s*(?:\{\})?\s*", head):
        return False                                    # a type, or only its name
    called = declared.partition("(")[2]                  # else a prototype or a macro's call
    return "(" not in declared or called.lstrip().startswith("*")


def is_mutable(declaration):
    """Can what it declares change? A pointer to const can: it may point elsewhere."""
    declared = re.sub(r"\{[^}]*\}", " ", declaration).split("=")[0].split("[")[0]
    return not re.search(r"\bconst\b", declared[declared.rfind("*") + 1:])
