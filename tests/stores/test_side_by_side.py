"""A store that is open works on while a later version of the program changes the tables."""

import os
from datetime import date, timedelta

import apsw
import asyncpg
import pytest
from msgspec.structs import replace

from qika.activation.request import Identity
from qika.operations.activate import perform
from qika.operations.ports import MEDICAL_INSURANCE, ClockRow, Edition
from qika.points.point import Capability, ServicePoint
from qika.storage.postgres.placement import DISTRIBUTED, REFERENCE
from qika.storage.sqlite import SqliteStore
from qika.terms.names import Application, ChannelCode, PointId, PointKind, RegionCode

from tests.servers import CITUS, ON_CITUS

TABLES = (*DISTRIBUTED, *REFERENCE)


@pytest.mark.parametrize(
    ("world", "kind"), [(one, one) for one in ("sqlite", "postgres", *ON_CITUS)], indirect=["world"]
)
def test_a_store_that_is_open_works_on_when_a_later_version_adds_columns(
    request, world, kind, postgres, office, request_of, tmp_path
):
    store, run, old = world.store, world.run, [world.new_card(number) for number in range(6)]
    world.add(*old)
    requests = [request_of(new.card.key, "same") for new in old]
    run(perform(office, requests[:3]))
    if isinstance(store, SqliteStore):
        apsw.Connection(str(tmp_path / "qika.db")).execute(";".join(columns("add", LATER)))
    else:
        address = os.environ[CITUS] if kind == "citus" else postgres.address("stores_postgres")
        run(changed(address, columns("add", LATER)))
        request.addfinalizer(lambda: run(changed(address, columns("drop", "later"))))
    new = [world.new_card(number, generation="2") for number in range(12)]
    assert world.add(*new) == ["updated"] * 6 + ["added"] * 6
    letter = replace(requests[3], identity=Identity(b"none", "bank", "k", b"body"))
    assert [one.replayed for one in run(perform(office, requests))] == [True] * 3 + [False] * 3
    assert run(perform(office, [letter]))[0].outcome.status == "card_not_found"
    last = world.change(new[11].card, letter_id="L", clocks=(ClockRow("activation", 1, None),))
    assert world.commit(last) == set()
    told = run(store.pending(MEDICAL_INSURANCE, 100, world.now))
    run(store.acknowledge(told, world.now))
    assert len(told) == 7
    assert run(store.pending(MEDICAL_INSURANCE, 100, world.now)) == []
    edition = Edition("bb", {"a.toml": "x = 2"}, frozenset(), "me", world.now)
    run(store.put_edition(edition))
    assert run(store.current_edition()) == edition
    run(store.job_progress("job", 5, finished=False))
    assert run(store.job_rows_done("job")) == 5
    run(store.sweep_progress(date(2026, 3, 1), None, {"left": 1}, finished=True))
    assert run(store.sweep_tally(date(2026, 3, 1))) == {"left": 1}
    assert run(store.put_points([POINT])) == ["added"]
    assert run(store.put_points([POINT])) == ["unchanged"]
    assert list(run(store.points())) == [POINT]
    assert run(store.delete_attempts(world.now + timedelta(days=1))) == 1
    world.keys.add_index_key()
    assert run(store.reseal(None, 100)) is not None
    assert run(store.key_of_identifier(new[3].card_identifier)) == new[3].card.key
    done = sum(len(run(store.card_file(one.card.key)).history) for one in new)
    assert done == 7


LATER = "later text not null default 'x'"


def columns(verb, what):
    """Add a column to every table, or drop it."""
    return [f"alter table {one} {verb} column {what}" for one in TABLES]


async def changed(address, statements):
    connection = await asyncpg.connect(address)
    async with connection.transaction():
        await connection.execute("set local citus.multi_shard_modify_mode = 'sequential'")
        for one in statements:
            await connection.execute(one)
    await connection.close()


POINT = ServicePoint(
    PointId("p1"), "P", PointKind.HOSPITAL, "P", None, "", "", RegionCode("990000"), "", None, "",
    (Capability(ChannelCode("hospital_first_use"), (Application.SOCIAL,), (), (), "here", None),),
)  # fmt: skip
