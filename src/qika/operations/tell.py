"""Tell the listeners: each under a lease, so that one process tells it, and another takes over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from qika.authority.listener import Listener, ListenerState
from qika.operations.deliver import Chance, Delivery, Receiver, deliver
from qika.operations.listeners import ListenerStore, Secret
from qika.operations.office import Office

PAGE = 16
"""Events on their way to one listener at once; a page ends when each was answered or timed out."""

LEASE = timedelta(seconds=60)
"""So long after the last page of a process that died, another one tells its listeners."""

RENEW_BEFORE = timedelta(seconds=40)
"""The lease is prolonged while so much is left: longer than any page takes."""

GONE = "gone"
"""The reason of a listener that answered 410."""

REST_MAX_S = 60.0
"""A listener that cannot be reached is left alone so long at most, then tried with one event."""


class Turn(StrEnum):
    """What came of a turn at a listener."""

    TOLD = "told"
    """A page was handed over, or nothing was due."""
    ELSEWHERE = "elsewhere"
    """Another process tells it."""
    SILENT = "silent"
    """It is paused, off or no more."""


Way: TypeAlias = Callable[[Listener, Sequence[Secret]], Receiver]
"""Opens the way to a listener."""


@dataclass(slots=True)
class Teller:
    """Tells one listener, page by page; a process has one for each."""

    office: Office
    store: ListenerStore
    way: Way
    me: str
    """Who holds the lease: another text for each process."""
    chance: Chance
    name: str
    _held_until: datetime | None = field(default=None)

    async def turn(self) -> tuple[Turn, Delivery]:
        """Hand over the next page, if this process may.

        What is noted of the listener (off, failing, well again) is noted for everybody.
        """
        listener = await self._listener()
        if listener is None or listener.state is not ListenerState.ON:
            await self.leave()
            return Turn.SILENT, Delivery()
        if not await self._may():
            return Turn.ELSEWHERE, Delivery()
        receiver = self.way(listener, await self.store.secrets(self.name))
        limit = PAGE if listener.failing_since is None else 1
        done = await deliver(self.office, receiver, self.name, limit=limit, chance=self.chance)
        await self._note(listener, done)
        return Turn.TOLD, done

    async def leave(self) -> None:
        """Give the lease back, so that another process goes on at once."""
        if self._held_until is not None:
            self._held_until = None
            await self.store.free_lease(self.name, self.me)

    async def _listener(self) -> Listener | None:
        """Read it anew: whoever paused it a moment ago is obeyed."""
        found = await self.store.listeners()
        return next((one for one in found if one.name == self.name), None)

    async def _may(self) -> bool:
        now = self.office.clock()
        held = self._held_until
        if held is not None and RENEW_BEFORE < held - now <= LEASE:
            return True
        until = now + LEASE
        may = await self.store.take_lease(self.name, self.me, now, until)
        self._held_until = until if may else None
        return may

    async def _note(self, listener: Listener, done: Delivery) -> None:
        now = self.office.clock()
        if done.gone:
            await self.store.switch_listener(self.name, ListenerState.OFF, GONE, now)
        if done.down and (listener.failing_since is None or listener.fault != done.fault):
            since = listener.failing_since or now
            await self.store.note_fault(self.name, done.fault, since)
        elif done.acknowledged and listener.failing_since is not None:
            await self.store.note_fault(self.name, "", None)


async def tell_all(teller: Teller) -> tuple[Turn, Delivery]:
    """Hand over page after page until nothing more is due, or nothing is taken."""
    turn, done = await teller.turn()
    total = done
    while turn is Turn.TOLD and done.went_on:
        turn, done = await teller.turn()
        total += done
    return turn, total


def rest_s(failures: int, chance: Chance) -> float:
    """Say how long to leave a listener alone that could not be reached so often in a row."""
    return min(2.0 ** min(failures, 10), REST_MAX_S) * (0.5 + chance() / 2)
