"""Activations through operations.perform on Citus, beside the same on plain PostgreSQL.

QIKA_TEST_CITUS names the coordinator of a cluster whose nodes run on this machine; its tables are
emptied. A server of the bench's own holds the plain side. Both take turns in each round. Batches
are parted by shard before they are written.

    QIKA_TEST_CITUS=postgresql://... python -m bench.bench_citus [--cards 60000] [--rounds 5]
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
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
from tests.servers import CITUS, emptied, fetched, running_server

TARGET = 0.5
BATCHES = {512: 6, 4096: 2}
"""Batches of each size in a round."""
WRITERS = 4
"""Transactions at once, the same on both sides."""


@dataclass
class Side:
    """A database and what it reached, by size of batch."""

    name: str
    store: PostgresStore
    place: Office
    keys: list[bytes]
    used: int = 0
    rates: dict[int, list[float]] = field(default_factory=dict)

    def next(self, amount: int) -> list[ActivationRequest]:
        """Requests for cards that were not activated yet."""
        self.used += amount
        if self.used > len(self.keys):
            raise SystemExit("more --cards are needed for so many rounds")
        return [request(self.keys[n], n) for n in range(self.used - amount, self.used)]


async def side(name: str, address: str, vault: Vault, cards: int) -> Side:
    """Open a database and fill it."""
    store = await open_postgres(address, vault, writers=WRITERS)
    keys, rate = await fill(store, vault, cards)
    print(f"{name}: imported {cards:,} cards, {rate:,.0f}/s")
    return Side(name, store, office(store, vault), keys)


async def measured(plain: Side, citus: Side, rounds: int) -> dict[str, dict[str, float]]:
    """Take turns and give the medians."""
    for number in range(rounds):
        for size, batches in BATCHES.items():
            for one in (plain, citus) if number % 2 else (citus, plain):
                rate = await activate(one.place, one.next(size * batches), size)
                one.rates.setdefault(size, []).append(rate)
    return {f"batch_{size}": told(size, plain.rates[size], citus.rates[size]) for size in BATCHES}


def told(size: int, plain: Sequence[float], citus: Sequence[float]) -> dict[str, float]:
    """Print one size and give what is kept of it."""
    ratios = [ours / theirs for ours, theirs in zip(citus, plain, strict=True)]
    ratio = statistics.median(ratios)
    rates = statistics.median(plain), statistics.median(citus)
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    print(f"batch {size:5,} plain {rates[0]:9,.0f}/s   1.00")
    print(f"batch {size:5,} Citus {rates[1]:9,.0f}/s   {ratio:.2f} ({spread})   target {TARGET}")
    return {"plain_per_s": round(rates[0]), "per_s": round(rates[1]), "ratio": round(ratio, 2)}


async def compared(options: argparse.Namespace, plain: str, citus: str, keys: Path) -> None:
    """Fill both sides, measure, close."""
    vault = Vault.create(keys)
    one = await side("plain", plain, vault, options.cards)
    other = await side("Citus", citus, vault, options.cards)
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
        plain = server.database("plain", Placement(Kind.PLAIN))
        there = emptied(os.environ[CITUS], citus)
        sys.setswitchinterval(SWITCH_S)
        uvloop.run(compared(options, plain, there, Path(made) / "keys.json"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cards", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--shards", type=int, default=8, help="of a cluster without tables")
    main(parser.parse_args())
