"""`why` and `doctor`, against real daemons: what they find, what they advise, and how they end."""
import http.server
import json
import subprocess
import threading
import time

import pytest
from test_confine import BIN, KINDS, Daemon, calls, folder, free_port, party, run  # noqa: F401 (fixtures)


def ask(*words):
    got = subprocess.run([BIN, *map(str, words), "--json"], capture_output=True, text=True, check=False)
    return got.returncode, json.loads(got.stdout)


def wrong(data):
    return [c["check"] for c in data["checks"] if not c["ok"]]


class Wrong(http.server.BaseHTTPRequestHandler):
    """A store whose clock is an hour ahead."""

    def do_GET(self):
        body = json.dumps({"owner": "00" * 32, "records": 0, "statements": 0, "time": int(time.time()) + 3600}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def hour_ahead():
    with http.server.HTTPServer(("127.0.0.1", 0), Wrong) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("kind", ["lab", "gate", "store", "watch"])
def test_why_says_for_each_gate_what_refuses_and_the_way_out(party, kind):
    with Daemon(party, "gate") as d:
        code, reply = ask("why", "--state", party / kind, "--gate", f"1=http://127.0.0.1:{d.port}", "--gate",
                          f"2=http://127.0.0.1:{free_port()}")
    assert code == 10 and reply["error"]["code"] == "CFD-USE-005"
    one, two = reply["data"]["gates"]
    assert (one["gate"], one["code"], one["text"]) == (1, "CFD-REL-006", "no epoch is open yet") and one["way_out"]
    assert (two["gate"], two["code"]) == (2, "CFD-NET-001") and two["way_out"]


def test_why_knows_a_gates_peers_from_its_directory(party):
    url = f"http://127.0.0.1:{free_port()}"
    run("gate", "peer", "--peer", 3, "--url", url, "--state", party / "gate")
    code, reply = ask("why", "--state", party / "gate")
    assert code == 10 and [g["url"] for g in reply["data"]["gates"]] == [url]


def test_a_folder_that_is_none_and_one_without_gates_are_errors(party):
    assert ask("why", "--state", party)[0] == 3 == ask("doctor", "--state", party)[0]
    code, reply = ask("why", "--state", party / "store")
    assert code == 2 and "--gate" in reply["error"]["hint"]


def test_a_healthy_store_has_no_finding_and_the_sandbox_is_listed(party):
    with Daemon(party, "store") as d:
        code, reply = ask("doctor", "--state", party / "store", "--store", f"http://127.0.0.1:{d.port}")
    assert (code, wrong(reply["data"]), reply["data"]["kind"]) == (0, [], "store")
    assert {"files", "disk", "memory", "core", "seccomp", "landlock", "store", "clock"} == {
        c["check"] for c in reply["data"]["checks"]}
    assert {k: v for k, v in reply["data"]["calls"].items()} == {k: calls(k) for k in KINDS}


def test_a_gate_that_releases_nothing_is_a_finding(party):
    with Daemon(party, "gate") as d:
        code, reply = ask("doctor", "--state", party / "gate", "--gate", f"1=http://127.0.0.1:{d.port}")
    assert (code, wrong(reply["data"])) == (10, ["gate 1"])
    assert all(c["advice"] for c in reply["data"]["checks"] if not c["ok"])


def test_a_clock_that_is_apart_is_a_finding(party, hour_ahead):
    code, reply = ask("doctor", "--state", party / "store", "--store", hour_ahead)
    assert (code, wrong(reply["data"])) == (10, ["clock"])


def test_a_secret_that_others_can_read_is_a_finding(party):
    assert wrong(ask("doctor", "--state", party / "gate")[1]["data"]) == []
    (party / "gate/secret").chmod(0o640)
    code, reply = ask("doctor", "--state", party / "gate")
    assert (code, wrong(reply["data"])) == (10, ["files"])
    assert "secret" in reply["data"]["checks"][0]["text"]


def test_a_weak_key_file_is_a_finding(party):
    key = party / "lab/device.key"
    assert "key" not in wrong(ask("doctor", "--state", party / "lab")[1]["data"])
    raw = bytearray(key.read_bytes())
    raw[8:12] = (1).to_bytes(4, "big")
    key.write_bytes(raw)
    code, reply = ask("doctor", "--state", party / "lab")
    assert code == 10 and "key" in wrong(reply["data"])


def test_a_store_that_is_away_is_found_by_a_device(party):
    code, reply = ask("doctor", "--state", party / "lab", "--store", f"http://127.0.0.1:{free_port()}",
                      "--passphrase-file", party / "pass")
    assert code == 10 and wrong(reply["data"])[0] == "store" and "chain" in wrong(reply["data"])
