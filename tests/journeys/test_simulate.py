"""The simulated partners: the real command before a real demo, five channels and every fault."""

import contextlib
import json
import stat
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from qika.cards.events import Event
from qika.cli.settings import in_house
from qika.partners.simulators.plays import programme
from qika.wiring import Asked, House, Settings, StrangeServiceError, simulate

from tests.journeys.terminal import Said, Terminal, as_process
from tests.journeys.test_demo import Running, free_port, serving

pytestmark = pytest.mark.timeout(300)
ENDS_WITHIN_S = 240
"""On a busy machine. Half a minute of it waits for the message that was not taken."""

PLAYS = {one.id: one for one in programme().play}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("simulate") / "data"


@pytest.fixture(scope="module")
def demo(folder) -> Iterator[Running]:
    with serving("demo", folder=folder) as running:
        yield running


def url_of(demo: Running) -> str:
    return str(demo.http.base_url).rstrip("/")


def in_place(*words: str, folder: Path, service: str) -> Said:
    """Run the command in this process, on the data of the demo."""
    return Terminal(folder.parent).type("simulate", *words, "--service", service)


@pytest.fixture(scope="module")
def played(demo, folder) -> dict[str, dict]:
    """All plays, by id, as the command tells them to a program."""
    words = ("simulate", "--all-faults", "--json", "--service", url_of(demo))
    with as_process(*words, folder=folder) as process:
        out, err = process.communicate(timeout=ENDS_WITHIN_S)
    assert process.returncode == 0, out + err
    return {one["play"]: one for one in json.loads(out)["plays"]}


@pytest.fixture(scope="module")
def histories(played, folder) -> dict[str, tuple[Event, ...]]:
    """What has happened to the card of each play, by the store and not by what was told."""

    async def looked_up(house: House) -> dict[str, tuple[Event, ...]]:
        files = {}
        for name, one in played.items():
            key = house.vault.card_key("990000", one["card_number"])
            files[name] = (await house.store.card_file(key)).history
        return files

    return in_house(Settings(folder), looked_up)


@contextlib.contextmanager
def answering(status: int, said: dict) -> Iterator[str]:
    """Run a service of our own that answers everything alike; give its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{http.server_address[1]}"
        finally:
            http.shutdown()
            thread.join()


def test_every_play_of_the_table_goes_as_it_should(played):
    assert list(played) == list(PLAYS)
    assert all(one["as_expected"] for one in played.values())


@pytest.mark.parametrize("play", [one.id for one in PLAYS.values() if not one.fault])
def test_each_channel_enables_a_card_that_its_holder_sees_and_the_listener_hears_of(
    played, histories, play
):
    (event,) = histories[play]
    assert (event.type, event.channel) == ("activated", play)
    assert played[play]["holder"]["social"] == "normal"
    (message,) = played[play]["listener"]
    assert message["type"] == "card.enabled"


def test_what_was_refused_changed_nothing_and_what_was_repeated_happened_once(histories):
    for name, events in histories.items():
        assert [one.type for one in events] == (["activated"] if PLAYS[name].heard else []), name


def test_a_first_use_that_was_sent_days_later_keeps_its_time(histories):
    (event,) = histories["sent_days_later"]
    apart = event.received_at - event.occurred_at
    assert timedelta(days=3) <= apart < timedelta(days=3, minutes=5)


@pytest.mark.parametrize(
    ("play", "answers"), [("listener_500", [500, 204]), ("listener_410", [410, 204])]
)
def test_a_message_that_was_not_taken_comes_again_under_its_id(played, play, answers):
    messages = played[play]["listener"]
    assert [one["answered"] for one in messages] == answers
    assert len({one["id"] for one in messages}) == 1


def test_afterwards_keys_are_kept_for_their_owner_partners_are_suspended_and_nobody_is_told(
    played, folder
):
    keys = sorted((folder / "qika.sqlite.d").glob("simulated-*.key"))
    assert [one.stem for one in keys] == [
        "simulated-bank", "simulated-hospital", "simulated-pharmacy",
    ]  # fmt: skip
    assert {stat.S_IMODE(one.stat().st_mode) for one in keys} == {0o600}
    terminal = Terminal(folder.parent)
    partners = terminal.json("partners", "list")["partners"]
    assert [(one["id"], one["suspended"], one["regions"]) for one in partners] == [
        (one.stem, True, ["990000"]) for one in keys
    ]
    assert [len(one["keys"]) for one in partners] == [1, 1, 1]
    assert terminal.json("listeners", "list")["listeners"] == []


def test_a_second_run_takes_another_card_and_says_in_words_what_happened(
    played, histories, demo, folder
):
    """After ``histories`` was read: it takes a card that a refusal has left untouched."""
    done = in_place("--channel", "pharmacy_first_use", folder=folder, service=url_of(demo))
    assert done.code == 0, done
    for said in (
        "First use at a pharmacy", "came back: 200 activated The card was activated.",
        "the holder sees: social security application: active and usable",
        "the listener heard: card.enabled evt_", "1 of 1 plays went as they should.",
    ):  # fmt: skip
        assert said in done.out
    assert not any(one["card_number"] in done.out for one in played.values() if one["listener"])


def test_a_service_that_answers_otherwise_is_told_with_exit_code_1(demo, folder):
    said = {"outcomes": [{"status": "activated"}], "applications": {}, "history": []}
    with answering(200, said) as service:
        done = in_place("--fault", "wrong_bank", "--json", folder=folder, service=service)
    assert done.code == 1, done
    assert [one["as_expected"] for one in done.json["plays"]] == [False]


def test_a_service_that_knows_nothing_of_the_partners_is_not_played_before(demo, folder):
    async def asked_in_vain(house: House) -> None:
        with answering(401, {"code": "signature_refused"}) as service:
            asked = Asked([PLAYS["wrong_bank"]], service, service, "en", str, known_within_s=0.5)
            with pytest.raises(StrangeServiceError):
                await simulate(house, asked, lambda _: None)

    in_house(Settings(folder), asked_in_vain)


def test_where_there_is_no_demo_nothing_is_entered_and_the_exit_code_is_2(tmp_path):
    refused = in_place(folder=tmp_path / "data", service="http://127.0.0.1:9")
    assert refused.code == 2
    assert "There is no demo" in refused.err
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("words", "service", "code", "said"),
    [
        (("--fault", "none_such"), "http://127.0.0.1:9", 2, "wrong_bank"),
        (("--channel", "none_such"), "http://127.0.0.1:9", 2, "online_alipay"),
        ((), "https://card.example", 2, "not this machine"),
        ((), f"http://127.0.0.1:{free_port()}", 3, "nobody answers"),
    ],
)
def test_a_wrong_word_a_strange_machine_and_a_silent_one_are_said_so(
    demo, folder, words, service, code, said
):
    refused = in_place(*words, folder=folder, service=service)
    assert refused.code == code, refused
    assert said in refused.err
