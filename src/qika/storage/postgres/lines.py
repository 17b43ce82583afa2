"""Connections to the server: opened when needed, opened again when lost, used by one at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar, cast
from urllib.parse import urlsplit

import asyncpg

from qika.operations.activate import StoreBusyError, StoreUnavailableError
from qika.operations.batch import OverloadedError

T = TypeVar("T")

CONNECT_S = 10
STATEMENT_S = 60
LOCK_S = 10
ANSWER_S = STATEMENT_S + 15.0
"""After so long without an answer a connection is given up; the server's own limit comes first."""

TRIES = 3
"""How often a transaction is begun when others stand in its way or its connection is lost."""

WAITING_MAX = 1_024
"""Works that may wait for a connection; more are refused, so that a slow server fills no memory."""

SESSION = {
    "application_name": "qika",
    "statement_timeout": f"{STATEMENT_S}s",
    "lock_timeout": f"{LOCK_S}s",
    "idle_in_transaction_session_timeout": f"{STATEMENT_S}s",
    "jit": "off",
    "timezone": "UTC",
}

_LASTING = (
    "select set_config('synchronous_commit', 'on', false)"
    " where current_setting('synchronous_commit') = 'off'"
)
"""What was answered is on the disk; stricter settings of the server are left alone."""


WAIT_FOR_REPLICA = "SyncRepWaitForLSN"
"""The server's function that waits; it remarks when an administrator cancels the wait, in the
language of the server, and the commit succeeds on this server alone."""


class Connection(Protocol):
    """What this package uses of an asyncpg connection."""

    async def fetch(self, query: str, /, *args: object) -> list[tuple[Any, ...]]:
        """Run a prepared statement and give its rows."""
        ...

    async def fetchrow(self, query: str, /, *args: object) -> tuple[Any, ...] | None:
        """Run a prepared statement and give its first row."""
        ...

    async def execute(self, query: str, /, *args: object) -> str:
        """Run a statement and give its command tag; several statements if it has no values."""
        ...

    async def executemany(self, command: str, args: Iterable[Sequence[object]], /) -> None:
        """Run a prepared statement with each row of values."""
        ...

    async def copy_records_to_table(
        self, table_name: str, *, records: Iterable[Sequence[object]], columns: Sequence[str]
    ) -> str:
        """Copy rows into a table."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[object]:
        """Open a transaction: committed at the end, rolled back on an error."""
        ...

    def is_closed(self) -> bool:
        """Tell whether the connection is closed or lost."""
        ...

    def add_log_listener(self, callback: Callable[[object, object], None], /) -> None:
        """Call back with what the server remarks beside its answers, before they are there."""
        ...

    def terminate(self) -> None:
        """Close at once."""
        ...

    async def close(self, *, timeout: float) -> None:  # noqa: ASYNC109  asyncpg's name
        """Say goodbye and close."""
        ...


class StoreUnreachableError(StoreUnavailableError):
    """The database cannot be reached or used, or its answer was lost; says which and why."""


def unusable(address: str, error: BaseException) -> StoreUnreachableError:
    """Say which database cannot be used and why."""
    return StoreUnreachableError(f"{place_of(address)} cannot be used: {reason(error)}")


LOST = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InternalClientError,
    asyncpg.InternalServerError,
)
"""The connection is gone or of no use any more, or leads to a server that became a replica, or to
a coordinator that lost a node on the way (it calls that an internal error)."""


_ELSEWHERE = (asyncpg.PostgresConnectionError, asyncpg.InternalServerError)
"""A coordinator says so of one of its nodes, and goes on itself: the connection to it is good, and
another try at once would only keep others waiting."""


class StoreOverloadedError(OverloadedError):
    """Too many works wait for a connection; try again later."""


class RacedError(Exception):
    """Somebody else wrote what this transaction was about to write; it is to be done again."""


AGAIN = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, RacedError)
"""The transaction stood in another one's way and was rolled back."""

BUSY = (
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
)
"""The server gave up waiting by one of the limits above."""

FAULTY = (
    asyncpg.InsufficientResourcesError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.PostgresSystemError,
)
"""The server's disk or memory is full, or its disk is read-only or failing: it says of a file on a
read-only disk that it lacks the right to write it."""

_open = cast("Callable[..., Awaitable[Connection]]", asyncpg.connect)
_REFUSED = (*LOST, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError)


def place_of(address: str) -> str:
    """Name a database without its user and password."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2] or "localhost"
    return f"postgresql://{host}{parts.path}"


def at_node(address: str, host: str, port: int) -> str:
    """Give the same database on another node: user, password and settings are the same there."""
    parts = urlsplit(address)
    user, at, _ = parts.netloc.rpartition("@")
    named = f"[{host}]" if ":" in host else host
    return parts._replace(netloc=f"{user}{at}{named}:{port}").geturl()


def reason(error: BaseException) -> str:
    """Say in one line why; further lines of the server may hold values of rows."""
    return (str(error).splitlines() or [type(error).__name__])[0]


async def connect(address: str, session: Mapping[str, str] = SESSION) -> Connection:
    """Open a connection; raises StoreUnreachableError with the reason and without secrets."""
    connection = None
    try:
        connection = await _open(
            address, timeout=CONNECT_S, command_timeout=ANSWER_S, server_settings=dict(session)
        )
        await connection.execute(_LASTING)
    except _REFUSED as error:
        if connection is not None:
            connection.terminate()
        raise unusable(address, error) from error
    return connection


def _gone(address: str, error: Exception) -> StoreUnreachableError:
    read_only = isinstance(error, asyncpg.ReadOnlySQLTransactionError)
    happened = "cannot be written" if read_only else "was lost"
    return StoreUnreachableError(f"{place_of(address)} {happened}: {reason(error)}")


class Line:
    """One connection, used by one task at a time; a lost one is opened again for the next use."""

    def __init__(self, address: str, session: Mapping[str, str] = SESSION) -> None:
        """Open nothing yet."""
        self._address, self._session = address, session
        self._lock = asyncio.Lock()
        self._waiting = 0
        self._connection: Connection | None = None
        self._cut_off = False

    async def run(
        self, work: Callable[[Connection], Awaitable[T]], *, repeatable: bool = True
    ) -> T:
        """Do work on the connection; after a deadlock or a lost connection, again.

        Work may only change the database, and nothing twice. Work that is not ``repeatable``
        could not tell whether it was done: if the connection is lost on the way, it is not done
        again. Raises StoreUnreachableError, StoreBusyError if a limit of time was reached, or
        StoreOverloadedError.
        """
        if self._waiting >= WAITING_MAX:
            raise StoreOverloadedError(f"{WAITING_MAX} works wait for the database")
        self._waiting += 1
        try:
            async with self._lock:
                return await self._run(work, repeatable=repeatable)
        finally:
            self._waiting -= 1

    async def _run(self, work: Callable[[Connection], Awaitable[T]], *, repeatable: bool) -> T:
        for left in reversed(range(TRIES)):
            connection = await self._connected()
            try:
                return await self._whole(work, connection)
            except AGAIN as error:
                if not left:
                    raise StoreBusyError(reason(error)) from error
            except BUSY as error:
                raise StoreBusyError(reason(error)) from error
            except FAULTY as error:
                raise unusable(self._address, error) from error
            except (*LOST, asyncpg.InterfaceError) as error:
                # who was copying when it was lost fails once more by taking back what it began
                lost = connection.is_closed() or isinstance(error.__context__, LOST)
                if isinstance(error, asyncpg.InterfaceError) and not lost:
                    raise
                elsewhere = isinstance(error, _ELSEWHERE) and not connection.is_closed()
                if not elsewhere:
                    self._drop()
                if elsewhere or not left or not repeatable:
                    raise _gone(self._address, error) from error
        raise AssertionError("the last try returns or raises")

    async def _connected(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await connect(self._address, self._session)
            self._connection.add_log_listener(self._hear)
        return self._connection

    def _hear(self, _: object, remark: object) -> None:
        """Note that a commit was told to wait for its replica no longer: it is called done."""
        self._cut_off |= getattr(remark, "server_source_function", "") == WAIT_FOR_REPLICA

    async def _whole(self, work: Callable[[Connection], Awaitable[T]], connection: Connection) -> T:
        self._cut_off = False
        result = await work(connection)
        if self._cut_off:
            place = place_of(self._address)
            raise StoreUnreachableError(f"{place} was told not to wait for its replica")
        return result

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
        self._connection = None

    async def close(self) -> None:
        """Wait for the work under way and close the connection."""
        async with self._lock:
            if self._connection is not None and not self._connection.is_closed():
                try:
                    await self._connection.close(timeout=CONNECT_S)
                except LOST:
                    self._drop()
            self._connection = None


class Lines:
    """Several connections of one kind; whoever comes takes an idle one or waits for it."""

    def __init__(self, lines: Sequence[Line]) -> None:
        """Take the connections; the one used last is used first, so that few stay open."""
        self._all = tuple(lines)
        self._waiting = 0
        self._idle: asyncio.LifoQueue[Line] = asyncio.LifoQueue()
        for line in reversed(self._all):
            self._idle.put_nowait(line)

    async def run(
        self, work: Callable[[Connection], Awaitable[T]], *, repeatable: bool = True
    ) -> T:
        """Do work on one of them, as ``Line.run``."""
        if self._waiting >= WAITING_MAX:
            raise StoreOverloadedError(f"{WAITING_MAX} works wait for the database")
        self._waiting += 1
        try:
            line = await self._idle.get()
        finally:
            self._waiting -= 1
        try:
            return await line.run(work, repeatable=repeatable)
        finally:
            self._idle.put_nowait(line)

    async def close(self) -> None:
        """Close them all."""
        for line in self._all:
            await line.close()
