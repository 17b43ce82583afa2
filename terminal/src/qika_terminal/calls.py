"""What the shop's own system may call, as JSON, and how an event is told."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote

from qika_terminal.agent import Agent
from qika_terminal.event_queue import KeptEvent, State
from qika_terminal.faults import Fault, RefusedError
from qika_terminal.fields import Fields, Json, WrongFieldsError
from qika_terminal.first_use import DRIVER_STRING, read_first_use
from qika_terminal.sender import Line
from qika_terminal.words import Language, Said, document_name, said, word

JSON = "application/json"
HTTP_STATUS: Mapping[Fault, int] = {
    Fault.NO_TOKEN: 401,
    Fault.FOREIGN_PAGE: 403,
    Fault.NOT_FOUND: 404,
    Fault.METHOD_NOT_ALLOWED: 405,
    Fault.UNREADABLE: 400,
    Fault.TOO_LARGE: 413,
    Fault.WRONG_TYPE: 415,
    Fault.WRONG_FIELDS: 422,
    Fault.IN_FUTURE: 422,
    Fault.KEY_REUSED: 409,
    Fault.BROKEN: 500,
    Fault.QUEUE_UNWRITABLE: 503,
    Fault.DISK_FULL: 507,
    Fault.QUEUE_FULL: 507,
}
"""Every other fault is about the card: 409, as another card or another try may do."""

_CARD_FAULT = 409


@dataclass(frozen=True, slots=True)
class Call:
    """One call to this agent, let in."""

    agent: Agent
    path: str
    query: Mapping[str, str]
    body: bytes
    language: Language


class Reply(NamedTuple):
    """An answer."""

    status: int
    body: bytes
    kind: str = JSON
    headers: Mapping[str, str] = {}


Serve = Callable[[Call], Reply]


def json_reply(status: int, value: Json) -> Reply:
    """Answer with JSON."""
    return Reply(status, json.dumps(value, ensure_ascii=False).encode())


def refusal_reply(error: RefusedError, language: Language) -> Reply:
    """Say why a call was refused."""
    what = said(language, "fault", error.fault, detail=error.detail)
    fields = error.fields if isinstance(error, WrongFieldsError) else ()
    value = {
        "code": error.fault,
        "message": what.message,
        "next_step": what.next_step,
        "errors": [{"field": one.field, "code": one.code} for one in fields],
    }
    return json_reply(http_status(error.fault), value)


def http_status(fault: Fault) -> int:
    """Give the HTTP status of a refusal."""
    return HTTP_STATUS.get(fault, _CARD_FAULT)


def health(call: Call) -> Reply:
    """Say that this agent is alive."""
    del call
    return json_reply(200, {"status": "ok"})


def read(call: Call) -> Reply:
    """Read a card."""
    fields = Fields(_json(call.body) if call.body else {})
    driver_string = fields.text("driver_string", DRIVER_STRING)
    fields.finish()
    if fields.wrong:
        raise WrongFieldsError(fields.wrong)
    reading = call.agent.read(driver_string)
    card = reading.card
    told = {
        "issuer": card.division,
        "card_number": card.number or None,
        "card_identifier": card.identifier or None,
        "name": card.name or None,
    }
    return json_reply(200, {"reading": reading.id, "card": told})


def first_use(call: Call) -> Reply:
    """Keep a first use, and wait a while for what the service decides."""
    first = read_first_use(_json(call.body), call.agent.settings.channel)
    kept = call.agent.note(first)
    return _event_reply(call, call.agent.await_decision(kept, first.wait_s))


def first_use_again(call: Call) -> Reply:
    """Say how a first use stands, by its request key."""
    key = unquote(call.path.rpartition("/")[2])
    kept = call.agent.queue.with_key(key)
    if kept is None:
        raise RefusedError(Fault.NOT_FOUND)
    return _event_reply(call, kept)


def queue(call: Call) -> Reply:
    """Say what is on its way."""
    overview = call.agent.overview()
    line = overview.line
    value = {
        "line": {"trouble": line.trouble, "detail": line.detail, "failures": line.failures},
        "counts": overview.counts,
        "events": [as_json(one, line, call.language) for one in overview.newest],
    }
    return json_reply(200, value)


def send_now(call: Call) -> Reply:
    """Send what waits at once."""
    call.agent.send_now()
    return queue(call)


def stand(kept: KeptEvent) -> str:
    """Say where an event stands: ``waiting``, ``held``, ``sent`` or ``refused``."""
    return "held" if kept.held else kept.state.value


def told(kept: KeptEvent, language: Language, line: Line | None = None) -> Said:
    """Put into words how an event stands; the line may say more of one that just came."""
    if kept.state is not State.WAITING:
        papers = [document_name(language, one) for one in kept.missing]
        missing = word(language, "page", "and").join(papers)
        return said(language, "status", kept.status or "unknown", missing=missing)
    trouble, detail = kept.trouble, kept.detail
    if trouble is None and line is not None:
        trouble, detail = line.trouble, line.detail
    return said(language, "trouble", trouble or "sending", detail=detail)


def as_json(kept: KeptEvent, line: Line, language: Language) -> Json:
    """Tell an event; nothing in it says whose it was."""
    what = told(kept, language, line)
    return {
        "number": kept.number,
        "request_key": kept.request_key,
        "state": stand(kept),
        "status": kept.status,
        "trouble": kept.trouble,
        "detail": kept.detail,
        "missing": kept.missing,
        "message": what.message,
        "next_step": what.next_step,
        "occurred_at": kept.occurred_at,
        "queued_at": kept.queued_at,
        "attempts": kept.attempts,
    }


def _event_reply(call: Call, kept: KeptEvent) -> Reply:
    status = 202 if kept.state is State.WAITING else 200
    return json_reply(status, as_json(kept, call.agent.sender.line, call.language))


def _json(body: bytes) -> Json:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RefusedError(Fault.UNREADABLE) from error
