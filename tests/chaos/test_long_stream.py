"""A stream of a million lines to a real server, killed in the middle: counted, timed and weighed.

QIKA_TEST_LINES asks for another number of lines. Figures are printed.
"""

import asyncio
import json
import os
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from qika.storage.postgres import Kind, Placement, open_postgres
from qika.storage.sqlite import open_sqlite
from qika.storage.vault import Vault

from tests.journeys.terminal import Terminal, activation
from tests.journeys.test_activation_streams import Sender
from tests.journeys.test_command_line import POINT_COLUMNS, POINTS
from tests.journeys.test_demo import Running, serving
from tests.servers import fetched, running_server

AMOUNT = int(os.environ.get("QIKA_TEST_LINES", "1000000"))
AT_ONCE = 50_000
GROWS_MB_MAX = 200
"""What a server may grow by while it takes a stream in and carries it out, however long it is."""
COUNTED = (
    "select count(*), count(distinct card_key), max(seq), count(distinct request_key) from event"
)

pytestmark = pytest.mark.timeout(3_600)


@dataclass
class Town:
    """An installation whose cards nobody has used."""

    terminal: Terminal
    database: str

    @property
    def options(self) -> tuple[str, ...]:
        return ("--database", self.database) if self.database else ()

    @property
    def beside(self) -> Path:
        """The folder of the keys."""
        name = "postgresql.d" if self.database else "qika.sqlite.d"
        return self.terminal.folder / "data" / name

    async def fill(self, world_of) -> None:
        """Add the cards in the order of their keys, so that pages are written once."""
        vault = Vault.open(self.beside / "vault.keys")
        store = (
            await open_postgres(self.database, vault)
            if self.database
            else open_sqlite(self.terminal.folder / "data" / "qika.sqlite", vault)
        )
        world = world_of(store, vault)
        numbers = sorted(range(AMOUNT), key=lambda n: world.new_card(n).card.key)
        for start in range(0, AMOUNT, AT_ONCE):
            some = [world.new_card(n) for n in numbers[start : start + AT_ONCE]]
            await store.add_cards(some, received_at=world.now)
        closing = store.close()
        if closing is not None:
            await closing

    def counted(self) -> tuple[object, ...]:
        """Events, cards that have one, the highest number of one, and request keys."""
        if self.database:
            return asyncio.run(fetched(self.database, COUNTED))[0]
        return self.terminal.rows(COUNTED)[0]

    def say(self, text: str) -> None:
        """Print a figure."""
        print(f"\n{text}", end="", flush=True)  # noqa: T201


@pytest.fixture(params=["sqlite", "postgres"])
def town(request, tmp_path, world_of) -> Iterator[Town]:
    with ExitStack() as stack:
        database = ""
        if request.param == "postgres":
            server = stack.enter_context(running_server(hasty=False))
            database = server.database("long_stream", Placement(Kind.PLAIN))
        yield filled(Town(Terminal(tmp_path), database), world_of)


def filled(made: Town, world_of) -> Town:
    """Give a town its point and its cards."""
    points = made.terminal.file("p.csv", "\n".join((POINT_COLUMNS, POINTS[0])) + "\n")
    assert made.terminal.type("import", "points", points, *made.options).code == 0
    began = time.monotonic()
    asyncio.run(made.fill(world_of))
    made.say(f"{AMOUNT:,} cards filled in {time.monotonic() - began:.0f} s")
    return made


def mebibytes(process: subprocess.Popen[str], what: str = "VmHWM") -> int:
    """What a process holds (VmRSS), or held at most since it began (VmHWM)."""
    text = Path(f"/proc/{process.pid}/status").read_text()
    return int(text.split(f"{what}:")[1].split()[0]) // 1024


def followed(sender: Sender, served: Running, location: str, enough: int) -> dict:
    """Ask once a second how a stream stands until so many lines were read."""
    while True:
        told = sender.get(served, location).json()
        if told["rows_read"] >= enough and (enough < AMOUNT or told["state"] == "done"):
            return told
        assert told["state"] != "failed", told
        with suppress(subprocess.TimeoutExpired):
            raise AssertionError(f"the server ended: {served.process.wait(1)}")


def results_of(sender: Sender, served: Running, location: str) -> Iterator[dict]:
    """Read the results as they come."""
    url = f"{served.http.base_url}".rstrip("/") + location + "/results"
    headers = sender.signer.headers_of_get(url, created=int(time.time()))
    with httpx.stream("GET", url, headers=headers, timeout=60) as answer:
        assert answer.status_code == 200
        yield from map(json.loads, answer.iter_lines())


def body_of() -> bytes:
    lines = (
        json.dumps(activation(f"E{number:08d}", f"k-{number}", point_id="p:b1"))
        for number in range(AMOUNT)
    )
    return "\n".join(lines).encode() + b"\n"


def test_each_line_of_a_million_is_done_once_in_bounded_memory_through_kill_9(town):
    sender, body = Sender(town.terminal, *town.options), body_of()
    words, data = ("serve", "--doors", "partner", *town.options), town.terminal.folder / "data"
    with serving(*words, folder=data) as served:
        served.http.timeout = 300
        location, taken = _sent(town, sender, served, body)
        began = time.monotonic()
        half = followed(sender, served, location, AMOUNT // 2)["rows_read"]
        assert half < AMOUNT
        _say_rate(town, half, began)
        grown = mebibytes(served.process) - taken
        town.say(f"killed after {half:,} lines; {mebibytes(served.process)} MiB at most")
        served.process.kill()
        served.process.wait()
    with serving(*words, folder=data) as served:
        idle, began = mebibytes(served.process, "VmRSS"), time.monotonic()
        on = followed(sender, served, location, half + 1_000)["rows_read"]
        town.say(f"went on {time.monotonic() - began:.0f} s after the next server was ready")
        began = time.monotonic()
        done = followed(sender, served, location, AMOUNT)
        _say_rate(town, AMOUNT - on, began)
        assert (done["rows"], done["outcomes"], done["problems"]) == (
            AMOUNT, {"activated": AMOUNT}, 0,
        )  # fmt: skip
        _each_has_its_result(town, results_of(sender, served, location))
        most = mebibytes(served.process)
        town.say(f"the second server: {idle} MiB idle, {most} at most, the results sent")
        assert max(grown, most - idle) <= GROWS_MB_MAX
        assert served.stop() == 0
    assert town.counted() == (AMOUNT, AMOUNT, 1, AMOUNT)


def _sent(town: Town, sender: Sender, served: Running, body: bytes) -> tuple[str, int]:
    """Send the body; give where the stream stands, and what the server held before."""
    idle, began = mebibytes(served.process, "VmRSS"), time.monotonic()
    accepted = sender.post(served, body)
    assert accepted.status_code == 202, accepted.text
    took = time.monotonic() - began
    town.say(f"{len(body) >> 20} MiB answered 202 after {took:.0f} s; {idle} MiB idle,")
    town.say(f"{mebibytes(served.process)} MiB at most while the body came")
    return accepted.headers["location"], idle


def _say_rate(town: Town, lines: int, began: float) -> None:
    seconds = time.monotonic() - began
    town.say(f"{lines:,} lines in {seconds:.0f} s: {lines / seconds:,.0f} a second")


def _each_has_its_result(town: Town, results: Iterator[dict]) -> None:
    replayed: Counter[bool] = Counter()
    for number, one in enumerate(results, 1):
        assert (one["line"], one["problem"]) == (number, None)
        assert one["outcome"]["status"] == "activated"
        replayed[one["outcome"]["replayed"]] += 1
    assert replayed.total() == AMOUNT
    assert replayed[True] <= 1_000, "only the part that was begun is carried out again"
    town.say(f"results: {replayed[False]:,} new, {replayed[True]:,} replayed after the kill")
