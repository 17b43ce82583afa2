"""The doors of HTTP: one process or several on one socket, stopped cleanly by a signal."""

import asyncio
import gc
import multiprocessing
import signal
import socket
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from types import FrameType

import uvicorn
import uvloop

from qika.operations.activate import Answered, Request, StoreBusyError, perform
from qika.operations.batch import Gatherer
from qika.operations.deliver import deliver
from qika.operations.online import Desk, IdentityCheck, Submit
from qika.operations.ports import MEDICAL_INSURANCE
from qika.partners.simulators.medical_insurance import MedicalInsuranceDouble
from qika.storage.browser_seal import BrowserSeal
from qika.web.app import build_app
from qika.web.connection import Connection
from qika.web.press.press import Press
from qika.web.signing.door import PartnerDoor
from qika.web.site import Door, Online, Site, Tiles
from qika.wiring.example import example_holder
from qika.wiring.house import House, house_of
from qika.wiring.online import identity_check_of
from qika.wiring.packaged import banks, gazetteer, holidays_number
from qika.wiring.places import Places, in_wgs84
from qika.wiring.settings import Settings
from qika.wiring.streams import stream_desk, work_streams
from qika.wiring.telling import Telling, listens
from qika.wiring.tiles import tiles_of

LOOPBACK = "127.0.0.1"
REFRESH_S = 2.0
"""How long a change of rules or points by another process may go unnoticed."""

GARBAGE_THRESHOLD = 50_000
"""Objects before a collection; the default costs a fifth of the throughput."""

SWITCH_S = 0.0005
"""How long a thread waits for the interpreter's lock. The writer gives it away for each row that
SQLite writes; by the default of 5 ms it would wait longer to get it back than the row takes."""


class WorkerFailedError(RuntimeError):
    """Every worker process ended though nobody asked for it; holds their exit codes."""


class _Server(uvicorn.Server):
    """Ends with exit code 0 on a signal; uvicorn's own raises the signal again when it is done."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)


@dataclass(frozen=True, slots=True)
class Serving:
    """What is served, where, by how many processes, through which doors."""

    settings: Settings
    host: str
    port: int
    workers: int
    doors: frozenset[Door]
    tells: bool = True
    """Whether listeners are told of events by these processes."""

    @property
    def keyless(self) -> bool:
        """True for a process that serves only the public door: it holds no card keys."""
        return self.doors == frozenset({Door.PUBLIC})


def site_of(
    house: House,
    *,
    doors: frozenset[str] = frozenset(),
    gatherer: Gatherer[Request, Answered] | None = None,
    tiles: Tiles | None = None,
    check: IdentityCheck | None = None,
    point_required: bool = True,
    at: str = "",
) -> Site:
    """Give the web layer what it works with; ``at``: what partners sign without an origin."""
    settings, submit = house.settings, partial(_submit, house, gatherer)
    return Site(
        office=house.office,
        submit=submit,
        gather=gatherer.put if gatherer is not None else None,
        regions=Places(gazetteer()),
        banks=banks(),
        to_wgs84=in_wgs84,
        ready=partial(_ready, house),
        unsigned_writes=settings.demo,
        edition_since=lambda: house.edition_since,
        points_version=lambda: house.index_version,
        tiles=tiles,
        point_required=point_required,
        doors=doors,
        version=version("qika"),
        origin=settings.origin,
        reports=house.store,
        partners=_partner_door(house, settings.origin or at),
        streams=stream_desk(house),
        embed_hosts=settings.embed_hosts,
        trusted_proxies=settings.trusted_proxies,
        ticks=time.monotonic,
        holidays_number=holidays_number(),
        press=Press(settings.fonts),
        online=_online(house, check, submit),
    )


def _online(house: House, check: IdentityCheck | None, submit: Submit) -> Online | None:
    """Give the online channel where it is set up, if only by another process of this site."""
    settings = house.settings
    if check is None and settings.alipay is None and not settings.demo:
        return None
    desk = Desk(house.office, check, BrowserSeal(house.vault), submit) if check else None
    return Online(desk, example_holder() if settings.demo else None)


def _partner_door(house: House, origin: str) -> PartnerDoor:
    """Check what partners sign against the roll that is in force when they call."""
    return PartnerDoor(origin, lambda: house.registry.roll, house.store.spend, house.office.clock)


async def _submit(
    house: House, gatherer: Gatherer[Request, Answered] | None, requests: Sequence[Request]
) -> list[Answered]:
    """Gather single requests with others that arrive now; a batch is one already."""
    if gatherer is not None and len(requests) == 1:
        return [await gatherer.submit(requests[0])]
    return await perform(house.office, requests)


async def _ready(house: House) -> bool:
    return await house.store.current_edition() is not None


def _nothing() -> None:
    pass


def serve_until_stopped(serving: Serving, opened: Callable[[], None] = _nothing) -> None:
    """Listen and serve until SIGTERM or SIGINT; raises OSError if the port is taken.

    ``opened`` is called once the port and the database are. Raises WorkerFailedError where a
    worker ended by itself.
    """
    with socket.create_server((serving.host, serving.port), backlog=2048) as listening:
        if serving.workers == 1:
            _work(serving, listening, opened)
            return
        asyncio.run(_prepare(serving))
        opened()
        _work_together(serving, listening)


def _work_together(serving: Serving, listening: socket.socket) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(target=_work, args=(serving, listening)) for _ in range(serving.workers)
    ]

    stopping = False

    def stop(_: int, __: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        for worker in workers:
            if worker.pid is not None:
                worker.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if not stopping:
        raise WorkerFailedError([worker.exitcode for worker in workers])


async def _prepare(serving: Serving) -> None:
    """Create what is missing once, before several workers would."""
    async with house_of(serving.settings, keyless=serving.keyless, serving=True):
        pass


def _work(
    serving: Serving, listening: socket.socket, opened: Callable[[], None] = _nothing
) -> None:
    with suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(_serve(serving, listening, opened))


async def _serve(serving: Serving, listening: socket.socket, opened: Callable[[], None]) -> None:
    async with (
        tiles_of(serving.settings) as tiles,
        _check_of(serving) as check,
        house_of(serving.settings, keyless=serving.keyless, serving=True) as house,
    ):
        opened()
        house.warm_up()
        gatherer = Gatherer(partial(perform, house.office))
        at = f"http://{serving.host}:{serving.port}"
        site = site_of(
            house, doors=serving.doors, gatherer=gatherer, tiles=tiles, check=check, at=at
        )
        app = build_app(site)
        config = uvicorn.Config(
            app, http=Connection, lifespan="off", log_level="warning", access_log=False,
            server_header=False, proxy_headers=False,
        )  # fmt: skip
        gc.freeze()
        gc.set_threshold(GARBAGE_THRESHOLD)
        sys.setswitchinterval(SWITCH_S)
        telling = Telling(house) if serving.tells and not serving.keyless else None
        beside = [asyncio.create_task(_keep_up(house, telling))]
        if Door.PARTNER in serving.doors:
            beside.append(asyncio.create_task(work_streams(site)))
        try:
            await _Server(config).serve(sockets=[listening])
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            if telling is not None:
                await telling.stop()
            await gatherer.close()


def _check_of(serving: Serving) -> AbstractAsyncContextManager[IdentityCheck | None]:
    """Open the online channel where cards can be found: a keyless process has none."""
    return nullcontext() if serving.keyless else identity_check_of(serving.settings)


async def _keep_up(house: House, telling: Telling | None) -> None:
    """Take over changes by other processes, and see to the listeners.

    In a demo the insurer's double is told, unless somebody listens in its place.
    """
    insurer = MedicalInsuranceDouble()
    while True:
        with suppress(StoreBusyError):  # a database out of reach: what is known stays in force
            await house.refresh()
            if telling is not None:
                telling.look()
            if house.settings.demo and not listens(house, MEDICAL_INSURANCE):
                while (await deliver(house.office, insurer, MEDICAL_INSURANCE)).acknowledged:
                    pass
        await asyncio.sleep(REFRESH_S)
