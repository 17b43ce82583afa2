"""Tiles of one provider for our readers: fetched once, kept, and never more than is bearable.

The provider sees this server alone: no header, address or cookie of a reader goes out, and only its
configured host is ever asked; a redirect is not followed.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from qika.partners.tiles.kept import TileFolder
from qika.partners.tiles.pictures import Picture, picture_of
from qika.partners.tiles.providers import Layer, Provider

TIME_LIMIT_S = 5.0
AT_ONCE, WAITING_MAX = 8, 64
TILE_BYTES_MAX = 512 << 10
PER_S, BURST = 20.0, 200.0
"""Tiles that one process asks of a provider: on average, and at once after a pause."""
FAILURES_MAX, REST_S = 5, 15.0
"""After so many failures in a row the provider is left alone for a while."""

NONE_THERE = Picture("", b"")
"""The provider says that it has no such tile."""
_NOT_THERE = frozenset({204, 404})
_GOOD = 200


class TilesUnreachableError(ConnectionError):
    """No tile could be had now; holds the reason, never the address with its key."""


@dataclass(slots=True)
class Patience:
    """How often a provider is asked, and when it is left alone; ``ticks`` are seconds."""

    ticks: Callable[[], float]
    _left: float = BURST
    _at: float | None = None
    _failures: int = 0
    _rests_until: float = 0.0

    def take(self) -> bool:
        """Take leave to ask once."""
        now = self.ticks()
        if now < self._rests_until:
            return False
        if self._at is not None:
            self._left = min(BURST, self._left + (now - self._at) * PER_S)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def note(self, *, well: bool) -> None:
        """Note how it went."""
        self._failures = 0 if well else self._failures + 1
        if self._failures >= FAILURES_MAX:
            self._failures, self._rests_until = 0, self.ticks() + REST_S


@dataclass(slots=True)
class TileSource:
    """The tiles of a provider."""

    provider: Provider
    key: str
    kept: TileFolder
    client: httpx.AsyncClient
    patience: Patience
    time_limit_s: float = TIME_LIMIT_S
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _under_way: dict[str, asyncio.Task[Picture]] = field(
        default_factory=dict[str, asyncio.Task[Picture]]
    )

    async def get(self, layer: str, z: int, x: int, y: int) -> Picture:
        """Give a tile, or ``NONE_THERE``; raises TilesUnreachableError if none can be had now."""
        chosen = Layer(layer)
        if not self.provider.has(chosen, z, x, y):
            return NONE_THERE
        place = f"{chosen}/{z}/{x}/{y}"
        found = await asyncio.to_thread(self.kept.find, place)
        if found is not None and found.fresh:
            return found.picture
        try:
            return await self._shared(place, self.provider.address(chosen, z, x, y, self.key))
        except TilesUnreachableError:
            if found is not None:
                return found.picture
            raise

    async def _shared(self, place: str, address: str) -> Picture:
        """Fetch a tile once for all who wait for it; one who leaves ends it for nobody."""
        task = self._under_way.get(place)
        if task is None:
            if len(self._under_way) >= WAITING_MAX:
                raise TilesUnreachableError("too many wait already")
            if not self.patience.take():
                raise TilesUnreachableError("asked too often, or failed too often")
            task = self._under_way[place] = asyncio.create_task(self._fetch(place, address))
            task.add_done_callback(lambda _: self._under_way.pop(place, None))
        return await asyncio.shield(task)

    async def _fetch(self, place: str, address: str) -> Picture:
        try:
            async with asyncio.timeout(self.time_limit_s), self._slots:
                picture = await self._asked(address)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            self.patience.note(well=False)
            raise TilesUnreachableError(type(error).__name__) from None
        except TilesUnreachableError:
            self.patience.note(well=False)
            raise
        self.patience.note(well=True)
        if picture.body:
            await asyncio.to_thread(self.kept.keep, place, picture)
        return picture

    async def _asked(self, address: str) -> Picture:
        async with self.client.stream("GET", address) as answer:
            if answer.status_code in _NOT_THERE:
                return NONE_THERE
            if answer.status_code != _GOOD:
                raise TilesUnreachableError(f"status {answer.status_code}")
            body = bytearray()
            async for part in answer.aiter_raw():
                body += part
                if len(body) > TILE_BYTES_MAX:
                    raise TilesUnreachableError("too large for a tile")
        picture = picture_of(bytes(body))
        if picture is None:
            raise TilesUnreachableError("not a picture")
        return picture


def tile_client(version: str) -> httpx.AsyncClient:
    """Make the client: no redirects, no cookies, no proxy of the environment, few connections."""
    return httpx.AsyncClient(
        headers={
            "User-Agent": f"qika/{version}",
            "Accept": "image/png, image/jpeg, image/webp",
            "Accept-Encoding": "identity",
        },
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
        trust_env=False,
        timeout=TIME_LIMIT_S,
        limits=httpx.Limits(max_connections=AT_ONCE),
    )
