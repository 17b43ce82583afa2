"""A city on one SQLite file: 10 million cards and 50,000 points, beside a town of 200,000 cards.

Both files are filled alike (each holder sealed and indexed; in the order of the keys, so that
pages are written once), then take turns: activations in batches of 512, answered after their
commit, card files looked up by key, and a day's file of new cards taken in as it comes, in no
order. The ratio says what the size costs. Then `qika serve` opens the city's file in a process of
its own: how long until it answers, what one question for the nearest points takes, how much memory
it holds.

    python -m bench.bench_city [--cards 10000000] [--rounds 5] [--folder DIR]
"""

import argparse
import gc
import json
import random
import statistics
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import uvloop

from qika.operations.office import Office
from qika.storage.sqlite import SqliteStore, open_sqlite
from qika.storage.vault import Vault
from qika.wiring.serving import GARBAGE_THRESHOLD, SWITCH_S

from bench.bench_activations import (
    ISSUER,
    NOW,
    activate,
    card_number,
    fill,
    new_card,
    office,
    request,
)
from bench.bench_nearest import points_of
from bench.serving import family, free_port, running

TOWN, POINTS, POINTS_AT_ONCE = 200_000, 50_000, 5_000
BATCH, BATCHES, LOOKED_UP, ASKED = 512, 8, 2_000, 200
AT_ONCE, NEW = 100_000, 10_000
SERVE = (sys.executable, "-c", "from qika.cli import main; main()", "serve")
RATIO_MIN = {"activations": 0.5, "files": 0.5, "imports": 0.2}
"""What a city may cost beside a town, for each of the three: new cards touch pages all over it."""


@dataclass
class Place:
    """A file of cards, and what was measured on it."""

    store: SqliteStore
    vault: Vault
    office: Office
    cards: int
    keys: list[bytes]
    filled_per_s: float
    used: int = 0
    activations: list[float] = field(default_factory=list[float])
    files: list[float] = field(default_factory=list[float])
    imports: list[float] = field(default_factory=list[float])


async def made(folder: Path, cards: int) -> Place:
    """Fill a file with cards."""
    vault = Vault.create(folder / "qika.db.d" / "vault.keys")
    store = open_sqlite(folder / "qika.db", vault)
    numbers = sorted(range(cards), key=lambda n: vault.card_key(ISSUER, card_number(n)))
    keys, rate = await fill(store, vault, numbers, AT_ONCE)
    return Place(store, vault, office(store, vault), cards, keys, rate)


async def turn(place: Place) -> None:
    """Activate some cards, look some up, and take some new ones in."""
    amount = BATCH * BATCHES
    numbers = range(place.used, place.used + amount)
    place.used += amount
    requests = [request(place.keys[n], n) for n in numbers]
    place.activations.append(await activate(place.office, requests, BATCH))
    asked = random.Random(place.used).sample(place.keys, LOOKED_UP)
    began = time.perf_counter()
    for key in asked:
        assert await place.store.card_file(key) is not None
    place.files.append(LOOKED_UP / (time.perf_counter() - began))
    first, place.cards = place.cards, place.cards + NEW
    cards = [new_card(place.vault, n) for n in range(first, place.cards)]
    began = time.perf_counter()
    await place.store.add_cards(cards, received_at=NOW)
    place.imports.append(NEW / (time.perf_counter() - began))


def served(folder: Path) -> dict[str, float]:
    """Serve the city's file; gives seconds until it answers, milliseconds a question, and MiB."""
    port = free_port()
    command = [*SERVE, "--database", f"sqlite:///{folder / 'qika.db'}", "--data", str(folder)]
    chance = random.Random(1)
    began = time.perf_counter()
    with running([*command, "--port", str(port), "--workers", "1"], port) as server:
        while not _ready(server.url("/readyz")):
            time.sleep(0.05)
        ready = time.perf_counter() - began
        took: list[float] = []
        for _ in range(ASKED):
            where = f"lat={20 + chance.random() * 20:.5f}&lon={102 + chance.random() * 15:.5f}"
            began = time.perf_counter()
            with urllib.request.urlopen(server.url(f"/v1/points?{where}"), timeout=60) as answer:
                assert json.load(answer)["items"]
            took.append((time.perf_counter() - began) * 1000)
        held = sum(_resident_mib(pid) for pid in family(server.pid))
    return {
        "ready_s": round(ready, 2),
        "points_ms": round(statistics.median(took), 2),
        "resident_mib": round(held),
    }


def _ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=60):
            return True
    except OSError:
        return False


def _resident_mib(pid: int) -> float:
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0]) / 1024


async def measure(options: argparse.Namespace, folder: Path) -> dict[str, object]:
    """Fill both, take turns, then give the city its points."""
    town, city = await made(folder / "town", TOWN), await made(folder / "city", options.cards)
    gc.collect()
    gc.freeze()
    for _ in range(options.rounds):
        for place in (town, city):
            await turn(place)
    batch = []
    for point in points_of(POINTS):
        batch.append(point)
        if len(batch) == POINTS_AT_ONCE:
            await city.store.put_points(batch)
            batch = []
    ratios = {
        name: statistics.median(
            a / b for a, b in zip(getattr(city, name), getattr(town, name), strict=True)
        )
        for name in RATIO_MIN
    }
    result: dict[str, object] = {
        "cards": options.cards,
        "file_gib": round((folder / "city" / "qika.db").stat().st_size / 2**30, 2),
        "filled_per_s": {"town": round(town.filled_per_s), "city": round(city.filled_per_s)},
    }
    for name, ratio in ratios.items():
        result[name] = {
            "town_per_s": round(statistics.median(getattr(town, name))),
            "city_per_s": round(statistics.median(getattr(city, name))),
            "ratio": round(ratio, 2),
        }
    for place in (town, city):
        place.store.close()
    return result


def main() -> int:
    """Measure and print; fail where a city costs more than the bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cards", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=None, help="on the disk to be measured")
    chosen = parser.parse_args()
    sys.setswitchinterval(SWITCH_S)
    gc.set_threshold(GARBAGE_THRESHOLD)
    with tempfile.TemporaryDirectory(dir=chosen.folder) as name:
        folder = Path(name)
        for one in ("town", "city"):
            (folder / one / "qika.db.d").mkdir(parents=True)
        result = uvloop.run(measure(chosen, folder))
        result["served"] = served(folder / "city")
    print(json.dumps(result, indent=1))
    out = Path(__file__).parent / "results"
    out.mkdir(exist_ok=True)
    (out / "city.json").write_text(json.dumps(result, indent=1) + "\n")
    slow = [one for one, least in RATIO_MIN.items() if result[one]["ratio"] < least]
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
