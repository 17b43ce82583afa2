"""Readers: one connection for small look-ups in the event loop, others for long ones in threads."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from qika.storage.sqlite.connection import UNUSABLE, Connection, connect, refusal

T = TypeVar("T")

THREADS = 2


class Readers:
    """Connections that only read; each is used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Open the connections."""
        self._inline = connect(path, read_only=True)
        self._idle: SimpleQueue[Connection] = SimpleQueue()
        for _ in range(THREADS):
            self._idle.put(connect(path, read_only=True))
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="qika-reader")

    def here(self, read: Callable[[Connection], T]) -> T:
        """Read at once, in the thread of the event loop: for look-ups of a few keys."""
        return _in_one_view(self._inline, read)

    async def aside(self, read: Callable[[Connection], T]) -> T:
        """Read in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._borrow, read)

    def _borrow(self, read: Callable[[Connection], T]) -> T:
        connection = self._idle.get()
        try:
            return _in_one_view(connection, read)
        finally:
            self._idle.put(connection)

    def close(self) -> None:
        """Wait for running reads and close the connections."""
        self._pool.shutdown()
        with closing(self._inline):
            while not self._idle.empty():
                self._idle.get().close()


def _in_one_view(connection: Connection, read: Callable[[Connection], T]) -> T:
    """Read everything from one state of the database."""
    try:
        connection.execute("begin")
        try:
            return read(connection)
        finally:
            connection.execute("commit")
    except UNUSABLE as error:
        raise refusal(error) from error
