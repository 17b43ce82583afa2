"""A replica that hears nothing for longer than we wait for an answer."""

import asyncio

import pytest

from qika.operations.activate import StoreBusyError, perform
from qika.storage.postgres import open_postgres
from qika.storage.postgres.lines import ANSWER_S
from qika.storage.vault import Vault

from tests.counting import Tally, each_is_stored_once, send
from tests.replicas import replicated_server
from tests.servers import fetched

CANCEL = "select count(pg_{how}_backend(pid)) from pg_stat_activity where wait_event = 'SyncRep'"


@pytest.mark.timeout(200)
@pytest.mark.parametrize("how", ["cancel", "terminate", "time"])
def test_a_commit_cut_off_while_it_waits_for_the_replica_is_done_exactly_once(
    world_of, office_of, request_of, tmp_path, how
):
    """Nor is a repeat answered until the replica has it."""
    vault = Vault.create(tmp_path / "keys.json")
    with replicated_server() as (server, standby), asyncio.Runner() as runner:
        address = server.database("slow")
        store = runner.run(open_postgres(address, vault))
        world = world_of(store, vault, runner=runner)
        office = office_of(store, vault)
        cards = [world.new_card(number) for number in range(20)]
        world.add(*cards)
        requests = [request_of(new.card.key, "same") for new in cards]

        async def work():
            with standby.stopped():
                sending = asyncio.create_task(perform(office, requests))
                cut = how == "time"
                while not cut:
                    ((cut,),) = await fetched(address, CANCEL.format(how=how))
                patience = 5 + (ANSWER_S if how == "time" else 0)
                await asyncio.wait({sending}, timeout=patience)
                repeating = asyncio.create_task(perform(office, requests))
                await asyncio.wait({repeating}, timeout=5)
                early = [one for one in (sending, repeating) if one.done() and not one.exception()]
            return early, await asyncio.gather(sending, repeating, return_exceptions=True)

        early, (said, repeated) = runner.run(work())
        print(f"\n{how}: {said!r:.120}")  # noqa: T201
        assert not early, "answered before the replica had it"
        assert isinstance(said, StoreBusyError) or len(said) == 20
        assert [one.replayed for one in repeated] == [True] * 20
        again = Tally()
        runner.run(send(office, requests, again))
        assert len(again.acknowledged) == 20
        runner.run(each_is_stored_once(office, again.acknowledged))
        runner.run(store.close())
