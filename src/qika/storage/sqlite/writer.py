"""The one writer: a thread that takes all jobs that wait and flushes them with one commit."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar, cast

from qika.operations.batch import OverloadedError
from qika.storage.sqlite.connection import UNUSABLE, Connection, refusal

T = TypeVar("T")

JOBS_MAX = 64
"""Jobs that share one transaction at most."""

WAITING_MAX = 1_024
"""Jobs that may wait; more are refused, so that a slow disk does not fill the memory."""


class StoreOverloadedError(OverloadedError):
    """Too many writes wait for the disk; try again later."""


class StoreClosedError(RuntimeError):
    """The store was closed; nothing can be written any more."""


@dataclass(frozen=True, slots=True)
class _Job(Generic[T]):
    """A write. It may be run twice (after a rollback), so it only changes the database."""

    run: Callable[[Connection], T]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[T]


class Writer:
    """Runs jobs in transactions of BEGIN IMMEDIATE; each caller hears only of its own job."""

    def __init__(self, connection: Connection) -> None:
        """Take the connection; from now on only the thread touches it."""
        self._connection = connection
        self._queue: SimpleQueue[_Job[object] | None] = SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="qika-writer", daemon=True)
        self._thread.start()

    async def run(self, job: Callable[[Connection], T]) -> T:
        """Run a job in the writer's thread; returns after its transaction is on the disk."""
        if self._closed:
            raise StoreClosedError("the store is closed")
        if self._queue.qsize() >= WAITING_MAX:
            raise StoreOverloadedError(f"{WAITING_MAX} writes wait for the disk")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._queue.put(cast("_Job[object]", _Job(job, loop, future)))
        return await future

    def close(self) -> None:
        """Finish what waits and close the connection."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
            self._thread.join()

    def _serve(self) -> None:
        going = True
        while going:
            waiting = self._take()
            going = None not in waiting
            jobs = [job for job in waiting if job is not None and not job.future.cancelled()]
            if jobs:
                self._run_all(jobs)
        self._connection.close()

    def _take(self) -> list[_Job[object] | None]:
        taken = [self._queue.get()]
        while taken[-1] is not None and len(taken) < JOBS_MAX:
            try:
                taken.append(self._queue.get_nowait())
            except Empty:
                break
        return taken

    def _run_all(self, jobs: list[_Job[object]]) -> None:
        """Try all jobs in one transaction; if one fails, give each a transaction of its own."""
        try:
            results = self._written(jobs)
        except Exception as error:  # noqa: BLE001 - whatever happened belongs to the caller
            if len(jobs) == 1:
                _tell(jobs[0], None, error)
                return
            for job in jobs:
                self._run_all([job])
            return
        for job, result in zip(jobs, results, strict=True):
            _tell(job, result, None)

    def _written(self, jobs: list[_Job[object]]) -> list[object]:
        try:
            return self._transaction(jobs)
        except UNUSABLE as error:
            raise refusal(error) from error

    def _transaction(self, jobs: list[_Job[object]]) -> list[object]:
        connection = self._connection
        connection.execute("begin immediate")
        try:
            results = [job.run(connection) for job in jobs]
            connection.execute("commit")
        except BaseException:
            if connection.in_transaction:
                connection.execute("rollback")
            raise
        return results


def _tell(job: _Job[object], result: object, error: Exception | None) -> None:
    try:
        job.loop.call_soon_threadsafe(_resolve, job.future, result, error)
    except RuntimeError:
        return  # the caller's event loop is closed: nobody waits any more


def _resolve(future: asyncio.Future[object], result: object, error: Exception | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
