"""Route links: a point in the map services that people have, each in its own order and system.

The addresses are the ones that public code calls; they carry the point's name, address and place,
nothing about who looks. Amap and Tencent take GCJ-02, Baidu its own BD-09.
"""

from typing import NamedTuple
from urllib.parse import quote, urlencode

from qika.terms.coordinates import Crs as System
from qika.terms.coordinates import Position, wgs84_to_bd09, wgs84_to_gcj02
from qika.web.api.answers import PointAnswer

SAID = "qika"
"""What Qika calls itself to a map service."""
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
    shifted = wgs84_to_gcj02(at.lat, at.lon)
    return (
        RouteLink("amap", _amap(point, shifted)),
        RouteLink("tencent", _tencent(point, shifted)),
        RouteLink("baidu", _baidu(point, wgs84_to_bd09(at.lat, at.lon))),
    )


def place_is_sure(point: PointAnswer) -> bool:
    """Tell whether the source said in which system it gave the place; else it may be 700 m off."""
    return point.coordinates is None or point.coordinates.given_crs in set(System)


def _amap(point: PointAnswer, at: Position) -> str:
    name = point.name.replace(",", " ")  # a comma separates the parts of «to»
    to = f"{at.lon:.{DIGITS}f},{at.lat:.{DIGITS}f},{name}"
    return "https://uri.amap.com/navigation?" + _query(
        to=to, mode="walk", coordinate="gaode", src=SAID, callnative="1"
    )


def _tencent(point: PointAnswer, at: Position) -> str:
    return "https://apis.map.qq.com/uri/v1/routeplan?" + _query(
        type="walk", to=point.name, tocoord=_lat_lon(at), referer=SAID
    )


def _baidu(point: PointAnswer, at: Position) -> str:
    return "https://api.map.baidu.com/marker?" + _query(
        location=_lat_lon(at),
        title=point.name,
        content=point.address or point.name,
        coord_type="bd09ll",
        output="html",
        src=SAID,
    )


def _lat_lon(at: Position) -> str:
    return f"{at.lat:.{DIGITS}f},{at.lon:.{DIGITS}f}"


def _query(**fields: str) -> str:
    return urlencode(fields, quote_via=quote, safe=",")
