"""Listeners in memory: for tests and drills."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from qika.authority.listener import Listener, ListenerState
from qika.operations.listeners import Secret
from qika.storage.listener_rows import may_take


class MemoryListeners:
    """The part of a store in memory that keeps listeners, their secrets and who tells them."""

    def __init__(self) -> None:
        """Begin without any."""
        super().__init__()
        self._listeners: dict[str, Listener] = {}
        self._secrets: dict[str, dict[int, Secret]] = {}
        self._leases: dict[str, tuple[str, datetime]] = {}

    async def listeners(self) -> Sequence[Listener]:
        """Give every listener, by name."""
        return [self._listeners[name] for name in sorted(self._listeners)]

    async def put_listener(self, listener: Listener, secret: Secret) -> bool:
        """Add a listener with its first secret; false if there is one of that name."""
        if listener.name in self._listeners:
            return False
        self._listeners[listener.name] = listener
        self._secrets[listener.name] = {secret.number: secret}
        return True

    async def switch_listener(
        self, name: str, state: ListenerState, reason: str, at: datetime
    ) -> bool:
        """Put a listener into a state."""
        if name not in self._listeners:
            return False
        before = self._listeners[name]
        self._listeners[name] = replace(before, state=state, reason=reason, since=at)
        return True

    async def note_fault(self, name: str, fault: str, since: datetime | None) -> None:
        """Note since when a listener cannot be told, and why."""
        if name in self._listeners:
            before = self._listeners[name]
            self._listeners[name] = replace(before, fault=fault, failing_since=since)

    async def drop_listener(self, name: str) -> bool:
        """Forget a listener and its secrets."""
        self._secrets.pop(name, None)
        self._leases.pop(name, None)
        return self._listeners.pop(name, None) is not None

    async def secrets(self, name: str) -> Sequence[Secret]:
        """Give the secrets of a listener, the oldest first."""
        held = self._secrets.get(name, {})
        return [held[number] for number in sorted(held)]

    async def put_secret(self, name: str, secret: Secret) -> None:
        """Keep a secret."""
        self._secrets.setdefault(name, {})[secret.number] = secret

    async def drop_secret(self, name: str, number: int) -> None:
        """Forget a secret."""
        self._secrets.get(name, {}).pop(number, None)

    async def take_lease(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        """Take or prolong the right to tell a listener."""
        held = self._leases.get(name)
        if held is not None and not may_take(held, holder, now, until):
            return False
        self._leases[name] = (holder, until)
        return True

    async def free_lease(self, name: str, holder: str) -> None:
        """Give the right to tell a listener back."""
        if self._leases.get(name, ("",))[0] == holder:
            del self._leases[name]
