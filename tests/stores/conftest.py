"""One contract, every store: a world in which cards are imported and changed."""

import asyncio
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from qika.activation.request import Identity
from qika.cards.card import ApplicationRecord, Card
from qika.cards.events import Event, EventType
from qika.cards.life import activated
from qika.operations.ports import MEDICAL_INSURANCE, Ask, Change, ClockRow, NewCard
from qika.storage.memory import MemoryKeys, MemoryStore
from qika.storage.sqlite import SqliteStore, open_sqlite
from qika.storage.vault import Vault
from qika.terms.names import Application, BankCode, CardNumber, IssuerCode, State

T = TypeVar("T")
NOW = datetime(2026, 3, 1, 1, 2, 3, 456789, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    """A store and the means to fill and change it."""

    store: MemoryStore | SqliteStore
    keys: MemoryKeys | Vault
    now: datetime = NOW

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(work)

    def new_card(self, number: int, **changes: Any) -> NewCard:
        text = CardNumber(f"E{number:08d}")
        issuer = IssuerCode("990000")
        sealed = ApplicationRecord(State.SEALED, NOW - timedelta(days=9))
        card = Card(
            key=self.keys.card_key(issuer, text),
            issuer=issuer,
            bank=BankCode("102"),
            made_on=date(2026, 1, 2),
            applied_on=None,
            collected_on=date(2026, 2, 3),
            social=sealed,
            financial=sealed,
        )
        of_card = {name: value for name, value in changes.items() if hasattr(card, name)}
        rest = {name: value for name, value in changes.items() if name not in of_card}
        whole = NewCard(
            card=replace(card, **of_card),
            card_number=text,
            card_identifier=f"{number:032X}",
            social_security_number=f"99000019900101{number:03d}X",
            name=f"Holder Number {number}",
            generation="3",
            clocks=(ClockRow("activation", 1, date(2026, 11, 30)),),
        )
        return replace(whole, **rest)

    def add(self, *cards: NewCard) -> list[str]:
        return list(self.run(self.store.add_cards(cards, received_at=NOW)))

    def card(self, key: bytes) -> Card:
        file = self.run(self.store.card_file(key))
        assert file is not None
        return file.card

    def change(self, card: Card, request_key: str = "r1", **changes: Any) -> Change:
        """Activate the social application (whatever the card's state), on version + 1."""
        done = replace(
            activated(card, {Application.SOCIAL: date(2026, 3, 1)}, NOW), version=card.version + 1
        )
        event = Event(
            sequence=done.version,
            type=EventType.ACTIVATED,
            applications=(Application.SOCIAL,),
            occurred_at=NOW - timedelta(hours=1),
            received_at=NOW,
            sender="bank",
            rule_edition="abc",
        )
        identity = Identity(card.key, "bank", request_key, b"body")
        whole = Change(
            card=done,
            event=event,
            identity=identity,
            answer=b'{"a":1}',
            activations=((Application.SOCIAL, card.social.cycle),),
            destinations=(MEDICAL_INSURANCE,),
        )
        return replace(whole, **changes)

    def commit(self, *changes: Change) -> set[int]:
        return set(self.run(self.store.commit(changes)))

    def ask(self, key: bytes, request_key: str = "r1", letter_id: str | None = None) -> Ask:
        return Ask(Identity(key, "bank", request_key, b"body"), letter_id)


@pytest.fixture(params=["memory", "sqlite"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "memory":
        yield World(MemoryStore(), MemoryKeys())
        return
    vault = Vault.create(tmp_path / "keys.json")
    store = open_sqlite(tmp_path / "qika.db", vault)
    yield World(store, vault)
    store.close()
