"""A thousand at once: over the real store, gatherer and application, each thing happens once."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from qika.operations.activate import perform
from qika.operations.batch import Gatherer
from qika.web.app import build_app
from qika.wiring import Settings, house_of, site_of

from tests.journeys.terminal import Terminal, activation, card_row, cards_csv, event

Result = TypeVar("Result")
Post = Callable[[str, dict[str, Any]], Awaitable[httpx.Response]]
MANY = 1_000
DOORS = frozenset({"public", "partner"})


@pytest.fixture
def city(tmp_path) -> Terminal:
    """A data folder with two sealed cards."""
    terminal = Terminal(tmp_path)
    rows = [card_row("T00000001"), card_row("T00000002")]
    assert terminal.type("import", "cards", terminal.file("cards.csv", cards_csv(rows))).code == 0
    return terminal


def over_http(folder: Path, work: Callable[[Post], Awaitable[Result]]) -> Result:
    """Serve a folder in this process as the demo does, and work with it."""

    async def run() -> Result:
        async with house_of(Settings(folder / "data", demo=True)) as house:
            gatherer = Gatherer(partial(perform, house.office))
            site = site_of(house, doors=DOORS, gatherer=gatherer, point_required=False)
            transport = httpx.ASGITransport(build_app(site))
            async with httpx.AsyncClient(transport=transport, base_url="http://qika") as http:
                try:
                    return await work(lambda path, body: http.post(path, json=body))
                finally:
                    await gatherer.close()

    return asyncio.run(run())


def all_at_once(folder: Path, path: str, bodies: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Send all bodies at once; give the outcomes in their order."""

    async def send(post: Post) -> list[httpx.Response]:
        return await asyncio.gather(*(post(path, body) for body in bodies))

    answers = over_http(folder, send)
    assert {one.status_code for one in answers} == {200}
    return [one.json()["outcomes"][0] for one in answers]


def test_a_thousand_duplicates_at_once_are_one_activation_and_one_answer(city):
    body = activation("T00000001", "same")
    outcomes = all_at_once(city.folder, "/v1/activations", [body] * MANY)
    assert Counter(one["status"] for one in outcomes) == {"activated": MANY}
    assert Counter(one["replayed"] for one in outcomes) == {False: 1, True: MANY - 1}
    told = [{**one, "replayed": None} for one in outcomes]
    assert all(one == told[0] for one in told)
    history = city.json("status", "990000", "T00000001")["history"]
    assert [one["type"] for one in history] == ["activated"]
    assert city.json("deliver")["acknowledged"] == 1


def test_of_a_thousand_different_requests_one_activates_and_the_others_come_too_late(city):
    bodies = [activation("T00000001", f"key-{number}") for number in range(MANY)]
    outcomes = all_at_once(city.folder, "/v1/activations", bodies)
    assert Counter(one["status"] for one in outcomes) == {
        "activated": 1,
        "already_active": MANY - 1,
    }
    assert len(city.json("status", "990000", "T00000001")["history"]) == 1


def test_each_application_is_activated_once_where_two_channels_race_for_them(city):
    hospital = {"channel": "hospital_first_use", "use": "outpatient"}
    bodies = [
        activation("T00000001", f"k{number}", **(hospital if number % 2 else {}))
        for number in range(MANY // 2)
    ]
    outcomes = all_at_once(city.folder, "/v1/activations", bodies)
    done = Counter(
        name
        for one in outcomes
        for name, became in one["applications"].items()
        if became["status"] == "activated"
    )
    assert done == {"social": 1, "financial": 1}
    assert city.states("T00000001") == ("normal", "normal")
    assert city.json("audit", "verify")["broken"] == 0


def test_a_key_that_succeeded_belongs_to_its_body_for_ever(city):
    first = activation("T00000001", "k")
    other = activation("T00000001", "k", applications=["social"])
    bodies = [first, *([other] * 50), first]
    outcomes = all_at_once(city.folder, "/v1/activations", bodies)
    assert Counter(one["status"] for one in outcomes) == {"activated": 2, "key_reused": 50}
    elsewhere = all_at_once(city.folder, "/v1/activations", [activation("T00000002", "k")])
    assert elsewhere[0]["status"] == "activated"


def test_a_refusal_does_not_use_up_the_key(city):
    early = activation("T00000001", "k", presented=[])
    whole = activation("T00000001", "k")
    refused = all_at_once(city.folder, "/v1/activations", [early] * 3)
    assert {one["status"] for one in refused} == {"documents_missing"}
    (done,) = all_at_once(city.folder, "/v1/activations", [whole])
    assert (done["status"], done["replayed"]) == ("activated", False)


def test_a_thousand_duplicate_events_are_recorded_once(city):
    body = event("T00000001", "loss", "loss_reported", loss="formal")
    outcomes = all_at_once(city.folder, "/v1/events", [body] * MANY)
    assert Counter(one["status"] for one in outcomes) == {"recorded": MANY}
    assert len(city.json("status", "990000", "T00000001")["history"]) == 1


def test_duplicates_in_one_batch_are_done_once(city):
    batch = {"requests": [activation("T00000001", "same")] * 100}

    async def send(post: Post) -> httpx.Response:
        return await post("/v1/activations", batch)

    outcomes = over_http(city.folder, send).json()["outcomes"]
    assert Counter((one["status"], one["replayed"]) for one in outcomes) == {
        ("activated", False): 1,
        ("activated", True): 99,
    }
