"""Wrong requests at each signed door: alone, in a batch, in a stream; decided alike, told alike."""

import dataclasses
import hashlib
import json
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from qika.authority.partner import Scope
from qika.operations.streams.stream import StreamState
from qika.web.api.endpoints import ENDPOINTS
from qika.web.app import build_app

from tests.journeys.example_site import NOW, Visitor, activation
from tests.journeys.test_activation_streams import StreamingBank, lines_of
from tests.journeys.test_api import HELD, entrusted, with_known_names
from tests.journeys.test_signed import CREATED, EVERY, ORIGIN

CHANNELS = frozenset({"bank_counter", "bank_entrusted", "hospital_first_use"})
SCOPE = Scope(frozenset({"990000"}), CHANNELS, EVERY, frozenset({"102", "103"}), EVERY)
LATER = (NOW + timedelta(minutes=1)).isoformat()
YESTERDAY = (NOW - timedelta(days=1)).date().isoformat()


@pytest.fixture
def bank(example_book, tmp_path):
    made = StreamingBank(example_book, tmp_path)
    made.partner = dataclasses.replace(made.partner, scope=SCOPE)
    made.kept._partners["icbc"] = made.partner
    made.registry.roll = made.run(made.kept.roll())
    return made


def alone(bank, said) -> tuple[str, str]:
    return told_of(bank.send(said))


def in_batch(bank, said) -> tuple[str, str]:
    other = activation("A1", request_key="other")
    return told_of(bank.send({"requests": [other, said]}))


def in_stream(bank, said) -> tuple[str, str]:
    location = bank.stream(lines_of(activation("A1", request_key="other"), said)).headers[
        "location"
    ]
    bank.work()
    last = bank.results(location)[-1]
    if last["outcome"]:
        return "decided", last["outcome"]["status"]
    return last["problem"]["code"], last["problem"]["errors"][0]["code"]


def told_of(answer) -> tuple[str, str]:
    said = answer.json()
    if answer.status_code == 200:
        return "decided", said["outcomes"][-1]["status"]
    return said["code"], said["errors"][-1]["code"]


DOORS: dict[str, Callable] = {"alone": alone, "in a batch": in_batch, "in a stream": in_stream}

DECIDED = {
    "an unknown card": (activation("Z9"), "card_not_found"),
    "an unknown chip": (activation("A2", card={"card_identifier": "f" * 32}), "card_not_found"),
    "an act to come": (activation("A2", occurred_at=LATER), "in_future"),
    "a card that was not collected": (activation("A4"), "not_collected"),
    "a card that is active": (activation("A3"), "already_active"),
    "another bank": (activation("A2", point_id="example:bank-02"), "wrong_bank"),
    "a point that does not do it": (activation("A2", point_id="example:hospital"), "outside_scope"),
    "an unknown point": (activation("A2", point_id="example:none"), "outside_scope"),
    "no papers": (activation("A2", presented=[]), "documents_missing"),
    "an expired paper": (
        activation("A2", presented=[
            {"document": "card", "of": "holder"},
            {"document": "id_card", "of": "holder", "valid_until": YESTERDAY},
        ]),
        "document_expired",
    ),
    "an expired letter": (
        entrusted(card={"issuer": "990000", "card_number": "A2"},
                  letter={"signed_on": "2026-11-01", "valid_until": YESTERDAY}),
        "document_expired",
    ),
    "no letter": (
        entrusted(card={"issuer": "990000", "card_number": "A2"}, letter=None),
        "documents_missing",
    ),
}  # fmt: skip

REFUSED = {
    "a foreign region": (
        activation("A2", card={"issuer": "310000", "card_number": "A2"}), "region_not_allowed",
    ),
    "a channel that is not its own": (
        activation("A2", channel="home_visit"), "channel_not_allowed",
    ),
    "an outlet of a foreign bank": (
        activation("A2", point_id="example:bank-02"), "bank_not_allowed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("door", list(DOORS))
@pytest.mark.parametrize("name", list(DECIDED))
def test_a_wrong_request_is_decided_alike_at_each_door_and_changes_nothing(bank, name, door):
    said, status = DECIDED[name]
    said = said | {"request_key": "wrong"}
    assert DOORS[door](bank, said) == ("decided", status)
    history = bank.site.office.store.history
    assert sum(len(events) for events in history.values()) == (0 if door == "alone" else 1)


@pytest.mark.parametrize("door", list(DOORS))
@pytest.mark.parametrize("name", list(REFUSED))
def test_what_a_partner_may_not_send_is_refused_alike_at_each_door(bank, name, door):
    said, code = REFUSED[name]
    narrow = dataclasses.replace(bank.partner.scope, banks=frozenset({"102"}))
    bank.kept._partners["icbc"] = dataclasses.replace(bank.partner, scope=narrow)
    bank.registry.roll = bank.run(bank.kept.roll())
    assert DOORS[door](bank, said) == ("not_allowed", code)
    history = bank.site.office.store.history
    assert sum(len(events) for events in history.values()) == (1 if door == "in a stream" else 0)


@pytest.mark.parametrize("door", list(DOORS))
def test_a_used_letter_is_refused_at_each_door(bank, door):
    first = entrusted(applications=["social"])
    assert alone(bank, first) == ("decided", "activated")
    second = entrusted(applications=["social"], request_key="second")
    back = {"request_key": "back", "card": first["card"], "type": "activation_reversed",
            "applications": ["social"], "occurred_at": NOW.isoformat()}  # fmt: skip
    assert bank.send(back, path="/v1/events").json()["outcomes"][0]["status"] == "recorded"
    other = dict(second, card={"issuer": "990000", "card_number": "A1"})
    batched = {"alone": alone, "in a batch": last_of_two, "in a stream": last_of_stream}[door]
    assert batched(bank, other | {"occurred_at": NOW.isoformat()}) == ("decided", "letter_used")


def last_of_two(bank, said) -> tuple[str, str]:
    return told_of(bank.send({"requests": [activation("Z9", request_key="other"), said]}))


def last_of_stream(bank, said) -> tuple[str, str]:
    location = bank.stream(lines_of(said)).headers["location"]
    bank.work()
    return "decided", bank.results(location)[0]["outcome"]["status"]


EVENTS = {
    "an unknown card": ({"card": {"issuer": "990000", "card_number": "Z9"}}, "card_not_found"),
    "an act to come": ({"occurred_at": LATER}, "in_future"),
    "a step that is not possible": ({"type": "loss_released", "loss": None},
                                    "transition_not_allowed"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(EVENTS))
def test_a_wrong_event_is_decided(bank, name):
    changes, status = EVENTS[name]
    said = {
        "request_key": "e-1", "card": {"issuer": "990000", "card_number": "A1"},
        "type": "loss_reported", "loss": "temporary", "occurred_at": NOW.isoformat(), **changes,
    }  # fmt: skip
    said = {key: value for key, value in said.items() if value is not None}
    assert told_of(bank.send(said, path="/v1/events")) == ("decided", status)


# -- generated calls, signed ---------------------------------------------------------------------

SIGNED = [one for one in ENDPOINTS if one.writes]


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("endpoint", SIGNED, ids=lambda one: one.name)
def test_no_generated_signed_call_breaks_the_service_or_its_description(bank, endpoint):
    """Every call is signed over the very bytes that are sent, so it gets past the signature."""
    location = bank.stream(lines_of(activation("A1"))).headers["location"]
    bank.work()
    app = build_app(bank.site)
    schemathesis.checks.load_all_checks()
    checks = [schemathesis.checks.CHECKS.get_one(name) for name in HELD]
    operation = schemathesis.openapi.from_asgi("/openapi.json", app)[endpoint.path][endpoint.method]
    modes = schemathesis.GenerationMode
    visitor, passed = Visitor(app), []
    cases = st.one_of(
        operation.as_strategy(generation_mode=modes.POSITIVE).map(with_known_names).map(sound),
        operation.as_strategy(generation_mode=modes.POSITIVE),
        operation.as_strategy(generation_mode=modes.NEGATIVE),
    )

    @settings(
        max_examples=40, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=cases)
    def holds(case):
        answer = signed_call(bank, visitor, case, location)
        passed.append(answer.status_code)
        case.validate_response(answer, checks=checks)
        if endpoint.streamed and isinstance(case.body, dict):
            line = lines_of(case.body)
            streamed = bank.stream(line, hashlib.sha256(line).hexdigest())
            passed.append(streamed.status_code)
            case.validate_response(streamed, checks=checks)

    holds()
    assert 401 not in passed, "every signature is right"
    assert 200 in passed, "some calls get past every check of fields"
    assert (202 in passed) is bool(endpoint.streamed)
    while bank.work():
        pass
    states = {one.state for one in bank.desk.store._streams.values()}
    assert states == {StreamState.DONE}, "no line ends a stream"


def sound(case):
    """Put papers and days that the rulebook knows where generated ones would be refused."""
    body = case.body if isinstance(case.body, dict) else {}
    for one in (body, *body.get("requests", ())):
        if "channel" in one:
            papers = [{"document": "card", "of": "holder"}, {"document": "id_card", "of": "holder"}]
            one |= {"presented": papers, "channel": "bank_counter"}
            one.pop("letter", None)
        if "occurred_at" in one:
            one |= {"occurred_at": NOW.isoformat(), "applications": ["social"]}
            one.pop("loss", None)
    return case


def signed_call(bank, visitor, case, location):
    """Send a generated call, signed; calls about a stream name one that exists."""
    path = case.formatted_path
    if "/activation-streams/" in path and "{" not in path:
        path = location + ("/results" if path.endswith("/results") else "")
    query = {name: str(value) for name, value in (case.query or {}).items()}
    target = target_of(path, query)
    if case.method == "GET":
        headers = bank.signer.headers_of_get(ORIGIN + target, created=CREATED)
        return visitor.call("GET", target, headers=headers)
    body = case.body if isinstance(case.body, bytes | str) else json.dumps(case.body)
    content = body if isinstance(body, bytes) else body.encode()
    media = case.media_type or "application/json"
    headers = bank.signer.headers(ORIGIN + target, content, created=CREATED, content_type=media)
    return visitor.call("POST", target, content=content, headers=headers)


def target_of(path: str, query: dict[str, str]) -> str:
    url = httpx.URL("http://qika.test" + path, params=query or None)
    return url.raw_path.decode()
