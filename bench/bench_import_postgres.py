"""Import of a cards file into PostgreSQL, beside plain COPY of the same rows, ready-made.

A server of the bench's own on loopback, with every durability setting on. The import is the
operation behind ``qika import cards``: CSV is read, every row checked, encrypted and indexed. The
peer is handed the rows that the import made (COPY of each table to a file, in the order in which
they lie there) and copies them, one COPY a table, into new tables with the same keys and indexes.
Both take turns and begin with empty tables after a checkpoint. The system's load of the last minute
is noted before, between and after both; the bench's own work is in it from the second time on.

    python -m bench.bench_import_postgres [--rows 1000000] [--rounds 3] [--folder DIR]
"""

import argparse
import asyncio
import json
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import asyncpg

from qika.operations.importing.references import References
from qika.operations.importing.verdicts import Verdict
from qika.operations.office import Office
from qika.operations.rulings import Rulings
from qika.rulebook.book import parse_rulebook
from qika.storage.postgres import open_postgres
from qika.storage.postgres.placement import Kind, Placement
from qika.storage.vault import Vault
from qika.terms.working_calendar import published_calendar
from qika.wiring import banks as packaged_banks
from qika.wiring import gazetteer, packaged_texts

from bench.bench_import import NOW, TABLES, import_table, in_own_process, peak_mib, write_file
from tests.servers import fetched, running_server

TARGET = 0.3
SETTINGS = ("shared_buffers=1GB", "max_wal_size=8GB")


def import_file(path: Path, folder: Path, address: str) -> tuple[float, float, float]:
    """Import once; gives seconds, those on a processor, and the peak of memory in MiB.

    The last two are of this process and its workers, without the server.
    """
    seconds = asyncio.run(_imported(path, folder, address))
    own, workers = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    worked = own.ru_utime + own.ru_stime + workers.ru_utime + workers.ru_stime
    return seconds, worked, peak_mib()


async def _imported(path: Path, folder: Path, address: str) -> float:
    keys = folder / "keys.json"
    vault = Vault.open(keys) if keys.exists() else Vault.create(keys)
    store = await open_postgres(address, vault)
    banks, regions = packaged_banks(), gazetteer()
    book = parse_rulebook(packaged_texts(), banks.names)
    rulings, calendar = Rulings(book, regions.chain), published_calendar()
    office = Office(store, rulings, None, vault, None, calendar, lambda: NOW)
    references = References(regions, banks, book.channels)
    began = time.perf_counter()
    report = await import_table(office, references, path, folder)
    seconds = time.perf_counter() - began
    await store.close()
    assert report.verdicts[Verdict.ADDED] == report.rows, report
    return seconds


async def keep_rows(address: str, folder: Path) -> None:
    """Write the rows of every table into a file each."""
    connection = await asyncpg.connect(address)
    for table in TABLES:
        await connection.copy_from_table(table, output=folder / f"{table}.copy")
    await connection.close()


async def copied(address: str, folder: Path) -> float:
    """Copy ready rows; gives seconds."""
    connection = await asyncpg.connect(address)
    began = time.perf_counter()
    for table in TABLES:
        await connection.copy_to_table(table, source=folder / f"{table}.copy")
    seconds = time.perf_counter() - began
    await connection.close()
    return seconds


def measure(rows: int, rounds: int, folder: Path) -> dict[str, object]:
    """Run both sides in turns."""
    path, plain = folder / "cards.csv", Placement(Kind.PLAIN)
    write_file(path, rows)
    ours: list[float] = []
    peers: list[float] = []
    peaks: list[float] = []
    micros: list[float] = []
    loads: list[list[float]] = []
    with running_server(hasty=False, settings=SETTINGS) as server:
        for number in range(rounds):
            address = server.database("imported", plain)
            asyncio.run(fetched(address, "checkpoint"))
            loads.append([os.getloadavg()[0]])
            seconds, worked, peak = in_own_process(import_file, path, folder, address)
            ours.append(rows / seconds)
            micros.append(worked / rows * 1e6)
            peaks.append(peak)
            if not number:
                asyncio.run(keep_rows(address, folder))
            address = server.database("imported", plain)
            asyncio.run(fetched(address, "checkpoint"))
            loads[-1].append(os.getloadavg()[0])
            peers.append(rows / asyncio.run(copied(address, folder)))
            loads[-1].append(os.getloadavg()[0])
            _say(number, ours[-1], peers[-1], micros[-1], loads[-1])
    ratio = statistics.median(a / b for a, b in zip(ours, peers, strict=True))
    return {
        "rows": rows,
        "rounds": rounds,
        "import_rows_s": round(statistics.median(ours)),
        "copy_rows_s": round(statistics.median(peers)),
        "ratio": round(ratio, 3),
        "target": TARGET,
        "import_peak_mib": round(max(peaks)),
        "import_processor_us": round(statistics.median(micros), 1),
        "ratios": [round(a / b, 3) for a, b in zip(ours, peers, strict=True)],
        "loads": loads,
    }


def _say(number: int, ours: float, peer: float, micros: float, loads: list[float]) -> None:
    said = " ".join(f"{load:.1f}" for load in loads)
    print(
        f"round {number + 1}: {ours:,.0f} and {peer:,.0f} rows/s,"
        f" {micros:.0f} us of a processor a card; load {said}",
        flush=True,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=None, help="for the file and the ready rows")
    parser.add_argument("--out", type=Path, default=Path("bench/results/import_postgres.json"))
    chosen = parser.parse_args()
    made = Path(tempfile.mkdtemp(dir=chosen.folder))
    try:
        result = measure(chosen.rows, chosen.rounds, made)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    print(f"{'import, checked and sealed':<32}{result['import_rows_s']:>12,} rows/s")
    print(f"{'plain COPY of ready rows':<32}{result['copy_rows_s']:>12,} rows/s")
    print(f"{'ratio (at least 0.3)':<32}{result['ratio']:>12}")
    print(f"{'processor time of a card':<32}{result['import_processor_us']:>12} us")
    print(f"{'peak memory of the import':<32}{result['import_peak_mib']:>12,} MiB")
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0 if result["ratio"] >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
