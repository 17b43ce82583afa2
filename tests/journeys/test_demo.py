"""The demo and the server as real processes: what a person meets who types the two commands."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.journeys.terminal import Terminal, as_process

STARTS_WITHIN_S = 45
SECOND_START_S = 10
"""Of a processor."""
STOPS_WITHIN_S = 5


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


@dataclass
class Running:
    """A server process that answers."""

    process: subprocess.Popen[str]
    http: httpx.Client

    def processor_s(self) -> float:
        """Seconds of a processor that it has used, which others on the machine do not lengthen."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> int:
        """Send SIGTERM; give the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOPS_WITHIN_S)


@contextlib.contextmanager
def serving(*words: str, folder: Path, port: int = 0) -> Iterator[Running]:
    """Start a server, on a free port if none is named, and wait until it may be sent work."""
    port, began = port or free_port(), time.monotonic()
    with (
        as_process(*words, "--port", str(port), folder=folder) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as http,
    ):
        while True:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() - began < STARTS_WITHIN_S
            with contextlib.suppress(httpx.TransportError):
                if http.get("/readyz").status_code == 200:
                    break
        yield Running(process, http)


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Path:
    """The data folder of a demo that has run once and was stopped."""
    folder = tmp_path_factory.mktemp("demo")
    with serving("demo", folder=folder) as demo:
        assert demo.stop() == 0
    return folder


@pytest.fixture
def folder(filled, tmp_path) -> Path:
    shutil.copytree(filled, tmp_path / "data")
    return tmp_path / "data"


def _body(demo: Running, key: str) -> dict:
    """Write an activation of card D00000003 a minute ago, with what the plan lists."""
    at = datetime.now(ZoneInfo("Asia/Shanghai")) - timedelta(minutes=1)  # noqa: TID251
    asked = {"region": "990000", "card_bank": "105", "near": "31.0,111.0"}
    plan = demo.http.post("/v1/plans", json=asked).json()
    counter = next(one for one in plan["options"] if one["channel"] == "bank_counter")
    assert counter["offered"]
    return {
        "request_key": key,
        "card": {"issuer": "990000", "card_number": "D00000003"},
        "channel": "bank_counter",
        "occurred_at": at.isoformat(timespec="seconds"),
        "point_id": counter["points"][0]["id"],
        "presented": [
            {"document": (one["any_of"] or [one["code"]])[0], "of": one["for"]}
            for one in counter["documents"]
        ],
    }


@pytest.fixture(scope="module")
def demo(filled, tmp_path_factory) -> Iterator[Running]:
    """A demo in its second run, which several tests ask."""
    folder = tmp_path_factory.mktemp("asked") / "data"
    shutil.copytree(filled, folder)
    with serving("demo", folder=folder) as running:
        yield running
        assert running.stop() == 0


def test_the_demo_answers_asks_finds_activates_records_and_tells_the_insurer(demo):
    plan = demo.http.get("/v1/plans", params={"region": "深圳南山"}).json()
    assert plan["region"]["code"] == "440305"
    near = {"lat": 31.0, "lon": 111.0, "channel": "hospital_first_use", "limit": 2}
    points = demo.http.get("/v1/points", params=near).json()
    assert [one["kind"] for one in points["items"]] == ["hospital", "hospital"]
    body = _body(demo, "first")
    done = demo.http.post("/v1/activations", json=body).json()["outcomes"][0]
    assert done["status"] == "activated"
    again = demo.http.post("/v1/activations", json=body).json()["outcomes"][0]
    assert again["replayed"] is True
    loss = {
        "request_key": "loss",
        "card": body["card"],
        "type": "loss_reported",
        "loss": "temporary",
        "occurred_at": body["occurred_at"],
    }
    said = demo.http.post("/v1/events", json=loss).json()["outcomes"][0]
    assert said["status"] == "recorded"
    status = _until_acknowledged(demo, body["card"])
    assert status["applications"]["social"]["state"] == "temporary_loss"
    assert [one["type"] for one in status["history"]] == ["activated", "loss_reported"]


def _until_acknowledged(demo: Running, card: dict, name: str = "刘示例") -> dict:
    """Ask until the insurer's double has confirmed every event that is meant for it."""
    asked = {"card": card, "name": name}
    began = time.monotonic()
    while time.monotonic() - began < STARTS_WITHIN_S:
        status = demo.http.post("/v1/card-status", json=asked).json()
        assert status["found"], status
        if status["history"][0]["acknowledged_at"]:
            return status
    raise AssertionError("the insurer never confirmed the activation")


@pytest.mark.parametrize(("lang", "words"), [("zh", "虚构"), ("en", "fictitious")])
def test_both_pages_and_the_description_are_there(demo, lang, words):
    page = demo.http.get(f"/{lang}/social-security/card-activation/990000")
    assert page.status_code == 200
    assert words in page.text
    assert demo.http.get("/").status_code in {200, 303, 307}
    assert demo.http.get("/openapi.json").json()["openapi"].startswith("3.1")


def test_a_newcomer_enables_the_example_card_online_by_the_double_of_alipay(demo):
    place = "/en/social-security/card-activation/990000/online"
    fields = ("card_number", "name", "social_security_number")
    with httpx.Client(base_url=demo.http.base_url, timeout=10) as browser:
        shown = browser.get(f"{place}/card").text
        words = re.search(r"card (\S+), name (\S+), identity number (\S+)\. Nobody", shown)
        said = dict(zip(fields, words.groups(), strict=True))
        went = browser.post(f"{place}/card", data=said, follow_redirects=True)
        page = re.search(r'href="(http[^"]+gateway\.do[^"]+)"', went.text)[1].replace("&amp;", "&")
        certify_id = re.search(r'name="certify_id" value="(\w+)"', browser.get(page).text)[1]
        decide = page.split("/gateway.do")[0] + "/decide"
        chosen = {"certify_id": certify_id, "face": "holder"}
        back = browser.post(decide, data=chosen, follow_redirects=True)
        assert "The card was activated." in back.text
    card = {"issuer": "990000", "card_number": said["card_number"]}
    status = _until_acknowledged(demo, card, said["name"])
    assert [one["channel"] for one in status["history"]] == ["online_alipay"]


def test_a_second_start_is_quick_and_keeps_what_was_done(folder):
    with serving("demo", folder=folder) as demo:
        assert demo.processor_s() < SECOND_START_S
        body = _body(demo, "kept")
        assert demo.http.post("/v1/activations", json=body).json()["outcomes"][0]["status"] == (
            "activated"
        )
        assert demo.stop() == 0
    with serving("demo", folder=folder) as demo:
        outcome = demo.http.post("/v1/activations", json=body).json()["outcomes"][0]
        assert (outcome["status"], outcome["replayed"]) == ("activated", True)


def test_a_demo_killed_while_it_fills_the_city_fills_it_whole_the_next_time(tmp_path):
    with as_process("demo", "--port", str(free_port()), folder=tmp_path) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "example cards" in line:
                break
        process.kill()
        process.wait(STOPS_WITHIN_S)
    with serving("demo", folder=tmp_path) as demo:
        points = demo.http.get("/v1/points", params={"lat": 31, "lon": 111, "limit": 100})
        assert len(points.json()["items"]) == 36
        assert demo.stop() == 0
    terminal = Terminal(tmp_path)
    checked = terminal.json("audit", "verify", "--database", f"sqlite:///{tmp_path}/qika.sqlite")
    assert (checked["cards"], checked["broken"]) == (2000, 0)


def test_elsewhere_unsigned_writes_are_refused_and_two_workers_answer(folder):
    with serving("serve", "--workers", "2", folder=folder) as server:
        body = {"request_key": "k", "card": {"issuer": "990000", "card_number": "D00000003"}}
        for path in ("/v1/activations", "/v1/events"):
            refused = server.http.post(path, json=body)
            assert refused.status_code == 401
            assert refused.headers["content-type"].startswith("application/problem+json")
        answers = [server.http.get("/v1/plans", params={"region": "990000"}) for _ in range(8)]
        assert {one.status_code for one in answers} == {200}
        assert server.stop() == 0


def test_the_public_door_has_no_writes_and_needs_no_card_keys(folder):
    keys = folder / "qika.sqlite.d" / "vault.keys"
    keys.unlink()
    with serving("serve", "--doors", "public", folder=folder) as server:
        for path in ("/v1/activations", "/v1/events", "/v1/card-status"):
            assert server.http.post(path, json={}).status_code == 404
        assert server.http.get("/v1/plans", params={"region": "990000"}).status_code == 200
        near = {"lat": 31.0, "lon": 111.0}
        assert len(server.http.get("/v1/points", params=near).json()["items"]) == 20
        assert server.stop() == 0
    assert not keys.exists()


def test_a_port_that_is_taken_is_said_so_with_exit_code_3(folder):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = str(listening.getsockname()[1])
        with as_process("serve", "--port", port, folder=folder) as process:
            _, err = process.communicate(timeout=STARTS_WITHIN_S)
    assert process.returncode == 3
    assert "--port" in err


def test_what_is_typed_into_a_letter_is_neither_written_nor_told_to_the_log(folder):
    said = {
        "region": "990000",
        "holder_name": "欧阳䶮",
        "holder_number": "11010519491231002X",
        "agent_name": "Grace Example",
        "application": "social",
    }
    with serving("demo", folder=folder) as demo:
        made = demo.http.post("/zh/power-of-attorney", data=said)
        assert made.headers["content-type"] == "application/pdf"
        refused = demo.http.post("/zh/power-of-attorney", data=said | {"valid_from": "x"})
        assert refused.status_code == 422
        assert demo.stop() == 0
        told = "".join(one for one in demo.process.communicate() if one)
    secrets = [said[name] for name in ("holder_name", "holder_number", "agent_name")]
    assert not any(one in told for one in secrets)
    files = [one for one in folder.rglob("*") if one.is_file()]
    assert len(files) > 3
    for file in files:
        content = file.read_bytes()
        assert not any(one.encode() in content for one in secrets), file.name
