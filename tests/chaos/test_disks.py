"""A disk that turns read-only under a running store, as after an error of the device."""

import asyncio
import shutil
import tempfile
from pathlib import Path

import pytest

from qika.storage.sqlite import open_sqlite
from qika.storage.vault import Vault

from tests.counting import Tally, each_is_stored_once, send
from tests.disks import breaking_disk

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def place():
    folder = Path(tempfile.mkdtemp(prefix="qika-chaos-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_sqlite_on_a_disk_that_turns_read_only_refuses_and_has_what_was_acknowledged(
    world_of, office_of, request_of, place, tmp_path
):
    vault = Vault.create(tmp_path / "keys.json")
    with breaking_disk(place, 64) as disk, asyncio.Runner() as runner:
        store = open_sqlite(disk.path / "qika.db", vault)
        world = world_of(store, vault, runner=runner)
        office = office_of(store, vault)
        cards = [world.new_card(number) for number in range(400)]
        world.add(*cards)
        requests = [request_of(new.card.key, "same") for new in cards]
        before, broken, after = Tally(), Tally(), Tally()
        runner.run(send(office, requests[:200], before))
        disk.fail()
        runner.run(send(office, requests, broken))
        assert broken.refusals
        assert not broken.new
        store.close()
        disk.repair()
        store = open_sqlite(disk.path / "qika.db", vault)
        office = office_of(store, vault)
        runner.run(send(office, requests, after))
        assert not after.refusals
        assert before.acknowledged <= after.repeated
        runner.run(each_is_stored_once(office, {new.card.key for new in cards}))
        store.close()
        print(  # noqa: T201
            f"\nacknowledged {len(before.new)}, while broken {len(broken.new)} new,"
            f" {len(broken.repeated)} repeated, {len(broken.refusals)} refused batches"
        )
