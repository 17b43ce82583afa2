"""A listener: a system of somebody else that is told what happens to cards, and of which cards."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from qika.authority.partner import ANY

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


class ListenerState(StrEnum):
    """Whether a listener is told of events. What it is not told waits for it."""

    ON = "on"
    PAUSED = "paused"
    """An operator wants it so for a while."""
    OFF = "off"
    """It said that it is gone (410), or an operator says so."""


@dataclass(frozen=True, slots=True)
class Listener:
    """A listener of this installation."""

    name: str
    """Short and lasting, e.g. ``medical_insurance``: where its events wait in the outbox."""
    url: str
    regions: frozenset[str]
    """Codes of issuers, each with all below it, or ``*``."""
    words: frozenset[str]
    """What it hears of, as in ``cards.telling``, or ``*``."""
    by_identifier: bool
    """Whether it is told the card identification code, or a reference of its own only."""
    state: ListenerState
    reason: str
    """Why it is in that state: words of an operator, or ``gone``."""
    since: datetime
    failing_since: datetime | None = None
    """When it was first not reached, or did not take anything; None: the last try went well."""
    fault: str = ""
    """What was wrong at that try."""


def is_name(text: str) -> bool:
    """Tell whether a text may name a listener: small letters, digits, ``-`` and ``_``."""
    return _NAME.fullmatch(text) is not None


def hears(listener: Listener, chain: Collection[str], word: str) -> bool:
    """Tell whether a listener hears of something that happens to cards of an issuer's chain."""
    near = ANY in listener.regions or any(code in listener.regions for code in chain)
    return near and (ANY in listener.words or word in listener.words)
