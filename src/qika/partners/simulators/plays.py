"""What simulated partners send, and what is expected of the service, as plays.toml says it."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from importlib.resources import files
from typing import TypeGuard, cast

import msgspec

from qika.partners.simulators.alipay import Face, Fault

ACTIVATED = "activated"
_UNTOUCHED = {"social": "sealed", "financial": "sealed"}
_GAP = re.compile(r"\{(\w+?)(?:([+-]\d+)([dm]))?\}")


class Sign(StrEnum):
    """What is done to the signature of a request."""

    RIGHT = "right"
    NONE = "none"
    HALF = "half"
    """What was signed is said, and the signature itself is lost on the way."""
    STRANGE_KEY = "strange_key"
    CHANGED_BODY = "changed_body"
    SAME_NONCE = "same_nonce"
    """The request before, byte for byte, with the signature that it had."""


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the service is to answer."""

    http: int = 200
    status: str = ""
    """The status of an outcome, or the code of a problem; empty where a page names none."""
    field: str = ""
    """The code that a problem gives to what is wrong."""
    replayed: bool = False


class Send(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One signed request."""

    expect: Expected
    path: str = "/v1/activations"
    sign: Sign = Sign.RIGHT
    change: Mapping[str, object] = {}
    """Laid over the body of the channel."""
    request: int = 1
    """Which request of the play this is: each has a key of its own."""


class Visit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One time before Alipay's camera, and back on the page."""

    expect: Expected
    face: Face = Face.HOLDER
    gateway: Fault = Fault.NONE
    """What Alipay's double does wrong while the page asks it."""


class Play(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One partner's act from beginning to end."""

    id: str
    channel: str
    partner: str = ""
    """Who sends; empty where the holder acts, in a browser."""
    fault: bool = False
    bank: str = "102"
    """The bank on the card."""
    send: tuple[Send, ...] = ()
    visit: tuple[Visit, ...] = ()
    holder: Mapping[str, str] = msgspec.field(default_factory=lambda: dict(_UNTOUCHED))
    """The states that the holder sees in the end."""
    heard: tuple[int, ...] = ()
    """What the listener answers to the message of this play, one time after the other."""


class Actor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A simulated partner: what is entered in the registry."""

    id: str
    name: str
    channels: frozenset[str]
    points: frozenset[str]
    banks: frozenset[str] = frozenset()


class Programme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole table."""

    partner: Mapping[str, Actor]
    body: Mapping[str, Mapping[str, object]]
    play: tuple[Play, ...]


def programme() -> Programme:
    """Read the table that stands beside this file; raises msgspec.ValidationError."""
    text = files("qika.partners.simulators").joinpath("plays.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Programme)


def laid_over(body: Mapping[str, object], change: Mapping[str, object]) -> dict[str, object]:
    """Give a body with some of it changed, tables in it member by member."""
    made = dict(body)
    for name, value in change.items():
        before = made.get(name)
        if _is_table(before) and _is_table(value):
            made[name] = laid_over(before, value)
        else:
            made[name] = value
    return made


def filled(value: object, words: Mapping[str, str], at: datetime) -> object:
    """Fill the gaps of a body: ``{now-5m}`` and ``{day+1d}`` from a moment, the rest by name."""

    def fill(gap: re.Match[str]) -> str:
        name, count, unit = gap.groups()
        if name not in {"now", "day"}:
            return words[name]
        apart = int(count or 0)
        moment = at + (timedelta(days=apart) if unit == "d" else timedelta(minutes=apart))
        return moment.isoformat(timespec="seconds") if name == "now" else f"{moment:%Y-%m-%d}"

    if isinstance(value, str):
        return _GAP.sub(fill, value)
    if _is_table(value):
        return {key: filled(one, words, at) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, words, at) for one in cast("Sequence[object]", value)]
    return value


def _is_table(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, Mapping)
