"""Tell partners what happened: outbox rows out, acknowledgements in, failures tried again.

A card's events are told in their order: ``Store.pending`` gives the earliest that waits of each
card, and the next one only when that was acknowledged or given up. Other cards go on meanwhile.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from qika.operations.office import Office
from qika.operations.ports import Pending

BATCH = 500
"""Rows handed over at once, where nothing else is said."""

FIRST_WAIT_S = 30
WAIT_MAX_S = 6 * 3600
"""A failed row waits up to twice as long after each try, up to six hours."""

WAIT_MIN_S = 1

GIVE_UP_AFTER = timedelta(days=3)
"""A row is tried so long after it failed first, and a last time at the end of that."""

_DOUBLINGS_MAX = 20

Chance: TypeAlias = Callable[[], float]
"""Gives a number from 0 on, below 1."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of telling one event."""

    fault: str = ""
    """Why it was not acknowledged; empty: it was."""
    gone: bool = False
    """The listener says that it wants nothing any more."""
    down: bool = False
    """The fault says something about the listener, not about this event."""

    @property
    def heard(self) -> bool:
        """Whether the event was acknowledged."""
        return not self.fault


HEARD = Reply()


class Receiver(Protocol):
    """Takes events, or brings them to who does; he must tell a repeat from a new one."""

    async def receive(self, rows: Sequence[Pending]) -> Sequence[Reply]:
        """Take events, each of another card; raises OSError if nobody can be reached."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one round of delivery did."""

    acknowledged: int = 0
    postponed: int = 0
    given_up: int = 0
    gone: bool = False
    fault: str = ""
    """The last fault that was met."""
    down: bool = False
    """The receiver could not be reached or asks to be left alone, and took nothing."""

    @property
    def went_on(self) -> bool:
        """Whether something was handed over and more may be."""
        moved = self.acknowledged or self.postponed or self.given_up
        return bool(moved) and not self.gone and not self.down

    def __add__(self, other: "Delivery") -> "Delivery":
        """Sum up two rounds; what was wrong is what was wrong last."""
        return Delivery(
            self.acknowledged + other.acknowledged,
            self.postponed + other.postponed,
            self.given_up + other.given_up,
            self.gone or other.gone,
            other.fault or self.fault,
            other.down,
        )


def whole() -> float:
    """Wait as long as may be: for doubles and drills."""
    return 1.0


async def deliver(
    office: Office,
    receiver: Receiver,
    destination: str,
    *,
    limit: int = BATCH,
    chance: Chance = whole,
) -> Delivery:
    """Hand one batch of due rows over; what is not taken is tried again later, or given up.

    If the process ends on the way, what it had handed over is handed over again.
    """
    rows = await office.store.pending(destination, limit, office.clock())
    if not rows:
        return Delivery()
    try:
        replies = await receiver.receive(rows)
    except OSError as error:
        replies = [Reply(str(error) or type(error).__name__, down=True)] * len(rows)
    told = list(zip(rows, replies, strict=True))
    now = office.clock()
    good = [row for row, reply in told if reply.heard]
    bad = [row for row, reply in told if not reply.heard and not reply.gone]
    again = [(row, at) for row in bad if (at := next_try(row, now, chance)) is not None]
    lost = [row for row in bad if next_try(row, now, whole) is None]
    if good:
        await office.store.acknowledge(good, now)
    if again:
        await office.store.postpone([row for row, _ in again], [at for _, at in again], now)
    if lost:
        await office.store.give_up(lost, now)
    faults = [reply for reply in replies if not reply.heard]
    return Delivery(
        len(good),
        len(again),
        len(lost),
        any(reply.gone for reply in replies),
        faults[-1].fault if faults else "",
        not good and any(reply.down for reply in faults),
    )


def next_try(row: Pending, now: datetime, chance: Chance) -> datetime | None:
    """Say when a row that failed now is tried again; None: it is given up.

    Waits are drawn from nothing up to the longest ("full jitter"), so that what failed together
    does not come back together.
    """
    end = (row.failing_since or now) + GIVE_UP_AFTER
    if now >= end:
        return None
    longest = min(FIRST_WAIT_S * 2 ** min(row.tries, _DOUBLINGS_MAX), WAIT_MAX_S)
    return min(now + timedelta(seconds=max(WAIT_MIN_S, longest * chance())), end)
