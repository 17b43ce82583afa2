"""Bad days of a store: what was acknowledged is stored exactly once, and the store goes on."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

import asyncpg
import pytest

from qika.operations.activate import StoreUnavailableError, perform
from qika.storage.postgres import open_postgres
from qika.storage.postgres.placement import Kind, Placement
from qika.storage.sqlite import open_sqlite
from qika.storage.vault import Vault

from tests.counting import Tally, each_is_stored_once, send
from tests.disks import small_disk
from tests.replicas import replicated_server
from tests.servers import Server, fetched, running_server, seen

ROOT = Path(__file__).parents[2]
IN_COMMIT = "select count(*) from pg_stat_activity where wait_event = 'SyncRep'"


@pytest.fixture
def place():
    """A folder that the account of the server may enter."""
    folder = Path(tempfile.mkdtemp(prefix="qika-bad-day-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def vault(tmp_path):
    return Vault.create(tmp_path / "keys.json")


def fill_up_and_go_on(world, office, request_of, disk, *, amount, leave):
    """Activate until the disk is full, then with room again; the count is right at every step."""
    cards = [world.new_card(number) for number in range(amount)]
    world.add(*cards)
    requests = [request_of(new.card.key, "same") for new in cards]
    before, full, after = Tally(), Tally(), Tally()
    world.run(send(office, requests[:40], before))
    assert len(before.new) == 40
    disk.fill(leave=leave)
    world.run(send(office, requests, full))
    assert full.refusals, "the disk was never full"
    assert full.repeated == before.new, "what was done is still read and repeated"
    disk.make_room()
    world.run(send(office, requests, after))
    assert not after.refusals
    assert before.acknowledged | full.acknowledged <= after.repeated
    assert after.new | after.repeated == {new.card.key for new in cards}
    world.run(each_is_stored_once(office, after.acknowledged))
    return full


def test_a_full_disk_under_sqlite_refuses_loses_nothing_and_goes_on(
    world_of, office_of, request_of, place, vault
):
    with small_disk(place / "disk", 16) as disk, asyncio.Runner() as runner:
        store = open_sqlite(disk.path / "qika.db", vault)
        world = world_of(store, vault, runner=runner)
        office = office_of(store, vault)
        full = fill_up_and_go_on(world, office, request_of, disk, amount=600, leave=300_000)
        assert all("full" in one for one in full.refusals), full.refusals
        store.close()


@contextmanager
def tablespace(server, path):
    """A database whose tables lie on a disk of their own."""
    shutil.chown(path, "postgres", "postgres")
    server.sql("postgres", f"create tablespace small location '{path}'")
    server.sql("postgres", "create database small tablespace small")
    try:
        yield server.address("small")
    finally:
        server.sql("postgres", "drop database small with (force)")
        server.sql("postgres", "drop tablespace small")


def test_a_full_disk_under_the_tables_of_a_server_refuses_loses_nothing_and_goes_on(
    world_of, office_of, request_of, place, vault, postgres
):
    with (
        small_disk(place / "disk", 40) as disk,
        tablespace(postgres, disk.path) as address,
        asyncio.Runner() as runner,
    ):
        store = runner.run(open_postgres(address, vault, placement=Placement(Kind.PLAIN)))
        world = world_of(store, vault, runner=runner)
        office = office_of(store, vault)
        full = fill_up_and_go_on(world, office, request_of, disk, amount=600, leave=0)
        assert all("No space left" in one for one in full.refusals), full.refusals
        runner.run(store.close())


def test_a_full_disk_under_the_log_of_a_server_stops_it_and_nothing_is_lost(
    world_of, office_of, request_of, place, vault
):
    with small_disk(place / "disk", 128) as disk, asyncio.Runner() as runner:
        folder = disk.path / "server"
        folder.mkdir()
        server = Server(folder, hasty=False)
        try:
            address = server.database("brim")
            store = runner.run(open_postgres(address, vault))
            world = world_of(store, vault, runner=runner)
            office = office_of(store, vault)
            cards = [world.new_card(number) for number in range(300)]
            world.add(*cards)
            requests = [request_of(new.card.key, "same") for new in cards]
            before, full, after = Tally(), Tally(), Tally()
            runner.run(send(office, requests[:100], before))
            disk.fill()
            with pytest.raises(Exception, match=r"No space left|closed|connection"):
                server.sql(
                    "brim", "select pg_logical_emit_message(true, '', repeat('x', 40000000))"
                )
            runner.run(send(office, requests, full))
            assert full.refusals
            disk.make_room()
            server._do("pg_ctl", "stop", "-w", "-m", "immediate", "-D", server._data, check=False)
            server.start()
            runner.run(send(office, requests, after))
            assert not after.refusals
            assert before.acknowledged | full.acknowledged <= after.repeated
            runner.run(each_is_stored_once(office, {new.card.key for new in cards}))
            runner.run(store.close())
        finally:
            server._do("pg_ctl", "stop", "-w", "-m", "immediate", "-D", server._data, check=False)


@pytest.mark.timeout(60)
def test_commits_wait_for_a_slow_replica_and_each_card_is_activated_once(
    world_of, office_of, request_of, vault
):
    with replicated_server() as (server, standby), asyncio.Runner() as runner:
        address = server.database("slow")
        store = runner.run(open_postgres(address, vault))
        world = world_of(store, vault, runner=runner)
        office = office_of(store, vault)
        cards = [world.new_card(number) for number in range(60)]
        world.add(*cards)
        requests = [request_of(new.card.key, "same") for new in cards]
        tally = Tally()

        async def work():
            with standby.stopped():
                sending = asyncio.create_task(send(office, requests, tally))
                await seen(address, IN_COMMIT)
                assert not tally.acknowledged, "answered before the replica had it"
                visible = await fetched(address, "select count(*) from event")
            await sending
            return visible

        assert runner.run(work()) == [(0,)], "nobody sees it before it is safe"
        assert tally.new == {new.card.key for new in cards}
        again = Tally()
        runner.run(send(office, requests, again))
        assert again.repeated == tally.new
        runner.run(each_is_stored_once(office, tally.new))
        runner.run(store.close())


@pytest.mark.timeout(60)
def test_a_commit_told_not_to_wait_for_its_replica_is_not_answered_nor_is_a_repeat(
    world_of, office_of, request_of, vault
):
    cancel = IN_COMMIT.replace("count(*)", "count(pg_cancel_backend(pid))")
    with replicated_server() as (server, standby), asyncio.Runner() as runner:
        address = server.database("cut")
        store = runner.run(open_postgres(address, vault))
        world, office = world_of(store, vault, runner=runner), office_of(store, vault)
        card = world.new_card(1)
        world.add(card)
        requests = [request_of(card.card.key, "same")]

        async def work():
            with standby.stopped():
                sending = asyncio.create_task(perform(office, requests))
                await seen(address, cancel)
                (said,) = await asyncio.gather(sending, return_exceptions=True)
                stored = await fetched(address, "select count(*) from event")
                repeating = asyncio.create_task(perform(office, requests))
                await seen(address, IN_COMMIT)
                assert not repeating.done()
            return said, stored, await repeating

        said, stored, (repeated,) = runner.run(work())
        assert isinstance(said, StoreUnavailableError)
        assert "replica" in str(said)
        assert stored == [(1,)], "the first server has it"
        assert repeated.replayed
        runner.run(store.close())


@pytest.mark.parametrize("moment", range(3))
def test_a_process_killed_between_sending_and_hearing_leaves_each_card_once(
    served, postgres, office_of, request_of, tmp_path, moment
):
    address = postgres.address("stores_postgres")
    cards = [served.new_card(number) for number in range(100)]
    served.add(*cards)
    last = cards[20 * moment + 7].card.key

    async def held():
        """Hold a card, so that the batch is sent and waits; kill; let go: the server goes on."""
        connection = await asyncpg.connect(address)
        async with connection.transaction():
            await connection.execute("select from card where card_key = $1 for update", last)
            with subprocess.Popen(  # noqa: ASYNC220  nothing else runs meanwhile
                [sys.executable, "-m", "tests.stores.killed_child", address,
                 str(tmp_path / "keys.json"), "100"],
                cwd=ROOT, stdout=subprocess.PIPE, text=True,
            ) as child:  # fmt: skip
                await seen(address, WAITING)
                child.kill()
                said = child.stdout.read()
                assert child.wait() == -9
        await connection.close()
        await seen(address, GONE)
        return {bytes.fromhex(line.split()[1]) for line in said.splitlines()}

    confirmed = served.run(held())
    assert len(confirmed) == 20 * moment
    office = office_of(served.store, served.keys)
    requests = [request_of(new.card.key, "same") for new in cards]
    tally = Tally()
    served.run(send(office, requests, tally))
    assert confirmed <= tally.repeated
    assert len(tally.new) + len(tally.repeated) == 100
    served.run(each_is_stored_once(office, {new.card.key for new in cards}))


WAITING = (
    "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
    " and application_name = 'qika' and datname = current_database()"
)
GONE = (
    "select (count(*) = 0)::int from pg_stat_activity where wait_event_type = 'Lock'"
    " and application_name = 'qika' and datname = current_database()"
)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("how", [signal.SIGQUIT, signal.SIGKILL])
def test_a_server_that_dies_under_load_has_what_was_acknowledged_exactly_once(
    world_of, office_of, request_of, vault, how
):
    with running_server(hasty=False) as server, asyncio.Runner() as runner:
        store = runner.run(open_postgres(server.database("dying"), vault))
        world = world_of(store, vault, runner=runner)
        office = office_of(store, vault)
        cards = [world.new_card(number) for number in range(600)]
        world.add(*cards)
        requests = [request_of(new.card.key, "same") for new in cards]
        tally = Tally()

        async def work():
            sending = asyncio.create_task(
                send(office, requests, tally, size=10, until=lambda: len(tally.refusals) >= 3)
            )
            await asyncio.to_thread(die_and_start, server, how, tally)
            await sending

        runner.run(work())
        confirmed = set(tally.acknowledged)
        assert tally.refusals
        assert 60 <= len(confirmed) < 600
        again = Tally()
        runner.run(send(office, requests, again))
        assert not again.refusals
        assert confirmed <= again.repeated
        runner.run(each_is_stored_once(office, {new.card.key for new in cards}))
        runner.run(store.close())


def die_and_start(server, how, tally):
    """Kill the server under load, let the senders notice, start it when its last process went."""
    while len(tally.new) < 60:
        os.sched_yield()
    os.kill(server.pid, how)
    while not tally.refusals:
        os.sched_yield()
    while True:
        with suppress(AssertionError):  # a process of the dead server is still there
            return server.start()
