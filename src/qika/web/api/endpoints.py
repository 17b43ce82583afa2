"""The one table of endpoints: routing, access, OpenAPI and their tests all come from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import CoroutineType
from typing import Any

from msgspec import Struct

from qika.terms.names import Language
from qika.web.api.answers import (
    CandidatesAnswer,
    CardStatusAnswer,
    HealthAnswer,
    NotCoveredAnswer,
    OutcomesAnswer,
    PlanAnswer,
    PointsAnswer,
    SignatureCheckAnswer,
    StreamAnswer,
    StreamLine,
)
from qika.web.api.asking import PLAN_FILLER, plan_faults
from qika.web.api.card_status import Tries, answer_card_status, card_status_faults
from qika.web.api.cards import answer_events, send_activations, sender_of
from qika.web.api.fields import Pairs, of_json, of_pairs
from qika.web.api.plans import send_plan
from qika.web.api.points import points_faults, send_points
from qika.web.api.requests import (
    ActivationBatch,
    ActivationBody,
    CardStatusRequest,
    EventBatch,
    EventBody,
    PlanQuery,
    PlanRequest,
    PointsQuery,
)
from qika.web.api.signature_check import check_signature
from qika.web.api.streams import give_results, tell_stream
from qika.web.gate import Cost
from qika.web.problems import ProblemCode, ProblemError
from qika.web.promise import Promise
from qika.web.sent import JSON_TYPE, LINES_TYPE, Lines, Live
from qika.web.signing.door import Sender
from qika.web.site import Door, Site


@dataclass(frozen=True, slots=True)
class Call:
    """One call to an endpoint."""

    site: Site
    language: Language
    query: Pairs
    body: bytes
    tries: Tries
    target: str = ""
    """Path and query, as they were sent."""
    headers: Mapping[bytes, bytes] = field(default_factory=dict[bytes, bytes])
    sender: Sender | None = None
    """Who signed it; None: nobody, which only the demo takes."""
    named: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the names in the path of the endpoint stand for."""


Reply = Struct | bytes | Live | Lines
"""An answer, or its JSON, or many lines."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One row: what is called how, by whom, with what, and what comes back."""

    method: str
    path: str
    name: str
    """The operationId; its summary is the message ``endpoint-<name>``."""
    door: Door
    """Who may call: a process that does not open this door does not have the endpoint."""
    requests: tuple[type[Struct], ...]
    """Accepted bodies, or the query of a GET; empty for none."""
    answers: tuple[type[Struct], ...]
    problems: tuple[ProblemCode, ...]
    serve: Callable[[Call], "Reply | Promise[bytes] | CoroutineType[Any, Any, Reply]"]
    """Answers at once, or after waiting for the store."""
    cost: Cost | None = None
    """How dear it is to answer where no kept answer does."""
    kept: bool = False
    """Answers may be kept for those who ask the same, unless they are about one person."""
    streamed: type[Struct] | None = None
    """Takes a body of many lines as well, and answers it by this and 202."""
    media: str = JSON_TYPE
    """Type of its answers; of lines each is one of ``answers``."""

    @property
    def writes(self) -> bool:
        """Tell whether unsigned calls are refused outside the demo: what writes, and what of it."""
        return ProblemCode.UNSIGNED in self.problems


def _get_plan(call: Call) -> Reply:
    site, spoken = call.site, call.language
    asked = of_pairs(
        call.query, PlanQuery, PLAN_FILLER, lambda rest: plan_faults(site, rest, spoken)
    )
    return send_plan(site, asked, spoken)


def _post_plan(call: Call) -> Reply:
    site, spoken = call.site, call.language
    asked = of_json(
        call.body, PlanRequest, PLAN_FILLER, lambda rest: plan_faults(site, rest, spoken)
    )
    return send_plan(site, asked, spoken)


def _get_points(call: Call) -> Reply:
    site, spoken = call.site, call.language
    asked = of_pairs(call.query, PointsQuery, {}, lambda rest: points_faults(site, rest, spoken))
    return send_points(site, asked, spoken)


def _post_activations(call: Call) -> "Promise[bytes] | CoroutineType[Any, Any, bytes]":
    return send_activations(call.site, call.body, call.language, call.sender)


async def _get_stream(call: Call) -> Reply:
    return await tell_stream(call.site, call.named["id"], sender_of(call.sender), call.language)


async def _get_results(call: Call) -> Reply:
    return await give_results(call.site, call.named["id"], sender_of(call.sender))


def _post_events(call: Call) -> "CoroutineType[Any, Any, Reply]":
    return answer_events(call.site, call.body, call.language, call.sender)


async def _post_card_status(call: Call) -> Struct:
    site, spoken = call.site, call.language
    asked = of_json(
        call.body,
        CardStatusRequest,
        {"card": {"card_identifier": "0" * 32}},
        lambda rest: card_status_faults(site, rest, spoken),
    )
    return await answer_card_status(site, asked, call.tries, spoken)


def _post_signature_check(call: Call) -> Reply:
    return check_signature(call.site, call.target, call.headers, call.body, call.language)


def _health(call: Call) -> Reply:
    return HealthAnswer("ok", call.site.version)


async def _readiness(call: Call) -> Struct:
    if not await call.site.ready():
        raise ProblemError(ProblemCode.OVERLOADED, headers=(("Retry-After", "1"),))
    return HealthAnswer("ready", call.site.version)


_ALWAYS = (ProblemCode.WRONG_FIELDS, ProblemCode.BROKEN)
_BODY = (
    ProblemCode.UNREADABLE,
    ProblemCode.TOO_LARGE,
    ProblemCode.UNSUPPORTED_MEDIA_TYPE,
    *_ALWAYS,
)
_STORE = (ProblemCode.OVERLOADED, ProblemCode.UNAVAILABLE)
_SIGNED = (ProblemCode.UNSIGNED, ProblemCode.SIGNATURE_REFUSED, ProblemCode.NOT_ALLOWED)
_WRITE = (*_BODY, *_SIGNED, ProblemCode.IN_PROGRESS, *_STORE)
_PLAN = (PlanAnswer, CandidatesAnswer, NotCoveredAnswer)
_ACTIVATION = (ActivationBody, ActivationBatch)
_EVENT = (EventBody, EventBatch)
_CARD_STATUS = (*_BODY, ProblemCode.TOO_MANY_TRIES, *_STORE)
_GET = (ProblemCode.UNREADABLE, *_ALWAYS)
_DEAR = (ProblemCode.TOO_MANY_REQUESTS, ProblemCode.OVERLOADED)
_DEAR_GET, _DEAR_BODY = (*_GET, *_DEAR), (*_BODY, *_DEAR)
_READY = (*_GET, *_STORE)
_OF_STREAM = (*_GET, *_SIGNED[:2], ProblemCode.NOT_FOUND, *_STORE)

ENDPOINTS = (
    Endpoint(
        "GET", "/v1/plans", "getPlan", Door.PUBLIC, (PlanQuery,), _PLAN, _DEAR_GET, _get_plan,
        Cost.PLAN, kept=True,
    ),
    Endpoint(
        "POST", "/v1/plans", "askPlan", Door.PUBLIC, (PlanRequest,), _PLAN, _DEAR_BODY,
        _post_plan, Cost.PLAN,
    ),
    Endpoint(
        "GET", "/v1/points", "findPoints", Door.PUBLIC, (PointsQuery,), (PointsAnswer,),
        _DEAR_GET, _get_points, Cost.PLAN, kept=True,
    ),
    Endpoint(
        "POST", "/v1/activations", "activate", Door.PARTNER, _ACTIVATION,
        (OutcomesAnswer,), _WRITE, _post_activations, streamed=StreamAnswer,
    ),
    Endpoint(
        "GET", "/v1/activation-streams/{id}", "followStream", Door.PARTNER, (), (StreamAnswer,),
        _OF_STREAM, _get_stream,
    ),
    Endpoint(
        "GET", "/v1/activation-streams/{id}/results", "readStreamResults", Door.PARTNER, (),
        (StreamLine,), (*_OF_STREAM, ProblemCode.IN_PROGRESS), _get_results, media=LINES_TYPE,
    ),
    Endpoint(
        "POST", "/v1/events", "record", Door.PARTNER, _EVENT, (OutcomesAnswer,), _WRITE,
        _post_events,
    ),
    Endpoint(
        "POST", "/v1/card-status", "askCardStatus", Door.PARTNER, (CardStatusRequest,),
        (CardStatusAnswer,), _CARD_STATUS, _post_card_status,
    ),
    Endpoint(
        "POST", "/v1/signature-check", "checkSignature", Door.PARTNER, (), (SignatureCheckAnswer,),
        _BODY, _post_signature_check,
    ),
    Endpoint(
        "GET", "/healthz", "health", Door.PUBLIC, (), (HealthAnswer,), _GET, _health
    ),
    Endpoint(
        "GET", "/readyz", "readiness", Door.PUBLIC, (), (HealthAnswer,), _READY,
        _readiness,
    ),
)  # fmt: skip
"""Health and readiness stand at every door; see ``open_at``."""

AT_EVERY_DOOR = frozenset({"health", "readiness"})


def open_at(doors: frozenset[str]) -> tuple[Endpoint, ...]:
    """Give the endpoints of a process that opens these doors."""
    return tuple(one for one in ENDPOINTS if one.door in doors or one.name in AT_EVERY_DOOR)
