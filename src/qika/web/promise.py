"""An answer that will be made of what somebody else is getting, without a task of its own.

A task, a chain of coroutines and their waking up cost more than most of what an activation needs of
the web layer. Whoever can be called back takes ``future`` and ``make``; others await the promise.
"""

import asyncio
from collections.abc import Callable, Generator
from typing import Any, Generic, TypeVar

Made = TypeVar("Made")


class Promise(Generic[Made]):
    """What ``make`` gives of ``future`` once that is done."""

    __slots__ = ("future", "make")

    def __init__(
        self, future: "asyncio.Future[Any]", make: "Callable[[asyncio.Future[Any]], Made]"
    ) -> None:
        """Take a future of somebody else's; it is never cancelled from here."""
        self.future, self.make = future, make

    def __await__(self) -> Generator[Any, Any, Made]:
        """Wait for the future and make the answer of it."""
        yield from asyncio.wait([self.future]).__await__()
        return self.make(self.future)
