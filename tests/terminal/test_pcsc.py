"""A card in a reader, by the real PC/SC service: read whole, or not at all if it is pulled out."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.terminal.cities import City, until
from tests.terminal.counters import card_number, identifier
from tests.terminal.running import SOURCES, serving, set_up

pytestmark = pytest.mark.timeout(300)

ROOT = Path(__file__).parents[2]
RARE = "王䶮𬱖"


class Room:
    """The other end of pcsc_room.py."""

    def __init__(self, folder: Path) -> None:
        words = ["unshare", "--mount", "--net", sys.executable, "-m", "tests.terminal.pcsc_room"]
        environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{SOURCES}"}
        self.errors = folder / "room.log"
        with self.errors.open("w") as errors:
            self.process = subprocess.Popen(
                [*words, str(folder)], cwd=ROOT, env=environment, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            )  # fmt: skip
        self._answer()

    def do(self, what: str, **said: object):
        self.process.stdin.write(json.dumps({"do": what, **said}) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def insert(self, number: int = 1, **card: object) -> None:
        named = {"identifier": identifier(number), "number": card_number(number)}
        self.do("insert", **named, **card)

    def close(self) -> None:
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(30)

    def _answer(self):
        line = self.process.stdout.readline()
        assert line, self.errors.read_text()
        return json.loads(line)


@pytest.fixture
def room(tmp_path):
    opened = Room(set_up(tmp_path / "room", "https://card.example", 'input = "pcsc"'))
    yield opened
    opened.close()


def test_cards_come_and_go_and_are_read_whole(room):
    assert any("Virtual PCD" in name for name in room.do("names"))
    assert room.do("read") == {"fault": "no_card"}
    assert room.do("read", wanted="Other Reader") == {"fault": "no_reader"}
    room.insert(1, name=RARE)
    assert room.do("read") == {
        "number": card_number(1), "identifier": identifier(1), "name": RARE,
    }  # fmt: skip
    assert room.do("read_beside_another_program") == {"fault": "reader_busy"}
    assert room.do("pull") == "no_card"
    room.insert(2, short_identifiers=False, second_generation=False)
    assert room.do("read")["number"] == card_number(2)
    assert room.do("pull") == "no_card"
    room.insert(3, foreign=True)
    assert room.do("read") == {"fault": "not_a_social_security_card"}
    assert room.do("stop_service") == {"fault": "no_reader"}


@pytest.mark.parametrize("command", [1, 2, 6, 13])
def test_a_card_pulled_out_in_the_middle_is_refused_and_can_be_put_in_again(command, room):
    room.insert(1, pulled_at=command)
    assert room.do("read") == {"fault": "card_removed"}
    assert room.do("read_until", fault="no_card") == "no_card"
    room.insert(1)
    assert room.do("read")["number"] == card_number(1)


def test_a_card_read_without_a_line_is_activated_when_the_line_is_back(tmp_path):
    city = City(tmp_path / "city")
    counter = city.counter(tmp_path / "counter", 'input = "pcsc"')
    room = Room(counter)
    room.insert(7)
    [kept] = room.do("counter")
    assert (kept["http"], kept["state"]) == (202, "waiting")
    room.do("pull")
    room.insert(8, pulled_at=9)
    [pulled] = room.do("counter")
    assert (pulled["http"], pulled["code"]) == (409, "card_removed")
    room.close()
    city.counter(counter)
    with city.serving(), serving(counter) as agent:
        queue = until(agent.http, lambda queue: queue["counts"]["waiting"] == 0)
        assert [one["status"] for one in queue["events"]] == ["activated"]
        [event] = city.history(7)
        assert event["occurred_at"][:19] == kept["occurred_at"][:19]
        assert city.history(8) == []
