"""A process killed at any moment loses nothing that it had confirmed, and leaves nothing half."""

import asyncio
import random
import subprocess
import sys
from pathlib import Path

import apsw

from qika.cards.card import Card
from qika.cards.events import Event
from qika.storage.chain import verify_chain
from qika.storage.sqlite import SqliteStore, open_sqlite
from qika.storage.vault import Vault
from qika.terms.names import Application, State

CHILD = Path(__file__).with_name("crash_child.py")
KILLS = 6


def killed_after(folder: Path, number: int, lines: int) -> list[str]:
    """Run a child, kill it after so many confirmed changes, and give all that it confirmed."""
    with subprocess.Popen(
        [sys.executable, str(CHILD), str(folder), str(number)], stdout=subprocess.PIPE, text=True
    ) as child:
        confirmed = [child.stdout.readline() for _ in range(lines)]
        child.kill()
        confirmed += child.stdout.readlines()
    assert child.returncode == -9, "the child was to live until it was killed"
    return [line.strip() for line in confirmed if line.endswith("\n")]


async def everything(store: SqliteStore) -> dict[bytes, tuple[Card, tuple[Event, ...]]]:
    return {
        card.key: (card, tuple(history))
        async for page in store.histories(500)
        for card, history in page
    }


def test_what_was_confirmed_is_there_exactly_once_after_kills(tmp_path):
    vault = Vault.create(tmp_path / "keys.json")
    chance = random.Random(20260301)
    confirmed: set[tuple[str, bytes]] = set()
    for number in range(KILLS):
        for line in killed_after(tmp_path, number, chance.randint(1, 600)):
            word, key = line.split()
            confirmed.add((word, bytes.fromhex(key)))
    store = open_sqlite(tmp_path / "qika.db", vault)
    cards = asyncio.run(everything(store))
    assert {word for word, _ in confirmed} == {"imported", "activated", "locked"}
    for word, key in confirmed:
        card, history = cards[key]
        assert word == "imported" or word in [event.type for event in history]
    for card, history in cards.values():
        assert verify_chain(card, history)
        assert [event.type for event in history] == ["activated", "locked"][: len(history)]
        assert {card.of(a).state for a in Application} == {
            State.NORMAL if history else State.SEALED
        }
        assert asyncio.run(store.holder_matches(card.key, name="n")) is False
    store.close()
    nothing_is_half_written(tmp_path / "qika.db", cards)


def nothing_is_half_written(path: Path, cards: dict[bytes, tuple[Card, tuple[Event, ...]]]) -> None:
    database = apsw.Connection(str(path))
    assert database.execute("pragma integrity_check").fetchall() == [("ok",)]
    events = sum(len(history) for _, history in cards.values())
    used = sum(bool(history) for _, history in cards.values())
    counts = {
        "holder": len(cards),
        "clock": len(cards),
        "alias": 2 * len(cards),
        "event": events,
        "outbox": events,
        "card where social_activated = 1 and financial_activated = 1": used,
        "clock where due_on is null": used,
    }
    for table, count in counts.items():
        assert database.execute(f"select count(*) from {table}").fetchone() == (count,), table
    database.close()
