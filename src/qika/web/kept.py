"""A bounded memory for what is rendered again and again."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Kept = TypeVar("Kept")


class Memory(Generic[Kept]):
    """Keeps results by key; forgets everything when it is full, which costs one rendering each."""

    def __init__(self, kept_max: int) -> None:
        """Take the number of results kept at once."""
        self._kept_max = kept_max
        self._kept: dict[Hashable, Kept] = {}

    def get(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """Give the result kept under ``key``, made now if it is not there."""
        kept = self._kept.get(key)
        if kept is None:
            if len(self._kept) >= self._kept_max:
                self._kept.clear()
            kept = self._kept[key] = make()
        return kept
