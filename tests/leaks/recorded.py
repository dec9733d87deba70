"""The demo with everything around it written down: traffic, transcripts, command lines, aborts.

Each listening daemon gets another port; a relay on the one that everybody was told keeps both directions of every
connection. The agents' private sockets are not recorded: plaintext goes there on purpose.
"""
import argparse
import asyncio
import os
import resource
import signal
import subprocess
import sys
import threading
import time

import demo as demo_module
import party
import setup_steps


class Relay:
    """One thread that listens where the daemons were to listen."""

    def __init__(self, folder):
        self.folder, self.ports, self.count = folder, {}, 0
        os.makedirs(folder)
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def stand_before(self, public, name, real):
        """Traffic to `public` goes on to `real`; a daemon that came back has a new one."""
        known = public in self.ports
        self.ports[public] = name, real
        if not known:
            serve = asyncio.start_server(lambda r, w: self.pass_on(public, r, w), "127.0.0.1", public)
            asyncio.run_coroutine_threadsafe(serve, self.loop).result(10)

    async def pass_on(self, public, reader, writer):
        name, real = self.ports[public]
        self.count += 1
        file = os.path.join(self.folder, f"{name}-{self.count:05d}")
        try:
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", real)
        except OSError:
            writer.close()
            return
        await asyncio.gather(copy(reader, to_writer, file + ".asked"), copy(to_reader, writer, file + ".told"))


async def copy(reader, writer, path):
    with open(path, "wb") as f:
        try:
            while data := await reader.read(1 << 16):
                f.write(data)
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


class Watcher(threading.Thread):
    """Command line and environment of every process of the demo that it gets to see."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.folder, self.seen, self.over = folder, set(), False
        os.makedirs(folder)

    def look(self, pid):
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            line = f.read()
        words = line.split(b"\0")
        if words[0].decode(errors="replace") != party.BIN or (pid, line) in self.seen:
            return
        self.seen.add((pid, line))
        with open(os.path.join(self.folder, f"{pid}-{len(self.seen)}.cmdline"), "wb") as f:
            f.write(line)
        with open(f"/proc/{pid}/environ", "rb") as f:
            environment = f.read()
        with open(os.path.join(self.folder, f"{pid}-{len(self.seen)}.environ"), "wb") as f:
            f.write(environment)

    def run(self):
        while not self.over:
            for pid in filter(str.isdigit, os.listdir("/proc")):
                try:
                    self.look(pid)
                except OSError:
                    continue        # it ended, or its environment is another user's to read
            time.sleep(0.1)


class Recorded(demo_module.Demo):
    def __init__(self, root):
        super().__init__(argparse.Namespace(tasks=60, seed=7, keep=root, stay=False, json=False, part="all"))
        self.relay = Relay(os.path.join(root, "traffic"))
        self.watcher = Watcher(os.path.join(root, "processes"))
        self.aborted = {}

    def abort(self, name, process):
        """How the kernel says that it ended: CLD_DUMPED or CLD_KILLED."""
        process.send_signal(signal.SIGABRT)
        self.aborted[name] = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT).si_code
        process.wait()
        self.processes.remove(process)

    def stop(self):
        if not self.aborted and self.processes:
            for process in [p for p in self.processes if p not in self.scripts and p.poll() is None]:
                words = process.args
                self.abort(" ".join(words[1:3]) + " of " +
                           os.path.basename(words[words.index("--state") + 1]), process)
        self.watcher.over = True
        return super().stop()


def run(root):
    """Plays it in `root`; returns the Recorded. Core dumps are allowed, and would lie in root/cores."""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    here, start = os.getcwd(), party.Party.start
    os.makedirs(os.path.join(root, "cores"))
    os.makedirs(os.path.join(root, "transcripts"))
    os.environ["COFFERDAM_TRANSCRIPTS"] = os.path.join(root, "transcripts")
    played = Recorded(root)

    def start_behind_relay(self, *words, log=None):
        if "--listen" in words:
            at = words.index("--listen") + 1
            real = setup_steps.free_port()
            played.relay.stand_before(int(words[at].split(":")[1]), self.name, real)
            words = words[:at] + (f"127.0.0.1:{real}",) + words[at + 1:]
        process = start(self, *words, log=log)
        threading.Thread(target=keep, args=(process.stdout, self.state + ".stdout"), daemon=True).start()
        return process

    party.Party.start = start_behind_relay
    try:
        os.chdir(os.path.join(root, "cores"))
        played.watcher.start()
        played.status = demo_module.run(played)
    finally:
        os.chdir(here)
        party.Party.start = start
        del os.environ["COFFERDAM_TRANSCRIPTS"]
        played.stop()
    return played


def keep(stream, path):
    with open(path, "a") as f:
        for line in stream:
            f.write(line)


def control_dump(folder, text):
    """An ordinary process that holds `text` and aborts: (CLD_DUMPED or CLD_KILLED, its core or None)."""
    program = "import os, sys; held = sys.stdin.read(); os.abort()"
    process = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, cwd=folder,
                               stderr=subprocess.DEVNULL)
    process.stdin.write(text)
    process.stdin.close()
    code = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT).si_code
    process.wait()
    cores = [os.path.join(folder, name) for name in os.listdir(folder)]
    return code, cores[0] if cores else None
