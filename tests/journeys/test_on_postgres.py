"""The same program with its cards on a PostgreSQL server: one setting, nothing else."""

import asyncio

import pytest

from qika.wiring import Settings, house_of

from tests.journeys.terminal import Terminal
from tests.journeys.test_demo import _body as activation_of
from tests.journeys.test_demo import serving

NEAR = {"lat": 31.0, "lon": 111.0, "limit": 3}


@pytest.fixture(scope="module")
def address(postgres) -> str:
    return postgres.database("journey")


@pytest.fixture(scope="module")
def filled(address, tmp_path_factory):
    """The data folder of a demo that has run once on the server and was stopped."""
    folder = tmp_path_factory.mktemp("demo")
    with serving("demo", "--database", address, folder=folder) as demo:
        assert len(demo.http.get("/v1/points", params=NEAR).json()["items"]) == 3
        assert demo.stop() == 0
    return folder


def test_the_demo_fills_serves_activates_and_stops_on_a_server(address, filled):
    assert not (filled / "qika.sqlite").exists()
    assert (filled / "postgresql.d" / "vault.keys").exists()
    with serving("demo", "--database", address, folder=filled) as demo:
        request = activation_of(demo, "first")
        first = demo.http.post("/v1/activations", json=request)
        again = demo.http.post("/v1/activations", json=request)
        assert demo.stop() == 0
    assert first.json()["outcomes"][0]["status"] == "activated"
    assert again.json()["outcomes"][0]["replayed"] is True


def test_commands_see_the_same_cards_and_find_every_history_whole(
    address, filled, tmp_path, monkeypatch
):
    monkeypatch.setenv("QIKA_DATABASE", address)
    (tmp_path / "data").symlink_to(filled)
    terminal = Terminal(tmp_path)
    assert terminal.states("D00000001")
    verified = terminal.type("audit", "verify")
    assert verified.code == 0, verified
    swept = terminal.json("sweep", "--on", "2026-12-01", "--dry-run")
    assert swept["looked_at"] >= 0
    lost = terminal.type("status", "990000", "D99999999")
    assert lost.code == 0


def test_rules_put_by_one_process_reach_another_at_its_next_look(address, filled):
    settings = Settings(filled, address)

    async def work():
        async with house_of(settings) as here, house_of(settings) as there:
            texts = dict((await here.store.current_edition()).texts)
            name = "regions/990000.toml"
            await here.put_rules({name: texts[name] + "\n# seen\n"}, "the test")
            before = there.office.rulings.book.edition
            await there.refresh()
            return before, here.office.rulings.book.edition, there.office.rulings.book.edition

    before, put, seen = asyncio.run(work())
    assert before != put
    assert seen == put


def test_two_workers_serve_one_database(address, filled):
    words = ("serve", "--workers", "2", "--database", address)
    with serving(*words, folder=filled) as server:
        assert len(server.http.get("/v1/points", params=NEAR).json()["items"]) == 3
        assert server.stop() == 0


@pytest.mark.parametrize(
    ("there", "reason"),
    [
        ("postgresql://clerk:hush@127.0.0.1:1/qika", "127.0.0.1:1/qika"),
        ("postgresql://clerk:hush@127.0.0.1:{port}/qika", "does not exist"),
        ("postgresql://postgres:hush@127.0.0.1:{port}/nowhere", "does not exist"),
    ],
)
def test_a_wrong_or_unreachable_database_is_one_sentence_and_exit_3(
    postgres, tmp_path, there, reason
):
    said = Terminal(tmp_path).type(
        "status", "990000", "D00000001", "--database", there.format(port=postgres.port)
    )
    assert said.code == 3
    assert reason in said.err
    assert len(said.err.strip().splitlines()) == 1, said.err
    assert "hush" not in said.out + said.err


def test_cards_without_their_key_file_are_refused_and_no_new_key_is_made(address, filled, tmp_path):
    said = Terminal(tmp_path).type("status", "990000", "D00000001", "--database", address)
    assert said.code == 3
    assert "vault.keys" in said.err
    assert not (tmp_path / "data" / "postgresql.d" / "vault.keys").exists()
