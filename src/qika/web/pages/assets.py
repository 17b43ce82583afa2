"""Files that pages need: read once, served under the hash of their content, for ever.

The style sheet is written in several files and sent as one, in the order of their names.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from qika.web.packing import PACKED_FROM, packed_body, takes_gzip

STYLE = "qika.css"
FOR_EVER, FOR_A_DAY = "public, max-age=31536000, immutable", "public, max-age=86400"
HASH_LENGTH = 12
"""Hexadecimal digits of SHA-256 in a name."""

_KINDS = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "png": "image/png",
    "svg": "image/svg+xml",
}
"""Kinds by the end of a name; other files under ``static/`` are not served."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is served."""

    path: str
    """Its address, with the hash of its content."""
    kind: str
    body: bytes
    packed: bytes | None
    """The same by gzip; None where that is not smaller."""


@lru_cache(maxsize=1)
def assets() -> Mapping[str, Asset]:
    """Give all files by their name under ``static/``.

    The style sheet is ``qika.css``, with what only paper needs: on a slow network another call
    costs more than its kilobyte.
    """
    root = files("qika.web") / "static"
    found = {name: _asset(name, one.read_bytes()) for name, one in _served(root)}
    sheets = sorted((root / "css").iterdir(), key=lambda sheet: sheet.name)
    found[STYLE] = _asset(STYLE, b"".join(_slim(one.read_bytes()) for one in sheets))
    return MappingProxyType(found)


def asset(name: str) -> str:
    """Give the address of a file; raises KeyError if there is none of that name."""
    return assets()[name].path


def static_routes() -> list[Route]:
    """Serve every file; and the mark where browsers look for it beside what is no page."""
    mark = Route("/favicon.ico", _serving(assets()["mark.png"], FOR_A_DAY))
    return [mark, *(Route(one.path, _serving(one)) for one in assets().values())]


def _slim(sheet: bytes) -> bytes:
    """Leave out remarks, lines and indents: they are for those who write the sheet."""
    lines = re.sub(rb"\s*\n\s*", b"\n", re.sub(rb"/\*.*?\*/", b"", sheet, flags=re.DOTALL))
    return re.sub(rb"(?<=[{};,])\n", b"", lines)


def _served(folder: Traversable, above: str = "") -> Iterator[tuple[str, Traversable]]:
    for one in folder.iterdir():
        if one.is_dir() and one.name != "css":
            yield from _served(one, f"{above}{one.name}/")
        elif one.name.rpartition(".")[2] in _KINDS and one.is_file():
            yield above + one.name, one


def _asset(name: str, body: bytes) -> Asset:
    stem, _, end = name.rpartition(".")
    mark = hashlib.sha256(body).hexdigest()[:HASH_LENGTH]
    small = packed_body(body) if len(body) >= PACKED_FROM else body
    packed = small if len(small) < len(body) else None
    return Asset(f"/static/{stem}.{mark}.{end}", _KINDS[end], body, packed)


def _serving(one: Asset, kept: str = FOR_EVER) -> Callable[[Request], Awaitable[Response]]:
    headers = {"Cache-Control": kept}
    if one.packed is not None:
        headers["Vary"] = "Accept-Encoding"
    packed = headers | {"Content-Encoding": "gzip"}

    async def serve(request: Request) -> Response:
        accepted = request.headers.get("accept-encoding", "")
        if one.packed is not None and takes_gzip(accepted.encode("latin-1")):
            return Response(one.packed, headers=packed, media_type=one.kind)
        return Response(one.body, headers=headers, media_type=one.kind)

    return serve
