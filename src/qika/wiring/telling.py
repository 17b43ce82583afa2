"""Telling listeners: by a server, in a task for each of them; or once, by a command."""

import asyncio
import logging
import os
import random
import secrets
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import version

from qika.authority.listener import ListenerState
from qika.operations.activate import StoreBusyError
from qika.operations.deliver import Delivery
from qika.operations.tell import Teller, Turn, rest_s, tell_all
from qika.partners.webhooks.addresses import Reach
from qika.partners.webhooks.courier import TIME_LIMIT_S, Courier
from qika.partners.webhooks.listening import Desk
from qika.storage.vault import VaultError
from qika.wiring.house import House, is_demo

LOOK_S = 2.0
"""How long an event may wait before anybody looks for it."""

ELSEWHERE_S = 10.0
"""How often a process asks whether a listener that another one tells is free."""

STOP_WITHIN_S = TIME_LIMIT_S + 5.0
"""A page on its way is waited for so long when the server is to stop."""

_log = logging.getLogger("qika.listeners")
_draw = random.SystemRandom().random


def reach_of(house: House) -> Reach:
    """Say how far messages of an installation may go."""
    return Reach(house.settings.listener_networks, demo=is_demo(house.settings))


def listens(house: House, name: str) -> bool:
    """Tell whether there is a listener of that name, whatever its state."""
    return any(one.name == name for one in house.office.audience.listeners)


@asynccontextmanager
async def teller_of(house: House, name: str) -> AsyncGenerator[Teller]:
    """Give what tells one listener; its lease is given back at the end."""
    courier = Courier(reach_of(house), house.settings.listener_authorities)
    desk = Desk(house.store, house.vault, courier, house.office.clock, version("qika"))
    me = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    teller = Teller(house.office, house.store, desk.way_to, me, _draw, name)
    try:
        yield teller
    finally:
        try:
            with suppress(StoreBusyError):
                await teller.leave()
        finally:
            await courier.close()


async def tell_once(house: House, name: str) -> tuple[Turn, Delivery]:
    """Tell a listener all that is due, once."""
    async with teller_of(house, name) as teller:
        return await tell_all(teller)


@dataclass(slots=True)
class Telling:
    """Tells every listener that is on, until it is stopped: a task for each."""

    house: House
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict[str, asyncio.Task[None]])

    def look(self) -> None:
        """Begin to tell those that were added or resumed; ends by itself for others."""
        if self._stopping.is_set():
            return
        for one in self.house.office.audience.listeners:
            task = self._tasks.get(one.name)
            if one.state is ListenerState.ON and (task is None or task.done()):
                task = asyncio.create_task(self._tell(one.name), name=one.name)
                task.add_done_callback(_report_defect)
                self._tasks[one.name] = task

    async def stop(self) -> None:
        """Let pages on their way end, and what they say be written; then give the leases back."""
        self._stopping.set()
        tasks = list(self._tasks.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=STOP_WITHIN_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _tell(self, name: str) -> None:
        """Tell one listener until it is paused, off or removed."""
        failures = 0
        async with teller_of(self.house, name) as teller:
            while not self._stopping.is_set():
                try:
                    turn, done = await teller.turn()
                except (StoreBusyError, VaultError) as error:
                    _log.warning("listener %s: %s", name, type(error).__name__)
                    await self._rest(LOOK_S)
                    continue
                if turn is Turn.SILENT:
                    return
                self._report(name, done, failures)
                failures = failures + 1 if done.down else 0
                await self._rest(self._pause_s(turn, done, failures))

    def _pause_s(self, turn: Turn, done: Delivery, failures: int) -> float:
        if turn is Turn.ELSEWHERE:
            return ELSEWHERE_S
        if failures:
            return rest_s(failures, _draw)
        return 0.0 if done.went_on else LOOK_S

    def _report(self, name: str, done: Delivery, failures: int) -> None:
        """Say in the log what an operator must see to; names no event and no card."""
        if done.gone:
            _log.error("listener %s answered 410 and is switched off", name)
        if done.given_up:
            _log.error("listener %s: %d events given up (%s)", name, done.given_up, done.fault)
        if done.down and not failures:
            _log.warning("listener %s cannot be told: %s", name, done.fault)

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)


def _report_defect(task: asyncio.Task[None]) -> None:
    """Say in the log that telling ended by a defect of ours; it begins again at the next look."""
    error = None if task.cancelled() else task.exception()
    if error is not None:
        _log.error("listener %s: %s", task.get_name(), type(error).__name__)
