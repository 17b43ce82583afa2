"""Activations over HTTP by one worker, beside pgbench's best per-row script and beside SQLite.

One process with one worker answers POST /v1/activations after the commit: 512 connections that
each send one activation and wait for its answer; and 8 connections that send 500 in a call. wrk
makes the bodies (`activations.lua`), each with another card and another key. The store is a
PostgreSQL server of the bench's own with every durability setting on, the peer pgbench on the same
server (see `bench_postgres`), which takes its turn in each round; then SQLite, beside bare inserts
and commits. Nothing is pinned to a core: client, worker and server share the machine.

The worker is that of `qika serve`, with two differences: unsigned writes are taken, as in the
demo; and nobody tells the insurer's double of the events, which in an installation is another
process's work. Every round ends with a count in the database: at least as many activations as
answers, and not one refusal.

    python -m bench.bench_http_activations [--cards 700000] [--rounds 5] [--seconds 3]
"""

import argparse
import asyncio
import gc
import json
import re
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import NamedTuple

import apsw
import uvicorn
import uvloop

from qika.operations.activate import perform
from qika.operations.batch import Gatherer
from qika.storage.postgres.placement import Kind, Placement
from qika.web.app import build_app
from qika.web.connection import Connection
from qika.web.site import Door
from qika.wiring import Settings, fill_example_city, house_of, site_of
from qika.wiring.serving import GARBAGE_THRESHOLD, SWITCH_S

from bench.bench_activations import NOW, Counter, bare, bare_connection, new_card
from bench.bench_postgres import FILL_PEER, peers
from bench.serving import Running, free_port, running
from tests.servers import Server, fetched, running_server

HERE = Path(__file__).parent
RESULTS = HERE / "results"
DAY = date(2026, 6, 1)
PAGE = 5_000
TARGETS = {"postgres": {1: 2.0, 500: 6.0}, "sqlite": {}}


class Load(NamedTuple):
    """How wrk asks: so many connections, so many activations in a call."""

    connections: int
    size: int


LOADS = (Load(512, 1), Load(8, 500))


async def serve(settings: Settings, port: int) -> None:
    """Serve an installation by one worker that takes unsigned writes."""
    async with house_of(settings) as house:
        house.warm_up()
        gatherer = Gatherer(partial(perform, house.office))
        site = site_of(house, doors=frozenset(Door), gatherer=gatherer)
        app = build_app(replace(site, unsigned_writes=True, gather=gatherer.put))
        config = uvicorn.Config(
            app, port=port, http=Connection,
            lifespan="off", log_level="warning", access_log=False, server_header=False,
            proxy_headers=False, backlog=2048,
        )  # fmt: skip
        gc.freeze()
        gc.set_threshold(GARBAGE_THRESHOLD)
        sys.setswitchinterval(SWITCH_S)
        await uvicorn.Server(config).serve()
        await gatherer.close()


async def fill(settings: Settings, cards: int) -> None:
    """Make an installation: the example city, the bench's points, cards with known numbers."""
    async with house_of(settings) as house:
        await fill_example_city(house, lambda _: None)
        await house.store.put_points(list(Counter().points.values()))
        for start in range(0, cards, PAGE):
            page = [new_card(house.vault, n) for n in range(start, min(start + PAGE, cards))]
            await house.store.add_cards(page, received_at=NOW)


@contextmanager
def worker(settings: Settings) -> Iterator[Running]:
    """Run one worker in a process of its own until the block ends."""
    port = free_port()
    told = ["--serve", str(port), "--data", str(settings.data), "--database", settings.database]
    command = [sys.executable, "-m", "bench.bench_http_activations", *told]
    with running(command, port, pinned=False) as server:
        yield server


def body(number: int) -> bytes:
    """One activation as activations.lua writes it."""
    shown = [
        {"document": "card", "of": "holder"},
        {"document": "id_card", "of": "holder", "valid_until": "2030-01-01"},
    ]
    said = {
        "request_key": f"bench-{number:012d}",
        "card": {"issuer": "990000", "card_number": f"E{number:011d}"},
        "channel": "bank_counter",
        "who": "holder",
        "occurred_at": "2026-06-01T11:00:00+08:00",
        "point_id": "bench:bank",
        "presented": shown,
    }
    return json.dumps(said).encode()


class Side:
    """A worker under load: where it is in its cards, and what it reached."""

    def __init__(self, server: Running, count: Callable[[], tuple[int, int]]) -> None:
        """Take what counts (activations, refusals) in the worker's database."""
        self.server, self.count = server, count
        self.next = 0
        self.rates: dict[Load, list[float]] = {load: [] for load in LOADS}

    def check(self) -> None:
        """Send one activation and look at its answer."""
        url, kind = self.server.url("/v1/activations"), {"Content-Type": "application/json"}
        asked = urllib.request.Request(url, body(self.next), kind)
        self.next += 1
        with urllib.request.urlopen(asked, timeout=10) as answer:
            [outcome] = json.loads(answer.read())["outcomes"]
        if outcome["status"] != "activated" or len(outcome["applications"]) != 2:
            raise RuntimeError(f"not activated: {outcome}")

    def load(self, load: Load, seconds: int) -> float:
        """Give the activations a second of one run of wrk; RuntimeError if one was refused."""
        self.check()
        before, _ = self.count()
        said = subprocess.run(
            [
                "wrk", "-t1", f"-c{load.connections}", f"-d{seconds}s", "--timeout", "10s",
                "-s", str(HERE / "activations.lua"), self.server.url("/v1/activations"),
                "--", str(self.next), str(load.size),
            ],
            check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
        found = re.search(r"(\d+) requests in ([0-9.]+)(m?s)", said)
        after = re.search(r"next number: (\d+)", said)
        if "Non-2xx" in said or "Socket errors" in said or not found or not after:
            raise RuntimeError(said)
        self.next = int(after[1])
        answered = int(found[1]) * load.size
        done, refused = self.count()
        if done - before < answered or refused:
            raise RuntimeError(f"{answered} answers, {done - before} written, {refused} refused")
        rate = answered / (float(found[2]) / (1_000 if found[3] == "ms" else 1))
        self.rates[load].append(rate)
        return rate


COUNT = "select (select count(*) from event where request_key like 'bench-%')", "attempt"


def count_on(server: Server) -> tuple[int, int]:
    """Count activations and refusals on PostgreSQL."""
    text = f"{COUNT[0]}, (select count(*) from {COUNT[1]})"
    [row] = server.sql("store", text)
    return int(str(row[0])), int(str(row[1]))


def count_in(file: Path) -> tuple[int, int]:
    """Count activations and refusals in an SQLite file."""
    connection = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        [row] = connection.execute(f"{COUNT[0]}, (select count(*) from {COUNT[1]})")
        return int(str(row[0])), int(str(row[1]))
    finally:
        connection.close()


def on_postgres(options: argparse.Namespace, folder: Path) -> dict[str, object]:
    """Take turns with pgbench on one server."""
    settings = ("shared_buffers=1GB", "max_wal_size=4GB")
    with running_server(hasty=False, settings=settings) as server:
        server.database("peer", Placement(Kind.PLAIN))
        for statement in FILL_PEER.format(cards=options.cards).split(";"):
            server.sql("peer", statement)
        house = Settings(folder / "postgres", server.database("store"), DAY)
        uvloop.run(fill(house, options.cards))
        asyncio.run(fetched(server.address("store"), "vacuum analyze"))
        best: list[float] = []
        with worker(house) as running_worker:
            side = Side(running_worker, partial(count_on, server))
            for _ in range(options.rounds):
                best.append(max(peers(server, folder, options.cards, options.seconds).values()))
                for load in LOADS:
                    side.load(load, options.seconds)
    return said("pgbench, best of each round", best, side, TARGETS["postgres"])


def on_sqlite(options: argparse.Namespace, folder: Path) -> dict[str, object]:
    """Take turns with bare inserts and commits into a file beside."""
    house = Settings(folder / "sqlite", "", DAY)
    uvloop.run(fill(house, options.cards))
    base: list[float] = []
    connection = bare_connection(folder)
    with worker(house) as running_worker:
        side = Side(running_worker, partial(count_in, house.file))
        for _ in range(options.rounds):
            base.append(bare(connection))
            for load in LOADS:
                side.load(load, options.seconds)
    connection.close()
    return said("bare insert and commit", base, side, TARGETS["sqlite"])


def said(
    name: str, base: list[float], side: Side, targets: Mapping[int, float]
) -> dict[str, object]:
    """Print the medians and give what is kept of them."""
    print(f"{name:36}{statistics.median(base):9,.0f}/s   1.00")
    result: dict[str, object] = {name: round(statistics.median(base))}
    for load, rates in side.rates.items():
        ratio = statistics.median(a / b for a, b in zip(rates, base, strict=True))
        rate = statistics.median(rates)
        what = f"{load.connections} connections, {load.size} in a call"
        target = f"   target {targets[load.size]}" if load.size in targets else ""
        print(f"{what:36}{rate:9,.0f}/s   {ratio:.2f}{target}", flush=True)
        result[what] = {
            "per_s": round(rate),
            "ratio": round(ratio, 2),
            "rounds": [round(one) for one in rates],
        }
    return result


def main(options: argparse.Namespace) -> None:
    """Measure and keep the result."""
    if options.serve:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
            loop.run(serve(Settings(options.data, options.database, DAY), options.serve))
        return
    ways = {"postgres": on_postgres, "sqlite": on_sqlite}
    kept: dict[str, object] = {"cards": options.cards}
    for name in [options.only] if options.only else ways:
        with tempfile.TemporaryDirectory() as folder:
            print(name)
            kept[name] = ways[name](options, Path(folder))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "http_activations.json").write_text(json.dumps(kept, indent=2))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cards", type=int, default=700_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--only", choices=("postgres", "sqlite"))
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--database", default="", help=argparse.SUPPRESS)
    main(parser.parse_args())
