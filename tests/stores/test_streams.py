"""What every store promises about streams of activations and their parts."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace

from qika.operations.streams.stream import (
    LineFault,
    LineProblem,
    Part,
    PartKind,
    Stream,
    StreamState,
    id_of,
)
from qika.terms.names import Language

UPLOAD, OTHER = b"u" * 16, b"v" * 16
BODY, RESULTS = PartKind.BODY, PartKind.RESULTS


def stream(world, key: str = "k-1", **changes) -> Stream:
    plain = Stream(
        id=id_of("bank", key),
        partner="bank",
        digest=b"d" * 32,
        upload=UPLOAD,
        language=Language.EN,
        state=StreamState.WAITING,
        received_at=world.now,
        claimed_until=world.now,
        lines=7,
        parts=2,
    )
    return replace(plain, **changes)


def test_a_stream_comes_back_as_it_was_kept(world):
    problem = LineProblem(3, "wrong_fields", (LineFault("card.issuer", "missing", ""),))
    whole = stream(
        world,
        lines_done=4,
        parts_done=1,
        tries=2,
        tally={"activated": 3},
        problems=1,
        first_problems=(problem,),
        ended_at=world.now + timedelta(hours=1),
    )
    assert world.run(world.store.streams.add(whole)) is True
    assert world.run(world.store.streams.stream(whole.id)) == whole
    assert world.run(world.store.streams.stream("0" * 32)) is None


def test_a_key_of_a_partner_has_one_stream(world):
    first, second = stream(world), stream(world, upload=OTHER)
    assert world.run(world.store.streams.add(first)) is True
    assert world.run(world.store.streams.add(second)) is False
    assert world.run(world.store.streams.stream(first.id)) == first


def test_of_many_changes_of_one_version_one_is_kept(world):
    first = stream(world)
    world.run(world.store.streams.add(first))

    async def race():
        moved = [replace(first, version=2, tries=number) for number in range(8)]
        return await asyncio.gather(*(world.store.streams.put(one) for one in moved))

    assert sorted(world.run(race())) == [False] * 7 + [True]
    assert world.run(world.store.streams.stream(first.id)).version == 2
    assert world.run(world.store.streams.put(replace(first, version=4))) is False
    assert world.run(world.store.streams.put(stream(world, "never", version=2))) is False


def test_open_streams_come_oldest_first_and_ended_ones_apart(world):
    hour = timedelta(hours=1)
    for number in (2, 0, 1):
        one = stream(world, f"k-{number}", received_at=world.now + number * hour)
        world.run(world.store.streams.add(one))
    for number in (3, 4):
        one = stream(world, f"k-{number}", ended_at=world.now + number * hour)
        world.run(world.store.streams.add(one))
    found = world.run(world.store.streams.open(2))
    assert [one.id for one in found] == [id_of("bank", "k-0"), id_of("bank", "k-1")]
    old = world.run(world.store.streams.ended(world.now + 4 * hour, 9))
    assert [one.id for one in old] == [id_of("bank", "k-3")]
    world.run(world.store.streams.drop(old[0].id))
    assert world.run(world.store.streams.stream(old[0].id)) is None


def test_parts_are_kept_replaced_and_forgotten_by_kind(world):
    parts = [Part(UPLOAD, BODY, number, b"\0%d" % number) for number in range(3)]
    parts += [Part(UPLOAD, RESULTS, 0, b"r"), Part(OTHER, BODY, 0, b"o")]
    world.run(world.store.streams.put_parts(parts))
    world.run(world.store.streams.put_parts([Part(UPLOAD, BODY, 1, b"again")]))
    kept = [world.run(world.store.streams.part(UPLOAD, BODY, number)) for number in range(4)]
    assert kept == [b"\x000", b"again", b"\x002", None]
    world.run(world.store.streams.drop_parts(UPLOAD, BODY))
    assert world.run(world.store.streams.part(UPLOAD, BODY, 0)) is None
    assert world.run(world.store.streams.part(UPLOAD, RESULTS, 0)) == b"r"
    assert world.run(world.store.streams.part(OTHER, BODY, 0)) == b"o"


@pytest.mark.parametrize(("partner", "key"), [("bank", "k"), ("ban", "kk"), ("bank\0", "k")])
def test_a_stream_is_named_by_its_partner_and_key(partner, key):
    others = {("bank", "k"), ("ban", "kk"), ("bank\0", "k")} - {(partner, key)}
    assert id_of(partner, key) not in {id_of(*other) for other in others}
