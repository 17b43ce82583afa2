"""Gathering: requests that arrive together are decided and committed as one batch.

An idle office answers at once. While a batch is on its way to the disk the next one gathers, so
that the load itself makes the batches larger, without any waiting by the clock.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Given = TypeVar("Given")

BATCH_MAX = 4_096
"""Requests in one batch; larger ones gain nothing and hold everyone up."""

WAITING_MAX = 32_768
"""Requests that may wait; further ones are refused, so that their senders slow down."""


class OverloadedError(RuntimeError):
    """Too many requests wait already; the sender tries again later, under the same key."""


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[Asked, Given]):
    """A request and whoever waits for its answer."""

    request: Asked
    answer: asyncio.Future[Given]


class Gatherer(Generic[Asked, Given]):
    """Gathers single requests into batches, one batch at a time; belongs to one event loop."""

    def __init__(
        self,
        perform: Callable[[Sequence[Asked]], Awaitable[Sequence[Given]]],
        *,
        batch_max: int = BATCH_MAX,
        waiting_max: int = WAITING_MAX,
    ) -> None:
        """Take what performs a batch, e.g. ``partial(activate.perform, office)``."""
        self._perform = perform
        self._batch_max, self._waiting_max = batch_max, waiting_max
        self._waiting: deque[_Waiting[Asked, Given]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    async def submit(self, request: Asked) -> Given:
        """Give the answer once its batch is committed; raises what ``put`` and its future raise."""
        return await self.put(request)

    def put(self, request: Asked) -> asyncio.Future[Given]:
        """Give the future of an answer, done once its batch is committed.

        Raises OverloadedError without having done anything; the future has the error that befell
        the batch. Who cancels it before a batch began withdraws the request; later it is carried
        out.
        """
        if self._closed:
            raise OverloadedError("the service is closing")
        if len(self._waiting) >= self._waiting_max:
            raise OverloadedError(f"{self._waiting_max} requests wait already")
        answer: asyncio.Future[Given] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(request, answer))
        if self._task is None:
            self._task = asyncio.create_task(self._serve())
        return answer

    async def close(self) -> None:
        """Take no more requests, and carry out those that wait."""
        self._closed = True
        if self._task is not None:
            await self._task

    async def _serve(self) -> None:
        """Carry out batches until nobody waits."""
        try:
            while self._waiting:
                batch = self._take()
                if batch:
                    await self._carry_out(batch)
        finally:
            self._task = None
            while self._waiting:  # only if this task was cancelled from outside
                self._waiting.popleft().answer.cancel()

    def _take(self) -> list[_Waiting[Asked, Given]]:
        batch: list[_Waiting[Asked, Given]] = []
        while self._waiting and len(batch) < self._batch_max:
            one = self._waiting.popleft()
            if not one.answer.done():
                batch.append(one)
        return batch

    async def _carry_out(self, batch: Sequence[_Waiting[Asked, Given]]) -> None:
        try:
            answers = await self._perform([one.request for one in batch])
        except Exception as error:  # noqa: BLE001 - it belongs to those who wait for this batch
            for one in batch:
                if not one.answer.done():
                    one.answer.set_exception(error)
            return
        except BaseException:
            for one in batch:
                one.answer.cancel()
            raise
        for one, answer in zip(batch, answers, strict=True):
            if not one.answer.done():
                one.answer.set_result(answer)
