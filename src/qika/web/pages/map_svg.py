"""The sketch map as SVG: colours come from the style sheet, words from the reader's language."""

from collections.abc import Callable, Sequence
from html import escape

from qika.terms.names import PointKind
from qika.web.api.answers import PointAnswer
from qika.web.pages.map_sketch import HALF, Label, Pin, Sketch, Spot, sketch

_SHAPES = {
    PointKind.BANK_OUTLET: "m-12 0a12 12 0 1 1 24 0 12 12 0 1 1-24 0z",
    PointKind.HOSPITAL: "m-11-11h22v22h-22z",
    PointKind.PHARMACY: "m0-15 15 15-15 15-15-15z",
}
_OTHER_SHAPE = "m-13 0 6-11h14l6 11-6 11h-14z"
"""Heads: circle, square, diamond, and a hexagon for the rest; a kind is never colour alone."""
_KILOMETRE = 1_000

Say = Callable[..., str]
"""``t`` of the reader's language."""


def sketch_svg(  # noqa: PLR0917 - a template hands over what it has
    near: tuple[float, float] | None,
    points: Sequence[PointAnswer],
    t: Say,
    distance: Callable[[float], str],
    large: bool,  # noqa: FBT001
    first: int,
    name: str,
) -> str:
    """Draw points around a place as SVG; empty where there is nothing to draw.

    ``name`` begins the ids inside; all text is escaped.
    """
    drawn = sketch(near, points, t("map-start"), first=first, large=large)
    if drawn is None:
        return ""
    return (
        f'<svg class="sketch{" large" if large else ""}"'
        f' viewBox="{-HALF} {-HALF} {2 * HALF} {2 * HALF}" role="img"'
        f' aria-labelledby="{name}-title {name}-said">'
        f'<title id="{name}-title">{escape(t("map-title"))}</title>'
        f'<desc id="{name}-said">{escape(_said(drawn, t, distance))}</desc>'
        f"{_ground(drawn, t)}"
        f'<g class="pins">{"".join(_pin(one) for one in reversed(drawn.pins))}</g>'
        f'<g class="names">{"".join(_text(one.label) for one in drawn.pins if one.label)}</g>'
        "</svg>"
    )


def _said(drawn: Sketch, t: Say, distance: Callable[[float], str]) -> str:
    """Say in words what the drawing shows."""
    each = [
        f"{pin.letter} {pin.name} {distance(pin.distance_m)} {t('map-way-' + pin.way)}"
        for pin in drawn.pins
    ]
    return f"{t('map-said')} {t('map-next').join(each)}"


def _ground(drawn: Sketch, t: Say) -> str:
    rings = "".join(f'<circle r="{ring.radius}"/>' for ring in reversed(drawn.rings))
    far = "".join(_text(one.label, _far(one.metres, t)) for one in drawn.rings if one.label)
    ways = "".join(f"M0 0 {_at(pin.tip)}" for pin in drawn.pins)
    middle = _text(drawn.middle) if drawn.middle else ""
    return (
        f'{rings}<path class="cross" d="M0-172V172M-172 0H172"/><path class="ways" d="{ways}"/>'
        f'<g class="far">{far}</g><g class="north"><path d="M154-170l7 19h-14z"/>'
        f'<text x="154" y="-135">{escape(t("map-north"))}</text></g>'
        f'<g class="place"><circle r="12"/><circle r="6"/>{middle}</g>'
    )


def _far(metres: int, t: Say) -> str:
    """Write the round distance of a ring."""
    if metres < _KILOMETRE:
        return t("distance-m", metres=f"{metres}")
    return t("distance-km", kilometres=f"{metres // _KILOMETRE}")


def _pin(pin: Pin) -> str:
    shape, (x, y) = _SHAPES.get(pin.kind, _OTHER_SHAPE), pin.head
    return (
        f'<g class="{pin.kind} {pin.open}"><path d="M{_at(pin.tip)}L{_at(pin.head)}"/>'
        f'<path d="M{x} {y}{shape}"/><text x="{x}" y="{y + 5}">{pin.letter}</text></g>'
    )


def _text(label: Label, text: str = "") -> str:
    anchor = "" if label.anchor == "middle" else f' text-anchor="{label.anchor}"'
    said = escape(text or label.text)
    return f'<text x="{label.at.x}" y="{label.at.y}"{anchor}>{said}</text>'


def _at(spot: Spot) -> str:
    return f"{spot.x} {spot.y}"
