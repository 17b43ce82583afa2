"""The listeners of an installation: kept in the store, known to every process."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from qika.authority.listener import Listener, ListenerState, hears, is_name
from qika.cards.card import Card
from qika.cards.events import Event
from qika.cards.telling import concerns_insurance, word_of
from qika.operations.ports import MEDICAL_INSURANCE, Pending
from qika.terms.names import IssuerCode

LISTENERS_MAX = 32
"""More would cost every activation too many rows of the outbox."""

SECRETS_MAX = 2
"""Secrets in force at once: the one in use, and the one to follow it."""

FORGOTTEN_AT_ONCE = 2_000

KEPT_MAX = 65_536


class UnknownListenerError(LookupError):
    """There is no listener of that name; holds the name."""


class ListenerTakenError(ValueError):
    """There is a listener of that name already; holds the name."""


class BadNameError(ValueError):
    """This cannot be a name; holds the text."""


class TooManyListenersError(ValueError):
    """There are as many listeners as may be; holds the number."""


class TooManySecretsError(ValueError):
    """A listener has as many secrets in force as may be; holds its name."""


class LastSecretError(ValueError):
    """A listener has one secret only, which is needed; holds its name."""


@dataclass(frozen=True, slots=True)
class Secret:
    """What is told to a listener is signed with this; ``text`` begins with ``whsec_``."""

    number: int
    text: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits for a listener, and what was given up."""

    waiting: int
    oldest: datetime | None
    """When the oldest event that waits was received."""
    given_up: int
    last_given_up: datetime | None


class ListenerStore(Protocol):
    """Where listeners are kept, and the parts of the outbox that only they need."""

    async def listeners(self) -> Sequence[Listener]:
        """Give every listener, by name."""
        ...

    async def put_listener(self, listener: Listener, secret: Secret) -> bool:
        """Add a listener with its first secret, sealed; false if there is one of that name."""
        ...

    async def switch_listener(
        self, name: str, state: ListenerState, reason: str, at: datetime
    ) -> bool:
        """Put a listener into a state; false if there is none of that name."""
        ...

    async def note_fault(self, name: str, fault: str, since: datetime | None) -> None:
        """Note since when a listener cannot be told, and why; None: it can."""
        ...

    async def drop_listener(self, name: str) -> bool:
        """Forget a listener and its secrets; false if there is none of that name."""
        ...

    async def secrets(self, name: str) -> Sequence[Secret]:
        """Give the secrets of a listener, the oldest first."""
        ...

    async def put_secret(self, name: str, secret: Secret) -> None:
        """Keep a secret, sealed."""
        ...

    async def drop_secret(self, name: str, number: int) -> None:
        """Forget a secret."""
        ...

    async def take_lease(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        """Take or prolong the right to tell a listener; false while somebody else has it.

        A right that would last more than twice as long is of a wrong clock, and may be taken.
        """
        ...

    async def free_lease(self, name: str, holder: str) -> None:
        """Give the right to tell a listener back."""
        ...

    async def pending(self, destination: str, limit: int, now: datetime) -> Sequence[Pending]:
        """Give outbox rows due for sending, as ``Store.pending``."""
        ...

    async def queue(
        self, places: Sequence[tuple[bytes, int]], destination: str, at: datetime
    ) -> int:
        """Put events (card key, sequence) into the outbox again; gives how many were not there."""
        ...

    async def forget_waiting(self, destination: str, limit: int) -> int:
        """Delete rows of the outbox, and of what was given up; gives how many."""
        ...

    async def backlog(self, destination: str) -> Backlog:
        """Count what waits for a listener and what was given up."""
        ...

    async def identifiers(self, keys: Sequence[bytes]) -> Mapping[bytes, str]:
        """Give the card identification codes of cards; unknown ones are left out."""
        ...

    def histories(
        self, batch: int, after: bytes = b""
    ) -> AsyncIterator[Sequence[tuple[Card, Sequence[Event]]]]:
        """Walk all cards after a key with their histories."""
        ...


ChainOf: TypeAlias = Callable[[IssuerCode], tuple[IssuerCode, ...]]


class Audience:
    """The listeners as this process knows them: to whom an event is told."""

    def __init__(self) -> None:
        """Know of none; the medical insurance side is told even before it listens."""
        self.listeners: tuple[Listener, ...] = ()
        self._kept: dict[tuple[str, str, bool], tuple[str, ...]] = {}

    def take(self, listeners: Sequence[Listener]) -> None:
        """Take over what any process has changed."""
        fresh = tuple(listeners)
        if fresh != self.listeners:
            self.listeners = fresh
            self._kept.clear()

    def of(self, issuer: IssuerCode, event: Event, chain_of: ChainOf) -> tuple[str, ...]:
        """Name the destinations of an event of a card of an issuer."""
        word, insured = word_of(event), concerns_insurance(event)
        place = (issuer, word, insured)
        found = self._kept.get(place)
        if found is None:
            if len(self._kept) >= KEPT_MAX:
                self._kept.clear()
            found = self._kept[place] = self._chosen(chain_of(issuer), word, insured=insured)
        return found

    def _chosen(self, chain: Sequence[str], word: str, *, insured: bool) -> tuple[str, ...]:
        named = {one.name: one for one in self.listeners if hears(one, chain, word)}
        known = any(one.name == MEDICAL_INSURANCE for one in self.listeners)
        names = [name for name in named if name != MEDICAL_INSURANCE]
        if insured and (not known or MEDICAL_INSURANCE in named):
            names.insert(0, MEDICAL_INSURANCE)
        return tuple(names)


class Listeners:
    """Looks after the listeners of an installation."""

    def __init__(self, store: ListenerStore) -> None:
        """Take where they are kept."""
        self._store = store

    async def add(self, listener: Listener, secret: str) -> None:
        """Add a listener with its first secret.

        What waits for the medical insurance side waits since the first day, and is told. Raises
        BadNameError, ListenerTakenError or TooManyListenersError.
        """
        if not is_name(listener.name):
            raise BadNameError(listener.name)
        if len(await self._store.listeners()) >= LISTENERS_MAX:
            raise TooManyListenersError(str(LISTENERS_MAX))
        if not await self._store.put_listener(listener, Secret(1, secret, listener.since)):
            raise ListenerTakenError(listener.name)
        if listener.name != MEDICAL_INSURANCE:
            await self._forget(listener.name)

    async def switch(self, name: str, state: ListenerState, reason: str, at: datetime) -> None:
        """Pause a listener, resume it or switch it off; raises UnknownListenerError."""
        if not await self._store.switch_listener(name, state, reason, at):
            raise UnknownListenerError(name)

    async def remove(self, name: str) -> int:
        """Forget a listener and what waits for it; gives how many rows.

        Raises UnknownListenerError. A process that has not heard of it yet may add a few rows
        more, for about two seconds.
        """
        if not await self._store.drop_listener(name):
            raise UnknownListenerError(name)
        return await self._forget(name)

    async def _forget(self, name: str) -> int:
        total = 0
        while gone := await self._store.forget_waiting(name, FORGOTTEN_AT_ONCE):
            total += gone
        return total

    async def add_secret(self, name: str, text: str, at: datetime) -> None:
        """Sign with a second secret, too; raises UnknownListenerError or TooManySecretsError."""
        held = await self._secrets(name)
        if len(held) >= SECRETS_MAX:
            raise TooManySecretsError(name)
        await self._store.put_secret(name, Secret(held[-1].number + 1, text, at))

    async def drop_secret(self, name: str) -> None:
        """Sign no more with the older secret; raises UnknownListenerError or LastSecretError."""
        held = await self._secrets(name)
        if len(held) < SECRETS_MAX:
            raise LastSecretError(name)
        await self._store.drop_secret(name, held[0].number)

    async def _secrets(self, name: str) -> Sequence[Secret]:
        held = await self._store.secrets(name)
        if not held:
            raise UnknownListenerError(name)
        return held
