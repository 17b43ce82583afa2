"""The real site for a browser: example city, every region's rules, loopback, a fixed day.

All parts are those of `qika demo` (store, index, rules, connection); only the clock stands still,
so that a page says the same today and in a year.
"""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

import uvicorn
import uvloop

from qika.operations.activate import perform
from qika.operations.batch import Gatherer
from qika.web.app import build_app
from qika.web.connection import Connection
from qika.web.site import Door
from qika.wiring import (
    LOOPBACK,
    Settings,
    fill_example_city,
    house_of,
    identity_check_of,
    site_of,
)
from qika.wiring.tiles import tiles_of

NOW = datetime.fromisoformat("2026-11-20T10:00:00+08:00")
"""A Friday morning: banks are open."""
STARTS_WITHIN_S = 90


class _House:
    """A server in a thread of its own."""

    def __init__(self, folder: Path, listening: socket.socket, tiles: str) -> None:
        self.folder, self.listening, self.tiles = folder, listening, tiles
        self.url = f"http://{LOOPBACK}:{listening.getsockname()[1]}"
        self.ready, self.failed = threading.Event(), list[BaseException]()
        self.server: uvicorn.Server | None = None

    def run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
                loop.run(self._serve())
        except BaseException as error:
            self.failed.append(error)
            raise
        finally:
            self.ready.set()

    async def _serve(self) -> None:
        settings = Settings(self.folder, demo=True, origin=self.url, tiles=self.tiles)
        async with (
            tiles_of(settings) as tiles,
            identity_check_of(settings) as check,
            house_of(settings, serving=True) as house,
        ):
            house.office = replace(house.office, clock=lambda: NOW)
            await fill_example_city(house, lambda _: None)
            house.warm_up()
            gatherer = Gatherer(partial(perform, house.office))
            doors = frozenset(Door)
            site = site_of(house, doors=doors, gatherer=gatherer, tiles=tiles, check=check)
            app = build_app(site)
            config = uvicorn.Config(
                app, http=Connection, lifespan="off", log_level="warning", access_log=False,
                server_header=False, proxy_headers=False,
            )  # fmt: skip
            self.server = uvicorn.Server(config)
            self.ready.set()
            await self.server.serve(sockets=[self.listening])
            await gatherer.close()


@contextmanager
def served(folder: Path, tiles: str = "") -> Iterator[str]:
    """Serve until the block ends; gives the address without a slash at its end.

    ``tiles``: the street map, by its name in ``tiles.toml`` of the folder.
    """
    with socket.create_server((LOOPBACK, 0)) as listening:
        house = _House(folder, listening, tiles)
        thread = threading.Thread(target=house.run, name="site for a browser")
        thread.start()
        assert house.ready.wait(STARTS_WITHIN_S), "the site did not start"
        assert not house.failed, house.failed
        try:
            yield house.url
        finally:
            if house.server is not None:
                house.server.should_exit = True
            thread.join(STARTS_WITHIN_S)
