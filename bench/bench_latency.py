"""Latency under load by an open loop: POST /v1/activations, one a call, and GET /v1/points.

Calls are due at a constant rate, whatever the server does; the latency of each counts from the
moment at which it was due, so that a pause of the server is felt by all who would have called
meanwhile (no coordinated omission). First the best rate is measured by 512 (32) connections that
each send the next call when the last one is answered; then p50, p99 and p99.9 at 50 % and 80 % of
it. Every activation is of another card, every search around another place.

The worker is that of `bench_http_activations`, its store PostgreSQL with every durability setting
on. Client, worker and database share the machine. The client looks at its clock every millisecond,
and that is in the figures.

    python -m bench.bench_latency [--cards 500000] [--rounds 5] [--seconds 5]
"""

import argparse
import asyncio
import gc
import json
import random
import statistics
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import uvloop

from qika.storage.postgres.placement import Kind, Placement
from qika.wiring import Settings

from bench.bench_http_activations import DAY, body, fill, worker
from bench.bench_plans import get, post, searches
from tests.servers import fetched, running_server

RESULTS = Path(__file__).parent / "results"
CONNECTIONS = {"activations": 512, "points": 32}
SHARES = (0.5, 0.8)
PARTS = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999}
TICK_S = 0.001
WORD = {"activations": b'"status":"activated"', "points": b'"items":[{'}
"""What every answer must say."""


class Line(asyncio.Protocol):
    """One connection; has at most one call under way."""

    def __init__(self, load: "Load") -> None:
        self.load, self.due, self.got = load, 0.0, bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.got += data
        head = self.got.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self.got.index(b"content-length: ") + 16
        if len(self.got) < head + 4 + int(self.got[at : self.got.index(b"\r", at)]):
            return
        good = self.got.startswith(b"HTTP/1.1 200") and self.load.word in self.got
        if not good and not self.load.failed:
            self.load.failed = bytes(self.got)
        self.got.clear()
        self.load.answered(self)

    def connection_lost(self, _: Exception | None) -> None:
        if self.load.running:
            self.load.failed = b"a connection was lost"


class Load:
    """Sends calls over many connections, when they are due or as fast as they are answered."""

    def __init__(self, name: str, calls: Iterator[bytes]) -> None:
        self.word, self.calls = WORD[name], calls
        self.loop = asyncio.get_running_loop()
        self.idle: deque[Line] = deque()
        self.late: deque[float] = deque()
        self.took: list[float] = []
        self.failed, self.running, self.closed = b"", True, False
        self.sent = 0

    async def connect(self, port: int, count: int) -> None:
        for _ in range(count):
            _, line = await self.loop.create_connection(lambda: Line(self), "127.0.0.1", port)
            self.idle.append(line)

    def send(self, line: Line, due: float) -> None:
        line.due = due
        self.sent += 1
        line.transport.write(next(self.calls))

    def answered(self, line: Line) -> None:
        now = self.loop.time()
        self.took.append(now - line.due)
        if self.late:
            self.send(line, self.late.popleft())
        elif self.closed:
            self.send(line, now)
        else:
            self.idle.append(line)

    async def flat_out(self, seconds: float) -> float:
        """Give the answers a second when every connection always has a call under way."""
        self.closed, began = True, self.loop.time()
        while self.idle:
            self.send(self.idle.popleft(), began)
        await asyncio.sleep(seconds)
        rate = len(self.took) / (self.loop.time() - began)
        self.closed = False
        await self.finish()
        return rate

    async def at(self, rate: float, seconds: float) -> None:
        """Send calls at a rate; one that finds no connection idle waits, and its wait counts."""
        began, amount = self.loop.time(), round(rate * seconds)
        done = 0
        while done < amount:
            due_now = min(amount, int((self.loop.time() - began) * rate) + 1)
            for number in range(done, due_now):
                due = began + number / rate
                if self.idle:
                    self.send(self.idle.popleft(), due)
                else:
                    self.late.append(due)
            done = due_now
            await asyncio.sleep(TICK_S)
        await self.finish()

    async def finish(self) -> None:
        """Wait for every answer; RuntimeError if one was not as it should be."""
        async with asyncio.timeout(60):
            while (len(self.took) < self.sent or self.late) and not self.failed:  # noqa: ASYNC110 - it ends a measurement
                await asyncio.sleep(0.01)
        if self.failed:
            raise RuntimeError(self.failed.decode())

    def close(self) -> None:
        self.running = False
        for line in self.idle:
            line.transport.close()


def parts(took: Sequence[float]) -> dict[str, float]:
    """Give the percentiles in milliseconds."""
    ranked = sorted(took)
    return {
        name: round(ranked[min(len(ranked) - 1, int(len(ranked) * part))] * 1_000, 2)
        for name, part in PARTS.items()
    }


def activations(first: int) -> Iterator[bytes]:
    before, between, after = post("/v1/activations", body(0)).split(b"0" * 11)
    between, number = between.removeprefix(b"0"), first  # a key has one digit more than a card
    while True:
        yield b"%b%012d%b%011d%b" % (before, number, between, number, after)
        number += 1


def points() -> Iterator[bytes]:
    rnd = random.Random(7)
    while True:
        for path in searches(rnd, 1_000):
            yield get(
                path.replace("open=now", "open=2026-06-01T10:00")
            )  # the worker's clock stands


async def one_round(
    port: int, name: str, calls: Iterator[bytes], seconds: float
) -> dict[str, dict[str, float]]:
    """Measure the best rate and the latencies below it."""
    load = Load(name, calls)
    await load.connect(port, CONNECTIONS[name])
    await load.flat_out(1)
    load.took.clear()
    load.sent = 0
    best = await load.flat_out(seconds)
    found: dict[str, dict[str, float]] = {"best": {"per_s": round(best)}}
    for share in SHARES:
        load.took.clear()
        load.sent = 0
        await load.at(best * share, seconds)
        found[f"{share:.0%}"] = {"per_s": round(best * share)} | parts(load.took)
    load.close()
    return found


async def rounds(port: int, options: argparse.Namespace) -> dict[str, object]:
    """Take turns and give the medians."""
    gc.collect()
    gc.disable()  # a pause of the client would count as one of the server
    calls = {"activations": activations(0), "points": points()}
    kept: dict[str, list[dict[str, dict[str, float]]]] = {name: [] for name in calls}
    for _ in range(options.rounds):
        for name, these in calls.items():
            kept[name].append(await one_round(port, name, these, options.seconds))
            print(name, kept[name][-1], flush=True)
    return {name: medians(these) for name, these in kept.items()} | {"rounds": kept}


def medians(these: Sequence[dict[str, dict[str, float]]]) -> dict[str, dict[str, float]]:
    return {
        level: {
            what: statistics.median(one[level][what] for one in these) for what in these[0][level]
        }
        for level in these[0]
    }


def main(options: argparse.Namespace) -> None:
    """Start the server, measure, keep the result."""
    settings = ("shared_buffers=1GB", "max_wal_size=4GB")
    with (
        running_server(hasty=False, settings=settings) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        server.database("store", Placement(Kind.PLAIN))
        house = Settings(Path(folder), server.address("store"), DAY)
        uvloop.run(fill(house, options.cards))
        asyncio.run(fetched(server.address("store"), "vacuum analyze"))
        with worker(house) as running_worker:
            result = uvloop.run(rounds(running_worker.port, options))
    for name in CONNECTIONS:
        print(name, json.dumps(result[name], indent=1))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "latency.json").write_text(json.dumps({"cards": options.cards} | result, indent=2))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cards", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5)
    main(parser.parse_args())
