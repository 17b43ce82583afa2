"""A made-up city with rows in every table, and the ways to open and to change its database."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import apsw

from qika.authority.listener import Listener, ListenerState
from qika.authority.partner import ANY, Algorithm, Partner, PartnerKey, Scope
from qika.operations.listeners import Listeners
from qika.operations.ports import MEDICAL_INSURANCE, Attempt, Edition
from qika.operations.registry import SpentNonce
from qika.operations.reports import BOUNDS, Report
from qika.operations.streams.stream import Part, PartKind, Stream, StreamState, id_of
from qika.points.point import Capability, Coordinates, ServicePoint
from qika.storage.copying import Copied, copy
from qika.storage.databases import Access, database_of
from qika.storage.databases.gate import made_ready, refuse_unready
from qika.storage.placement import TABLES
from qika.storage.postgres.placement import Kind, Placement
from qika.storage.seals import Seal
from qika.storage.sqlite import open_sqlite
from qika.storage.vault import Vault
from qika.terms.names import (
    Application,
    BankCode,
    ChannelCode,
    IssuerCode,
    Language,
    PointId,
    PointKind,
    RegionCode,
)

from tests.servers import CITUS, emptied, fetched

CARDS = 40


class StoppedError(Exception):
    """What a test raises to stop a copy."""


def fill(folder: Path, world_of: Any, cards: int = CARDS) -> str:
    """Make a city in a file; gives its address."""
    vault = Vault.create(folder / "keys.json")
    store = open_sqlite(folder / "city.sqlite", vault)
    world = world_of(store, vault)
    new = [world.new_card(number) for number in range(cards)]
    world.add(*new)
    half = new[: cards // 2]
    world.commit(
        *(world.change(one.card, letter_id=f"L{n}") for n, one in enumerate(half)),
    )
    told = world.run(store.pending(MEDICAL_INSURANCE, 5, world.now))
    world.run(store.acknowledge(told[1:], world.now))
    world.run(store.give_up(told[:1], world.now))
    ask = world.ask(new[-1].card.key, "refused").identity
    world.run(store.commit([], [Attempt(ask, "not_sealed", "bank_counter", world.now)]))
    issuer = IssuerCode("990000")
    edition = Edition("aa", {"a.toml": "x = 1"}, frozenset({issuer}), "me", world.now)
    world.run(store.put_edition(edition))
    world.run(store.put_points([_point(1), _point(2)]))
    world.run(store.job_progress("cards:1", 7, finished=False))
    world.run(store.put_seal(Seal(date(2026, 3, 1), b"", b"r" * 32, 3, 1, b"s" * 64)))
    day = date(2026, 11, 1)
    world.run(store.sweep_progress(day, (day, half[0].card.key), {"left": 1}, finished=False))
    _fill_rest(world)
    store.close()
    return f"sqlite:///{folder / 'city.sqlite'}"


def _fill_rest(world: Any) -> None:
    """Put a row into each table that has nothing to do with cards, rules and points."""
    store, anybody = world.store, frozenset({ANY})
    scope = Scope(anybody, anybody, anybody, anybody, anybody)
    world.run(store.put_partner(Partner("bank", "Bank", scope)))
    world.run(store.put_partner_key(PartnerKey("k", "bank", Algorithm.ED25519, "PEM", world.now)))
    world.run(store.spend([SpentNonce("k", "n", world.now)], world.now))
    said = Report(
        subject="page:x", wrong="a", right="b", seen="", language=Language.ZH, edition="aa",
        received_at=world.now,
    )  # fmt: skip
    world.run(store.add_report(said, BOUNDS))
    parts = [Part(b"u" * 16, kind, n, b"sealed") for kind in PartKind for n in range(9)]
    world.run(store.streams.put_parts(parts))
    stream = Stream(
        id=id_of("bank", "k"), partner="bank", digest=b"d", upload=b"u" * 16, language=Language.EN,
        state=StreamState.WORKING, received_at=world.now, claimed_until=world.now, tally={"x": 1},
    )  # fmt: skip
    world.run(store.streams.add(stream))
    listener = Listener(
        "fund", "https://fund.example", anybody, anybody, by_identifier=True,
        state=ListenerState.PAUSED, reason="moving", since=world.now,
    )  # fmt: skip
    world.run(Listeners(store).add(listener, "whsec_a"))
    world.run(store.take_lease("fund", "a", world.now, world.now))


def _point(number: int) -> ServicePoint:
    both = (Application.SOCIAL, Application.FINANCIAL)
    able = Capability(ChannelCode("bank_counter"), both, (), (), "list", date(2026, 1, 1))
    place = Coordinates(30.1, 104.25, "GCJ02") if number % 2 else None
    return ServicePoint(
        PointId(f"list:{number}"), "\u7f51\u70b9", PointKind.BANK_OUTLET, "Bank", BankCode("102"),
        "Road 1", "", RegionCode("990000"), "010", place, "Mo-Fr 09:00-17:00", (able,),
    )  # fmt: skip


def quiet(part: str, done: int, total: int) -> None:
    """Listen to no progress."""


def copied(source: str, target: str, on_progress: Any = quiet, page: int = 7) -> Copied:
    """Copy as the command does."""

    async def work() -> Copied:
        async with (
            database_of(source, Access.READ) as here,
            database_of(target, Access.CREATE) as there,
        ):
            await refuse_unready(here)
            await made_ready(there)
            return await copy(here, there, on_progress, page=page)

    return asyncio.run(work())


def rows_of(address: str) -> dict[str, list[Any]]:
    """Read every row of every table."""

    async def work() -> dict[str, list[Any]]:
        async with database_of(address, Access.READ) as opened:
            return {
                table.name: sorted(await _rows(opened, table.name), key=repr) for table in TABLES
            }

    return asyncio.run(work())


async def _rows(opened: Any, table: str) -> list[Any]:
    columns = sorted(await opened.columns(table))
    return [tuple(row) for row in await opened.fetch(f"select {', '.join(columns)} from {table}")]


def changed(address: str, statement: str) -> None:
    """Change a database behind the back of everything."""
    if address.startswith("sqlite:///"):
        database = apsw.Connection(address.removeprefix("sqlite:///"))
        database.set_busy_timeout(10_000)
        database.execute(statement)
        database.close()
    else:
        with ThreadPoolExecutor(1) as aside:  # this thread may be inside an event loop
            aside.submit(lambda: asyncio.run(fetched(address, statement))).result()


def empty_citus() -> str:
    """Give the address of the Citus database of the tests, without a row or an earlier copy."""
    return emptied(os.environ[CITUS], Placement(Kind.CITUS, 4))
