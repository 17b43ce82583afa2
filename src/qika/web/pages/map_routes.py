"""Route links: a point in the map services that people have, each in its own order and system.

The addresses are the ones that public code calls; they carry the point's name, address and place,
nothing about who looks. Amap and Tencent take GCJ-02, Baidu its own BD-09.
"""

import re
from typing import NamedTuple

from qika.terms.coordinates import Crs as System
from qika.terms.coordinates import Position, wgs84_to_bd09, wgs84_to_gcj02
from qika.web.api.answers import PointAnswer

SAID = "qika"
"""What Qika calls itself to a map service."""
_UNSAFE = re.compile(r"[^A-Za-z0-9_.~,\u4e00-\u9fff-]+")
"""What must not stand in an address as it is; the services take a comma. Chinese letters may stand
in a page: browsers write them out when they go there, and a name takes a third of the bytes."""
DIGITS = 6
"""Decimals of a degree; the sixth is a tenth of a metre."""


class RouteLink(NamedTuple):
    """A map service and its address of the way to a point."""

    service: str
    address: str


def routes_to(point: PointAnswer) -> tuple[RouteLink, ...]:
    """Give a link for each map service; none for a point whose place nobody knows."""
    at = point.coordinates
    if at is None:
        return ()
    shifted, name = wgs84_to_gcj02(at.lat, at.lon), _quoted(point.name)
    return (
        RouteLink("amap", _amap(name, shifted)),
        RouteLink("tencent", _tencent(name, shifted)),
        RouteLink("baidu", _baidu(name, point.address, wgs84_to_bd09(at.lat, at.lon))),
    )


def place_is_sure(point: PointAnswer) -> bool:
    """Tell whether the source said in which system it gave the place; else it may be 700 m off."""
    return point.coordinates is None or point.coordinates.given_crs in set(System)


def _amap(name: str, at: Position) -> str:
    alone = name.replace(",", "%20")  # a comma separates the parts of «to»
    return (
        f"https://uri.amap.com/navigation?to={at.lon:.{DIGITS}f},{at.lat:.{DIGITS}f},{alone}"
        f"&mode=walk&coordinate=gaode&src={SAID}&callnative=1"
    )


def _tencent(name: str, at: Position) -> str:
    return (
        f"https://apis.map.qq.com/uri/v1/routeplan?type=walk&to={name}"
        f"&tocoord={_lat_lon(at)}&referer={SAID}"
    )


def _baidu(name: str, address: str, at: Position) -> str:
    return (
        f"https://api.map.baidu.com/marker?location={_lat_lon(at)}&title={name}"
        f"&content={_quoted(address) or name}&coord_type=bd09ll&output=html&src={SAID}"
    )


def _lat_lon(at: Position) -> str:
    return f"{at.lat:.{DIGITS}f},{at.lon:.{DIGITS}f}"


def _quoted(text: str) -> str:
    """Write a text into an address, once for all services, as ``urllib.parse.quote`` does."""
    return _UNSAFE.sub(_escaped, text)


def _escaped(run: re.Match[str]) -> str:
    return f"%{run[0].encode().hex('%').upper()}"
