"""What the street map on tap is told: places in the provider's system, letters and words."""

from collections.abc import Callable, Sequence

import msgspec

from qika.terms.coordinates import Position, wgs84_to_bd09, wgs84_to_gcj02
from qika.terms.names import Language
from qika.web.api.answers import PointAnswer
from qika.web.pages.map_sketch import letter
from qika.web.site import Tiles
from qika.web.tiles import LABELS, PATH

_SHIFTS: dict[str, Callable[[float, float], Position]] = {
    "gcj02": wgs84_to_gcj02,
    "bd09": wgs84_to_bd09,
    "wgs84": Position,
    "cgcs2000": Position,  # within centimetres of WGS-84
}
DIGITS = 6
"""Decimals of a degree; the sixth is a tenth of a metre."""


def on_streets(
    near: tuple[float, float] | None,
    points: Sequence[PointAnswer],
    tiles: Tiles | None,
    language: Language,
    distance: Callable[[float], str],
    first: int,
) -> str:
    """Give what the script draws, as JSON; empty without a provider or without a place."""
    if tiles is None:
        return ""
    shift = _SHIFTS[tiles.crs]
    pins = [
        {
            "at": _at(shift(one.coordinates.lat, one.coordinates.lon)),
            "letter": letter(number),
            "kind": one.kind,
            "open": one.open.state,
            "name": one.name,
            "far": distance(one.distance_m) if one.distance_m is not None else "",
        }
        for number, one in enumerate(points, first)
        if one.coordinates is not None
    ]
    if not pins:
        return ""
    told = {
        "pins": pins,
        "near": _at(shift(*near)) if near is not None else None,
        "zoom": tiles.zoom,
        "layers": [f"{PATH}/{{z}}/{{x}}/{{y}}"]
        + ([f"{PATH}/{LABELS}/{{z}}/{{x}}/{{y}}"] if tiles.labels else []),
        "credit": credit(tiles, language),
    }
    return msgspec.json.encode(told).decode()


def credit(tiles: Tiles, language: Language) -> str:
    """Name the provider and the approval number, which has to stand on the map."""
    return f"{tiles.attribution[language]} {tiles.approval}"


def _at(place: Position) -> list[float]:
    return [round(place.lat, DIGITS), round(place.lon, DIGITS)]
