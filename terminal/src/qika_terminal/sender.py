"""Sends what the queue holds until the service has decided it: in order per card, and exactly once.

What makes it exactly once is the request key: it was made when the event was kept, and the service
answers a key that succeeded as before. So whatever is in doubt is simply sent again.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from qika_terminal.event_queue import (
    BATCH_MAX,
    PAUSE_MAX_S,
    Decided,
    EventQueue,
    KeptEvent,
)
from qika_terminal.faults import Trouble
from qika_terminal.service import (
    LineError,
    Outcome,
    Post,
    Problem,
    UnreadableAnswerError,
    UntrustedError,
    outcomes_of,
    problem_of,
)
from qika_terminal.signing import Signer

PATH = "/v1/activations"
ACCEPTED = frozenset({"activated", "already_active"})
"""Decisions after which the card is active; every other one is a refusal."""

IN_FUTURE = "in_future"
"""A decision that time alone changes: this computer's clock is ahead of the service's."""

LINE_PAUSE_MAX_S = 60
"""Between two tries of a line that is down: soon after it is back, everything is on its way."""

RETRY_AFTER_MAX_S = 900
ROW_PAUSE_S, ROW_PAUSE_MAX_S = 30, 900
"""Between two tries of an event that the service takes from nobody yet."""

_BUSY = frozenset({409, 429, 503})
_CLOCK = frozenset({"signature_too_old", "signature_in_future"})
_OK, _UNAUTHORISED, _FORBIDDEN, _TOO_LARGE, _UNPROCESSABLE = 200, 401, 403, 413, 422
_REFUSED = {_FORBIDDEN: Trouble.NOT_ALLOWED, _UNPROCESSABLE: Trouble.WRONG_FIELDS}
_SERVER_ERRORS = 500


class Line(NamedTuple):
    """How the line to the service is."""

    trouble: Trouble | None = None
    detail: str = ""
    failures: int = 0
    """In a row."""
    until: float = 0.0
    """Nothing is sent before this moment."""


class Sender:
    """Sends events; one thread calls it.

    ``spread`` gives 0.5 to 1.5, so that many counters do not come back in one moment.
    """

    def __init__(
        self,
        queue: EventQueue,
        post: Post,
        signer: Signer,
        origin: str,
        clock: Callable[[], datetime],
        spread: Callable[[], float],
        *,
        batch_max: int = BATCH_MAX,
    ) -> None:
        """Take what the agent injects."""
        self._queue, self._post, self._signer = queue, post, signer
        self._url, self._clock, self._spread = origin + PATH, clock, spread
        self._batch = self._batch_max = batch_max
        self.line = Line()

    def send_due(self) -> bool:
        """Make one call to the service with what is due; False if there is nothing to do now."""
        now = self._clock().timestamp()
        clock_set_back = self.line.until - now > PAUSE_MAX_S
        open_line = now >= self.line.until or clock_set_back
        events = self._queue.due(now, self._batch) if open_line else ()
        if not events:
            return False
        body = _batch_body(events)
        key = hashlib.sha256("\n".join(one.request_key for one in events).encode()).hexdigest()
        headers = self._signer.headers(self._url, body, key, self._clock())
        try:
            answer = self._post(PATH, headers, body)
        except UntrustedError as error:
            self._line_failed(events, Trouble.UNTRUSTED, str(error))
        except LineError as error:
            self._batch = max(len(events) // 2, 1)  # a slow line carries less at a time
            self._line_failed(events, Trouble.UNREACHABLE, str(error))
        else:
            self._answered(events, answer.status, answer.body, answer.retry_after_s)
        return True

    def wakes_at(self) -> float | None:
        """Give when something will be due; None if nothing waits."""
        at = self._queue.next_try()
        return None if at is None else max(at, self.line.until)

    def try_now(self) -> None:
        """Forget all pauses."""
        self._queue.send_all_now()
        self.line = self.line._replace(until=0.0)

    def _answered(
        self, events: Sequence[KeptEvent], status: int, body: bytes, retry_after_s: float
    ) -> None:
        try:
            if status == _OK:
                self._decided(events, outcomes_of(body))
                return
            problem = problem_of(body)
        except UnreadableAnswerError:
            broken = status >= _SERVER_ERRORS
            trouble = Trouble.SERVICE_BROKEN if broken else Trouble.NOT_THE_SERVICE
            self._line_failed(events, trouble, str(status), retry_after_s)
            return
        if status in _REFUSED:
            self._refused(events, _REFUSED[status], problem)
        elif status == _TOO_LARGE and len(events) > 1:
            self._batch = len(events) // 2
        else:
            self._line_failed(events, _line_trouble(status, problem), problem.reason, retry_after_s)

    def _decided(self, events: Sequence[KeptEvent], outcomes: Sequence[Outcome]) -> None:
        """Note the decisions; an answer that leaves out an event is none of the service's."""
        by_key = {one.request_key: one for one in outcomes}
        if any(one.request_key not in by_key for one in events):
            raise UnreadableAnswerError
        self.line = Line()
        self._batch = min(self._batch * 2, self._batch_max)
        told = [(event, by_key[event.request_key]) for event in events]
        early = [event for event, outcome in told if outcome.status == IN_FUTURE]
        if early:
            self._put_off(early, Trouble.IN_FUTURE, IN_FUTURE)
        self._queue.settle(
            [
                Decided(event.number, outcome.status in ACCEPTED, outcome.status, outcome.missing)
                for event, outcome in told
                if outcome.status != IN_FUTURE
            ],
            self._clock().timestamp(),
        )

    def _refused(self, events: Sequence[KeptEvent], trouble: Trouble, problem: Problem) -> None:
        """Hold the events that the service names, and send the others without them.

        One request that is not allowed keeps a whole call from being carried out. If the service
        names none of several, they are sent in halves until the wrong one is alone.
        """
        self.line = Line()
        named = problem.rows() if len(events) > 1 else {0: problem.reason}
        held = {place: code for place, code in named.items() if place < len(events)}
        if not held:
            self._batch = len(events) // 2
        for reason in sorted(set(held.values())):
            these = [events[place] for place, code in held.items() if code == reason]
            self._put_off(these, trouble, reason)

    def _put_off(self, events: Sequence[KeptEvent], trouble: Trouble, detail: str) -> None:
        now = self._clock().timestamp()
        until = {one.number: now + self._row_pause(one.attempts) for one in events}
        self._queue.put_off([one.number for one in events], trouble, detail, until)

    def _line_failed(
        self,
        events: Sequence[KeptEvent],
        trouble: Trouble,
        detail: str,
        retry_after_s: float = 0.0,
    ) -> None:
        """Note that nothing gets through; the events themselves may be sent as soon as it does."""
        failures = self.line.failures + 1
        pause = min(2.0 ** min(failures, 10), LINE_PAUSE_MAX_S) * self._spread()
        pause = max(pause, min(retry_after_s, RETRY_AFTER_MAX_S))
        self.line = Line(trouble, detail, failures, self._clock().timestamp() + pause)
        self._queue.put_off([one.number for one in events], trouble, detail, {})

    def _row_pause(self, attempts: int) -> float:
        return min(ROW_PAUSE_S * 2.0 ** min(attempts, 10), ROW_PAUSE_MAX_S) * self._spread()


def _line_trouble(status: int, problem: Problem) -> Trouble:
    if status == _UNAUTHORISED:
        return Trouble.CLOCK_WRONG if problem.reason in _CLOCK else Trouble.SIGNATURE_REFUSED
    if status in _BUSY:
        return Trouble.BUSY
    return Trouble.SERVICE_BROKEN if status >= _SERVER_ERRORS else Trouble.NOT_THE_SERVICE


def _batch_body(events: Sequence[KeptEvent]) -> bytes:
    """Put events into one call, each as it was written when it was kept."""
    return b'{"requests":[' + ",".join(one.body for one in events).encode() + b"]}"


def written(body: dict[str, object]) -> str:
    """Write a request as it is kept and sent."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
