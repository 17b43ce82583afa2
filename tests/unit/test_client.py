"""The client sends again under the same keys where no answer came, and never a decision."""

import dataclasses
import datetime as dt
import hashlib
import json
from types import SimpleNamespace

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from http_message_signatures import HTTPMessageVerifier, algorithms
from http_message_signatures.resolvers import MappingKeyResolver

from qika.activation import status as known
from qika.web.signing.profile import read
from qika_client import (
    Client,
    GaveUpError,
    RefusedError,
    Retrying,
    SigningKey,
    Status,
    UnusableKeyError,
)

ORIGIN = "https://card.example"
NOW = 1_795_000_000
KINDS = {
    "ed25519": (ed25519.Ed25519PrivateKey.generate(), algorithms.ED25519),
    "p256": (ec.generate_private_key(ec.SECP256R1()), algorithms.ECDSA_P256_SHA256),
    "rsa": (rsa.generate_private_key(65_537, 2_048), algorithms.RSA_V1_5_SHA256),
}
OUTCOME = {
    "request_key": "r-1", "status": "activated", "message": "Done.", "next_step": "Nothing.",
    "applications": {
        "social": {"status": "activated", "state": "normal",
                   "since": "2026-11-20T10:00:00+08:00", "usable_from": "2026-11-20"},
    },
    "missing": [], "source_ids": ["law"], "replayed": False,
}  # fmt: skip
PROBLEM = {
    "code": "not_allowed", "detail": "Not allowed.",
    "errors": [{"field": "channel", "code": "channel_not_allowed", "message": "No."}],
}  # fmt: skip


def pem(private) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class Service:
    """Answers each call with the next of its answers, and keeps what it was sent."""

    def __init__(self, *answers, kind: str = "ed25519") -> None:
        self.answers, self.seen, self.pauses = list(answers), [], []
        retrying = Retrying(tries=4, sleep=self.pauses.append, chance=lambda: 1.0)
        self.client = Client(
            ORIGIN,
            SigningKey.read("bank-1", pem(KINDS[kind][0])),
            retrying=retrying,
            transport=httpx.MockTransport(self.answer),
            clock=lambda: NOW,
        )

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def headers(self, name: str) -> list[str]:
        return [one.headers[name] for one in self.seen]


def decided(*changes) -> httpx.Response:
    return httpx.Response(200, json={"outcomes": [OUTCOME | one for one in changes or ({},)]})


def nonces(service: Service) -> list[str]:
    headers = [{k.lower().encode(): v.encode() for k, v in one.headers.items()}
               for one in service.seen]  # fmt: skip
    return [read("POST", f"{ORIGIN}/v1/activations", one).nonce for one in headers]


# -- signatures ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_it_signs_an_independent_library_accepts(kind, method):
    service = Service(decided(), kind=kind)
    if method == "POST":
        service.client.activate({"request_key": "r-1"})
    else:
        service.answers = [httpx.Response(200, json=STREAM)]
        service.client.status("abc")
    [sent] = service.seen
    private, algorithm = KINDS[kind]
    resolver = MappingKeyResolver(private_keys={}, public_keys={"bank-1": private.public_key()})
    verifier = HTTPMessageVerifier(signature_algorithm=algorithm, key_resolver=resolver)
    message = SimpleNamespace(
        method=sent.method, url=str(sent.url), headers=sent.headers, body=sent.content
    )
    found = verifier.verify(message, max_age=dt.timedelta(days=36_500), expect_tag="qika-partner")
    assert found[0].parameters["keyid"] == "bank-1"
    covered = {'"@method"', '"@target-uri"', '"@signature-params"'}
    if method == "POST":
        covered |= {'"content-type"', '"content-digest"', '"idempotency-key"'}
    assert set(found[0].covered_components) == covered


@pytest.mark.parametrize(
    "private",
    [rsa.generate_private_key(65_537, 1_024), ec.generate_private_key(ec.SECP384R1())],
)
def test_a_key_that_the_service_does_not_take_is_refused_at_once(private):
    with pytest.raises(UnusableKeyError):
        SigningKey.read("bank-1", pem(private))
    with pytest.raises(UnusableKeyError):
        SigningKey.read("bank-1", b"no key")


# -- sending again ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("down"),
        httpx.RemoteProtocolError("broke off"),
        *(httpx.Response(code) for code in (409, 429, 502, 503, 504)),
    ],
    ids=repr,
)
def test_without_an_answer_it_is_sent_again_under_the_same_keys_signed_anew(failure):
    service = Service(failure, failure, decided())
    outcome = service.client.activate({"card": {}})
    assert outcome.activated
    assert len({one.content for one in service.seen}) == 1
    assert json.loads(service.seen[0].content)["request_key"]
    assert len(set(service.headers("idempotency-key"))) == 1
    assert len(set(nonces(service))) == 3
    assert service.pauses == [0.5, 1.0]


def test_the_service_may_ask_for_a_longer_pause_but_not_for_ever():
    asked = [httpx.Response(503, headers={"retry-after": text}) for text in ("7", "9000", "soon")]
    service = Service(*asked, decided())
    service.client.activate({})
    assert service.pauses == [7.0, 30.0, 2.0]


def test_it_gives_up_after_its_tries_and_says_that_it_does_not_know():
    service = Service(*[httpx.ReadTimeout("slow")] * 4)
    with pytest.raises(GaveUpError, match="4 tries"):
        service.client.activate({})
    assert len(service.pauses) == 3


@pytest.mark.parametrize("status", [one for one in Status if one is not Status.ACTIVATED])
def test_a_decision_is_never_sent_again(status):
    service = Service(decided({"status": status}))
    assert service.client.activate({}).status == status
    assert len(service.seen) == 1


@pytest.mark.parametrize("code", [400, 401, 403, 404, 413, 415, 422, 500])
def test_a_refused_call_is_never_sent_again(code):
    service = Service(httpx.Response(code, json=PROBLEM))
    with pytest.raises(RefusedError, match="not_allowed") as refused:
        service.client.activate({})
    assert [(one.field, one.code) for one in refused.value.errors] == [
        ("channel", "channel_not_allowed")
    ]
    assert (refused.value.status, len(service.seen), service.pauses) == (code, 1, [])


def test_an_answer_of_a_proxy_is_told_too():
    service = Service(httpx.Response(404, text="<html>"))
    with pytest.raises(RefusedError, match="404"):
        service.client.activate({})


# -- what it gives ---------------------------------------------------------------------------------


def test_an_outcome_has_types():
    outcome = Service(decided()).client.activate({"request_key": "r-1"})
    social = outcome.applications["social"]
    assert social.since == dt.datetime.fromisoformat("2026-11-20T10:00:00+08:00")
    assert social.usable_from == dt.date(2026, 11, 20)
    assert outcome.source_ids == ("law",)
    assert dataclasses.is_dataclass(outcome)


def test_it_knows_every_status_of_the_service_in_its_order():
    assert [str(one) for one in Status] == [str(one) for one in known.Status]


def test_many_go_a_thousand_in_a_call_each_call_under_a_key_of_its_own():
    first = decided(*({"request_key": f"r-{n}"} for n in range(1_000)))
    service = Service(first, decided({"request_key": "r-1000"}))
    given = service.client.activate_many({"request_key": f"r-{n}"} for n in range(1_001))
    assert [one.request_key for one in given] == [f"r-{n}" for n in range(1_001)]
    assert len(json.loads(service.seen[0].content)["requests"]) == 1_000
    assert len(set(service.headers("idempotency-key"))) == 2


STREAM = {
    "id": "abc", "location": "/v1/activation-streams/abc", "state": "waiting", "rows": 2,
    "rows_read": 0, "outcomes": {}, "problems": 0, "first_problems": [], "kept_until": None,
}  # fmt: skip
LINE_PROBLEM = {"line": 2, "code": "unreadable", "message": "No JSON.", "errors": []}


def test_a_stream_is_sent_from_its_file_anew_for_each_try_its_content_is_its_key(tmp_path):
    path = tmp_path / "requests.ndjson"
    path.write_bytes(b'{"request_key": "1"}\n' * 9_000)
    accepted = httpx.Response(202, json=STREAM)
    service = Service(httpx.ReadTimeout("slow"), accepted, accepted)
    assert service.client.stream(path) == service.client.stream(path.read_bytes())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert set(service.headers("idempotency-key")) == {f"sha256-{digest}"}
    assert {one.read() for one in service.seen} == {path.read_bytes()}
    assert set(service.headers("content-type")) == {"application/x-ndjson"}
    assert set(service.headers("content-length")) == {str(path.stat().st_size)}


def test_a_stream_is_waited_for_and_its_lines_are_read():
    done = STREAM | {"state": "done", "rows_read": 2, "outcomes": {"activated": 1}, "problems": 1,
                     "first_problems": [LINE_PROBLEM]}  # fmt: skip
    lines = [{"line": 1, "outcome": OUTCOME, "problem": None},
             {"line": 2, "outcome": None, "problem": LINE_PROBLEM}]  # fmt: skip
    service = Service(
        httpx.Response(200, json=STREAM),
        httpx.Response(200, json=done),
        httpx.Response(409),
        httpx.Response(200, text="".join(json.dumps(one) + "\n" for one in lines)),
    )
    stream = service.client.wait("abc")
    assert (stream.ended, stream.outcomes, stream.first_problems[0].line) == (
        True, {"activated": 1}, 2,
    )  # fmt: skip
    first, second = service.client.results(stream)
    assert (first.number, first.outcome.status, second.problem.code) == (
        1, "activated", "unreadable",
    )  # fmt: skip
    assert service.pauses == [2.0, 0.5]


def test_waiting_has_an_end():
    service = Service(*[httpx.Response(200, json=STREAM)] * 3)
    with pytest.raises(GaveUpError):
        service.client.wait("abc", every_s=1, at_most=3)
