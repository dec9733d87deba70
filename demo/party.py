"""One party of the demo: a state directory, a passphrase file, and the cofferdam command."""
import json
import os
import secrets
import subprocess

import agent_socket

BIN = os.environ.get("COFFERDAM_BIN", "cofferdam")


class Refused(Exception):
    """The command failed; code, exit code and message are its own."""

    def __init__(self, argv, code, exit_code, message):
        super().__init__(f"{' '.join(argv)}: {message} [{code}]")
        self.code, self.exit_code = code, exit_code


class Party:
    def __init__(self, root, name, script=False):
        """A script (its agent runs) speaks to the agent itself; everybody else runs the command."""
        self.name, self.script = name, script
        self.state = os.path.join(root, name)
        self.passphrase = os.path.join(root, name + ".passphrase")
        if not os.path.exists(self.passphrase):
            with open(os.open(self.passphrase, os.O_CREAT | os.O_WRONLY, 0o600), "w") as f:
                f.write(secrets.token_hex(16) + "\n")

    def argv(self, *words):
        return [BIN, *words, "--state", self.state, "--passphrase-file", self.passphrase]

    def run(self, words, text=None):
        """One command line: (exit code, stdout, stderr)."""
        if self.script:
            got = agent_socket.ask(os.path.join(self.state, "agent.sock"), words, text or b"")
        else:
            ran = subprocess.run(self.argv(*words), input=text, capture_output=True, check=False)
            got = ran.returncode, ran.stdout, ran.stderr
        self.note(words, *got)
        return got

    def note(self, words, code, out, err):
        """With COFFERDAM_TRANSCRIPTS every command is written down there; not the record that somebody reads."""
        if folder := os.environ.get("COFFERDAM_TRANSCRIPTS"):
            shown = b"" if words[:2] == ("record", "show") else out
            with open(os.path.join(folder, self.name), "ab") as f:
                f.write(" ".join(["$", *words]).encode() + b"\n" + shown + err + f"exit {code}\n".encode())

    def do(self, *words, text=None):
        """Runs one command with --json and returns its data."""
        code, out, err = self.run((*words, "--json"), text)
        try:
            reply = json.loads(out)
        except ValueError:
            raise Refused(words, "no-json", code, err.decode(errors="replace")) from None
        if not reply["ok"]:
            error = reply["error"]
            raise Refused(words, error["code"], code, error["message"])
        return reply["data"]

    def content(self, *words):
        """Runs one command and returns the raw bytes that it prints."""
        code, out, err = self.run(words)
        if code:
            raise Refused(words, "failed", code, err.decode(errors="replace").strip())
        return out

    def start(self, *words, log=None):
        """Starts a server or agent and waits until it says `ready`."""
        err = open(log or self.state + ".log", "ab")
        process = subprocess.Popen(self.argv(*words), stdout=subprocess.PIPE, stderr=err,
                                   stdin=subprocess.DEVNULL, text=True)
        err.close()
        line = process.stdout.readline()
        if not line.startswith("ready"):
            process.kill()
            raise RuntimeError(f"{self.name}: {' '.join(words)} did not start: see {err.name}")
        return process
