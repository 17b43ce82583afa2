"""Import of a cards file, beside a bare ``executemany`` of ready tuples into the same tables.

Run as ``python bench/bench_import.py [--rows 200000] [--rounds 5] [--folder DIR] [--out FILE]``.
Both sides run in processes of their own, in turns, on files and databases in the same folder; the
median of the ratios is kept. The import reads CSV, checks every row, encrypts and indexes it; the
bare side is handed tuples that were made beforehand, in the same order, in transactions of 100,000
rows, into tables with the same keys and settings. The peak of memory is that of the import alone.
Days are spread evenly over 300 of making and 60 of collection: the worst case for the clocks, which
are computed once for each issuer and pair of days.
"""

import argparse
import asyncio
import csv
import json
import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import apsw

from qika.operations.import_cards import BATCH, import_cards
from qika.operations.importing.references import References
from qika.operations.importing.tables import CARDS
from qika.operations.importing.verdicts import ImportReport, Verdict
from qika.operations.importing.workers import WORKERS
from qika.operations.office import Office
from qika.operations.rulings import Rulings
from qika.partners.tables.opening import open_table
from qika.partners.tables.report import VerdictFile
from qika.rulebook.book import parse_rulebook
from qika.storage.sqlite import open_sqlite
from qika.storage.sqlite.connection import connect, migrate
from qika.storage.vault import Vault
from qika.terms.identity_number import check_digit
from qika.terms.names import CardNumber, IssuerCode, Language
from qika.terms.working_calendar import published_calendar
from qika.wiring import banks as packaged_banks
from qika.wiring import gazetteer, packaged_texts

TARGET = 0.2
NOW = datetime(2026, 11, 20, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
ISSUERS = ("990000", "440300", "370100", "330100", "610100", "xpcc")
BANKS = ("102", "中国农业银行", "104", "建设银行", "301", "403")
SURNAMES, GIVEN = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高",
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平",
)
TABLES = ("card", "holder", "clock", "alias")


def write_file(path: Path, rows: int) -> None:
    """Write a seeded cards file: every row is good, no two alike."""
    random = Random(7)
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(CARDS.columns)
        out.writerows(_row(random, number) for number in range(rows))


def _row(random: Random, number: int) -> tuple[str, ...]:
    born = date(1945, 1, 1) + timedelta(days=random.randrange(27_000))
    first_17 = f"{random.choice(('110101', '440305', '370102', '330102'))}{born:%Y%m%d}"
    first_17 += f"{random.randrange(1_000):03d}"
    made = date(2025, 9, 1) + timedelta(days=random.randrange(300))
    collected = made + timedelta(days=random.randrange(1, 60))
    values = {
        "issuer": random.choice(ISSUERS),
        "card_number": f"{'ABCDEFGHJK'[number % 10]}{number:08d}",
        "social_security_number": first_17 + check_digit(first_17),
        "name": random.choice(SURNAMES) + random.choice(GIVEN) + random.choice(GIVEN + " ").strip(),
        "card_bank": random.choice(BANKS),
        "collected_on": collected.isoformat() if random.random() < 0.85 else "",
        "card_identifier": f"{random.getrandbits(128):032X}",
        "made_on": made.isoformat(),
        "generation": "3",
    }
    return tuple(values[column] for column in CARDS.columns)


def import_file(path: Path, folder: Path) -> tuple[float, float]:
    """Import once; gives seconds and the peak of this process in MiB."""
    office, references, close = _office(folder)
    began = time.perf_counter()
    report = asyncio.run(import_table(office, references, path, folder))
    seconds = time.perf_counter() - began
    close()
    assert report.verdicts[Verdict.ADDED] == report.rows, report
    return seconds, peak_mib()


def peak_mib() -> float:
    """Give the peak of memory of this process and, each counted as the largest, its workers."""
    own, worker = (
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return (own + WORKERS * worker) / 1024


async def import_table(
    office: Office, references: References, path: Path, folder: Path
) -> ImportReport:
    """Open a file and import it, with the report of every row."""
    table = open_table(path, CARDS)
    with VerdictFile(folder / "verdicts.csv", Language.ZH) as verdicts:
        return await import_cards(
            office, office.store, table, references, dry_run=False, verdicts=verdicts
        )


def _office(folder: Path) -> tuple[Office, References, Callable[[], None]]:
    keys = folder / "keys.json"
    vault = Vault.open(keys) if keys.exists() else Vault.create(keys)
    store = open_sqlite(folder / "qika.db", vault)
    banks = packaged_banks()
    book = parse_rulebook(packaged_texts(), banks.names)
    regions = gazetteer()
    calendar = published_calendar()
    office = Office(store, Rulings(book, regions.chain), None, vault, None, calendar, lambda: NOW)
    return office, References(regions, banks, book.channels), store.close


def bare(path: Path, folder: Path, batch: int) -> float:
    """Insert the same rows, ready-made, into a new database; gives seconds of inserting."""
    source = apsw.Connection(str(folder / "qika.db"))
    source.execute("create index if not exists alias_card on alias (card_key)")
    vault = Vault.open(folder / "keys.json")
    target = connect(folder / "bare.db")
    migrate(target)
    inserts = {table: _insert(target, table) for table in TABLES}
    seconds = 0.0
    for keys in _keys(path, vault, batch):
        ready = {table: _ready(source, table, keys) for table in TABLES}
        began = time.perf_counter()
        target.execute("begin immediate")
        for table, rows in ready.items():
            target.executemany(inserts[table], rows)
        target.execute("commit")
        seconds += time.perf_counter() - began
    return seconds


def _insert(target: apsw.Connection, table: str) -> str:
    columns = len(list(target.execute(f"pragma table_info({table})")))
    return f"insert into {table} values ({', '.join('?' * columns)})"


def _keys(path: Path, vault: Vault, batch: int) -> Iterator[list[bytes]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        while chunk := list(islice(rows, batch)):
            yield [
                vault.card_key(IssuerCode(row["issuer"]), CardNumber(row["card_number"]))
                for row in chunk
            ]


def _ready(source: apsw.Connection, table: str, keys: list[bytes]) -> list[tuple[object, ...]]:
    select = f"select * from {table} where card_key = ?"
    return [row for key in keys for row in source.execute(select, (key,))]


def in_own_process(task: Callable[..., object], *arguments: object) -> object:
    """Run a task in a fresh process, so that memory and caches are its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(task, *arguments).result()


def measure(rows: int, rounds: int, folder: Path, batch: int) -> dict[str, object]:
    """Run both sides in turns."""
    path = folder / "cards.csv"
    write_file(path, rows)
    imports: list[float] = []
    bares: list[float] = []
    peaks: list[float] = []
    for number in range(rounds):
        place = folder / f"round{number}"
        place.mkdir()
        seconds, peak = in_own_process(import_file, path, place)
        imports.append(rows / seconds)
        peaks.append(peak)
        bares.append(rows / in_own_process(bare, path, place, batch))
        for file in place.iterdir():
            file.unlink()
    ratio = statistics.median(a / b for a, b in zip(imports, bares, strict=True))
    return {
        "rows": rows,
        "rounds": rounds,
        "file_mib": round(path.stat().st_size / 2**20, 1),
        "rows_in_a_transaction": {"import": BATCH, "bare": batch},
        "import_rows_s": round(statistics.median(imports)),
        "bare_rows_s": round(statistics.median(bares)),
        "ratio": round(ratio, 3),
        "target": TARGET,
        "import_peak_mib": round(max(peaks)),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--bare-batch", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, default=None, help="on the disk to be measured")
    parser.add_argument("--out", type=Path, default=Path("bench/results/import.json"))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as made:
        result = measure(chosen.rows, chosen.rounds, Path(made), chosen.bare_batch)
    print(f"{'import, checked and sealed':<32}{result['import_rows_s']:>12,} rows/s")
    print(f"{'bare executemany':<32}{result['bare_rows_s']:>12,} rows/s")
    print(f"{'ratio (at least 0.2)':<32}{result['ratio']:>12}")
    print(f"{'peak memory of the import':<32}{result['import_peak_mib']:>12,} MiB")
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0 if result["ratio"] >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
