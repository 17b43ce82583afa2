"""The table of providers of street maps: read, checked, and turned into addresses of tiles."""

import re
from enum import StrEnum
from string import Formatter
from typing import Annotated
from urllib.parse import quote, urlsplit

import msgspec
from msgspec import Meta, Struct

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_LOOPBACK = frozenset({"127.0.0.1", "localhost"})
_PLACES = frozenset({"z", "x", "y"})


class TileCrs(StrEnum):
    """The system in which a provider draws; CGCS2000 differs from WGS-84 by centimetres."""

    WGS84 = "wgs84"
    CGCS2000 = "cgcs2000"
    GCJ02 = "gcj02"
    BD09 = "bd09"


class Terms(StrEnum):
    """Whether the operator has read and meets the provider's terms of use."""

    VERIFIED = "verified"
    NOT_VERIFIED = "not verified"


class Layer(StrEnum):
    """What a tile shows."""

    STREETS = "streets"
    LABELS = "labels"


class Words(Struct, frozen=True, forbid_unknown_fields=True):
    """A text in both languages."""

    zh: str
    en: str


Subdomain = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,16}\Z")]
Zoom = Annotated[int, Meta(ge=0, le=22)]


class Provider(Struct, frozen=True, forbid_unknown_fields=True):
    """One row of the table."""

    id: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,31}\Z")]
    url: str
    crs: TileCrs
    attribution: Words
    zoom: tuple[Zoom, Zoom]
    terms: Terms
    approval: str = ""
    labels_url: str = ""
    subdomains: tuple[Subdomain, ...] = ()
    key_setting: Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9_]*\Z")] | None = None
    cache_days: Annotated[int, Meta(ge=0, le=365)] = 7

    def __post_init__(self) -> None:
        """Refuse what msgspec's types let pass; raises ValueError."""
        if self.zoom[0] > self.zoom[1]:
            raise ValueError("zoom: the smallest level stands first")
        for name, url in (("url", self.url), ("labels_url", self.labels_url)):
            if url or name == "url":
                self._check(name, url)

    def _check(self, name: str, url: str) -> None:
        before, _, _ = url.partition("://")
        host, in_host = _host(url)
        fields = [field for _, field, _, _ in Formatter().parse(url) if field is not None]
        if before not in {"https", "http"} or not _HOST.fullmatch(host):
            raise ValueError(f"{name}: an address with a host is expected")
        if in_host - {"s"} or ("s" in fields) != bool(self.subdomains):
            raise ValueError(f"{name}: {{s}} stands in the host, if there are subdomains")
        if not _PLACES <= set(fields) <= {*_PLACES, "s", "key"}:
            raise ValueError(f"{name}: of {{z}} {{x}} {{y}} {{s}} {{key}} the first three are due")
        if ("key" in fields) != (self.key_setting is not None):
            raise ValueError(f"{name}: {{key}} and key_setting belong together")
        if before == "http" and "key" in fields and host not in _LOOPBACK:
            raise ValueError(f"{name}: a key travels by https only")

    def has(self, layer: Layer, z: int, x: int, y: int) -> bool:
        """Tell whether there may be such a tile."""
        known = layer is Layer.STREETS or bool(self.labels_url)
        return known and self.zoom[0] <= z <= self.zoom[1] and 0 <= x < 2**z and 0 <= y < 2**z

    def address(self, layer: Layer, z: int, x: int, y: int, key: str) -> str:
        """Give the address of a tile; neighbours are spread over the subdomains."""
        template = self.url if layer is Layer.STREETS else self.labels_url
        subdomain = self.subdomains[(x + y) % len(self.subdomains)] if self.subdomains else ""
        return template.format(z=z, x=x, y=y, s=subdomain, key=quote(key, safe=""))


class _Table(Struct, frozen=True, forbid_unknown_fields=True):
    provider: list[Provider]


def providers_of(text: str) -> dict[str, Provider]:
    """Read a table; raises ValueError that says where it is wrong."""
    table = msgspec.toml.decode(text.encode(), type=_Table)
    found = {one.id: one for one in table.provider}
    if len(found) < len(table.provider):
        raise ValueError("provider: an id stands twice")
    return found


def _host(url: str) -> tuple[str, set[str]]:
    """Give the host with an «s» for a subdomain, and which fields stand in it."""
    try:
        host = urlsplit(url).netloc
        fields = {field for _, field, _, _ in Formatter().parse(host) if field is not None}
        return re.sub(r":\d{1,5}\Z", "", host.format(s="s")), fields
    except (ValueError, KeyError, IndexError):
        return "", set()
