"""Activations through operations.perform on Citus, beside the same on plain PostgreSQL.

QIKA_TEST_CITUS names the coordinator of a cluster whose nodes run on this machine; its tables are
emptied. A server of the bench's own holds the plain side. Both take turns in each round. Batches
are parted by shard before they are written. QIKA_TEST_CITUS_PIDS names the folder in which
``NODE/postmaster.pid`` of every node lies: the processor's time of client and servers for a change
is compared too, which other work on the machine distorts less. A cluster has more processes, and
a busy machine gives each its turn.

    QIKA_TEST_CITUS=postgresql://... QIKA_TEST_CITUS_PIDS=... python -m bench.bench_citus
        [--cards 70000] [--rounds 5]
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import uvloop

from qika.activation.request import ActivationRequest
from qika.operations.office import Office
from qika.storage.postgres import PostgresStore, open_postgres
from qika.storage.postgres.placement import Kind, Placement
from qika.storage.vault import Vault
from qika.wiring.serving import SWITCH_S

from bench.bench_activations import activate, fill, office, request
from tests.servers import CITUS, Server, emptied, fetched, running_server

TARGET = 0.5
BATCHES = {512: 6, 4096: 2}
"""Batches of each size in a round."""
WRITERS = 4
"""Transactions at once, the same on both sides."""


@dataclass
class Side:
    """A database and what it took."""

    name: str
    store: PostgresStore
    place: Office
    keys: list[bytes]
    pids: list[int]
    used: int = 0
    costs: dict[int, list[tuple[float, float, float]]] = field(default_factory=dict)
    """Microseconds for a change, by size of batch: on the clock, of the client, of the servers."""

    def next(self, amount: int) -> list[ActivationRequest]:
        """Requests for cards that were not activated yet."""
        self.used += amount
        if self.used > len(self.keys):
            raise SystemExit("more --cards are needed for so many rounds")
        return [request(self.keys[n], n) for n in range(self.used - amount, self.used)]


async def side(name: str, address: str, vault: Vault, cards: int, pids: list[int]) -> Side:
    """Open a database and fill it."""
    store = await open_postgres(address, vault, writers=WRITERS)
    keys, rate = await fill(store, vault, range(cards))
    print(f"{name}: imported {cards:,} cards, {rate:,.0f}/s")
    return Side(name, store, office(store, vault), keys, pids)


def cluster_pids() -> list[int]:
    """Find the servers of the cluster."""
    files = Path(os.environ["QIKA_TEST_CITUS_PIDS"]).glob("*/postmaster.pid")
    return [int(file.read_text().split()[0]) for file in files]


def server_seconds(pids: Sequence[int]) -> float:
    """Read the processor's time of what these servers run now."""
    nanoseconds = 0
    for pid in pids:
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            with suppress(OSError):  # it has just ended
                nanoseconds += int(Path(f"/proc/{child}/schedstat").read_text().split()[0])
    return nanoseconds / 1e9


async def cost(one: Side, size: int, amount: int) -> tuple[float, float, float]:
    """Activate cards and give what each took."""
    requests = one.next(amount)
    client, servers = time.process_time(), server_seconds(one.pids)
    rate = await activate(one.place, requests, size)
    client, servers = time.process_time() - client, server_seconds(one.pids) - servers
    return 1e6 / rate, 1e6 * client / amount, 1e6 * servers / amount


async def measured(plain: Side, citus: Side, rounds: int) -> dict[str, dict[str, float]]:
    """Take turns and give the medians; the first round opens connections and is not counted."""
    for number in range(rounds + 1):
        for size, batches in BATCHES.items():
            for one in (plain, citus) if number % 2 else (citus, plain):
                took = await cost(one, size, size * batches)
                if number:
                    one.costs.setdefault(size, []).append(took)
    return {f"batch_{size}": told(size, plain, citus) for size in BATCHES}


def told(size: int, plain: Side, citus: Side) -> dict[str, float]:
    """Print one size and give what is kept of it."""
    for one in (plain, citus):
        wall, client, servers = (
            statistics.median(took) for took in zip(*one.costs[size], strict=True)
        )
        print(
            f"batch {size:5,} {one.name} {1e6 / wall:9,.0f}/s"
            f"   processor: client {client:4.0f} us, servers {servers:4.0f} us a change"
        )
    pairs = list(zip(plain.costs[size], citus.costs[size], strict=True))
    by_clock = [theirs[0] / ours[0] for theirs, ours in pairs]
    by_processor = [sum(theirs[1:]) / sum(ours[1:]) for theirs, ours in pairs]
    kept: dict[str, float] = {}
    for name, ratios in ("clock", by_clock), ("processor", by_processor):
        kept[name] = round(statistics.median(ratios), 2)
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        print(f"batch {size:5,} Citus to plain by the {name:9} {kept[name]:.2f} ({spread})")
    print(f"target {TARGET}")
    return kept


async def compared(options: argparse.Namespace, server: Server, citus: str, keys: Path) -> None:
    """Fill both sides, measure, close."""
    vault = Vault.create(keys)
    plain = server.address("plain")
    one = await side("plain", plain, vault, options.cards, [server.pid])
    other = await side("Citus", citus, vault, options.cards, cluster_pids())
    for address in (plain, citus):
        await fetched(address, "vacuum analyze")
    result: dict[str, object] = {**await measured(one, other, options.rounds)}
    await one.store.close()
    await other.store.close()
    print(json.dumps({"cards": options.cards, "shards": options.shards, **result}))


def main(options: argparse.Namespace) -> None:
    """Start the plain server, measure, stop it."""
    if CITUS not in os.environ:
        raise SystemExit(f"{CITUS} names no cluster: nothing was measured")
    citus = Placement(Kind.CITUS, options.shards)
    with (
        running_server(hasty=False, settings=("shared_buffers=256MB",)) as server,
        tempfile.TemporaryDirectory() as made,
    ):
        server.database("plain", Placement(Kind.PLAIN))
        there = emptied(os.environ[CITUS], citus)
        sys.setswitchinterval(SWITCH_S)
        uvloop.run(compared(options, server, there, Path(made) / "keys.json"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cards", type=int, default=70_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--shards", type=int, default=8, help="of a cluster without tables")
    main(parser.parse_args())
