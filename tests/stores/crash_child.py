"""A process that imports and changes cards until it is killed; run by test_crash.

It prints a line for every change once the store has confirmed it: what was done, and to which
card. Usage: crash_child.py FOLDER ROUND
"""

import asyncio
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from qika.activation.request import Identity
from qika.cards.card import ApplicationRecord, Card
from qika.cards.events import Event, EventType
from qika.cards.life import activated
from qika.operations.ports import MEDICAL_INSURANCE, Change, ClockRow, NewCard
from qika.storage.sqlite import SqliteStore, open_sqlite
from qika.storage.vault import Vault
from qika.terms.names import Application, BankCode, CardNumber, IssuerCode, State

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CARDS = 40


def new_card(vault: Vault, number: int) -> NewCard:
    text = CardNumber(f"E{number:08d}")
    issuer = IssuerCode("990000")
    sealed = ApplicationRecord(State.SEALED, NOW)
    day = date(2026, 2, 3)
    bank = BankCode("102")
    key = vault.card_key(issuer, text)
    card = Card(key, issuer, bank, day, None, day, sealed, sealed)
    clocks = (ClockRow("activation", 1, date(2026, 11, 30)),)
    return NewCard(card, text, f"{number:032x}", f"{number:018d}", f"N{number}", "3", clocks)


def change(card: Card, type_: EventType) -> Change:
    day = date(2026, 3, 1)
    first = type_ is EventType.ACTIVATED
    both = tuple(Application)
    moved = {one: activated(card.of(one), NOW, day) for one in both if first}
    done = card.having(moved, version=card.version + 1)
    event = Event(done.version, type_, both, NOW, NOW, "bank", "edition")
    return Change(
        card=done,
        event=event,
        identity=Identity(card.key, "bank", f"{type_}", b"body"),
        answer=b"{}",
        activations=tuple((one, 1) for one in both) if first else (),
        clocks=(ClockRow("activation", 1, None),),
        destinations=(MEDICAL_INSURANCE,),
    )


def report(word: str, keys: list[bytes]) -> None:
    sys.stdout.write("".join(f"{word} {key.hex()}\n" for key in keys))
    sys.stdout.flush()


async def live(store: SqliteStore, vault: Vault, start: int) -> None:
    """Import a few cards, activate them, then lock them (two events), again and again."""
    while True:
        cards = [new_card(vault, number) for number in range(start, start + CARDS)]
        start += CARDS
        await store.add_cards(cards, received_at=NOW)
        report("imported", [new.card.key for new in cards])
        await asyncio.gather(*(use(store, cards[n::4]) for n in range(4)))


async def use(store: SqliteStore, cards: list[NewCard]) -> None:
    changes = [change(new.card, EventType.ACTIVATED) for new in cards]
    assert not await store.commit(changes)
    report("activated", [one.card.key for one in changes])
    for half in (cards[::2], cards[1::2]):
        file = [await store.card_file(new.card.key) for new in half]
        swept = [change(one.card, EventType.LOCKED) for one in file if one]
        assert not await store.commit(swept)
        report("locked", [one.card.key for one in swept])


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    keys = Vault.open(folder / "keys.json")
    opened = open_sqlite(folder / "qika.db", keys)
    asyncio.run(live(opened, keys, int(sys.argv[2]) * 1_000_000))
