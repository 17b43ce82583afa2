"""Processes that check and store batches of cards beside the one that reads the file.

The file is read, repetitions are found and verdicts are counted in one process and in order; what
looks at one row only (checks, keys, encryption, rows of tables) is done by workers, each with a
connection of its own. A worker holds at most two batches. It ends when its pipe does, so also when
the reading process was killed; what it was storing then is stored whole or not at all.
"""

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from itertools import compress, repeat
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from types import MappingProxyType, TracebackType
from typing import Any, NamedTuple, Protocol, Self, cast, runtime_checkable

from qika.operations.importing.card_rows import CardRows
from qika.operations.importing.references import References
from qika.operations.importing.repetitions import Marks, marks_of
from qika.operations.importing.tables import RowBatch
from qika.operations.importing.verdicts import RowVerdict, Verdict
from qika.operations.office import Calendar, Office
from qika.operations.ports import Directory, IdentityProvider, Keys, NewCard, Store
from qika.operations.rulings import Rulings
from qika.rulebook.book import Rulebook
from qika.terms.names import IssuerCode

WORKERS = 2
"""Processes beside the one that reads; with the server they keep two cores busy."""
GARBAGE_THRESHOLD = 50_000
_END_S = 10


class ClosingStore(Store, Protocol):
    """A store that a worker opened for itself."""

    async def close(self) -> None:
        """Close its connections."""
        ...


Opening = Callable[[], Awaitable[ClosingStore]]


@runtime_checkable
class Shared(Protocol):
    """A store whose database other processes may write to at the same time."""

    def opening(self) -> Opening:
        """Give what opens it in another process."""
        ...


class WorkerLostError(RuntimeError):
    """A worker ended on the way; the same command again goes on where the import stopped."""


class _Context(NamedTuple):
    """What a worker needs of the office."""

    opening: Opening
    book: Rulebook
    chain_of: Callable[[IssuerCode], tuple[IssuerCode, ...]]
    keys: Keys
    calendar: Calendar
    references: References
    at: datetime


class Judged(NamedTuple):
    """What a worker says of a batch: labels, the findings that say more, and marks."""

    labels: list[str]
    odd: dict[int, RowVerdict]
    marks: Marks

    def findings(self, lines: Sequence[int]) -> list[RowVerdict]:
        """Give a finding for each row."""
        plain = map(RowVerdict, lines, repeat(Verdict.ACCEPTABLE), self.labels)
        findings = list(plain)
        for place, finding in self.odd.items():
            findings[place] = finding
        return findings


class Worker:
    """One worker process, as the reading one sees it: a question, then its answer."""

    def __init__(self, context: _Context) -> None:
        """Start it."""
        spawning = get_context("spawn")
        self._pipe, theirs = spawning.Pipe()
        self._process = spawning.Process(target=_serve, args=(theirs, context), daemon=True)
        self._process.start()
        theirs.close()
        self._turn = asyncio.Lock()

    async def judge(self, number: int, batch: RowBatch) -> Judged:
        """Check the rows of a batch; the cards that they make stay with the worker."""
        return cast("Judged", await self._asked((number, batch)))

    async def keep(self, number: int, chosen: list[bool]) -> Sequence[str]:
        """Store the chosen cards of a batch that was judged; gives a word for each."""
        return cast("Sequence[str]", await self._asked((number, chosen)))

    async def _asked(self, question: object) -> object:
        async with self._turn:
            answer = await asyncio.to_thread(self._exchange, question)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def _exchange(self, question: object) -> object:
        try:
            self._pipe.send(question)
            return self._pipe.recv()
        except (EOFError, OSError) as error:
            raise WorkerLostError(
                "a worker process ended: run the same command again, it goes on from here"
            ) from error

    def end(self) -> None:
        """Let it end; what it is storing is stored first."""
        self._pipe.close()
        self._process.join(_END_S)
        if self._process.is_alive():
            self._process.kill()


class Workers:
    """Some workers, asked in turns."""

    def __init__(self, office: Office, references: References, opening: Opening, n: int) -> None:
        """Take what they need; they start with ``async with``."""
        rulings = office.rulings
        self._context = _Context(
            opening, rulings.book, rulings.chain_of, office.keys, office.calendar, references,
            office.clock(),
        )  # fmt: skip
        self.count = n
        self._workers: list[Worker] = []

    async def __aenter__(self) -> Self:
        """Start the processes."""
        self._workers = [Worker(self._context) for _ in range(self.count)]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End them."""
        for worker in self._workers:
            await asyncio.to_thread(worker.end)

    def of(self, number: int) -> Worker:
        """Give the worker of a batch."""
        return self._workers[number % self.count]


def _serve(pipe: Connection, context: _Context) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the reading process decides what it means
    gc.set_threshold(GARBAGE_THRESHOLD)
    try:
        asyncio.run(_answer_all(pipe, context))
    except (EOFError, OSError):
        return


async def _answer_all(pipe: Connection, context: _Context) -> None:
    """Answer until the pipe ends. Nothing else runs in this process, so waiting may block it."""
    store = await context.opening()
    try:
        nobody: Any = None  # the checks of cards ask neither directory nor identities
        office = Office(
            store, Rulings(context.book, context.chain_of), cast("Directory", nobody),
            context.keys, cast("IdentityProvider", nobody), context.calendar, lambda: context.at,
        )  # fmt: skip
        desk = _Desk(CardRows(office, context.references), store, context.at)
        while True:
            number, question = pipe.recv()
            try:
                answer: object = await desk.answer(number, question)
            except Exception as error:  # noqa: BLE001  the reading process raises it
                answer = error
            pipe.send(answer)
    finally:
        await store.close()


class _Desk:
    """Where a worker works: the cards of the batches that it judged wait to be stored."""

    def __init__(self, rows: CardRows, store: Store, at: datetime) -> None:
        self._rows, self._store, self._at = rows, store, at
        self._waiting: dict[int, list[NewCard]] = {}

    async def answer(self, number: int, question: RowBatch | list[bool]) -> object:
        if isinstance(question, RowBatch):
            return self._judged(number, question)
        chosen = list(compress(self._waiting.pop(number), question))
        return await self._store.add_cards(chosen, received_at=self._at) if chosen else []

    def _judged(self, number: int, batch: RowBatch) -> Judged:
        findings, cards = self._rows.judge(batch)
        self._waiting[number] = cards
        odd = {
            place: row
            for place, row in enumerate(findings)
            if row.reasons or row.remarks or row.verdict is not Verdict.ACCEPTABLE
        }
        return Judged([row.label for row in findings], odd, marks_of(cards))


def _proxy(content: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(content)


def _reduced(proxy: MappingProxyType[Any, Any]) -> tuple[Any, tuple[dict[Any, Any]]]:
    return _proxy, (dict(proxy),)


ForkingPickler.register(MappingProxyType, _reduced)
