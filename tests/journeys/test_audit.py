"""The histories as an operator looks after them: sealed every day, verified, refusals forgotten."""

from pathlib import Path

import apsw
import pytest

from tests.journeys.terminal import Terminal, activation, card_row, cards_csv

ON = ("--on", "2026-11-22")


@pytest.fixture
def city(tmp_path: Path) -> Terminal:
    """Two cards, one activated and one refused on the 22nd of November 2026."""
    terminal = Terminal(tmp_path)
    cards = terminal.file("cards.csv", cards_csv([card_row(f"T0000000{n}") for n in (1, 2)]))
    assert terminal.type("import", "cards", cards).code == 0
    good = terminal.file("good.json", activation("T00000001", "k"))
    assert terminal.type("activate", good, *ON).code == 0
    refused = terminal.file("refused.json", activation("T00000002", "k", presented=[]))
    assert terminal.type("activate", refused, *ON).code == 1
    return terminal


def changed(city: Terminal, *statements: str) -> None:
    database = apsw.Connection(str(city.folder / "data" / "qika.sqlite"))
    for statement in statements:
        database.execute(statement)
    database.close()


def test_a_day_is_sealed_once_and_a_change_afterwards_is_found(city):
    sealed = city.json("audit", "seal", *ON)
    assert (sealed["sealed"], sealed["seals"], sealed["changed"]) == (1, 0, [])
    again = city.json("audit", "seal", *ON)
    assert (again["root"], again["seals"]) == (sealed["root"], 1)
    verified = city.json("audit", "verify")
    assert verified["cards"] == 2
    assert (verified["broken"], verified["changed"]) == (0, [])
    assert (verified["seals"], verified["sealed_until"]) == (1, "2026-11-22")
    changed(city, "update seal set root = zeroblob(32)")
    assert city.json("audit", "verify", code=1)["changed"] == ["2026-11-22"]
    for lang in ("zh", "en"):
        said = city.type("audit", "verify", lang=lang)
        assert said.code == 1
        assert "2026-11-22" in said.out
    assert city.type("audit", "seal", "--on", "2026-11-23").code == 1
    assert city.json("audit", "verify", code=1)["seals"] == 1


def test_a_day_that_is_not_over_or_covered_already_is_wrong_use(city):
    for lang in ("zh", "en"):
        early = city.type("audit", "seal", "--on", "2100-01-01", lang=lang)
        assert early.code == 2
        assert "2100-01-01" in early.err
    assert city.type("audit", "seal", *ON).code == 0
    assert city.type("audit", "seal", "--on", "2026-11-21").code == 2
    assert city.type("audit", "seal", "--on", "").code == 2


def test_the_key_of_seals_lies_beside_the_vault_for_its_owner_only(city):
    folder = city.folder / "data" / "qika.sqlite.d"
    assert not (folder / "seal.key").exists()
    assert city.type("audit", "verify").code == 0
    assert not (folder / "seal.key").exists(), "looking makes no key"
    city.json("audit", "seal", *ON)
    assert (folder / "seal.key").stat().st_mode & 0o777 == 0o600
    (folder / "seal.pub").unlink()
    assert city.json("audit", "verify", code=1)["changed"] == ["2026-11-22"]


def test_refusals_are_forgotten_from_a_day_on_and_histories_are_not(city):
    assert city.json("audit", "forget", "--before", "2026-11-22") == {
        "before": "2026-11-22", "attempts": 0,
    }  # fmt: skip
    assert city.json("audit", "forget", "--before", "2026-11-23")["attempts"] == 1
    assert city.json("audit", "forget", "--before", "2026-11-23")["attempts"] == 0
    assert len(city.json("status", "990000", "T00000001")["history"]) == 1
    assert city.type("audit", "forget", "--before", "soon").code == 2
