"""A share of a busy process for everybody: work that is dear is admitted, or told to come again.

While there is time to spare, nobody is refused anything. Each piece of dear work takes the time it
took from what the process can spare, which comes back at a fixed rate. As that runs out, documents
wait first; then whoever has taken more than a generous share of it lately is told to wait, seconds
only. A share is thousands of plans: enough for hundreds of people behind one address, and less than
what the process can spare, so one caller alone cannot use up everybody's. Kept answers pass beside.
"""

from collections import OrderedDict
from collections.abc import Callable, Generator
from contextlib import contextmanager
from enum import StrEnum
from math import ceil
from typing import NamedTuple

from qika.web.problems import ProblemCode, ProblemError

SPARE_S = 2.0
"""Seconds of dear work that a process does without a thought."""

SPARE_RATE = 0.7
"""Seconds of it that come back in a second; the rest is for what is cheap, and for writing."""

SHARE_S = 1.5
"""Seconds of work that one caller may have had lately while the process is busy."""

SHARE_RATE = 0.35
"""Seconds of it that come back to a caller in a second."""

WAIT_MAX_S = 5.0
"""Nobody is told to wait longer than this for his share, however much he has taken."""

CALLERS_WATCHED = 10_000


class Cost(StrEnum):
    """How dear a piece of work is."""

    PLAN = "plan"
    """A search among points and rules: a fraction of a millisecond."""
    PAPER = "paper"
    """A document that is set and printed: a second or more."""
    WAITING = "waiting"
    """Mostly waiting for somebody else: nobody's share, so it is not measured."""


class _Price(NamedTuple):
    spare_s: float
    """Below this spare time the process is busy for such work."""
    at_once: int
    """So many may be under way together."""


_PRICES = {Cost.PLAN: _Price(0.0, 1_000), Cost.PAPER: _Price(SPARE_S / 2, 2)}
_WORST_S = -SPARE_S
"""Spare time below which nobody is admitted: answers would come too late for anyone."""


class _Bucket:
    """Something that is taken from and comes back at a rate, between two limits."""

    __slots__ = ("_at", "_held", "_least", "_most", "_rate")

    def __init__(self, most: float, least: float, rate: float, at: float) -> None:
        self._most, self._least, self._rate = most, least, rate
        self._held, self._at = most, at

    def held(self, at: float) -> float:
        """Give what is there at a moment."""
        self._held = min(self._most, self._held + (at - self._at) * self._rate)
        self._at = at
        return self._held

    def take(self, amount: float, at: float) -> None:
        self._held = max(self._least, self.held(at) - amount)

    def wait_s(self, amount: float, at: float) -> int:
        """Give the whole seconds until so much is there, at least one."""
        return max(1, ceil((amount - self.held(at)) / self._rate))


class Gate:
    """The gate of one process. ``ticks`` gives seconds of a clock that only goes forward."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        """Begin with time to spare."""
        self._ticks = ticks
        self._spare = _Bucket(SPARE_S, 2 * _WORST_S, SPARE_RATE, ticks())
        self._callers: OrderedDict[str, _Bucket] = OrderedDict()
        self._under_way = dict.fromkeys(Cost, 0)

    @contextmanager
    def admitted(self, caller: str, cost: Cost) -> Generator[None]:
        """Do a piece of work; raises ProblemError with ``Retry-After`` where there is no room."""
        begun, price = self._ticks(), _PRICES[cost]
        share = self._share(caller, begun)
        self._check(share, price, cost, begun)
        self._under_way[cost] += 1
        try:
            yield
        finally:
            self._under_way[cost] -= 1
            ended = self._ticks()
            self._spare.take(ended - begun, ended)
            share.take(ended - begun, ended)

    def _check(self, share: _Bucket, price: _Price, cost: Cost, at: float) -> None:
        spare = self._spare.held(at)
        if self._under_way[cost] >= price.at_once or spare < _WORST_S:
            raise _refusal(ProblemCode.OVERLOADED, self._spare.wait_s(price.spare_s, at))
        if spare < price.spare_s and share.held(at) <= 0:
            raise _refusal(ProblemCode.TOO_MANY_REQUESTS, share.wait_s(0.0, at))

    def _share(self, caller: str, at: float) -> _Bucket:
        """Give the share of a caller; who has not called for longest is forgotten first."""
        share = self._callers.get(caller)
        if share is None:
            share = self._callers[caller] = _Bucket(
                SHARE_S, -WAIT_MAX_S * SHARE_RATE, SHARE_RATE, at
            )
            if len(self._callers) > CALLERS_WATCHED:
                self._callers.popitem(last=False)
        else:
            self._callers.move_to_end(caller)
        return share


def _refusal(code: ProblemCode, after_s: int) -> ProblemError:
    return ProblemError(code, headers=(("Retry-After", str(after_s)),))
