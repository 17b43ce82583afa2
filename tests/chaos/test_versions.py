"""An earlier commit of the program serving the same database beside this one, over HTTP.

QIKA_TEST_EARLIER names the folder of its tree, as ``git worktree add FOLDER COMMIT`` makes it.
"""

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.journeys.terminal import Terminal
from tests.journeys.test_demo import _body as body_of
from tests.journeys.test_demo import serving

EARLIER = "QIKA_TEST_EARLIER"
pytestmark = [
    pytest.mark.skipif(EARLIER not in os.environ, reason="no earlier tree is named"),
    pytest.mark.timeout(300),
]
CARDS = [f"D{number:08d}" for number in range(1, 201)]


def test_both_versions_serve_one_database_and_each_card_is_activated_once(
    postgres, tmp_path, monkeypatch
):
    address = postgres.database("versions")
    here = os.environ.get("PYTHONPATH", str(Path(__file__).parents[2] / "src"))
    monkeypatch.setenv("PYTHONPATH", str(Path(os.environ[EARLIER]) / "src"))
    with serving("demo", "--database", address, folder=tmp_path / "data") as older:
        monkeypatch.setenv("PYTHONPATH", here)
        with serving("demo", "--database", address, folder=tmp_path / "data") as newer:
            form = body_of(newer, "same")
            bodies = [{**form, "card": {**form["card"], "card_number": one}} for one in CARDS]

            def post(place):
                server, body = place
                answer = server.http.post("/v1/activations", json=body)
                assert answer.status_code == 200, answer.text
                return body["card"]["card_number"], answer.json()["outcomes"][0]

            places = [(server, body) for body in bodies for server in (older, newer)]
            with ThreadPoolExecutor(16) as pool:
                told = list(pool.map(post, places))
            assert older.stop() == 0
            assert newer.stop() == 0
    by_card = {}
    for number, outcome in told:
        by_card.setdefault(number, []).append(outcome)
    done = {n for n, both in by_card.items() if both[0]["status"] == "activated"}
    for number, both in by_card.items():
        assert len({one["status"] for one in both}) == 1, (number, both)
        if number in done:
            assert sorted(one["replayed"] for one in both) == [False, True], (number, both)
    statuses = Counter(both[0]["status"] for both in by_card.values())
    print(f"\nsent {len(told)}: {dict(statuses)} cards, answered alike by both")  # noqa: T201
    assert len(done) >= 10
    audit = Terminal(tmp_path).json("audit", "verify", "--database", address)
    assert audit["broken"] == 0
    events = postgres.sql("versions", "select count(*) from event where request_key = 'same'")
    assert events == [(len(done),)]
