"""What every store promises about streams of activations and their parts."""

import asyncio
import hashlib
import random
from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest
from msgspec.structs import replace

from qika.operations.activate import perform
from qika.operations.streams.desk import StreamDesk
from qika.operations.streams.receiving import Sending, receive
from qika.operations.streams.stream import (
    LEASE,
    LineFault,
    LineProblem,
    Part,
    PartKind,
    Stream,
    StreamState,
    id_of,
)
from qika.operations.streams.working import PartAnswer, results, work
from qika.storage.spool import FileSpool
from qika.storage.vault import Vault
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


# -- several processes on one store ----------------------------------------------------------------

CARDS = 60
ENDED = {StreamState.DONE, StreamState.FAILED}


class Office:
    """What carries out lines, each the number of a card; dies or dawdles as chance has it."""

    def __init__(self, world, office, request_of, chance: random.Random) -> None:
        self.world, self.office, self.request_of, self.chance = world, office, request_of, chance
        self.now, self.busy = world.now, 0

    async def __call__(self, stream, first, lines) -> PartAnswer:
        keys = [self.world.new_card(int(line)).card.key for line in lines]
        answers = await perform(self.office, [self.request_of(key, "same") for key in keys])
        fate = self.chance.random()
        if fate < 0.3:
            raise OSError("the process died after the commit")
        if fate < 0.5:
            self.now += LEASE  # so slow that another process takes over
            for _ in range(9):
                await asyncio.sleep(0)
        told = [one.outcome.status for one in answers]
        return PartAnswer([f"{one}".encode() for one in told], Counter(told), ())


@pytest.mark.parametrize("seed", range(3))
def test_whatever_processes_do_each_line_is_done_once_and_each_stream_ends(
    world, office, request_of, tmp_path, seed
):
    world.add(*(world.new_card(number) for number in range(CARDS)))
    acting = Office(world, office, request_of, random.Random(seed))
    vault = Vault.create(tmp_path / "of_streams")
    desk = StreamDesk(
        store=world.store.streams, sealing=vault, open_spool=lambda: FileSpool(tmp_path),
        clock=lambda: acting.now, bytes_max=10_000, kept=timedelta(days=1), part_lines=7,
    )  # fmt: skip
    body = b"\n".join(b"%d" % number for number in range(CARDS))

    async def piece():
        yield body

    async def process(stream_id: str) -> None:
        while (await desk.store.stream(stream_id)).state not in ENDED:
            acting.busy += 1
            worked = True
            with suppress(OSError):
                worked = await work(desk, acting)
            acting.busy -= 1
            if not worked and not acting.busy:
                acting.now += LEASE / 2
            await asyncio.sleep(0)

    async def everything():
        of = Sending("bank", "k", Language.EN, hashlib.sha256(body).digest())
        kept = await receive(desk, of, piece())
        await asyncio.gather(*(process(kept.id) for _ in range(3)))
        ended = await desk.store.stream(kept.id)
        return ended, [part async for part in results(desk, ended)]

    ended, told = world.run(everything())
    assert (ended.state, ended.lines_done) == (StreamState.DONE, CARDS)
    assert ended.tally == {"activated": CARDS}
    assert b"".join(told).splitlines() == [b"activated"] * CARDS
    for number in range(CARDS):
        file = world.run(world.store.card_file(world.new_card(number).card.key))
        assert len(file.history) == 1
