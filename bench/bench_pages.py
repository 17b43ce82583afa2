"""What a page costs: rendered anew with 1.5 million points loaded, and kept ones per CPU-second.

Run as ``python -m bench pages``; ``--quick`` takes 100,000 points and fewer pages. The addresses
are filled from the table of routes, so that no page is left out. Nothing is kept while rendering
is measured: each address is asked once, its region, day, place, bank and person drawn by chance,
through the whole application (routing, question, plan, points, template) in this process, without
HTTP, and past the gate that sends callers away when a process is busy; the interpreter collects
garbage as a process that serves does. Times are those of the
processor for this thread, so that what else the machine does does not count.
Region pages are asked of a real `qika demo` process on one core by wrk on the other, 300 regions
in turn. Fails where a page takes 5 ms or more at the median or has 30,000 bytes or more, or where
fewer than 5,000 region pages are sent per CPU-second of the server.
"""

import argparse
import asyncio
import gc
import json
import math
import random
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, urlencode

from qika.operations.directory import PointDirectory
from qika.points.index import PointColumns, build_from_columns, columns_of
from qika.points.nearest import NearestIndex, open_index
from qika.web.app import App, build_app
from qika.web.pages.page import PAGES
from qika.web.site import Door, Site
from qika.wiring import Settings, calendar, gazetteer, house_of, site_of
from qika.wiring.serving import GARBAGE_THRESHOLD

from bench.bench_nearest import MOMENTS, points_of
from bench.serving import DEMO, free_port, loaded, running
from tests.browser.addresses import FILLED, patterns

RESULTS = Path(__file__).parent / "results"
MEDIAN_MAX_MS, BYTES_MAX, PER_CPU_S_MIN = 5.0, 30_000, 5_000
NOT_FOUND = 404
ROUNDS, SECONDS, REGIONS = 3, 3, 300
BANKS, PERSONS = ("102", "103", "104", "105"), ("holder", "agent", "guardian", "homebound")


@dataclass(frozen=True)
class Chance:
    """Draws addresses; each is another one."""

    random: random.Random
    places: list[tuple[float, float]]
    regions: list[str]

    def place(self) -> str:
        """Give where somebody is: beside a point."""
        lat, lon = self.random.choice(self.places)
        return f"{lat + self.random.gauss(0, 0.01):.5f},{lon:.5f}"

    def question(self) -> dict[str, str]:
        """Give a question with everything answered."""
        return {
            "collected_on": f"2026-{self.random.randint(1, 10):02}-{self.random.randint(1, 28):02}",
            "card_bank": self.random.choice(BANKS),
            "who": self.random.choice(PERSONS),
            "near": self.place(),
        }

    def address(self, pattern: str, *, asking: bool) -> str:
        """Fill the path of a page; ``asking`` puts a question into its query."""
        path = pattern.replace("{region}", self.random.choice(self.regions))
        for name, values in FILLED.items():
            path = path.replace(f"{{{name}}}", str(self.random.choice(values)))
        if pattern.endswith("/points"):
            return f"{path}?{urlencode({'place': self.place()})}"
        return f"{path}?{urlencode(self.question())}" if asking else path


def pages(patterns_of: tuple[str, ...]) -> Iterator[tuple[str, bool]]:
    """Give every page: as it is, and with a question where its path speaks of a region."""
    for pattern in patterns_of:
        if not pattern.endswith(("/results", "/plan")):
            yield pattern, False
        if f"{PAGES}/{{region}}" in pattern:
            yield pattern, True


@asynccontextmanager
async def site(folder: Path, index: NearestIndex):
    """Give the real site with these points and a clock that stands still; nothing is kept."""
    async with house_of(Settings(folder, demo=True), serving=True) as house:
        directory = PointDirectory(calendar())
        directory.take(index)
        directory.warm_up()
        house.office = replace(house.office, directory=directory, clock=lambda: MOMENTS[0])
        gc.freeze()
        gc.set_threshold(GARBAGE_THRESHOLD)
        yield replace(site_of(house, doors=frozenset(Door)), points_version=None, ticks=None)


async def asked(app: App, address: str) -> tuple[int, int]:
    """Ask the application as a server would; gives status and bytes of the answer."""
    path, _, query = address.partition("?")
    scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "root_path": "",
        "path": path, "raw_path": quote(path).encode(), "query_string": query.encode(),
        "headers": [(b"host", b"qika"), (b"accept-language", b"zh-CN")], "server": ("qika", 80),
        "client": ("127.0.0.1", 1),
    }  # fmt: skip
    status, length = 0, 0

    async def send(message) -> None:
        nonlocal status, length
        status = message.get("status", status)
        length += len(message.get("body", b""))

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    await app(scope, receive, send)
    return status, length


def places_of(columns: PointColumns) -> list[tuple[float, float]]:
    """Give where a few thousand points stand."""
    step = max(1, len(columns.lat) // 5_000)
    spots = zip(columns.lat[::step].tolist(), columns.lon[::step].tolist(), strict=True)
    return [spot for spot in spots if not math.isnan(spot[0])]


async def rendered(
    given: Site, places: list[tuple[float, float]], count: int
) -> dict[str, dict[str, float]]:
    """Measure every page; gives medians and 95 of 100 in milliseconds, and the largest size."""
    app, found = build_app(given), {}
    known = sorted({str(code) for code in gazetteer().divisions if code[:2] < "45"})
    chance = Chance(random.Random(20261122), places, known)
    for pattern, asking in pages(patterns()):
        times, sizes = [], []
        for number in range(count + count // 4):
            address = chance.address(pattern, asking=asking)
            begin = time.thread_time_ns()
            status, size = await asked(app, address)
            taken = (time.thread_time_ns() - begin) / 1e6
            if status == NOT_FOUND:
                continue  # what only some regions offer, or only a site with an address
            if status not in {200, 303}:
                raise RuntimeError(f"{address}: {status}")
            if number >= count // 4:  # those before filled what all readers share
                times.append(taken)
                sizes.append(size)
        if len(times) < 2:
            print(f"{pattern}: not measured, in no region drawn is it a page")
            continue
        found[pattern + (" asked" if asking else "")] = {
            "median_ms": round(statistics.median(times), 2),
            "of_20_19_ms": round(statistics.quantiles(times, n=20)[-1], 2),
            "bytes_max": max(sizes),
        }
    return found


def kept_per_cpu_s(folder: Path) -> list[float]:
    """Load a real server with region pages that it keeps."""
    codes = random.Random(20261122).sample(sorted(map(str, gazetteer().divisions)), REGIONS)
    paths = [f"/zh{PAGES}/{code}" for code in codes if code[:2] not in {"71", "81", "82"}]
    script = folder / "regions.lua"
    listed = ",".join(json.dumps(path) for path in paths)
    script.write_text(
        f"local paths, n = {{{listed}}}, 0\n"
        "request = function() n = n + 1; return wrk.format('GET', paths[n % #paths + 1]) end\n"
    )
    port = free_port()
    with running([*DEMO, "--port", str(port), "--data", str(folder / "demo")], port) as server:
        for path in paths:
            urllib.request.urlopen(server.url(path), timeout=60).close()
        return [round(loaded(server, paths[0], SECONDS, script)) for _ in range(ROUNDS)]


def main() -> int:
    """Measure, print and keep; fail below the aims."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    patterns()  # asks a site of its own, in a loop of its own
    size, count = (100_000, 40) if quick else (1_500_000, 200)

    async def measure(folder: Path, columns: PointColumns) -> dict[str, dict[str, float]]:
        async with site(folder / "site", open_index(folder / "index")) as given:
            return await rendered(given, places_of(columns), count)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        columns = columns_of(points_of(size))
        build_from_columns(columns, folder / "index")
        table = asyncio.run(measure(folder, columns))
        for page, row in table.items():
            print(f"{page:<64} {row['median_ms']:>7} ms {row['of_20_19_ms']:>7} ms "
                  f"{row['bytes_max']:>7} bytes")  # fmt: skip
        kept = kept_per_cpu_s(folder)
    print(f"region pages kept, per CPU-second: {statistics.median(kept)} of {kept}")
    RESULTS.mkdir(exist_ok=True)
    result = {"points": size, "pages": table, "kept_per_cpu_s": kept}
    (RESULTS / "pages.json").write_text(json.dumps(result, indent=1) + "\n")
    slow = [page for page, row in table.items() if row["median_ms"] >= MEDIAN_MAX_MS]
    large = [page for page, row in table.items() if row["bytes_max"] >= BYTES_MAX]
    print("too slow:", *(slow or ["none"]), "\ntoo large:", *(large or ["none"]))
    return 1 if slow or large or statistics.median(kept) < PER_CPU_S_MIN else 0


if __name__ == "__main__":
    sys.exit(main())
