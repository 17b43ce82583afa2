"""From an activation at the API to the event at a listener that runs the example receiver."""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.journeys.terminal import Terminal, activation, card_row, cards_csv, event
from tests.journeys.test_command_line import POINT_COLUMNS, POINTS
from tests.journeys.test_demo import free_port, serving
from tests.listening import listening
from tests.signers import Signer

RECEIVER = Path(__file__).parents[2] / "docs/partners/receiver.py"
PATIENCE_S = 30
IDENTIFIER = "990000D156000005" + "0" * 15 + "1"


@dataclass
class Example:
    """The example receiver as a process of its own."""

    port: int
    file: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/events"

    def kept(self) -> list[dict]:
        """Give what it has kept, in the order of arrival."""
        with contextlib.closing(sqlite3.connect(self.file)) as file:
            rows = file.execute("select id, body from event order by number").fetchall()
        said = [json.loads(body) for _, body in rows]
        assert [one["data"]["id"] for one in said] == [message_id for message_id, _ in rows]
        return said

    def wait_for(self, count: int) -> list[dict]:
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            if len(kept := self.kept()) >= count:
                return kept
        raise AssertionError(f"{len(kept)} of {count} arrived")


@contextlib.contextmanager
def receiving(secrets: str, folder: Path, port: int) -> Iterator[Example]:
    """Run the example receiver until the block ends."""
    file = folder / "events.sqlite"
    words = [sys.executable, str(RECEIVER), "--port", str(port), "--kept", str(file)]
    with subprocess.Popen(words, env={**os.environ, "QIKA_SECRET": secrets}) as process:
        try:
            end = time.monotonic() + PATIENCE_S
            while process.poll() is None and time.monotonic() < end:
                with contextlib.suppress(httpx.TransportError):
                    httpx.get(f"http://127.0.0.1:{port}/")
                    break
            yield Example(port, file)
        finally:
            process.kill()


@pytest.fixture
def city(tmp_path) -> Terminal:
    """A city with cards; its data is a demo's, so that a listener may be on this machine."""
    terminal = Terminal(tmp_path)
    rows = [card_row(f"T{number:08d}") for number in range(4)]
    rows[1] = rows[1].replace("T00000001,,", f"T00000001,{IDENTIFIER},")
    assert terminal.type("import", "cards", terminal.file("c.csv", cards_csv(rows))).code == 0
    secret = tmp_path / "data" / "qika.sqlite.d" / "demo-identity.key"
    secret.touch(mode=0o600)
    secret.write_bytes(bytes(32))
    return terminal


def added(city: Terminal, url: str, *options: str, name: str = "fund") -> str:
    return city.json("listeners", "add", name, url, *options)["secret"]


def one(city: Terminal, *words: str) -> dict:
    (found,) = city.json("listeners", *words)["listeners"]
    return found


def test_a_signed_activation_arrives_at_the_example_receiver_and_a_stop_leaves_nothing_open(
    city, tmp_path
):
    points = city.file("points.csv", "\n".join((POINT_COLUMNS, *POINTS)) + "\n")
    assert city.type("import", "points", points).code == 0
    signer, port = Signer.new("bank-1"), free_port()
    city.json("partners", "put", "bank", "--name", "Bank", "--regions", "990000",
              "--channels", "bank_counter", "--banks", "*")  # fmt: skip
    city.json("partners", "add-key", "bank", "bank-1", city.file("public.pem", signer.public))
    secret = added(
        city, f"http://127.0.0.1:{port}/events", "--by-identifier", name="medical_insurance"
    )
    words = ("serve", "--doors", "partner")
    with (
        receiving(secret, tmp_path, port) as example,
        serving(*words, folder=city.folder / "data") as served,
    ):
        url = f"{str(served.http.base_url).rstrip('/')}/v1/activations"
        said = activation("T00000001", "r1") | {"point_id": "points:b1"}
        body = json.dumps(said).encode()
        headers = signer.headers(url, body, created=int(time.time()))
        (done,) = httpx.post(url, content=body, headers=headers).json()["outcomes"]
        assert done["status"] == "activated", done
        (kept,) = example.wait_for(1)
        assert (kept["type"], kept["data"]["applications"][0]) == ("card.enabled", "social")
        assert kept["data"]["card"]["identifier"] == IDENTIFIER
        assert served.stop() == 0
        assert one(city, "list")["waiting"] == 0, "what it was told is noted"
        (activated,) = city.json("status", "990000", "T00000001")["history"]
        assert activated["acknowledged_at"], "the holder sees that it was told"
        city.activate(activation("T00000002", "r1"))
        assert one(city, "send")["acknowledged"] == 1, "the lease was given back"
        assert len(example.kept()) == 2


def test_secrets_turn_without_a_gap_and_what_was_sent_once_is_kept_once(city, tmp_path):
    port = free_port()
    first = added(city, f"http://127.0.0.1:{port}/events")
    second = city.json("listeners", "add-secret", "fund")["secret"]
    assert city.type("listeners", "add-secret", "fund").code == 1
    for number, secrets in enumerate((first, f"{first} {second}", second)):
        with receiving(secrets, tmp_path, port) as example:
            city.activate(activation(f"T0000000{number}", "r"))
            assert one(city, "send")["acknowledged"] == 1
            assert len(example.kept()) == number + 1
    assert one(city, "end-secret", "fund")["secrets"] == 1
    assert city.type("listeners", "end-secret", "fund").code == 1
    with receiving(first, tmp_path, port) as example:
        city.record(event("T00000000", "e", "loss_reported", loss="temporary"))
        done = city.json("listeners", "send", code=1)["listeners"][0]
        assert (done["acknowledged"], done["fault"]) == (0, "status_400")
    with receiving(second, tmp_path, port) as example:
        replayed = city.json("listeners", "replay", "fund", "--from", "2020-01-01T00:00:00+08:00")
        assert (replayed["events"], replayed["queued"]) == (4, 3), "one waits to be tried again"
        done = one(city, "send")["acknowledged"]
        assert done in (3, 4), "the time at which it is tried again is drawn"
        assert len(example.kept()) == done, "three were kept before, and are kept once"


def test_a_listener_is_paused_resumed_and_switched_off_by_410(city):
    with listening() as there:
        added(city, f"{there.url}/events", "--by-identifier", "--events", "enabled")
        paused = one(city, "pause", "fund", "--reason", "moving")
        assert (paused["state"], paused["reason"]) == ("paused", "moving")
        city.activate(activation("T00000001", "r"))
        assert one(city, "send")["turn"] == "silent"
        assert one(city, "list")["waiting"] == 1
        assert one(city, "resume", "fund")["state"] == "on"
        there.mode = "410"
        said = city.type("listeners", "send")
        assert (said.code, "410" in said.err) == (1, True)
        off = one(city, "list")
        assert (off["state"], off["reason"], off["waiting"]) == ("off", "gone", 1)
        there.mode = "ok"
        one(city, "resume", "fund")
        assert one(city, "send")["acknowledged"] == 1
        city.record(event("T00000001", "e", "loss_reported", loss="temporary"))
        assert one(city, "list")["waiting"] == 0, "it hears of what is enabled only"


def test_the_list_says_in_words_how_it_goes(city):
    assert "no listeners" in city.type("listeners", "list").out
    added(city, f"http://127.0.0.1:{free_port()}/")
    city.activate(activation("T00000001", "r"))
    said = city.type("listeners", "send")
    assert (said.code, "unreachable" in said.err) == (1, True)
    said = city.type("listeners", "list").out
    for words in ("fund", "on since", "1 events wait", "cannot be told since", "unreachable"):
        assert words in said
    assert "告知不了" in city.type("listeners", "list", lang="zh").out
    assert city.json("listeners", "remove", "fund")["forgotten"] == 1
    assert "no listeners" in city.type("listeners", "list").out


def test_wrong_commands_say_what_is_wrong(city, tmp_path):
    added(city, "https://events.example/")
    for words, code, text in (
        (("add", "fund", "https://events.example/"), 1, "already"),
        (("add", "Big Fund", "https://events.example/"), 2, "cannot be a name"),
        (("add", "bank", "http://events.example/"), 2, "not encrypted"),
        (("add", "bank", "https://10.0.0.1/"), 2, "no public address"),
        (("add", "bank", "https://me:secret@events.example/"), 2, "Leave user"),
        (("add", "bank", "events"), 2, "Not the address"),
        (("add", "bank", "https://events.example/", "--events", "born"), 2, "Not known"),
        (("pause", "nobody"), 1, "no listener nobody"),
        (("remove", "nobody"), 1, "no listener nobody"),
        (("send", "nobody"), 1, "no listener nobody"),
        (("replay", "nobody", "--from", "2026-01-01T00:00:00+08:00"), 1, "no listener nobody"),
        (("replay", "fund", "--from", "yesterday"), 2, "no time"),
        (("end-secret", "fund"), 1, "only one secret"),
        (("send", "--listener-networks", "home"), 2, "Not an address or network"),
        (("send", "--listener-ca", str(tmp_path / "none.pem")), 2, "No authorities"),
        (("send", "--listener-ca", city.file("no.pem", "no certificate")), 2, "No authorities"),
    ):
        said = city.type("listeners", *words)
        assert (said.code, text in said.err) == (code, True), (words, said)
    done = city.json("listeners", "add", "bank", "https://10.0.0.1/",
                     "--listener-networks", "10.0.0.0/8")  # fmt: skip
    assert done["secret"].startswith("whsec_")


def test_the_insurers_double_does_not_hear_what_a_real_listener_is_to_hear(city):
    city.activate(activation("T00000001", "r"))
    added(city, "https://events.example/", name="medical_insurance")
    said = city.type("deliver")
    assert (said.code, "qika listeners send" in said.err) == (2, True)
    assert one(city, "list")["waiting"] == 1


def test_a_server_that_is_not_to_tell_tells_nobody(city):
    with listening() as there:
        added(city, f"{there.url}/events")
        city.activate(activation("T00000001", "r"))
        with serving("serve", "--no-tell", folder=city.folder / "data") as served:
            assert one(city, "send")["acknowledged"] == 1, "nobody else holds the lease"
            assert served.stop() == 0
        assert len(there.ids) == 1
