"""Gathering single requests into batches."""

import asyncio
from collections.abc import Sequence

import pytest

from qika.operations.batch import Gatherer, OverloadedError


class Desk:
    """Performs batches when it is let; remembers them."""

    def __init__(self, *, opened: bool = True) -> None:
        self.batches: list[list[object]] = []
        self.gate = asyncio.Event()
        if opened:
            self.gate.set()

    async def perform(self, requests: Sequence[object]) -> list[object]:
        self.batches.append(list(requests))
        await self.gate.wait()
        if "bad" in requests:
            raise RuntimeError("the batch failed")
        return [f"answer {request}" for request in requests]


def submit(gatherer: Gatherer, *requests: object) -> list[asyncio.Task[object]]:
    return [asyncio.ensure_future(gatherer.submit(request)) for request in requests]


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def test_an_idle_office_answers_one_request_at_once():
    async def work() -> None:
        desk = Desk()
        assert await Gatherer(desk.perform).submit("a") == "answer a"
        assert desk.batches == [["a"]]

    asyncio.run(work())


def test_requests_that_come_while_a_batch_is_away_form_the_next_one():
    async def work() -> None:
        desk = Desk(opened=False)
        gatherer = Gatherer(desk.perform, batch_max=3)
        first = submit(gatherer, "a")
        await turns()
        rest = submit(gatherer, "b", "c", "d", "e")
        await turns()
        assert desk.batches == [["a"]]
        desk.gate.set()
        answers = await asyncio.gather(*first, *rest)
        assert answers == [f"answer {letter}" for letter in "abcde"]
        assert desk.batches == [["a"], ["b", "c", "d"], ["e"]]

    asyncio.run(work())


def test_a_failed_batch_fails_its_own_waiters_and_nobody_else():
    async def work() -> None:
        desk = Desk(opened=False)
        gatherer = Gatherer(desk.perform, batch_max=2)
        tasks = submit(gatherer, "a", "b", "bad", "c", "d")
        await turns()
        desk.gate.set()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert done[:2] == ["answer a", "answer b"]
        assert [type(one) for one in done[2:4]] == [RuntimeError, RuntimeError]
        assert done[4] == "answer d"
        assert await gatherer.submit("later") == "answer later"

    asyncio.run(work())


def test_too_many_waiting_requests_are_refused_and_the_others_answered():
    async def work() -> None:
        desk = Desk(opened=False)
        gatherer = Gatherer(desk.perform, batch_max=1, waiting_max=2)
        away = submit(gatherer, "a")
        await turns()
        waiting = submit(gatherer, "b", "c")
        await turns()
        with pytest.raises(OverloadedError, match="2 requests wait"):
            await gatherer.submit("d")
        desk.gate.set()
        assert await asyncio.gather(*away, *waiting) == ["answer a", "answer b", "answer c"]

    asyncio.run(work())


def test_who_stops_waiting_early_withdraws_and_late_changes_nothing_for_others():
    async def work() -> None:
        desk = Desk(opened=False)
        gatherer = Gatherer(desk.perform)
        late, other = submit(gatherer, "late", "other")
        await turns()
        early, last = submit(gatherer, "early", "last")
        await turns()
        late.cancel()
        early.cancel()
        await turns()
        desk.gate.set()
        assert await other == "answer other"
        assert await last == "answer last"
        assert desk.batches == [["late", "other"], ["last"]]

    asyncio.run(work())


def test_a_closing_gatherer_finishes_what_waits_and_takes_nothing_more():
    async def work() -> None:
        desk = Desk(opened=False)
        gatherer = Gatherer(desk.perform, batch_max=1)
        tasks = submit(gatherer, "a", "b")
        await turns()
        closing = asyncio.ensure_future(gatherer.close())
        await turns()
        with pytest.raises(OverloadedError, match="closing"):
            await gatherer.submit("c")
        desk.gate.set()
        await closing
        assert [task.result() for task in tasks] == ["answer a", "answer b"]

    asyncio.run(work())
