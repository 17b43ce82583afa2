"""Answers with gaps: what many answers have in common is encoded once, the rest is filled in."""

from collections.abc import Sequence

import msgspec

encode = msgspec.json.Encoder().encode
"""The one way in which answers become JSON."""

_MARK = b"\0"
"""Stands where a gap is; JSON itself never holds this byte."""

GAP = msgspec.Raw(_MARK)
"""Put in place of a field, it leaves a gap there."""


class Frame:
    """An encoded answer with gaps."""

    __slots__ = ("_whole", "pieces")

    def __init__(self, answer: object) -> None:
        """Encode an answer in which ``GAP`` stands for everything that is filled in later."""
        self.pieces = encode(answer).split(_MARK)
        self._whole = [b""] * (2 * len(self.pieces) - 1)
        self._whole[::2] = self.pieces

    def filled(self, parts: Sequence[bytes]) -> bytes:
        """Give the JSON with ``parts`` in the gaps, in order; ValueError if the number differs."""
        whole = self._whole.copy()
        whole[1::2] = parts
        return b"".join(whole)


def listed(items: Sequence[bytes]) -> bytes:
    """Put encoded items into a JSON array."""
    return b"[" + b",".join(items) + b"]"
