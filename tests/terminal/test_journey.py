"""The agent and the service as real processes: from the driver's string to the holder's status."""

import contextlib
import json
import subprocess
import threading
from collections import Counter

import httpx
import pytest

from tests.terminal.cities import CARDS, City, until
from tests.terminal.counters import card_number, driver_string
from tests.terminal.running import Running, command, serving

pytestmark = pytest.mark.timeout(300)  # many processes start, one after another

PAPERS = [{"document": "id_card", "of": "holder"}]


@pytest.fixture(scope="module")
def city(tmp_path_factory) -> City:
    return City(tmp_path_factory.mktemp("city"))


def first_use(number: int, **changes: object) -> dict:
    return {
        "use": "outpatient", "driver_string": driver_string(number), "presented": PAPERS, **changes,
    }  # fmt: skip


def test_from_the_drivers_string_to_the_holders_status(city, tmp_path):
    folder = city.counter(tmp_path / "counter")
    with city.serving(), serving(folder) as agent:
        done = agent.http.post("/first-use", json=first_use(0, wait_s=30)).json()
        assert (done["state"], done["status"]) == ("sent", "activated"), done
        asked = {"card": {"issuer": "990000", "card_number": card_number(0)}, "name": "Zhang Shili"}
        status = httpx.post(f"{city.origin}/v1/card-status", json=asked, timeout=10).json()
        assert status["applications"]["social"]["state"] == "normal"
        assert status["applications"]["financial"]["state"] == "sealed"
        [event] = city.history(0)
        assert (event["channel"], event["type"]) == ("hospital_first_use", "activated")
        assert event["occurred_at"][:19] == done["occurred_at"][:19]
        again = agent.http.post("/first-use", json=first_use(0, wait_s=30)).json()
        assert again["status"] == "already_active"
        assert agent.stop() == 0
    log = (folder / "log").read_text()
    assert "event 1 is kept" in log
    assert card_number(0) not in log
    assert "d156000005" not in log.lower()


class Cashier:
    """Sends first uses under keys of its own, again and again until each is acknowledged."""

    def __init__(self, folder, numbers: list[int]) -> None:
        self.folder, self.waiting = folder, list(numbers)
        self.acknowledged: list[int] = []

    def work(self, agent: Running, amount: int) -> None:
        """Have some acknowledged; the agent may die meanwhile."""
        aim = len(self.acknowledged) + amount
        with contextlib.suppress(httpx.TransportError):
            while self.waiting and len(self.acknowledged) < aim:
                number = self.waiting[0]
                said = first_use(number, request_key=f"visit-{number}", wait_s=0)
                answer = agent.http.post("/first-use", json=said)
                assert answer.status_code in {200, 202}, answer.text
                self.acknowledged.append(self.waiting.pop(0))


def test_killed_again_and_again_while_the_line_comes_and_goes_each_counts_once(city, tmp_path):
    folder = city.counter(tmp_path / "counter")
    cashier = Cashier(folder, list(range(1, CARDS)))
    for amount in (4, 5):  # without a line
        with serving(folder) as agent:
            cashier.work(agent, amount)
            agent.kill()
    with city.serving():
        for amount in (1, 3, 6):  # killed while it sends, and while it takes more
            with serving(folder) as agent:
                worker = threading.Thread(target=cashier.work, args=(agent, CARDS))
                aim = len(cashier.acknowledged) + amount
                worker.start()
                while worker.is_alive() and len(cashier.acknowledged) < aim:
                    pass
                agent.kill()
                worker.join()
        with serving(folder) as agent:
            cashier.work(agent, CARDS)
            assert cashier.waiting == []
            queue = until(agent.http, lambda queue: queue["counts"]["waiting"] == 0)
            assert queue["counts"] == {"waiting": 0, "sent": CARDS - 1, "refused": 0}
            told = Counter(one["status"] for one in queue["events"])
            assert told == {"activated": CARDS - 1}
            kept = {one["request_key"]: one["occurred_at"] for one in queue["events"]}
            assert agent.stop() == 0
    for number in range(1, CARDS):
        [event] = city.history(number)
        assert event["occurred_at"][:19] == kept[f"visit-{number}"][:19]
    assert city.terminal.json("audit", "verify")["broken"] == 0


def test_the_command_line_makes_a_key_checks_and_shows_the_queue(city, tmp_path):
    folder = city.counter(tmp_path / "counter", 'input = "file"\npath = "card.txt"')

    def typed(*words: str) -> subprocess.CompletedProcess[str]:
        line, environment = command(*words, folder=folder)
        return subprocess.run(line, env=environment, capture_output=True, text=True, check=False)

    made = typed("make-key", str(folder / "new.pem"))
    assert made.returncode == 0
    assert made.stdout.startswith("-----BEGIN PUBLIC KEY-----")
    assert (folder / "new.pem").stat().st_mode & 0o077 == 0
    assert typed("make-key", str(folder / "new.pem")).returncode == 2
    down = typed("check")
    assert (down.returncode, "not reached" in down.stdout) == (3, True)
    with city.serving():
        good = typed("check")
        assert (good.returncode, "signature are good" in good.stdout) == (0, True), good
        (folder / "private.pem").write_bytes((folder / "new.pem").read_bytes())
        refused = typed("check")
        assert (refused.returncode, "signature_wrong" in refused.stdout) == (1, True)
    nothing = typed("read")
    assert (nothing.returncode, "Nothing was read" in nothing.stderr) == (1, True)
    (folder / "card.txt").write_bytes(driver_string(1).encode("gb18030"))
    assert json.loads(typed("read").stdout)["card_number"] == card_number(1)
    assert json.loads(typed("queue", "--json").stdout)["counts"]["waiting"] == 0
    assert "On their way: 0" in typed("queue").stdout
    aside = typed("set-aside", "1")
    assert (aside.returncode, "is not held" in aside.stdout) == (1, True)
    link = typed("open", "--print").stdout
    assert link.startswith("http://127.0.0.1:")
    (folder / "terminal.toml").write_text("service = 1")
    assert typed("check").returncode == 2
    assert typed("--version").stdout.strip() == "0.1.0"


def test_two_agents_do_not_answer_at_one_address(city, tmp_path):
    folder = city.counter(tmp_path / "counter")
    with serving(folder):
        line, environment = command("serve", folder=folder)
        second = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
        assert second.returncode == 3
        assert "Address already in use" in second.stderr
