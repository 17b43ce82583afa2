"""Working off streams: one at a time in each process, part by part, each step kept.

A process that claims a stream owns it for a short time and renews that with each step. If it dies,
another one goes on after the last step that was kept. Lines of a step that was begun may then be
carried out again: their request keys make that a replay.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from msgspec.structs import replace

from qika.operations.streams.desk import StreamDesk
from qika.operations.streams.stream import (
    FAULTS_SHOWN,
    LEASE,
    PROBLEMS_SHOWN,
    TRIES_MAX,
    WAITING_MAX,
    LineProblem,
    Part,
    PartKind,
    Stream,
    StreamState,
)

ABANDONED = timedelta(days=1)
"""When a stream is forgotten whose storing was never finished; its sender was told nothing."""

FORGOTTEN_AT_ONCE = 32


class PartAnswer(NamedTuple):
    """What became of the lines of a part."""

    results: Sequence[bytes]
    """One JSON text for each line."""
    tally: Mapping[str, int]
    problems: Sequence[LineProblem]


Answer = Callable[[Stream, int, Sequence[bytes]], Awaitable[PartAnswer]]
"""Decides and carries out lines of a stream; the number is that of the first line."""


async def work(desk: StreamDesk, answer: Answer) -> bool:
    """Carry out one stream that waits; false if there was none to claim.

    Raises what the store and ``answer`` raise; the stream then goes on when its claim has run out.
    """
    stream = await _claimed(desk)
    if stream is None:
        return False
    try:
        await _carry_out(desk, stream, answer)
    except asyncio.CancelledError:
        await asyncio.shield(_let_go(desk, stream.id, stream.tries))
        raise
    return True


async def results(desk: StreamDesk, stream: Stream) -> AsyncIterator[bytes]:
    """Give the results of a stream that is done, in the order of its lines, part by part."""
    for number in range(stream.parts_done):
        lines = await desk.lines(stream.upload, PartKind.RESULTS, number)
        yield b"\n".join((*lines, b""))


async def forget(desk: StreamDesk) -> int:
    """Forget streams whose time is over, with all their parts; gives how many there were."""
    now = desk.clock()
    over = list(await desk.store.ended(now - desk.kept, FORGOTTEN_AT_ONCE))
    over += [
        one
        for one in await desk.store.open(WAITING_MAX)
        if one.state is StreamState.STORING and one.claimed_until < now - ABANDONED
    ]
    for one in over:
        await desk.store.drop_parts(one.upload, PartKind.BODY)
        await desk.store.drop_parts(one.upload, PartKind.RESULTS)
        await desk.store.drop(one.id)
    return len(over)


async def _claimed(desk: StreamDesk) -> Stream | None:
    """Claim the oldest stream that nobody works on."""
    for one in await desk.store.open(WAITING_MAX):
        now = desk.clock()
        if one.state is StreamState.STORING or one.claimed_until > now:
            continue
        if one.tries >= TRIES_MAX:
            await _end(desk, one, StreamState.FAILED)
            continue
        claimed = replace(
            one,
            state=StreamState.WORKING,
            claimed_until=now + LEASE,
            tries=one.tries + 1,
            version=one.version + 1,
        )
        if await desk.store.put(claimed):
            return claimed
    return None


async def _carry_out(desk: StreamDesk, stream: Stream, answer: Answer) -> None:
    """Carry out what is left of a stream; stops where another process has taken it over."""
    while stream.parts_done < stream.parts:
        number = stream.parts_done
        lines = await desk.lines(stream.upload, PartKind.BODY, number)
        answered = await answer(stream, stream.lines_done + 1, lines)
        content = desk.sealed(answered.results, stream.upload, PartKind.RESULTS, number)
        await desk.store.put_parts([Part(stream.upload, PartKind.RESULTS, number, content)])
        stream = _moved(stream, len(lines), answered, desk)
        if not await desk.store.put(stream):
            return
    await _end(desk, stream, StreamState.DONE)


def _moved(stream: Stream, lines: int, answered: PartAnswer, desk: StreamDesk) -> Stream:
    brief = [replace(one, faults=one.faults[:FAULTS_SHOWN]) for one in answered.problems]
    shown = (*stream.first_problems, *brief)[:PROBLEMS_SHOWN]
    return replace(
        stream,
        lines_done=stream.lines_done + lines,
        parts_done=stream.parts_done + 1,
        tally=dict(Counter(stream.tally) + Counter(answered.tally)),
        problems=stream.problems + len(answered.problems),
        first_problems=shown,
        tries=0,
        claimed_until=desk.clock() + LEASE,
        version=stream.version + 1,
    )


async def _end(desk: StreamDesk, stream: Stream, state: StreamState) -> None:
    """Note the end of a stream and forget its body, which nobody needs any more."""
    ended = replace(stream, state=state, ended_at=desk.clock(), version=stream.version + 1)
    if await desk.store.put(ended):
        await desk.store.drop_parts(stream.upload, PartKind.BODY)


async def _let_go(desk: StreamDesk, stream_id: str, tries: int) -> None:
    """Give a claim back, so that another process need not wait for its end."""
    one = await desk.store.stream(stream_id)
    if one is not None and one.state is StreamState.WORKING:
        await desk.store.put(
            replace(
                one, claimed_until=desk.clock(), tries=max(0, tries - 1), version=one.version + 1
            )
        )
