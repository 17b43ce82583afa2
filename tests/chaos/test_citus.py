"""A node of a Citus cluster killed: its cards wait, the others go on, nothing is lost or doubled.

Needs QIKA_TEST_CITUS (the coordinator's address) and QIKA_TEST_CITUS_PIDS, a folder in which
``NODE/postmaster.pid`` of each worker lies; the nodes are on this machine. QIKA_TEST_CITUS_START is
the command that starts what is not running.
"""

import asyncio
import os
import shlex
import signal
import subprocess
import time
from pathlib import Path

import pytest

from qika.operations.activate import StoreBusyError, perform
from qika.storage.postgres import Kind, Placement, StoreUnreachableError, open_postgres
from qika.storage.postgres.lines import at_node
from qika.storage.vault import Vault

from tests.counting import Tally, each_is_stored_once, send
from tests.servers import CITUS, emptied, fetched

needs_cluster = pytest.mark.skipif(CITUS not in os.environ, reason="no Citus cluster is named")
pytestmark = [needs_cluster, pytest.mark.timeout(600)]
SHARDS = 8
NODES = (
    "select s.shardminvalue::int, n.nodeport from pg_dist_shard s"
    " join pg_dist_placement p using (shardid) join pg_dist_node n using (groupid)"
    " where s.logicalrelid = 'card'::regclass and n.noderole = 'primary'"
)
PREPARED = "select count(*) from pg_prepared_xacts where database = current_database()"


@pytest.fixture
def cluster(tmp_path, world_of):
    """A world in an empty database of the cluster, and its address."""
    start()
    address = emptied(os.environ[CITUS], Placement(Kind.CITUS, SHARDS))
    vault = Vault.create(tmp_path / "keys.json")
    with asyncio.Runner() as runner:
        store = runner.run(open_postgres(address, vault))
        yield world_of(store, vault, runner=runner), address
        runner.run(store.close())


async def port_of_group(address):
    """Where each group of cards lies: shards are counted in the order of their hashes."""
    rows = sorted(await fetched(address, NODES))
    return {number: int(port) for number, (_, port) in enumerate(rows)}


def kill(port):
    """End a worker's server at once; gives nothing back but its absence."""
    for file in Path(os.environ["QIKA_TEST_CITUS_PIDS"]).glob("*/postmaster.pid"):
        lines = file.read_text().splitlines()
        if int(lines[3]) == port:
            os.kill(int(lines[0]), signal.SIGKILL)
            return
    raise AssertionError(f"no worker has port {port}")


def start():
    subprocess.run(shlex.split(os.environ["QIKA_TEST_CITUS_START"]), check=True, timeout=300,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # fmt: skip


async def parted(world, address, amount):
    """Cards by the port of the node that holds them."""
    ports = await port_of_group(address)
    groups = await world.store._routes.writing()
    cards = [world.new_card(number) for number in range(amount)]
    by_port = {}
    for new in cards:
        by_port.setdefault(ports[groups.group(new.card.key)], []).append(new)
    return cards, by_port


def nodes(address, ports):
    return [address, *(at_node(address, "127.0.0.1", port) for port in ports)]


async def prepared(address, ports):
    """Transactions that were prepared and neither committed nor rolled back, on all nodes."""
    counts = [await fetched(one, PREPARED) for one in nodes(address, ports)]
    return sum(count for [(count,)] in counts)


async def until_killed(office, of, half, dead):
    """Send the second half of each node's requests; kill one node in the middle."""
    during = {port: Tally() for port in of}
    refused = during[dead].refusals
    senders = [
        asyncio.create_task(
            send(
                office,
                of[port][half[port] :],
                during[port],
                until=lambda port=port: port == dead and len(refused) > 2,
            )
        )
        for port in of
    ]
    while not during[dead].new:
        await asyncio.wait(senders, timeout=0)
    kill(dead)
    await asyncio.gather(*senders)
    return during


async def back_again(office, request):
    """Start the node; give the seconds until its cards are answered."""
    began = time.monotonic()
    starting = asyncio.create_task(asyncio.to_thread(start))
    assert await answered(office, request)
    seconds = time.monotonic() - began
    await starting
    return seconds


def test_a_worker_killed_under_load_stops_only_its_own_cards(cluster, office_of, request_of):
    world, address = cluster
    office = office_of(world.store, world.keys)

    async def work():
        cards, by_port = await parted(world, address, 1_200)
        await world.store.add_cards(cards, received_at=world.now)
        dead, alive = sorted(by_port)
        of = {p: [request_of(new.card.key, "same") for new in some] for p, some in by_port.items()}
        half = {port: len(some) // 2 for port, some in of.items()}
        before, after = Tally(), Tally()
        await asyncio.gather(*(send(office, of[p][: half[p]], before) for p in of))
        assert not before.refusals
        during = await until_killed(office, of, half, dead)
        assert not during[alive].refusals, during[alive].refusals[:3]
        assert len(during[alive].new) == len(of[alive]) - half[alive]
        assert during[dead].refusals
        seconds = await back_again(office, of[dead][-1])
        await asyncio.gather(*(send(office, of[p], after) for p in of))
        assert not after.refusals
        acknowledged = before.acknowledged.union(*(one.acknowledged for one in during.values()))
        assert acknowledged <= after.repeated
        assert len(after.acknowledged) == 1_200
        await each_is_stored_once(office, {new.card.key for new in cards})
        assert await prepared(address, [dead, alive]) == 0
        refused, others = len(during[dead].refusals), len(during[alive].new)
        return f"acknowledged {len(acknowledged)}, refused {refused}, others {others}", seconds

    said, seconds = world.run(work())
    print(f"\n{said}; answered {seconds:.1f} s after the start began")  # noqa: T201


async def answered(office, request):
    """Ask until the node is back; the time limit of the test bounds it."""
    while True:
        try:
            return await perform(office, [request])
        except StoreBusyError:
            await asyncio.sleep(0)


NOTED = (
    "select substring(gid from '^citus_[0-9]+_[0-9]+_[0-9]+'), count(distinct groupid)"
    " from pg_dist_transaction group by 1"
)


async def noted(address, ports):
    """Commits in two phases, with the number of nodes that prepared."""
    return dict([row for one in nodes(address, ports) for row in await fetched(one, NOTED)])


def test_no_transaction_of_ours_is_committed_in_two_phases(cluster, office_of, request_of):
    """Citus notes each commit in two phases until its recovery runs, once a minute."""
    world, address = cluster
    office = office_of(world.store, world.keys)

    async def work():
        cards, by_port = await parted(world, address, 400)
        assert len(by_port) == 2
        first = await noted(address, by_port)
        await world.store.add_cards(cards, received_at=world.now)
        imported = await noted(address, by_port)
        tally = Tally()
        await send(office, [request_of(new.card.key, "same") for new in cards], tally, size=100)
        rows = await world.store.pending("medical_insurance", 1_000, world.now)
        await world.store.acknowledge(rows, world.now)
        last = await noted(address, by_port)
        by_import = {name: count for name, count in imported.items() if name not in first}
        return tally, rows, by_import, last.keys() - imported.keys()

    tally, rows, by_import, by_others = world.run(work())
    assert len(tally.new) == len(rows) == 400
    print(f"\ncommits in two phases: import {len(by_import)}, activations {len(by_others)}")  # noqa: T201
    assert not by_import, "an import works on the node that holds its cards"
    assert not by_others, "activations and acknowledgements are committed in one phase"


async def by_an_old_map(store):
    """Send each group to the other node, as if every shard had been moved since the map was read.

    Only so is a transaction of ours committed in two phases: the node asked passes the changes on.
    """
    await store._routes.writing()
    here = store._routes._nodes
    first, second = sorted(set(here.values()))
    store._routes._nodes = {group: first if here[group] == second else second for group in here}


WAIT = (
    "alter system set synchronous_standby_names = 'nobody'",
    "alter system reset synchronous_standby_names",
)
"""A node with a standby that never comes writes to its disk, and answers nobody that it has."""
HELD = (
    "select count(*) from pg_stat_activity where wait_event = 'SyncRep'"
    " and query similar to '(COMMIT|PREPARE TRANSACTION)%'"
)


async def killed_in_between(waiting, holder, office, requests):
    """Let a node wait after it prepared or decided, then kill the holder of the cards.

    Gives what the sender of the last request was told, and the number of requests sent.
    """
    await fetched(waiting, WAIT[0])
    await fetched(waiting, "select pg_reload_conf()")
    for number, request in enumerate(requests, 1):
        writing = asyncio.create_task(perform(office, [request]))
        while not writing.done():
            if (await fetched(waiting, HELD))[0][0]:
                await fetched(waiting, WAIT[1])
                kill(holder)
                if not waiting.endswith(f":{holder}/{waiting.rpartition('/')[2]}"):
                    await fetched(waiting, "select pg_reload_conf()")
                told = await asyncio.gather(writing, return_exceptions=True)
                return told[0], number
    raise AssertionError("no request was held")


@pytest.mark.parametrize("decided", [True, False])
def test_a_worker_killed_between_prepare_and_commit_loses_and_doubles_nothing(
    cluster, office_of, request_of, decided
):
    world, address = cluster
    office = office_of(world.store, world.keys)

    async def work():
        cards, by_port = await parted(world, address, 200)
        holder, asked = sorted(by_port)
        there = at_node(address, "127.0.0.1", asked if decided else holder)
        await world.store.add_cards(cards, received_at=world.now)
        await by_an_old_map(world.store)
        requests = [request_of(new.card.key, "same") for new in by_port[holder]]
        told, number = await killed_in_between(there, holder, office, requests)
        await asyncio.to_thread(start)
        assert await prepared(address, by_port) == 1, "the transaction is in doubt"
        while await prepared(address, by_port):
            await fetched(
                at_node(address, "127.0.0.1", asked), "select recover_prepared_transactions()"
            )
        world.store._routes._map = None
        after = Tally()
        await send(office, [request_of(new.card.key, "same") for new in cards], after)
        assert not after.refusals
        await each_is_stored_once(office, {new.card.key for new in cards})
        return told, after, number

    told, after, number = world.run(work())
    assert isinstance(told, list if decided else StoreUnreachableError), told
    assert len(after.repeated) == (number if decided else number - 1), "done as it was decided"
    assert len(after.acknowledged) == 200
