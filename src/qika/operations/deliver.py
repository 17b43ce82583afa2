"""Tell partners what happened: outbox rows out, acknowledgements in, failures tried again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from qika.operations.office import Office
from qika.operations.ports import Pending

BATCH = 500
"""Rows handed over at once."""

FIRST_WAIT_S = 30
WAIT_MAX_S = 6 * 3600
"""A failed row waits twice as long after each try, up to six hours."""


class Listener(Protocol):
    """A partner that is told of events. It must be able to tell a repeat from a new one."""

    async def receive(self, rows: Sequence[Pending]) -> Sequence[bool]:
        """Take events; gives per row whether it was acknowledged. Raises OSError if unreachable."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one round of delivery did."""

    acknowledged: int
    postponed: int


async def deliver(office: Office, listener: Listener, destination: str) -> Delivery:
    """Hand one batch of due rows to a listener; what it does not take is tried again later."""
    now = office.clock()
    rows = await office.store.pending(destination, BATCH, now)
    if not rows:
        return Delivery(0, 0)
    try:
        taken = await listener.receive(rows)
    except OSError:
        taken = [False] * len(rows)
    good = [row for row, ok in zip(rows, taken, strict=True) if ok]
    bad = [row for row, ok in zip(rows, taken, strict=True) if not ok]
    await office.store.acknowledge(good, office.clock())
    for tries in sorted({row.tries for row in bad}):
        wait_s = min(FIRST_WAIT_S * 2**tries, WAIT_MAX_S)
        again = [row for row in bad if row.tries == tries]
        await office.store.postpone(again, now + timedelta(seconds=wait_s))
    return Delivery(len(good), len(bad))
