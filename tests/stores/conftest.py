"""One contract, every store: a world in which cards are imported and changed."""

import asyncio
import os
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from msgspec.structs import replace

import qika.rulebook
from qika.activation.request import ActivationRequest, Identity, Presented
from qika.cards.card import ApplicationRecord, Card
from qika.cards.events import Event, EventType
from qika.cards.life import activated
from qika.operations.office import Office
from qika.operations.ports import MEDICAL_INSURANCE, Ask, Change, ClockRow, NewCard, Store
from qika.operations.rulings import Rulings
from qika.points.point import ServicePoint
from qika.rulebook.book import parse_rulebook
from qika.storage.memory import MemoryKeys, MemoryStore
from qika.storage.postgres import Kind, Placement, PostgresStore, open_postgres
from qika.storage.sqlite import SqliteStore, open_sqlite
from qika.storage.vault import Vault
from qika.terms.names import (
    Application,
    BankCode,
    CardNumber,
    ChannelCode,
    DocumentCode,
    IssuerCode,
    PointId,
    State,
    Who,
)

from tests.servers import CITUS, KEPT, emptied

T = TypeVar("T")
NOW = datetime(2026, 3, 1, 1, 2, 3, 456789, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    """A store and the means to fill and change it."""

    store: MemoryStore | SqliteStore | PostgresStore
    keys: MemoryKeys | Vault
    now: datetime = NOW
    runner: asyncio.Runner | None = None
    """The event loop of a store whose connections belong to one."""

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(work) if self.runner is None else self.runner.run(work)

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
        social = activated(card.social, NOW, date(2026, 3, 1))
        done = card.having({Application.SOCIAL: social}, version=card.version + 1)
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


@pytest.fixture(params=("memory", *KEPT))
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with any_world(request, request.param, tmp_path) as world:
        yield world


@contextmanager
def any_world(request: pytest.FixtureRequest, kind: str, tmp_path: Path) -> Iterator[World]:
    """A world in a new and empty store of a kind."""
    if kind == "memory":
        yield World(MemoryStore(), MemoryKeys())
        return
    vault = Vault.create(tmp_path / "keys.json")
    if kind == "sqlite":
        store = open_sqlite(tmp_path / "qika.db", vault)
        yield World(store, vault)
        store.close()
        return
    with served_world(request, kind, vault) as world:
        yield world


@contextmanager
def served_world(request: pytest.FixtureRequest, kind: str, vault: Vault) -> Iterator[World]:
    """A world in an empty database of a server, kept in the way that ``kind`` names."""
    placement = Placement(Kind.PLAIN if kind == "postgres" else Kind(kind), 4)
    if placement.kind is Kind.CITUS:
        address = emptied(os.environ[CITUS], placement)
    else:
        address = request.getfixturevalue("postgres").empty(f"stores_{kind}", placement)
    with asyncio.Runner() as runner:
        store = runner.run(open_postgres(address, vault, placement=placement))
        try:
            yield World(store, vault, runner=runner)
        finally:
            runner.run(store.close())


@pytest.fixture
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A world on a PostgreSQL server."""
    with served_world(request, "postgres", Vault.create(tmp_path / "keys.json")) as world:
        yield world


class _EveryDay:
    def is_working_day(self, day: date) -> bool:
        return day.weekday() < 5

    def is_provisional(self, day: date) -> bool:
        return day.year > 2026


class _NoPoints:
    def point(self, _: PointId) -> ServicePoint | None:
        return None


class _Nobody:
    def verify(self, *_: object) -> bool:
        return False


def example_office(store: Store, keys: MemoryKeys | Vault) -> Office:
    folder = Path(qika.rulebook.__file__).parent
    texts = {
        str(file.relative_to(folder)): file.read_text(encoding="utf-8")
        for file in folder.rglob("*.toml")
        if file.parent.name != "regions" or file.stem == "990000"
    }
    codes = ("102", "103", "104", "105", "301", "403")
    book = parse_rulebook(texts, {code: BankCode(code) for code in codes})
    rulings = Rulings(book, lambda issuer: (issuer,))
    return Office(store, rulings, _NoPoints(), keys, _Nobody(), _EveryDay(), lambda: NOW)


@pytest.fixture
def office(world: World) -> Office:
    return example_office(world.store, world.keys)


def bank_request(key: bytes, request_key: str) -> ActivationRequest:
    shown = (
        Presented(DocumentCode("card"), Who.HOLDER),
        Presented(DocumentCode("id_card"), Who.HOLDER, date(2030, 1, 1)),
    )
    return ActivationRequest(
        identity=Identity(key, "bank", request_key, request_key.encode()),
        channel=ChannelCode("bank_counter"),
        who=Who.HOLDER,
        applications=(),
        occurred_at=NOW - timedelta(minutes=1),
        presented=shown,
    )


@pytest.fixture
def request_of():
    """Give the function that makes a request at a bank's counter: (card key, request key)."""
    return bank_request


@pytest.fixture
def world_of():
    """Give the world around a store and its keys."""
    return World


@pytest.fixture
def office_of():
    """Give the function from a store and its keys to an office over them."""
    return example_office
