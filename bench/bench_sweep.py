"""The sweep of 1 % of the cards, beside a bare indexed UPDATE and the INSERTs that record it.

Cards are filled in by SQL; in each round one hundredth of them falls due for the sweep (the
operation: every card is decided, each suspension an event with its hash, in the outbox, its clock
closed) and another hundredth for the peer, which does the same to the tables in one transaction
and decides nothing. Every durability setting is on.

    python -m bench.bench_sweep [--cards 1000000] [--rounds 5] [--sqlite]
"""

import argparse
import asyncio
import gc
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path

import apsw
import asyncpg
import uvloop

from qika.cards.deadlines import CardDates
from qika.operations.office import Office
from qika.operations.sweep import sweep
from qika.rulebook.model import Clock
from qika.storage.postgres import PostgresStore, open_postgres
from qika.storage.postgres.placement import Kind, Placement
from qika.storage.postgres.store import BY_KEY
from qika.storage.sqlite import SqliteStore, open_sqlite
from qika.storage.vault import Vault
from qika.wiring.serving import GARBAGE_THRESHOLD, SWITCH_S

from bench.bench_activations import ISSUER, office
from tests.servers import fetched, running_server

TARGET = 0.6
SETTINGS = ("shared_buffers=1GB", "max_wal_size=8GB")
FIRST = date(2025, 1, 8)
"""The day on which the first hundredth was collected; a week lies between them."""

CARD = (
    "insert into card (card_key, issuer, bank, made_on, applied_on, collected_on,"
    " social_state, social_since, social_loss_reason, social_before, social_usable_from,"
    " social_cycle, financial_state, financial_since, financial_loss_reason, financial_before,"
    " financial_usable_from, financial_cycle, version, chain, generation)"
)
VALUES = (
    "'990000', '102', '2025-01-01', null, {collected}, 'sealed', null, null, null, null, 1,"
    " 'sealed', null, null, null, null, 1, 0, {nothing}, '3'"
)
CLOCK = "insert into clock (card_key, clock, cycle, due_on)"
EVENT = (
    "insert into event (card_key, seq, type, applications, occurred_at, received_at, sender,"
    " rule_edition, loss, reason, told_to, chain)"
)
FACTS = (
    "'deadline_passed', 'social', 1780000000000000, 1780000000000000, 'sweep',"
    " '0123456789abcdef', 'formal', 'deadline', 'medical_insurance', {hash}"
)
MOVE = (
    "update card set social_state = 'formal_loss', social_since = 1780000000000000,"
    " social_loss_reason = 'deadline', social_before = 'sealed', version = version + 1,"
    " chain = {hash}"
)
OUTBOX = "insert into outbox (card_key, seq, destination, next_at, tries)"
TOLD = "'medical_insurance', 1780000000000000, 0"

PEER = f"""
with fell as (select card_key, clock, cycle from clock where due_on < $1),
moved as (
    {MOVE.format(hash="sha256(chain)")} from fell where card.card_key = fell.card_key
    returning card.card_key, card.version
),
noted as (
    {EVENT} select card_key, version, {FACTS.format(hash="sha256(card_key)")} from moved
),
told as ({OUTBOX} select card_key, version, {TOLD} from moved)
update clock set due_on = null from fell where clock.card_key = fell.card_key
    and clock.clock = fell.clock and clock.cycle = fell.cycle
"""
HASH = "randomblob(32)"
PEER_SQLITE = f"""
begin immediate;
create temp table fell as select card_key, clock, cycle from clock where due_on < '{{on}}';
{MOVE.format(hash=HASH)} where card_key in (select card_key from fell);
{EVENT} select card.card_key, version, {FACTS.format(hash=HASH)} from fell join card using (card_key);
{OUTBOX} select card.card_key, version, {TOLD} from fell join card using (card_key);
update clock set due_on = null where (card_key, clock, cycle) in (select * from fell);
drop table fell;
commit
"""  # noqa: E501


def due_days(place: Office, groups: int) -> list[tuple[date, date]]:
    """Give the day of collection and the due day of each hundredth."""
    days: list[tuple[date, date]] = []
    for number in range(groups):
        collected = FIRST + timedelta(weeks=number)
        found = place.due(Clock.ACTIVATION, ISSUER, CardDates(FIRST, None, collected), collected)
        assert found is not None
        assert found.due_on is not None
        days.append((collected, found.due_on))
    return days


async def rounds_of(
    place: Office, store: PostgresStore | SqliteStore, days: list[tuple[date, date]],
    cards: int, peer: Callable[[date], Awaitable[None]],
) -> dict[str, object]:  # fmt: skip
    """Take turns; gives rates and the median of the ratios."""
    ours: list[float] = []
    peers: list[float] = []
    for number in range(0, len(days), 2):
        on = days[number][1] + timedelta(days=1)
        began = time.perf_counter()
        report = await sweep(place, store, on, dry_run=False)
        ours.append(report.suspended / (time.perf_counter() - began))
        assert report.suspended == cards // 100, report
        began = time.perf_counter()
        await peer(days[number + 1][1] + timedelta(days=1))
        peers.append(report.suspended / (time.perf_counter() - began))
        print(f"  {ours[-1]:9,.0f} {peers[-1]:9,.0f}", flush=True)
    ratio = statistics.median(a / b for a, b in zip(ours, peers, strict=True))
    print(f"sweep {statistics.median(ours):,.0f}/s, bare {statistics.median(peers):,.0f}/s,"
          f" ratio {ratio:.2f} (at least {TARGET})")  # fmt: skip
    return {
        "sweep_per_s": round(statistics.median(ours)),
        "bare_per_s": round(statistics.median(peers)),
        "ratio": round(ratio, 3),
    }


def _case(days: list[str], number: str) -> str:
    """Give the SQL that picks a day by the last two digits of a number; later ones are not due."""
    picked = " ".join(f"when {n} then '{day}'" for n, day in enumerate(days))
    return f"case {number} % 100 {picked} else '{{later}}' end"


async def on_postgres(options: argparse.Namespace, address: str, keys: Path) -> dict[str, object]:
    vault = Vault.create(keys)
    store = await open_postgres(address, vault)
    place = office(store, vault)
    days = due_days(place, 2 * options.rounds)
    collected = _case([str(one) for one, _ in days], "n").format(later="2026-05-01")
    falling = _case([str(one) for _, one in days], "n").format(later="2027-02-25")
    values = VALUES.format(collected=collected, nothing="''::bytea")
    numbers = f"from generate_series(1, {options.cards}) as n"
    key = "decode(md5(n::text), 'hex')"
    await fetched(address, f"{CARD} select {key}, {values} {numbers}")
    await fetched(address, f"{CLOCK} select {key}, 'activation', 1, {falling} {numbers}")
    await fetched(address, "vacuum analyze")
    await fetched(address, "checkpoint")
    # the peer, too, finds its rows by their keys: a plan that reads the whole table is slower
    connection = await asyncpg.connect(address, server_settings=BY_KEY)

    async def peer(on: date) -> None:
        await connection.execute(PEER, on.isoformat())

    result = await rounds_of(place, store, days, options.cards, peer)
    await connection.close()
    await store.close()
    return result


async def on_sqlite(options: argparse.Namespace, folder: Path) -> dict[str, object]:
    vault = Vault.create(folder / "keys.json")
    store = open_sqlite(folder / "qika.db", vault)
    place = office(store, vault)
    days = due_days(place, 2 * options.rounds)
    collected = _case([str(one) for one, _ in days], "n").format(later="2026-05-01")
    falling = _case([str(one) for _, one in days], "n").format(later="2027-02-25")
    values = VALUES.format(collected=collected, nothing="x''")
    bare = apsw.Connection(str(folder / "qika.db"))
    bare.execute("pragma synchronous = full; pragma cache_size = -200000")
    bare.execute(
        "begin immediate; create temp table keyed as"
        " with recursive number (n) as"
        f" (select 1 union all select n + 1 from number where n < {options.cards})"
        " select n, randomblob(16) as k from number"
    )
    bare.execute(f"{CARD} select k, {values} from keyed order by k")
    bare.execute(f"{CLOCK} select k, 'activation', 1, {falling} from keyed order by k")
    bare.execute("drop table keyed; commit; pragma wal_checkpoint(truncate)")

    async def peer(on: date) -> None:
        bare.execute(PEER_SQLITE.format(on=on))

    result = await rounds_of(place, store, days, options.cards, peer)
    bare.close()
    store.close()
    return result


def main(options: argparse.Namespace) -> int:
    """Measure on one of the stores."""
    sys.setswitchinterval(SWITCH_S)
    gc.set_threshold(GARBAGE_THRESHOLD)
    with tempfile.TemporaryDirectory() as made:
        if options.sqlite:
            result = asyncio.run(on_sqlite(options, Path(made)))
        else:
            with running_server(hasty=False, settings=SETTINGS) as server:
                address = server.database("swept", Placement(Kind.PLAIN))
                result = uvloop.run(on_postgres(options, address, Path(made) / "keys.json"))
    store = "sqlite" if options.sqlite else "postgresql"
    result = {"store": store, "cards": options.cards, "rounds": options.rounds, **result}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cards", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sqlite", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("bench/results/sweep.json"))
    sys.exit(main(parser.parse_args()))
