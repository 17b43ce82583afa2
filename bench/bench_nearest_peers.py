"""Filtered nearest 10 of 1.5 million from Python, beside unfiltered pykdtree and PostGIS KNN.

Run as ``python bench/bench_nearest_peers.py``. All see the same points and places, one after
another in each of five rounds; medians of the rounds. Ours has the filters and hours of
``bench_nearest.py`` to obey, the peers have none. pykdtree is asked for distances and indices of
10 unit vectors. PostGIS runs in a throw-away cluster on loopback (Debian's postgresql-15-postgis-3,
GiST index on geography), asked through asyncpg with a prepared statement. A peer that is not
installed is left out, and said to be.
"""

import argparse
import asyncio
import contextlib
import importlib.util
import json
import os
import pwd
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
from bench_nearest import CALENDAR, MOMENTS, RESULTS, Case, cases_of, generate, timed

from qika.operations.directory import PointDirectory
from qika.operations.ports import PointSearch
from qika.points.index import PointColumns, build_from_columns
from qika.points.nearest import NearestIndex, open_index
from qika.points.tree import unit_vectors

ROUNDS = 5
POSTGRES = Path("/usr/lib/postgresql/15/bin")
POSTGIS = Path("/usr/share/postgresql/15/extension/postgis.control")
KNN = (
    "select id from point order by place <-> st_setsrid(st_makepoint($1, $2), 4326)::geography"
    " limit 10"
)


def ours(index: NearestIndex, cases: list[Case]) -> dict[str, Callable[[Case], object]]:
    """Our search: to rows and metres, to ids, and to whole points by the directory."""
    directory = PointDirectory(CALENDAR)
    directory.take(index)
    searches = {case.where: search_of(case) for case in cases}

    def found(case: Case) -> object:
        return index.nearest(
            case.lat, case.lon, limit=10, where=case.where, open_at=case.open_at, calendar=CALENDAR
        )

    def points(case: Case) -> object:
        return directory.nearest(
            case.lat, case.lon, searches[case.where], open_at=case.open_at, after=None, limit=10
        )

    return {
        "rows and metres": found,
        "ids and metres": lambda case: list(found(case)),
        "whole points": points,
    }


def search_of(case: Case) -> PointSearch:
    where = case.where
    return PointSearch(
        channel=where.channel,
        application=where.application,
        card_bank=where.card_bank,
        chain=where.issuer_chain or (),
        kind=where.kind,
        region=where.region,
    )


def pykdtree(columns: PointColumns) -> Callable[[Case], object] | None:
    if importlib.util.find_spec("pykdtree") is None:
        print("pykdtree is not installed: left out")
        return None
    from pykdtree.kdtree import KDTree  # noqa: PLC0415

    placed = np.isfinite(columns.lat)
    tree = KDTree(unit_vectors(columns.lat[placed], columns.lon[placed]))
    asked: dict[Case, np.ndarray] = {}

    def vector(case: Case) -> np.ndarray:
        if case not in asked:
            asked[case] = unit_vectors(np.array([case.lat]), np.array([case.lon]))
        return asked[case]

    return lambda case: tree.query(vector(case), k=10)


@contextlib.contextmanager
def cluster() -> Iterator[str | None]:
    """Run a PostgreSQL of its own as user postgres, and stop it; None where PostGIS is absent."""
    if not (POSTGIS.exists() and importlib.util.find_spec("asyncpg") and os.geteuid() == 0):
        print("PostGIS, asyncpg or the right to become postgres is not there: left out")
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="qika-bench-postgis-"))
    shutil.chown(folder, pwd.getpwnam("postgres").pw_uid)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    settings = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "shared_buffers=1GB")
    options = f"-p {port} " + " ".join(f"-c {each}" for each in (*settings, "fsync=off", "jit=off"))
    as_postgres("initdb", "-D", str(folder / "data"), "-A", "trust", "-E", "UTF8", "--no-locale")
    start = ("-D", str(folder / "data"), "-w", "-l", str(folder / "log"), "-o", options)
    as_postgres("pg_ctl", "start", *start)
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        as_postgres("pg_ctl", "stop", "-D", str(folder / "data"), "-m", "immediate", "-w")
        shutil.rmtree(folder)


def as_postgres(program: str, *arguments: str) -> None:
    command = ["runuser", "-u", "postgres", "--", str(POSTGRES / program), *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")


async def postgis(address: str, columns: PointColumns) -> Callable[[Case], Awaitable[object]]:
    """Load the points that have a place, index them, and give what asks for the nearest."""
    import asyncpg  # noqa: PLC0415

    connection = await asyncpg.connect(address, statement_cache_size=0)
    await connection.execute("create extension postgis")
    await connection.execute("create table given (id int, lon float8, lat float8)")
    placed = np.flatnonzero(np.isfinite(columns.lat))
    rows = zip(
        placed.tolist(), columns.lon[placed].tolist(), columns.lat[placed].tolist(), strict=True
    )
    await connection.copy_records_to_table("given", records=rows)
    await connection.execute(
        "create table point as select id,"
        " st_setsrid(st_makepoint(lon, lat), 4326)::geography as place from given"
    )
    await connection.execute("create index on point using gist (place)")
    await connection.execute("vacuum analyze point")
    statement = await connection.prepare(KNN)
    return lambda case: statement.fetch(case.lon, case.lat)


async def timed_aside(ask: Callable[[Case], Awaitable[object]], cases: list[Case]) -> np.ndarray:
    taken = np.zeros(len(cases))
    for number, case in enumerate(cases):
        begin = time.perf_counter_ns()
        await ask(case)
        taken[number] = (time.perf_counter_ns() - begin) / 1000
    return taken


async def rounds(columns: PointColumns, index: NearestIndex, cases: list[Case]) -> dict[str, dict]:
    """Ask everyone in turn, five times; every question at its own moment of the same minute."""
    figures: dict[str, dict[str, list[float]]] = {}

    def note(name: str, taken: np.ndarray) -> None:
        kept = figures.setdefault(name, {"median_us": [], "p99_us": []})
        kept["median_us"].append(float(np.median(taken)))
        kept["p99_us"].append(float(np.percentile(taken, 99)))

    mine, peer = ours(index, cases), pykdtree(columns)
    with cluster() as address:
        knn = await postgis(address, columns) if address else None
        for number in range(ROUNDS):
            asked = at_moments(cases, number)
            for name, ask in mine.items():
                timed(ask, asked)
                note(f"ours, {name}", timed(ask, asked))
            if peer is not None:
                timed(peer, asked)
                note("pykdtree, no filter", timed(peer, asked))
            if knn is not None:
                few = asked[number :: len(asked) // 500]
                await timed_aside(knn, few)
                note("PostGIS KNN, no filter", await timed_aside(knn, few))
    return {
        name: {what: statistics.median(each) for what, each in kept.items()}
        for name, kept in figures.items()
    }


def at_moments(cases: list[Case], number: int) -> list[Case]:
    moment = MOMENTS[number % len(MOMENTS)]
    return [
        Case(c.name, c.lat, c.lon, c.where, moment + timedelta(milliseconds=row))
        for row, c in enumerate(cases)
    ]


def main() -> int:
    """Measure, print and keep; fail when a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    columns = generate(100_000 if given.quick else 1_500_000)
    with tempfile.TemporaryDirectory() as folder:
        build_from_columns(columns, Path(folder))
        index = open_index(Path(folder))
        index.warm_up()
        cases = [case for case in cases_of(columns, 4_400, 3) if case.name != "no filter"]
        figures = asyncio.run(rounds(columns, index, cases))
    mine = figures["ours, rows and metres"]["median_us"]
    enough = True
    for name, figure in figures.items():
        figure["times_as_long_as_ours"] = figure["median_us"] / mine
        print(f"{name:26}{figure['median_us']:10.2f} us, p99{figure['p99_us']:10.1f} us,"
              f"{figure['times_as_long_as_ours']:8.2f} times ours")  # fmt: skip
        least = {"pykdtree, no filter": 0.3, "PostGIS KNN, no filter": 16}.get(name, 0)
        enough = enough and figure["times_as_long_as_ours"] >= least
    kept = {"points": len(columns.ids), "rounds": figures, "load_average": os.getloadavg()[0]}
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.with_name("nearest_peers.json").write_text(json.dumps(kept, indent=1) + "\n")
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main())
