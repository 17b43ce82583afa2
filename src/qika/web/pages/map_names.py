"""Short names for a map: what tells a point from its neighbours, and how wide it is written."""

import re
from functools import lru_cache
from itertools import accumulate, takewhile

LONGEST = 9
"""Widest short name, in Han characters."""
ELLIPSIS = "\u2026"
_HAN_FROM = "\u2e80"
_NARROW = 0.58
"""Width of a Latin letter or digit beside a Han character."""

_BRACKETS = re.compile(r"[(\uff08][^()\uff08\uff09]*[)\uff09]")
_OWNERS = ("公司", "银行")
"""Words after which a branch's own name begins."""
_OWN_NAME_MIN = 3


@lru_cache(maxsize=8_192)
def short_name(name: str) -> str:
    """Leave out company and brackets, and cut what is still too long."""
    short = _BRACKETS.sub("", name).strip() or name
    for owner in _OWNERS:
        own = short.rpartition(owner)[2].strip(" -\u00b7\u30fb\u2022")
        if len(own) >= _OWN_NAME_MIN:
            short = own
    if width(short) <= LONGEST:
        return short
    across = accumulate(map(_across, short))
    fits = sum(1 for _ in takewhile(lambda so_far: so_far <= LONGEST - 1, across))
    return short[:fits].rstrip() + ELLIPSIS


@lru_cache(maxsize=8_192)
def width(text: str) -> float:
    """Estimate how wide a text is, in Han characters."""
    return sum(map(_across, text))


def _across(one: str) -> float:
    return 1.0 if one >= _HAN_FROM or one == ELLIPSIS else _NARROW
