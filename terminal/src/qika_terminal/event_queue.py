"""First uses on their way to the service: one row each, on disk before anybody is told it is noted.

One SQLite file with a rollback journal and every write flushed. Not WAL: SQLite before 3.51.3 can
lose pages when a WAL is reset, and the interpreter's own is often older.
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from qika_terminal.faults import Fault, RefusedError, Trouble

VERSION = 1
WAITING_MAX = 200_000
"""Events on their way: days of a large hospital. Then it says that it is full."""

PAUSE_MAX_S = 1_800
"""No event is put off for longer; if one seems to be, the clock was set back, and it is due."""

BATCH_MAX = 1_000
"""Requests in one call of the service."""

SET_ASIDE = "set_aside"
"""The status of an event that was given up here; the service has not decided it."""

_FULL = frozenset({sqlite3.SQLITE_FULL})
_PRIMARY = 0xFF


class State(StrEnum):
    """Where an event stands."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A first use to be kept."""

    request_key: str
    card: str
    """What events of one card share; their order is kept."""
    body: str
    """The request as JSON, as it is sent each time."""
    occurred_at: str


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """A first use that is kept."""

    number: int
    request_key: str
    card: str
    body: str
    occurred_at: str
    queued_at: str
    state: State
    attempts: int
    """How often it was part of a call to the service."""
    trouble: Trouble | None
    """Why it still waits."""
    detail: str
    """The service's code for it; never what a card says."""
    status: str | None
    """What the service decided, once it has."""
    missing: tuple[str, ...]
    """Codes of the documents that were missing."""

    @property
    def held(self) -> bool:
        """True if it waits for somebody to mend something."""
        return self.state is State.WAITING and bool(self.trouble and self.trouble.needs_somebody)


@dataclass(frozen=True, slots=True)
class Decided:
    """What the service decided on one event."""

    number: int
    accepted: bool
    status: str
    missing: Sequence[str] = ()


class Look(NamedTuple):
    """The queue at one moment."""

    newest: Sequence[KeptEvent]
    counts: Mapping[State, int]


class EventQueue:
    """The queue of one agent; may be used by several threads."""

    def __init__(self, folder: Path, *, waiting_max: int = WAITING_MAX) -> None:
        """Open it, made if need be, readable by its owner alone; raises RefusedError."""
        self.path = folder / "queue.sqlite"
        self._waiting_max = waiting_max
        self._lock = threading.Lock()
        self.changed = threading.Condition()
        with _refusing():
            made = os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600)
            os.close(made)
            self._base = sqlite3.connect(
                self.path, isolation_level=None, check_same_thread=False, timeout=5
            )
            self._base.row_factory = sqlite3.Row
            self._prepare()

    def _prepare(self) -> None:
        self._base.execute("pragma journal_mode = delete")
        self._base.execute("pragma synchronous = extra")
        self._base.execute("pragma secure_delete = on")
        (version,) = self._base.execute("pragma user_version").fetchone()
        if version > VERSION:
            raise RefusedError(Fault.QUEUE_UNWRITABLE, "made by a later version")
        if version < VERSION:
            schema = files("qika_terminal").joinpath("schema.sql").read_text("utf-8")
            script = f"begin; {schema}; pragma user_version = {VERSION}; commit"
            self._base.executescript(script)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._base.close()

    def add(self, new: NewEvent, queued_at: str) -> KeptEvent:
        """Keep an event; when this returns it is on disk.

        An event that is kept already is given back. Raises RefusedError ``key_reused`` if its
        key belongs to another, ``queue_full``, ``disk_full`` or ``queue_unwritable``.
        """
        with self._writing():
            kept = self._find("request_key = ?", new.request_key)
            if kept is None:
                if self._count("waiting") >= self._waiting_max:
                    raise RefusedError(Fault.QUEUE_FULL)
                self._base.execute(
                    "insert into event (request_key, card, body, occurred_at, queued_at)"
                    " values (?, ?, ?, ?, ?)",
                    (new.request_key, new.card, new.body, new.occurred_at, queued_at),
                )
                kept = self._find("request_key = ?", new.request_key)
        assert kept is not None, "it was found or made"
        if kept.body != new.body:
            raise RefusedError(Fault.KEY_REUSED)
        return kept

    def due(self, at: float, limit: int = BATCH_MAX) -> Sequence[KeptEvent]:
        """Give what may be sent now: of each card its oldest waiting event alone, oldest first."""
        with self._reading():
            rows = self._base.execute(
                "select * from event where number in (select min(number) from event"
                " where state = 'waiting' group by card)"
                " and (next_try_at <= ?1 or next_try_at > ?1 + ?2) order by number limit ?3",
                (at, PAUSE_MAX_S, limit),
            ).fetchall()
        return [_event(row) for row in rows]

    def settle(self, decided: Iterable[Decided], at: float) -> None:
        """Note what the service decided."""
        with self._writing():
            for one in decided:
                state = State.SENT if one.accepted else State.REFUSED
                self._base.execute(
                    "update event set state = ?, status = ?, missing = ?, settled_at = ?,"
                    " attempts = attempts + 1, trouble = null, detail = '' where number = ?",
                    (state, one.status, " ".join(one.missing), at, one.number),
                )
        self._tell()

    def put_off(
        self, numbers: Sequence[int], trouble: Trouble, detail: str, until: Mapping[int, float]
    ) -> None:
        """Note why events still wait; ``until`` says from when each may be sent again."""
        with self._writing():
            self._base.executemany(
                "update event set attempts = attempts + 1, trouble = ?, detail = ?,"
                " next_try_at = ? where number = ?",
                [(trouble, detail, until.get(number, 0.0), number) for number in numbers],
            )
        self._tell()

    def set_aside(self, number: int, at: float) -> bool:
        """Give up an event that is held, because somebody says so; False if it is not held."""
        with self._writing():
            kept = self._find("number = ?", number)
            if kept is None or not kept.held:
                return False
            self._base.execute(
                "update event set state = ?, status = ?, settled_at = ? where number = ?",
                (State.REFUSED, SET_ASIDE, at, number),
            )
        self._tell()
        return True

    def send_all_now(self) -> None:
        """Let everything that waits be sent at once."""
        with self._writing():
            self._base.execute("update event set next_try_at = 0 where state = 'waiting'")

    def forget(self, settled_before: float) -> int:
        """Delete what the service decided before a moment; gives how many."""
        with self._writing():
            done = self._base.execute(
                "delete from event where state <> 'waiting' and settled_at < ?", (settled_before,)
            )
            return done.rowcount

    def event(self, number: int) -> KeptEvent | None:
        """Give one event."""
        with self._reading():
            return self._find("number = ?", number)

    def with_key(self, request_key: str) -> KeptEvent | None:
        """Give the event of a request key."""
        with self._reading():
            return self._find("request_key = ?", request_key)

    def look(self, limit: int) -> "Look":
        """Give the newest events, and how many there are by where they stand, of one moment."""
        with self._reading():
            rows = self._base.execute(
                "select * from event order by number desc limit ?", (limit,)
            ).fetchall()
            counted = self._base.execute(
                "select state, count(*) from event group by state"
            ).fetchall()
        counts = dict.fromkeys(State, 0) | {State(state): number for state, number in counted}
        return Look(tuple(_event(row) for row in rows), counts)

    def counts(self) -> Mapping[State, int]:
        """Count events by where they stand."""
        return self.look(0).counts

    def next_try(self) -> float | None:
        """Give when the next event may be sent; None if none waits."""
        with self._reading():
            (at,) = self._base.execute(
                "select min(next_try_at) from event where number in (select min(number)"
                " from event where state = 'waiting' group by card)"
            ).fetchone()
        return at

    def await_change(
        self, number: int, done: Callable[[KeptEvent], bool], longest_s: float
    ) -> None:
        """Wait until an event is as wished, at most so long."""

        def is_done() -> bool:
            kept = self.event(number)
            return kept is None or done(kept)

        with self.changed:
            self.changed.wait_for(is_done, longest_s)

    def _tell(self) -> None:
        with self.changed:
            self.changed.notify_all()

    def _find(self, where: str, value: str | int) -> KeptEvent | None:
        row = self._base.execute(f"select * from event where {where}", (value,)).fetchone()  # noqa: S608  ours
        return _event(row) if row else None

    def _count(self, state: str) -> int:
        (number,) = self._base.execute(
            "select count(*) from event where state = ?", (state,)
        ).fetchone()
        return number

    @contextmanager
    def _reading(self) -> Generator[None]:
        with self._lock, _refusing():
            yield

    @contextmanager
    def _writing(self) -> Generator[None]:
        """Do all of it or nothing."""
        with self._lock, _refusing():
            self._base.execute("begin immediate")
            try:
                yield
                self._base.execute("commit")
            except BaseException:
                if self._base.in_transaction:
                    self._base.execute("rollback")
                raise


def _event(row: Mapping[str, Any]) -> KeptEvent:
    return KeptEvent(
        number=row["number"],
        request_key=row["request_key"],
        card=row["card"],
        body=row["body"],
        occurred_at=row["occurred_at"],
        queued_at=row["queued_at"],
        state=State(row["state"]),
        attempts=row["attempts"],
        trouble=Trouble(row["trouble"]) if row["trouble"] else None,
        detail=row["detail"],
        status=row["status"],
        missing=tuple(row["missing"].split()),
    )


@contextmanager
def _refusing() -> Generator[None]:
    """Turn what SQLite and the system say of the file into refusals."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
        full = code in _FULL
        fault = Fault.DISK_FULL if full else Fault.QUEUE_UNWRITABLE
        raise RefusedError(fault, getattr(error, "sqlite_errorname", "")) from error
    except OSError as error:
        raise RefusedError(Fault.QUEUE_UNWRITABLE, error.strerror or "") from error
