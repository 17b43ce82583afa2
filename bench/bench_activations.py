"""Activations through operations.perform on SQLite, beside one bare insert and commit per row.

Rounds are interleaved in one run, so that a busy disk slows both sides; medians are compared.

    python bench/bench_activations.py [--cards 300000] [--rounds 5] [--folder DIR] [--profile]
"""

import argparse
import asyncio
import cProfile
import functools
import gc
import hashlib
import json
import pstats
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import apsw
import chinese_calendar
import uvloop

import qika.rulebook
from qika.activation.request import ActivationRequest, Identity, Presented
from qika.activation.status import Status
from qika.cards.card import ApplicationRecord, Card
from qika.operations.activate import perform
from qika.operations.office import Office
from qika.operations.ports import ClockRow, NewCard
from qika.operations.rulings import Rulings
from qika.points.point import Capability, ServicePoint
from qika.rulebook.book import parse_rulebook
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
    PointKind,
    RegionCode,
    State,
    Use,
    Who,
)
from qika.wiring.serving import GARBAGE_THRESHOLD, SWITCH_S

CHINA = timezone(timedelta(hours=8))
NOW = datetime(2026, 6, 1, 12, tzinfo=CHINA)
ISSUER = IssuerCode("990000")
TARGETS = {1: 0.5, 512: 3.0, 4096: 5.0}
TWO_AT_ONCE = 4096
"""Batch size at which two batches of other cards are also carried out at the same time."""
PER_ROUND = {1: 1_000, 512: 4_096, 4096: 12_288}
BARE_PER_ROUND = 3_000


@functools.cache
def is_working_day(day: date) -> bool:
    try:
        return chinese_calendar.is_workday(day)
    except NotImplementedError:
        return day.weekday() < 5


class Weekdays:
    """Working days as announced; weekdays where nothing is announced yet."""

    def is_working_day(self, day: date) -> bool:
        return is_working_day(day)

    def is_provisional(self, day: date) -> bool:
        return day.year > 2026


class Counter:
    def __init__(self) -> None:
        self.points = {point.id: point for point in (_bank(), _hospital())}

    def point(self, point_id: PointId) -> ServicePoint | None:
        return self.points.get(point_id)


class Nobody:
    def verify(self, *_: object) -> bool:
        return False


def _point(name: str, kind: PointKind, able: Capability, bank: BankCode | None) -> ServicePoint:
    region = RegionCode("990000")
    return ServicePoint(
        PointId(name), name, kind, name, bank, "", "", region, "", None, "", (able,)
    )


def _bank() -> ServicePoint:
    both = tuple(Application)
    able = Capability(ChannelCode("bank_counter"), both, (BankCode("102"),), (), "bench", None)
    return _point("bench:bank", PointKind.BANK_OUTLET, able, BankCode("102"))


def _hospital() -> ServicePoint:
    social = (Application.SOCIAL,)
    able = Capability(ChannelCode("hospital_first_use"), social, (), (), "bench", None)
    return _point("bench:hospital", PointKind.HOSPITAL, able, None)


def rulings() -> Rulings:
    folder = Path(qika.rulebook.__file__).parent
    texts = {
        str(file.relative_to(folder)): file.read_text(encoding="utf-8")
        for file in folder.rglob("*.toml")
        if file.parent.name != "regions" or file.stem == "990000"
    }
    banks = {code: BankCode(code) for code in ("102", "103", "104", "105", "301", "403")}
    book = parse_rulebook(texts, banks)
    return Rulings(book, lambda issuer: (issuer,))


def office(store: SqliteStore, vault: Vault) -> Office:
    return Office(store, rulings(), Counter(), vault, Nobody(), Weekdays(), lambda: NOW)


def new_card(vault: Vault, number: int) -> NewCard:
    collected = date(2025, 9, 1) + timedelta(days=number % 200)
    since = datetime(collected.year, collected.month, collected.day, 9, tzinfo=CHINA)
    sealed = ApplicationRecord(State.SEALED, since)
    text = card_number(number)
    key = vault.card_key(ISSUER, text)
    made = collected - timedelta(days=20)
    card = Card(key, ISSUER, BankCode("102"), made, None, collected, sealed, sealed)
    clocks = (ClockRow("activation", 1, collected + timedelta(days=300)),)
    person = f"99000019{number:09d}X"
    return NewCard(card, text, f"{number:032x}", person, f"Holder {number}", "3", clocks)


def card_number(number: int) -> CardNumber:
    return CardNumber(f"E{number:011d}")


async def fill(
    store: SqliteStore, vault: Vault, numbers: Sequence[int], step: int = 10_000
) -> tuple[list[bytes], float]:
    keys: list[bytes] = []
    began = time.perf_counter()
    for start in range(0, len(numbers), step):
        cards = [new_card(vault, n) for n in numbers[start : start + step]]
        await store.add_cards(cards, received_at=NOW)
        keys += [card.card.key for card in cards]
    random.Random(1).shuffle(keys)
    return keys, len(numbers) / (time.perf_counter() - began)


def request(key: bytes, number: int) -> ActivationRequest:
    name = f"bench-{number:012d}"
    identity = Identity(key, "bank:102:01", name, hashlib.sha256(name.encode()).digest())
    shown = (
        Presented(DocumentCode("card"), Who.HOLDER),
        Presented(DocumentCode("id_card"), Who.HOLDER, date(2030, 1, 1)),
    )
    at_hospital = number % 2
    return ActivationRequest(
        identity,
        ChannelCode("hospital_first_use" if at_hospital else "bank_counter"),
        Who.HOLDER,
        (),
        NOW - timedelta(seconds=number % 3_600, microseconds=number),
        PointId("bench:hospital" if at_hospital else "bench:bank"),
        Use.OUTPATIENT if at_hospital else None,
        shown,
    )


def bare_connection(folder: Path) -> apsw.Connection:
    connection = apsw.Connection(str(folder / "bare.db"))
    connection.pragma("journal_mode", "wal")
    connection.execute("pragma synchronous = full; create table bare (a integer primary key, b)")
    return connection


def bare(connection: apsw.Connection) -> float:
    began = time.perf_counter()
    for number in range(BARE_PER_ROUND):
        connection.execute("begin immediate")
        connection.execute("insert into bare (b) values (?)", (f"row {number}",))
        connection.execute("commit")
    return BARE_PER_ROUND / (time.perf_counter() - began)


@dataclass
class Side:
    """One batch size: what it reached in each round."""

    size: int
    rates: list[float]


async def activate(place: Office, requests: list[ActivationRequest], size: int) -> float:
    """Answered activations a second, each answer after its commit is on the disk."""
    began = time.perf_counter()
    for start in range(0, len(requests), size):
        answers = await perform(place, requests[start : start + size])
        assert all(one.outcome.status is Status.ACTIVATED for one in answers)
    return len(requests) / (time.perf_counter() - began)


async def activate_two(place: Office, requests: list[ActivationRequest], size: int) -> float:
    """The same with two batches under way: one may be decided while the other is written."""
    half = len(requests) // 2
    began = time.perf_counter()
    await asyncio.gather(
        activate(place, requests[:half], size), activate(place, requests[half:], size)
    )
    return len(requests) / (time.perf_counter() - began)


async def rounds(place: Office, keys: list[bytes], folder: Path, count: int) -> dict[str, object]:
    connection = bare_connection(folder)
    sides = [Side(size, []) for size in TARGETS]
    twos: list[float] = []
    bares: list[float] = []
    used = 0
    for _ in range(count):
        bares.append(bare(connection))
        for side in sides:
            amount = PER_ROUND[side.size]
            requests = [request(keys[n], n) for n in range(used, used + amount)]
            used += amount
            side.rates.append(await activate(place, requests, side.size))
        requests = [request(keys[n], n) for n in range(used, used + 4 * TWO_AT_ONCE)]
        used += len(requests)
        twos.append(await activate_two(place, requests, TWO_AT_ONCE))
    connection.close()
    base = statistics.median(bares)
    result: dict[str, object] = {"bare_per_s": round(base)}
    print(f"bare insert+commit  {base:10,.0f}/s   1.00")
    for side in sides:
        rate = statistics.median(side.rates)
        ratio = statistics.median(a / b for a, b in zip(side.rates, bares, strict=True))
        target = TARGETS[side.size]
        print(f"batch {side.size:5,}         {rate:10,.0f}/s   {ratio:.2f}   target {target}")
        result[f"batch_{side.size}"] = {"per_s": round(rate), "ratio": round(ratio, 2)}
    rate = statistics.median(twos)
    ratio = statistics.median(a / b for a, b in zip(twos, bares, strict=True))
    print(f"two of {TWO_AT_ONCE:,} at once {rate:7,.0f}/s   {ratio:.2f}   not a target")
    result["two_at_once"] = {"per_s": round(rate), "ratio": round(ratio, 2)}
    return result


async def profiled(place: Office, keys: list[bytes]) -> None:
    for size in (512, 4096):
        spare = keys[-2 * size :] if size == 512 else keys[-6 * size : -2 * size]
        requests = [request(key, 1_000_000 + n) for n, key in enumerate(spare)]
        profile = cProfile.Profile()
        profile.enable()
        await activate(place, requests, size)
        profile.disable()
        pstats.Stats(profile).sort_stats("tottime").print_stats(35)


async def main(options: argparse.Namespace, folder: Path) -> None:
    vault = Vault.create(folder / "keys.json")
    store = open_sqlite(folder / "qika.db", vault)
    keys, rate = await fill(store, vault, range(options.cards))
    print(f"imported {options.cards:,} cards, {rate:,.0f}/s")
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)
    result = await rounds(office(store, vault), keys, folder, options.rounds)
    print(json.dumps({"cards": options.cards, "import_per_s": round(rate), **result}))
    if options.profile:
        await profiled(office(store, vault), keys)
    store.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cards", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=None, help="on the disk to be measured")
    parser.add_argument("--profile", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as made:
        sys.setswitchinterval(SWITCH_S)
        uvloop.run(main(chosen, Path(made)))
