"""``/tiles/...``: the provider's tiles from our own origin, so that readers meet nobody else."""

import re
from collections.abc import Awaitable, Callable
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from qika.web.problems import ProblemCode, ProblemError
from qika.web.site import Tiles

KEPT_BY_READERS = "public, max-age=86400"
RETRY_AFTER_S = "15"
PATH = "/tiles"
STREETS, LABELS = "streets", "labels"
_NUMBER = re.compile(r"[0-9]{1,8}")
_OWN_PAGES = frozenset({"same-origin", "none"})
"""What browsers say of a request by our own pages, or typed in by hand (``Sec-Fetch-Site``)."""

Failing = Callable[[Request, ProblemError], Response]


def tile_routes(tiles: Tiles | None, failing: Failing) -> list[Route]:
    """Serve tiles where a provider is set up; ``failing`` says a problem."""
    if tiles is None:
        return []
    layers = [(f"{PATH}/{{z}}/{{x}}/{{y}}", STREETS)]
    if tiles.labels:
        layers.append((f"{PATH}/{LABELS}/{{z}}/{{x}}/{{y}}", LABELS))
    return [
        Route(path, _serving(partial(_tile, tiles, layer), failing), methods=["GET"])
        for path, layer in layers
    ]


def _serving(
    tile: Callable[[Request], Awaitable[Response]], failing: Failing
) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        try:
            return await tile(request)
        except ProblemError as error:
            return failing(request, error)

    return serve


async def _tile(tiles: Tiles, layer: str, request: Request) -> Response:
    z, x, y = (_number(request.path_params[name]) for name in ("z", "x", "y"))
    if request.headers.get("sec-fetch-site", "none") not in _OWN_PAGES:
        raise ProblemError(ProblemCode.NOT_FOUND)
    try:
        kind, body = await tiles.get(layer, z, x, y)
    except ConnectionError as error:
        retry = (("Retry-After", RETRY_AFTER_S),)
        raise ProblemError(ProblemCode.NO_MAP, headers=retry) from error
    if not body:
        raise ProblemError(ProblemCode.NOT_FOUND)
    headers = {"Cache-Control": KEPT_BY_READERS}
    return Response(body, headers=headers, media_type=kind)


def _number(text: str) -> int:
    """Read a coordinate of a tile; the provider's range is checked where its table is."""
    if not _NUMBER.fullmatch(text):
        raise ProblemError(ProblemCode.NOT_FOUND)
    return int(text)
