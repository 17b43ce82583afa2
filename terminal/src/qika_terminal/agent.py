"""The agent: reads cards, keeps first uses, and has them sent while the counter goes on."""

import logging
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from qika_terminal.card import CardRead
from qika_terminal.driver_string import parse_text
from qika_terminal.event_queue import EventQueue, KeptEvent, NewEvent, State
from qika_terminal.faults import Fault, RefusedError
from qika_terminal.fields import Json
from qika_terminal.first_use import FirstUse, request_body
from qika_terminal.inputs import Source
from qika_terminal.sender import Line, Sender, written
from qika_terminal.settings import Settings

READING_KEPT_S, READINGS_MAX = 180, 50
"""How long a card that was read may be sent, and how many are remembered."""

LIST_MAX = 100
IDLE_S = 600
"""Longest sleep of the sending thread; a new event wakes it."""

FAULT_PAUSE_S = 30
DAY_S = 86_400

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """A card that was read, for a while."""

    id: str
    card: CardRead
    at: float


@dataclass(frozen=True, slots=True)
class Overview:
    """How things stand."""

    line: Line
    counts: Mapping[State, int]
    newest: Sequence[KeptEvent]


class Agent:
    """One counter's agent; calls come from several threads, sending is done by one."""

    def __init__(
        self,
        settings: Settings,
        queue: EventQueue,
        sender: Sender,
        source: Source,
        clock: Callable[[], datetime],
    ) -> None:
        """Take what the command line builds."""
        self.settings, self.queue, self.sender = settings, queue, sender
        self._source, self._clock = source, clock
        self._readings: dict[str, Reading] = {}
        self._reading, self._remembering = threading.Lock(), threading.Lock()
        self._woken, self._stopped = threading.Event(), threading.Event()

    def read(self, driver_string: str = "") -> Reading:
        """Read a card and remember it for a while; raises RefusedError."""
        card = self._read(driver_string)
        now = self._clock().timestamp()
        reading = Reading(secrets.token_urlsafe(12), card, now)
        with self._remembering:
            fresh = [one for one in self._readings.values() if self._is_fresh(one, now)]
            kept = [*fresh, reading][-READINGS_MAX:]
            self._readings = {one.id: one for one in kept}
        return reading

    def note(self, first: FirstUse) -> KeptEvent:
        """Keep a first use; when this returns it is on disk. Raises RefusedError.

        A call that is repeated under its own key gets the event that is kept already.
        """
        before = self.queue.with_key(first.request_key) if first.request_key else None
        try:
            card = self._card(first)
        except RefusedError as error:
            if before is not None and error.fault is Fault.READING_GONE:
                return before
            raise
        now = self._clock()
        occurred = first.occurred_at or now
        if occurred > now:
            raise RefusedError(Fault.IN_FUTURE)
        when = occurred.isoformat()
        if before is not None and first.occurred_at is None:
            when = before.occurred_at
        key = first.request_key or secrets.token_urlsafe(18)
        kept = self.queue.add(self._event(first, card, key, when), now.isoformat())
        _log.info("event %d is kept", kept.number)
        self._woken.set()
        return kept

    def await_decision(self, kept: KeptEvent, wait_s: float | None) -> KeptEvent:
        """Wait a while for what the service decides; not while the line is known to be down."""
        longest = self.settings.answer_within_s if wait_s is None else wait_s
        self.queue.await_change(kept.number, self._is_told, longest)
        return self.queue.event(kept.number) or kept

    def overview(self) -> Overview:
        """Say how things stand."""
        look = self.queue.look(LIST_MAX)
        return Overview(self.sender.line, look.counts, look.newest)

    def send_now(self) -> None:
        """Send what waits at once, whatever pauses there are."""
        self.sender.try_now()
        self._woken.set()

    def run(self) -> None:
        """Send what is due until told to stop; nothing that goes wrong ends this."""
        while not self._stopped.is_set():
            self._woken.clear()
            self._woken.wait(self._step())

    def stop(self) -> None:
        """Let ``run`` return soon."""
        self._stopped.set()
        self._woken.set()

    def _step(self) -> float:
        """Send what is due; gives the seconds until something may be."""
        try:
            while not self._stopped.is_set() and self.sender.send_due():
                self._report_line()
            now = self._clock().timestamp()
            self.queue.forget(now - self.settings.keep_days * DAY_S)
            at = self.sender.wakes_at()
        except RefusedError as error:
            _log.warning("the queue: %s", error)
            return FAULT_PAUSE_S
        except Exception as error:  # noqa: BLE001 - whatever it was, events must go on
            _log.error("a defect while sending: %s", type(error).__name__)
            return FAULT_PAUSE_S
        return IDLE_S if at is None else min(max(at - now, 0.05), IDLE_S)

    def _report_line(self) -> None:
        line = self.sender.line
        if line.trouble is not None:
            _log.info("the line: %s %s, %d in a row", line.trouble, line.detail, line.failures)

    def _is_told(self, kept: KeptEvent) -> bool:
        return kept.state is not State.WAITING or kept.trouble is not None or self._is_cut()

    def _is_cut(self) -> bool:
        line = self.sender.line
        return line.trouble is not None and self._clock().timestamp() < line.until

    def _read(self, driver_string: str) -> CardRead:
        if driver_string:
            return parse_text(driver_string)
        if not self._reading.acquire(blocking=False):
            raise RefusedError(Fault.READER_BUSY)
        try:
            return self._source.read()
        finally:
            self._reading.release()

    def _card(self, first: FirstUse) -> CardRead:
        """Find the card: read before, in the call, or in the reader; raises if it is another."""
        if first.reading:
            reading = self._readings.get(first.reading)
            if reading is None or not self._is_fresh(reading, self._clock().timestamp()):
                raise RefusedError(Fault.READING_GONE)
            card = reading.card
        else:
            card = self._read(first.driver_string)
        if first.card_identifier and first.card_identifier != card.identifier:
            raise RefusedError(Fault.ANOTHER_CARD)
        return card

    def _is_fresh(self, reading: Reading, now: float) -> bool:
        return abs(now - reading.at) <= READING_KEPT_S

    def _event(self, first: FirstUse, card: CardRead, key: str, when: str) -> NewEvent:
        settings = self.settings
        body: dict[str, Json] = {
            "request_key": key,
            "occurred_at": when,
            **request_body(first, card, settings.cards_by, settings.channel, settings.point_id),
        }
        return NewEvent(key, " ".join(body["card"].values()), written(body), when)
