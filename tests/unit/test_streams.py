"""A stream is received whole and worked off part by part, whatever happens in between."""

import asyncio
import hashlib
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qika.operations.activate import StoreUnavailableError
from qika.operations.batch import OverloadedError
from qika.operations.streams import cutting, receiving, working
from qika.operations.streams.cutting import LINE_MAX, PART_LINES, LineCutter
from qika.operations.streams.desk import StreamDesk
from qika.operations.streams.receiving import Sending
from qika.operations.streams.stream import (
    LEASE,
    TRIES_MAX,
    WAITING_MAX,
    LineProblem,
    PartKind,
    StreamState,
)
from qika.operations.streams.working import PartAnswer
from qika.storage.memory_streams import MemoryStreams
from qika.storage.spool import FileSpool
from qika.storage.vault import Vault, VaultError
from qika.terms.names import Language

from tests.journeys.example_site import NOW


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def desk(tmp_path) -> StreamDesk:
    return StreamDesk(
        store=MemoryStreams(),
        sealing=Vault.create(tmp_path / "keys"),
        open_spool=lambda: FileSpool(tmp_path / "spool"),
        clock=Clock(),
        bytes_max=1_000_000,
        kept=timedelta(days=7),
    )


async def pieces(body: bytes, size: int = 4_000):
    for start in range(0, len(body), size):
        yield body[start : start + size]


def sent(desk, body: bytes, key: str = "k-1", digest: bytes | None = None, partner: str = "bank"):
    wanted = digest or hashlib.sha256(body).digest()
    sending = Sending(partner, key, Language.EN, wanted)
    return asyncio.run(receiving.receive(desk, sending, pieces(body)))


async def echo(stream, first, lines):
    """Answer each line by itself; a line that begins with ! is a problem."""
    problems = [
        LineProblem(number, "unreadable")
        for number, line in enumerate(lines, first)
        if line.startswith(b"!")
    ]
    told = [b"%d:%b" % (number, line) for number, line in enumerate(lines, first)]
    return PartAnswer(told, {"activated": len(lines) - len(problems)}, problems)


async def whole(desk, stream) -> bytes:
    return b"".join([part async for part in working.results(desk, stream)])


# -- lines ---------------------------------------------------------------------------------------


@given(st.lists(st.binary(max_size=30)), st.integers(1, 50))
def test_lines_come_out_as_they_went_in_however_they_arrive(lines, size):
    lines = [line.replace(b"\n", b"") for line in lines]
    for ending in (b"", b"\n"):
        body = b"\n".join(lines) + ending
        cutter, got = LineCutter(), []
        for start in range(0, len(body), size):
            got += [line for part in cutter.take(body[start : start + size]) for line in part]
        got += cutter.finish()
        assert got == body.removesuffix(b"\n").split(b"\n") * bool(body)


def test_parts_are_bounded_by_lines_and_bytes_and_long_lines_are_cut(monkeypatch):
    cutter = LineCutter()
    parts = list(cutter.take(b"x\n" * (2 * PART_LINES + 5)))
    assert [len(part) for part in parts] == [PART_LINES] * 2
    assert len(cutter.finish()) == 5
    [long] = [line for part in [*cutter.take(b"y" * 9_000_000), cutter.finish()] for line in part]
    assert len(long) == LINE_MAX + 1
    wide = b"z" * 60_000 + b"\n"
    assert (
        max(len(part) for part in cutter.take(wide * 100)) * 60_000 <= cutting.PART_BYTES + 60_000
    )


# -- receiving -----------------------------------------------------------------------------------


def test_what_was_sent_is_worked_off_in_order_and_its_body_forgotten(desk):
    lines = [b"%d" % number for number in range(2_500)]
    lines[1_200] = b"! torn"
    stream = sent(desk, b"\n".join(lines))
    assert (stream.state, stream.lines, stream.parts) == (StreamState.WAITING, 2_500, 3)
    assert asyncio.run(working.work(desk, echo)) is True
    assert asyncio.run(working.work(desk, echo)) is False
    done = asyncio.run(desk.store.stream(stream.id))
    assert (done.state, done.lines_done, done.tally) == (
        StreamState.DONE, 2_500, {"activated": 2_499},
    )  # fmt: skip
    assert [one.line for one in done.first_problems] == [1_201]
    told = asyncio.run(whole(desk, done)).splitlines()
    assert told == [b"%d:%b" % (number, line) for number, line in enumerate(lines, 1)]
    assert asyncio.run(desk.store.part(stream.upload, PartKind.BODY, 0)) is None


def test_nothing_of_a_body_stands_readable_on_disk_or_in_the_store(desk, tmp_path):
    secret = b"110105194912310021"
    spool = desk.open_spool()
    stored = []
    watched = StreamDesk(
        desk.store, desk.sealing, lambda: spool, desk.clock, desk.bytes_max, desk.kept
    )
    adding = spool.add
    spool.add = lambda content: (stored.append(content), adding(content))
    stream = sent(watched, secret * 50)
    assert not list((tmp_path / "spool").iterdir()), "the spool has no name"
    kept = asyncio.run(desk.store.part(stream.upload, PartKind.BODY, 0))
    assert stored == [kept]
    assert secret not in kept
    moved = desk.store._parts[stream.upload, PartKind.BODY, 0]
    desk.store._parts[stream.upload, PartKind.BODY, 1] = moved
    with pytest.raises(VaultError):
        asyncio.run(desk.lines(stream.upload, PartKind.BODY, 1))


def test_an_empty_body_is_done_at_once_with_no_results(desk):
    stream = sent(desk, b"")
    assert asyncio.run(working.work(desk, echo)) is True
    done = asyncio.run(desk.store.stream(stream.id))
    assert (done.state, asyncio.run(whole(desk, done))) == (StreamState.DONE, b"")


def test_the_same_body_under_its_key_is_the_same_stream_and_another_is_refused(desk):
    first = sent(desk, b"1\n2")
    assert sent(desk, b"1\n2") == first
    with pytest.raises(receiving.StreamKeyReusedError):
        sent(desk, b"1\n3")
    assert sent(desk, b"1\n2", partner="other").id != first.id
    asyncio.run(working.work(desk, echo))
    assert sent(desk, b"1\n2").id == first.id
    assert len([place for place in desk.store._parts if place[1] is PartKind.BODY]) == 1


def test_a_body_that_is_not_what_was_signed_or_too_large_or_breaks_off_leaves_nothing(desk):
    with pytest.raises(receiving.WrongDigestError):
        sent(desk, b"1\n2", digest=b"x" * 32)
    with pytest.raises(receiving.StreamTooLargeError):
        sent(desk, b"1" * 1_000_001)

    async def broken():
        yield b"1\n" * 5_000
        raise ConnectionError

    with pytest.raises(ConnectionError):
        asyncio.run(receiving.receive(desk, Sending("bank", "k", Language.EN, None), broken()))
    assert not desk.store._streams
    assert not desk.store._parts


def test_a_full_disk_is_told_as_such(desk, tmp_path):
    class Full(FileSpool):
        def add(self, content: bytes) -> None:
            raise OSError(28, "No space left on device")

    full = StreamDesk(
        desk.store, desk.sealing, lambda: Full(tmp_path), desk.clock, desk.bytes_max, desk.kept
    )
    with pytest.raises(StoreUnavailableError, match="No space left"):
        sent(full, b"1")


def test_only_so_many_streams_wait(desk):
    for number in range(WAITING_MAX):
        sent(desk, b"1", f"k-{number}")
    with pytest.raises(OverloadedError):
        sent(desk, b"1", "one-more")


def test_a_body_that_stalls_is_given_up_and_only_so_many_arrive_at_once(desk):
    slow = replace(desk, stall_s=0.05)

    async def waits():
        yield b"1\n"
        await asyncio.Event().wait()

    def sending(key: str):
        return receiving.receive(slow, Sending("bank", key, Language.EN, None), waits())

    async def crowd():
        keys = [f"k-{number}" for number in range(receiving.RECEIVING_MAX + 1)]
        return await asyncio.gather(*map(sending, keys), return_exceptions=True)

    told = [type(one) for one in asyncio.run(crowd())]
    assert told.count(receiving.StalledError) == receiving.RECEIVING_MAX
    assert told.count(OverloadedError) == 1
    assert not slow.under_way
    assert not desk.store._streams


def test_whoever_died_while_storing_leaves_the_key_to_the_next_sending(desk):
    putting = desk.store.put_parts

    async def dies(parts):
        raise asyncio.CancelledError

    desk.store.put_parts = dies
    with suppress(asyncio.CancelledError):
        sent(desk, b"1\n2")
    desk.store.put_parts = putting
    assert asyncio.run(working.work(desk, echo)) is False
    with pytest.raises(receiving.StreamInProgressError):
        sent(desk, b"1\n2")
    desk.clock.at += LEASE
    stream = sent(desk, b"1\n2\n3")
    assert (stream.state, stream.lines) == (StreamState.WAITING, 3)
    asyncio.run(working.work(desk, echo))
    done = asyncio.run(desk.store.stream(stream.id))
    assert asyncio.run(whole(desk, done)) == b"1:1\n2:2\n3:3\n"


# -- working off ---------------------------------------------------------------------------------


def test_a_stream_goes_on_where_its_process_died_and_nobody_else_takes_it_before(desk):
    stream = sent(desk, b"\n".join(b"%d" % number for number in range(3_000)))
    seen = []

    async def dies(stream, first, lines):
        seen.append(first)
        if len(seen) == 2:
            raise OSError("the process is gone")
        return await echo(stream, first, lines)

    with suppress(OSError):
        asyncio.run(working.work(desk, dies))
    assert asyncio.run(working.work(desk, dies)) is False
    desk.clock.at += LEASE
    assert asyncio.run(working.work(desk, dies)) is True
    assert seen == [1, 1_001, 1_001, 2_001]
    done = asyncio.run(desk.store.stream(stream.id))
    assert (done.state, done.tally) == (StreamState.DONE, {"activated": 3_000})
    assert len(asyncio.run(whole(desk, done)).splitlines()) == 3_000


def test_two_that_work_on_one_stream_keep_each_part_once(desk):
    stream = sent(desk, b"\n".join(b"%d" % number for number in range(3_000)))

    async def slow(stream, first, lines):
        desk.clock.at += LEASE  # so slow that another process takes over each time
        await asyncio.sleep(0)
        return await echo(stream, first, lines)

    async def both():
        return await asyncio.gather(*(working.work(desk, slow) for _ in range(2)))

    asyncio.run(both())
    while asyncio.run(working.work(desk, echo)):
        pass
    done = asyncio.run(desk.store.stream(stream.id))
    assert (done.state, done.lines_done, done.tally) == (
        StreamState.DONE, 3_000, {"activated": 3_000},
    )  # fmt: skip


def test_a_process_that_is_stopped_gives_its_stream_back_at_once(desk):
    sent(desk, b"1")
    began = asyncio.Event()

    async def waits(stream, first, lines):
        began.set()
        await asyncio.Event().wait()

    async def stopped():
        task = asyncio.create_task(working.work(desk, waits))
        await began.wait()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(stopped())
    assert asyncio.run(working.work(desk, echo)) is True


def test_a_stream_that_never_steps_forward_ends_as_failed(desk):
    stream = sent(desk, b"1")

    async def broken(stream, first, lines):
        raise ValueError("a defect")

    for _ in range(TRIES_MAX):
        with pytest.raises(ValueError, match="a defect"):
            asyncio.run(working.work(desk, broken))
        desk.clock.at += LEASE
    assert asyncio.run(working.work(desk, broken)) is False
    failed = asyncio.run(desk.store.stream(stream.id))
    assert failed.state is StreamState.FAILED
    assert asyncio.run(desk.store.part(stream.upload, PartKind.BODY, 0)) is None


def test_what_is_over_is_forgotten_with_its_parts_and_its_key_is_free(desk):
    stream = sent(desk, b"1\n2")
    asyncio.run(working.work(desk, echo))
    assert asyncio.run(working.forget(desk)) == 0
    desk.clock.at += desk.kept + timedelta(seconds=1)
    waiting = sent(desk, b"3", "k-2")
    assert asyncio.run(working.forget(desk)) == 1
    assert asyncio.run(desk.store.stream(stream.id)) is None
    assert {place[0] for place in desk.store._parts} == {waiting.upload}
    assert sent(desk, b"other").state is StreamState.WAITING
