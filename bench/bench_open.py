"""What open exports cost others: the longest wait for another request while each of them is made.

Run as ``python -m bench open``; ``--quick`` takes 100,000 points. Every address below ``/open`` and
the sitemap is asked of the whole application in this process, with 1.5 million points loaded and
nothing kept, while a second caller comes again at each turn of the event loop. A wait is the
processor's time of this thread between two of its turns; memory is what the process held at most
beyond what it held before. Fails where somebody waits 50 ms or more, or 64 MB or more are held.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
import tracemalloc
from dataclasses import dataclass, replace
from pathlib import Path

from qika.points.index import build_from_columns, columns_of
from qika.points.nearest import open_index
from qika.web.app import App, build_app
from qika.web.site import Site

from bench.bench_nearest import points_of
from bench.bench_pages import asked, site

RESULTS = Path(__file__).parent / "results"
WAIT_MAX_MS, HELD_MAX_MB = 50.0, 64.0
LARGE, ISSUERS = ["990000", "110000", "440300"], ("310000", "440000")
MB = 1 << 20


def addresses(points: int) -> list[str]:
    """Give every export: whole tables, first and last pages of lists, the documents of issuers."""
    last = -(-points // 100)
    pages = [f"/open/hsds/{name}?per_page=100"
             for name in ("services", "organizations", "taxonomies", "taxonomy_terms")]  # fmt: skip
    for path in ("/open/hsds/locations", "/open/hsds/service_at_locations",
                 "/open/schema.org/points"):  # fmt: skip
        pages += [f"{path}?per_page=100", f"{path}?per_page=100&page={last}"]
    issuers = [
        path.format(code)
        for code in (*LARGE, *ISSUERS)
        for path in ("/open/cpsv-ap/{}", "/open/schema.org/{}", "/open/rules/{}.json")
    ]
    return [
        *("/open", "/open/rules.json", "/open/rules.csv", "/open/cpsv-ap", "/open/schema.org"),
        *("/sitemap.xml", "/sitemaps/pages.xml", "/sitemaps/44.xml"),
        *pages, *issuers,
    ]  # fmt: skip


@dataclass(frozen=True)
class Cost:
    """What one export cost."""

    bytes: int
    taken_ms: float
    longest_wait_ms: float
    held_mb: float


async def measured(app: App, address: str) -> Cost:
    """Ask for an export while somebody else comes again and again."""
    longest, turns = 0.0, time.thread_time()

    async def others() -> None:
        nonlocal longest, turns
        while True:
            now = time.thread_time()
            longest, turns = max(longest, now - turns), now
            await asyncio.sleep(0)

    waiting = asyncio.create_task(others())
    await asyncio.sleep(0)
    begin = turns = time.thread_time()
    status, length = await asked(app, address)
    ended = time.thread_time()
    longest = max(longest, ended - turns)
    waiting.cancel()
    if status != 200:
        raise RuntimeError(f"{address}: {status}")
    return Cost(length, (ended - begin) * 1e3, longest * 1e3, 0.0)


async def held(app: App, address: str) -> float:
    """Give the megabytes held at most while an export is made."""
    tracemalloc.start()
    try:
        await asked(app, address)
        return tracemalloc.get_traced_memory()[1] / MB
    finally:
        tracemalloc.stop()


async def table_of(given: Site, points: int) -> dict[str, Cost]:
    """Measure every export, each with nothing kept of those before."""
    found: dict[str, Cost] = {}
    for address in addresses(points):
        cost = await measured(build_app(given), address)
        found[address] = replace(cost, held_mb=await held(build_app(given), address))
    return found


def main() -> int:
    """Measure, print and keep; fail above the aims."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    size = 100_000 if parser.parse_args().quick else 1_500_000

    async def measure(folder: Path) -> dict[str, Cost]:
        async with site(folder / "site", open_index(folder / "index")) as given:
            there = replace(given, origin="https://card.example", points_version=lambda: 1)
            return await table_of(there, size)

    with tempfile.TemporaryDirectory() as name:
        build_from_columns(columns_of(points_of(size)), Path(name) / "index")
        table = asyncio.run(measure(Path(name)))
    for address, cost in table.items():
        print(f"{address:<52} {cost.bytes:>8} bytes {cost.taken_ms:>8.1f} ms, longest wait "
              f"{cost.longest_wait_ms:>7.1f} ms, {cost.held_mb:>5.1f} MB")  # fmt: skip
    RESULTS.mkdir(exist_ok=True)
    rows = {address: vars(cost) for address, cost in table.items()}
    (RESULTS / "open.json").write_text(
        json.dumps({"points": size, "exports": rows}, indent=1) + "\n"
    )
    slow = [one for one, cost in table.items() if cost.longest_wait_ms >= WAIT_MAX_MS]
    large = [one for one, cost in table.items() if cost.held_mb >= HELD_MAX_MB]
    print("others wait too long:", *(slow or ["none"]), "\ntoo large:", *(large or ["none"]))
    return 1 if slow or large else 0


if __name__ == "__main__":
    sys.exit(main())
