"""man.py COFFERDAM OUTDIR: man pages and completions. Section 1 comes from the command table (`COFFERDAM commands
--json`) and docs/man; sections 5 and 7 from docs/*.md. Standard library only."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
SHELLS = {"bash": "cofferdam", "zsh": "_cofferdam", "fish": "cofferdam.fish"}
# Pages of formats: name, what it is, document, headings ("2." takes 2 and 2.1).
PAGES = [
    ("cofferdam-policy.5", "the policy language", "docs/policy.md", None),
    ("cofferdam-record.5", "records, slots, manifests and packs", "docs/format.md", ("1.", "2.")),
    ("cofferdam-shares.5", "keys and shares of gates", "docs/format.md", ("1.", "3.")),
    ("cofferdam-statement.5", "signed statements", "docs/format.md", ("1.", "4.")),
    ("cofferdam-request.5", "requests to gates, and their answers", "docs/format.md", ("1.", "5.", "6.")),
    ("cofferdam-log.5", "entries, checkpoints and snapshots of a gate's log", "docs/format.md",
     ("1.", "7.", "8.", "12.")),
    ("cofferdam-key.5", "a device's key file, and kept DEKs", "docs/format.md", ("1.", "9.", "10.")),
    ("cofferdam-heads.5", "how far the chains of devices reach", "docs/format.md", ("1.", "11.")),
    ("cofferdam-protocol.7", "the calls to gates, store and watcher", "docs/protocol.md", None),
]


def escaped(text):
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    return text.replace("^", "\\(ha").replace("~", "\\(ti").replace('"', "\\(dq")


def inline(text):
    """Markdown's inline marks as roff's fonts."""
    parts = re.split(r"(`[^`]+`|\*\*.+?\*\*|\[[^\]]+\]\([^)]+\)|(?<![\w*])\*[^*]+\*(?!\w))", text)
    out = ""
    for part in parts:
        if part.startswith("`") and len(part) > 2:
            broken = re.sub(r"(?<=\w)/", "/\\\\:", escaped(part[1:-1]))
            out += f"\\fB{broken}\\fP"
        elif part.startswith("**") and len(part) > 4:
            out += f"\\fB{escaped(part[2:-2].replace('`', ''))}\\fP"
        elif part.startswith("[") and "](" in part:
            out += escaped(part[1:part.index("](")])
        elif part.startswith("*") and part.endswith("*") and len(part) > 2:
            out += f"\\fI{escaped(part[1:-1])}\\fP"
        else:
            out += escaped(part)
    return out


def line(text):
    """One roff text line: never taken for a request."""
    text = inline(" ".join(text.split()))
    return "\\&" + text if text[:1] in (".", "\\(aq"[:1]) and not text.startswith("\\f") else text


def sentences(text):
    """A paragraph with each sentence on its own line."""
    return [line(s) for s in re.split(r"(?<=[.:?!]) (?=[A-Z`*])", " ".join(text.split())) if s]


def cells(row):
    return [c.strip() for c in re.split(r"(?<!\\)\|", row.strip().strip("|"))]


def table(rows):
    """The first cell as a tag, the others as its text: holds on every width of terminal."""
    head, body = cells(rows[0]), [cells(r) for r in rows[2:]]
    for row in body:
        more = [f"{h}: {c}" if len(head) > 2 and h and c else c for h, c in zip(head[1:], row[1:])]
        yield ".TP"
        yield line(row[0] or "\\&")
        yield line("; ".join(c for c in more if c) or "\\&")


def blocks(text):
    """Markdown in blocks: (kind, lines)."""
    lines, i = text.split("\n"), 0
    while i < len(lines):
        start = i
        if lines[i].startswith("```"):
            i = next(k for k in range(i + 1, len(lines)) if lines[k].startswith("```")) + 1
            yield "code", lines[start + 1:i - 1]
            continue
        kind = ("head" if lines[i].startswith("#") else "table" if lines[i].startswith("|") else
                "item" if re.match(r"(- |\d+\. )", lines[i]) else "text" if lines[i].strip() else None)
        i += 1
        while kind in ("table", "item", "text") and i < len(lines) and lines[i].strip() and \
                not re.match(r"```|#|- |\d+\. ", lines[i]) and (kind == "table") == lines[i].startswith("|"):
            i += 1
        if kind and not lines[start].startswith("<!--"):
            yield kind, lines[start:i]


def roff(text):
    """Markdown (without its title) as man(7); headings stay, paragraphs and lists follow."""
    out, after_head = [], True
    for kind, lines in blocks(text):
        if kind == "head":
            level, title = lines[0].split(" ", 1)
            out.append((".SH " if len(level) == 2 else ".SS ") + inline(title.upper() if len(level) == 2 else title))
        elif kind == "code":
            out += [".PP"] * (not after_head) + [".EX"] + ["\\&" + escaped(c) for c in lines] + [".EE"]
        elif kind == "table":
            out += table(lines)
        elif kind == "item":
            mark, rest = re.match(r"(- |\d+\. )(.*)", "\n".join(lines), re.S).groups()
            out += [".IP \\(bu 2" if mark == "- " else f".IP {mark.strip()} 4", *sentences(rest)]
        else:
            out += [".PP"] * (not after_head) + sentences("\n".join(lines))
        after_head = kind == "head"
    return "\n".join(out) + "\n"


def date():
    """When the newest source of the pages was changed; SOURCE_DATE_EPOCH makes it repeatable."""
    files = [*(ROOT / "docs").rglob("*.md"), ROOT / "src/cli/table.c"]
    seconds = os.environ.get("SOURCE_DATE_EPOCH") or max(f.stat().st_mtime for f in files)
    return time.strftime("%Y-%m-%d", time.gmtime(int(seconds)))


def page(name, what, body, version):
    title, section = name.rsplit(".", 1)
    return (f'.TH "{title.upper()}" "{section}" "{date()}" "cofferdam {version}" ""\n.SH NAME\n'
            f"{escaped(title)} \\- {escaped(what)}\n{body}")


def prose():
    """The sections of docs/man/commands.md by command."""
    parts = re.split(r"(?m)^## (.*)\n", (ROOT / "docs/man/commands.md").read_text())
    return dict(zip(parts[1::2], parts[2::2]))


def options(rows):
    for o in rows:
        yield ".TP"
        yield f"\\fB{escaped(o['name'])}\\fP" + (f" \\fI{escaped(o['value'])}\\fP" if o["value"] else "")
        yield line(o["help"])


def command_words(c):
    return f"{c['noun']} {c['verb']}".strip()


def noun_page(noun, commands, texts):
    """One page a noun: its commands, each with summary, prose and options."""
    out = [".SH SYNOPSIS"]
    for c in commands:
        args = f" \\fI{escaped(c['args'])}\\fP" if c["args"] else ""
        out += [f"\\fBcofferdam {escaped(command_words(c))}\\fP{args} [\\fIOPTION\\fP]...", ".br"]
    out[-1:] = [".SH DESCRIPTION"]
    for c in commands:
        words = command_words(c)
        if len(commands) > 1:
            out.append(f".SS cofferdam {escaped(words)}")
        out += [line(c["summary"][0].upper() + c["summary"][1:] + "."), ".PP", roff(texts.get(words, "")).rstrip("\n")]
        out += options(c["options"])
    out += [".SH SEE ALSO", ".BR cofferdam (1)", "says which options every command has, and what exit codes mean."]
    return "\n".join(out) + "\n"


def main_page(data, nouns):
    text = (ROOT / "docs/man/cofferdam.md").read_text()
    title, body = text.split("\n", 1)
    head, tail = roff(body).split(".SH JSON\n")
    out = [".SH COMMANDS"]
    for c in data["commands"]:
        out += [".TP", f"\\fB{escaped(command_words(c))}\\fP " + (f"\\fI{escaped(c['args'])}\\fP" if c["args"] else ""),
                line(c["summary"])]
    out += [".SH OPTIONS", "Every command has these:", *options(data["common_options"])]
    also = ["cofferdam.conf (5)", *[f"{p[0].rsplit('.', 1)[0]} ({p[0][-1]})" for p in PAGES], "cofferdam-codes (7)",
            *[f"cofferdam-{n} (1)" for n in nouns]]
    ends = ",\n".join(f".BR {escaped(a)} ," for a in sorted(also)).replace(" ,,", " ,")
    return (title.split(" — ")[1], head + "\n".join(out) + "\n.SH JSON\n" + tail + ".SH SEE ALSO\n" +
            ends.rsplit(" ,", 1)[0] + "\n")


def section_text(document, headings):
    text = (ROOT / document).read_text().split("\n", 1)[1]
    if headings is None:
        return text if re.match(r"\s*## ", text) else "## Description\n" + text
    parts = re.split(r"(?m)^(?=## )", text)
    chosen = [p for p in parts if p.startswith("## ") and p[3:].split(" ")[0] in headings]
    if len(chosen) != len(headings):
        raise SystemExit(f"man.py: {document} has not all of the sections {', '.join(headings)}")
    return "".join(chosen)


def run(program, *words):
    # It ends at once; leaks of so short a life are looked for elsewhere.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COFFERDAM_")}
    environment["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    return subprocess.run([program, *words], stdout=subprocess.PIPE, check=True, env=environment).stdout.decode()


def codes_page(program):
    rows = json.loads(run(program, "explain", "--json"))["data"]["codes"]
    out = [".SH DESCRIPTION", "Each way to fail has a code that is never reused.",
           "\\fBcofferdam explain\\fP \\fICODE\\fP prints one of them.", ".SH CODES"]
    for r in rows:
        out += [".TP", f"\\fB{escaped(r['code'])}\\fP (exit code {r['exit_code']})",
                line(r["title"][0].upper() + r["title"][1:] + "."), line(r["explain"])]
    return "\n".join(out) + "\n"


def pages(program):
    """Every page by file name."""
    data = json.loads(run(program, "commands", "--json"))["data"]
    version = json.loads(run(program, "version", "--json"))["data"]["version"]
    texts = prose()
    nouns = list(dict.fromkeys(c["noun"] for c in data["commands"]))
    made = {}
    for noun in nouns:
        commands = [c for c in data["commands"] if c["noun"] == noun]
        what = ", ".join(c["summary"] for c in commands[:1]) if len(commands) == 1 else \
            "cofferdam's commands about " + {"policy": "policies"}.get(noun, noun + "s")
        made[f"cofferdam-{noun}.1"] = page(f"cofferdam-{noun}.1", what, noun_page(noun, commands, texts), version)
    what, body = main_page(data, nouns)
    made["cofferdam.1"] = page("cofferdam.1", what, body, version)
    title, body = (ROOT / "docs/man/cofferdam.conf.md").read_text().split("\n", 1)
    made["cofferdam.conf.5"] = page("cofferdam.conf.5", title.split(" — ")[1], roff(body), version)
    made["cofferdam-codes.7"] = page("cofferdam-codes.7", "what cofferdam's error codes mean", codes_page(program),
                                     version)
    for name, what, document, headings in PAGES:
        made[name] = page(name, what, roff(section_text(document, headings)), version)
    return made


def main(argv):
    if len(argv) != 3:
        print("usage: man.py COFFERDAM OUTDIR", file=sys.stderr)
        return 2
    program, out = argv[1], pathlib.Path(argv[2])
    for section in "157":
        shutil.rmtree(out / f"man{section}", ignore_errors=True)
        (out / f"man{section}").mkdir(parents=True)
    for name, text in pages(program).items():
        (out / f"man{name[-1]}" / name).write_text(text)
    for shell, name in SHELLS.items():
        (out / name).write_text(run(program, "completion", shell))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
