"""Activations through operations.perform on PostgreSQL, beside pgbench's best per-row script.

A server of the bench's own on loopback, with every durability setting on, holds the store and, in
a database of its own, the same tables filled with the same kind of rows for pgbench. The peers
take turns in each round. pgbench gets two scripts of the same work for one card at a time (read
the card, change it, write the event with its answer, put it in the outbox): statements in a
transaction, and one statement with all of it; by 16 and 32 clients, prepared. The best counts.

    python bench/bench_postgres.py [--cards 300000] [--rounds 5] [--seconds 3]
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
from collections.abc import Mapping
from pathlib import Path

import uvloop

from qika.storage.postgres import open_postgres
from qika.storage.postgres.placement import Kind, Placement
from qika.storage.vault import Vault
from qika.wiring.serving import GARBAGE_THRESHOLD, SWITCH_S

from bench.bench_activations import activate, fill, office, request
from tests.servers import Server, binaries, fetched, running_server

TARGETS = {512: 4.0, 4096: 8.0}
BATCHES = {512: 24, 4096: 6}
"""Batches of each size in a round."""
CLIENTS = (16, 32)

FILL_PEER = """
insert into card select decode(md5(n::text), 'hex'), '990000', '102', '2025-08-01', null,
    '2025-09-01', 'sealed', 1756000000000000, null, null, null, 1, 'sealed', 1756000000000000,
    null, null, null, 1, 0, '', '3', 0, 0
from generate_series(1, {cards}) as n;
vacuum analyze card
"""

_SET = "\\set id random(1, {cards})\n"
_KEY = "decode(md5(:id::text), 'hex')"
_MOVE = f"""update card set social_state = 'normal', social_since = 1780000000000000,
social_usable_from = '2026-06-01', financial_state = 'normal',
financial_since = 1780000000000000, financial_usable_from = '2026-06-01', version = version + 1,
chain = sha256(chain), social_activated = 1, financial_activated = 1 where card_key = {_KEY}"""
_ANSWER = (
    '{"status":"activated","applications":{"social":{"status":"activated","state":"normal",'
    '"since":"2026-06-01T12.00.00+08.00","usable_from":"2026-06-01"},"financial":{"status":'
    '"activated","state":"normal","since":"2026-06-01T12.00.00+08.00","usable_from":"2026-06-01"'
    '}},"cites":["990000/rules","national/measures"]}'
)
"""As long as a real one. pgbench reads a variable where a letter or digit follows a colon."""
_EVENT = (
    "insert into event (card_key, seq, type, applications, occurred_at, received_at, sender,"
    " rule_edition, channel, point, who, request_key, body_hash, answer, told_to, chain)"
)
_FACTS = (
    "'activated', 'social financial', 1780000000000000, 1780000000000001, 'bank-102-01',"
    f" '0123456789abcdef', 'bank_counter', 'bench-bank', 'holder', 'bench-' || :id, sha256(''),"
    f" convert_to('{_ANSWER}', 'UTF8'), 'medical_insurance', sha256('')"
)
_OUTBOX = "insert into outbox (card_key, seq, destination, next_at, tries)"
_TOLD = "'medical_insurance', 1780000000000001, 0"
SCRIPTS = {
    "statements": f"""{_SET}begin;
select * from card where card_key = {_KEY};
{_MOVE} returning version \\gset
{_EVENT} values ({_KEY}, :version, {_FACTS});
{_OUTBOX} values ({_KEY}, :version, {_TOLD});
commit;
""",
    "one statement": f"""{_SET}with moved as ({_MOVE} returning card_key, version),
noted as ({_EVENT} select card_key, version, {_FACTS} from moved)
{_OUTBOX} select card_key, version, {_TOLD} from moved;
""",
}
"""What pgbench does for one card."""


def pgbench(server: Server, script: Path, clients: int, seconds: float) -> float:
    """Give the transactions a second of one run."""
    done = subprocess.run(
        [
            str(binaries() / "pgbench"), "--no-vacuum", "--protocol=prepared",
            f"--client={clients}", "--jobs=1", f"--time={round(seconds)}", f"--file={script}",
            "--host=127.0.0.1", f"--port={server.port}", "--username=postgres", "peer",
        ],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = re.search(r"tps = ([0-9.]+) \(without", done.stdout)
    assert found, done.stdout
    return float(found[1])


def peers(server: Server, folder: Path, cards: int, seconds: float) -> Mapping[str, float]:
    """Run every script with every number of clients once."""
    rates: dict[str, float] = {}
    for name, text in SCRIPTS.items():
        script = folder / f"{name.replace(' ', '_')}.sql"
        script.write_text(text.replace("{cards}", str(cards)))
        for clients in CLIENTS:
            rates[f"{name}, {clients} clients"] = pgbench(server, script, clients, seconds)
    return rates


async def measured(
    options: argparse.Namespace, server: Server, folder: Path, address: str
) -> dict[str, object]:
    """Take turns and give the medians."""
    vault = Vault.create(folder / "keys.json")
    store = await open_postgres(address, vault)
    keys, _ = await fill(store, vault, range(options.cards))
    await fetched(address, "vacuum analyze")
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)
    place = office(store, vault)
    used = 0
    best: list[float] = []
    by_peer: dict[str, list[float]] = {}
    ours: dict[int, list[float]] = {size: [] for size in TARGETS}
    for _ in range(options.rounds):
        rates = await asyncio.to_thread(peers, server, folder, options.cards, options.seconds)
        best.append(max(rates.values()))
        for name, rate in rates.items():
            by_peer.setdefault(name, []).append(rate)
        for size, mine in ours.items():
            amount = size * BATCHES[size]
            requests = [request(keys[n], n) for n in range(used, used + amount)]
            used += amount
            mine.append(await activate(place, requests, size))
    await store.close()
    return said(best, by_peer, ours)


def said(
    best: list[float], by_peer: Mapping[str, list[float]], ours: Mapping[int, list[float]]
) -> dict[str, object]:
    """Print the table and give what is kept of it."""
    for name, rates in by_peer.items():
        print(f"pgbench, {name:27} {statistics.median(rates):9,.0f}/s")
    print(f"pgbench, best of each round         {statistics.median(best):9,.0f}/s   1.00")
    result: dict[str, object] = {"pgbench_best_per_s": round(statistics.median(best))}
    for size, rates in ours.items():
        ratio = statistics.median(a / b for a, b in zip(rates, best, strict=True))
        rate = statistics.median(rates)
        name = f"batch {size:,}"
        print(f"{name:36}{rate:9,.0f}/s   {ratio:.2f}   target {TARGETS[size]}")
        result[f"batch_{size}"] = {"per_s": round(rate), "ratio": round(ratio, 2)}
    return result


def main(options: argparse.Namespace) -> None:
    """Start the server, measure, stop it."""
    settings = ("shared_buffers=1GB", "max_wal_size=4GB")
    with (
        running_server(hasty=False, settings=settings) as server,
        tempfile.TemporaryDirectory() as made,
    ):
        plain = Placement(Kind.PLAIN)
        server.database("peer", plain)
        for statement in FILL_PEER.format(cards=options.cards).split(";"):
            server.sql("peer", statement)
        sys.setswitchinterval(SWITCH_S)
        store = server.database("store", plain)
        result = uvloop.run(measured(options, server, Path(made), store))
    print(json.dumps({"cards": options.cards, **result}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cards", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    main(parser.parse_args())
