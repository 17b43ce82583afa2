"""Signed requests from a partner's side: accepted once, and refused with the reason."""

import dataclasses
import json
from datetime import timedelta

import pytest

from qika.authority.partner import ANY, Algorithm, Partner, PartnerKey, Scope
from qika.operations.registry import Registry
from qika.storage.memory_partners import MemoryPartners
from qika.web.app import build_app
from qika.web.signing.door import PartnerDoor

from tests.journeys.example_site import NOW, Visitor, activation, example_site
from tests.signers import Signer

ORIGIN = "https://card.example"
PATH = "/v1/activations"
EVERY = frozenset({ANY})
OURS = Scope(frozenset({"990000"}), frozenset({"bank_counter"}), EVERY, frozenset({"102"}), EVERY)
CREATED = int(NOW.timestamp())


class Bank:
    """A partner with a key, before a site that takes nothing unsigned."""

    def __init__(self, book, scope: Scope = OURS, **changes: object) -> None:
        self.kept = MemoryPartners()
        self.site = example_site(book, unsigned_writes=False)
        self.registry = Registry(self.kept)
        door = PartnerDoor(ORIGIN, lambda: self.registry.roll, self.kept.spend, lambda: NOW)
        self.site = dataclasses.replace(self.site, partners=door)
        self.visitor = Visitor(build_app(self.site))
        self.signer = Signer.new("icbc-1")
        self.partner = Partner("icbc", "ICBC", scope)
        self.key = dataclasses.replace(
            PartnerKey("icbc-1", "icbc", Algorithm.ED25519, self.signer.public, NOW), **changes
        )
        self.kept._partners["icbc"] = self.partner
        self.kept._partner_keys["icbc-1"] = self.key
        self.registry.roll = self.run(self.kept.roll())

    def run(self, awaitable):
        with pytest.raises(StopIteration) as done:
            awaitable.send(None)
        return done.value.value

    def headers(self, said, path: str = PATH, key: str = "k-1", created: int = CREATED):
        return self.signer.headers(ORIGIN + path, encoded(said), key, created=created)

    def send(self, said, headers=None, path: str = PATH):
        headers = self.headers(said, path) if headers is None else headers
        return self.visitor.call("POST", path, content=encoded(said), headers=headers)


def encoded(said) -> bytes:
    return json.dumps(said, ensure_ascii=False).encode()


@pytest.fixture
def bank(example_book):
    return Bank(example_book)


def problem(answer) -> tuple[int, str, list[tuple[str, str]]]:
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert said["next_step"]
    return answer.status_code, said["code"], [(e["field"], e["code"]) for e in said["errors"]]


def test_a_signed_activation_is_carried_out_in_the_name_of_the_partner(bank):
    answer = bank.send(activation("A1"))
    assert answer.status_code == 200, answer.text
    assert answer.json()["outcomes"][0]["status"] == "activated"
    (history,) = [events for events in bank.site.office.store.history.values() if events]
    assert history[0].sender == "icbc"


def test_the_same_request_signed_anew_is_a_replay_of_its_answer(bank):
    first, again = bank.send(activation("A1")), bank.send(activation("A1"))
    assert first.json()["outcomes"][0]["replayed"] is False
    assert again.json()["outcomes"][0]["replayed"] is True


def test_a_signature_is_used_once(bank):
    headers = bank.headers(activation("A1"))
    assert bank.send(activation("A1"), headers).status_code == 200
    assert problem(bank.send(activation("A1"), headers)) == (
        401, "signature_refused", [("signature", "signature_replayed")],
    )  # fmt: skip


def test_a_clock_up_to_a_minute_off_is_accepted(bank):
    for number, seconds in (("A1", 59), ("A2", -59), ("A3", -340)):
        said = activation(number)
        headers = bank.headers(said, created=CREATED + seconds)
        assert bank.send(said, headers).status_code == 200


WRONG = {
    "unsigned": lambda bank, said: {"Content-Type": "application/json"},
    "signature_unreadable": lambda bank, said: bank.headers(said) | {"Signature": "x"},
    "signature_too_old": lambda bank, said: bank.headers(said, created=CREATED - 361),
    "signature_in_future": lambda bank, said: bank.headers(said, created=CREATED + 61),
    "key_unknown": lambda bank, said: Signer.new("no-such").headers(
        ORIGIN + PATH, encoded(said), created=CREATED
    ),
    "content_digest": lambda bank, said: bank.headers(activation("A2")),
    "signature_wrong": lambda bank, said: Signer.new("icbc-1").headers(
        ORIGIN + PATH, encoded(said), created=CREATED
    ),
    "signature_wrong: another address": lambda bank, said: bank.headers(said, "/v1/events"),
    "signature_wrong: another key of idempotency": lambda bank, said: (
        bank.headers(said) | {"Idempotency-Key": "k-2"}
    ),
}


@pytest.mark.parametrize("name", list(WRONG))
def test_a_wrong_signature_is_refused_with_its_fault_and_nothing_is_done(bank, name):
    said = activation("A1")
    status, code, errors = problem(bank.send(said, WRONG[name](bank, said)))
    assert status == 401
    if name == "unsigned":
        assert (code, errors) == ("unsigned", [])
    else:
        assert (code, errors) == ("signature_refused", [("signature", name.partition(":")[0])])
    assert not any(bank.site.office.store.history.values())


@pytest.mark.parametrize(
    "changes",
    [
        {"not_before": NOW + timedelta(seconds=1)},
        {"not_before": NOW - timedelta(days=9), "not_after": NOW},
    ],
)
def test_a_key_before_and_after_its_time_is_refused(example_book, changes):
    answer = Bank(example_book, **changes).send(activation("A1"))
    assert problem(answer)[2] == [("signature", "key_not_in_force")]


@pytest.mark.parametrize(
    ("scope", "field", "code"),
    [
        ({"regions": frozenset({"310000"})}, "card.issuer", "region_not_allowed"),
        ({"channels": frozenset()}, "channel", "channel_not_allowed"),
        ({"points": frozenset({"other:*"})}, "point_id", "point_not_allowed"),
        ({"banks": frozenset({"103"})}, "point_id", "bank_not_allowed"),
    ],
)
def test_what_a_partner_may_not_do_is_refused_whole(example_book, scope, field, code):
    bank = Bank(example_book, dataclasses.replace(OURS, **scope))
    many = {"requests": [activation("A1"), activation("A2")]}
    assert problem(bank.send(activation("A1"))) == (403, "not_allowed", [(field, code)])
    errors = [(f"requests[{number}].{field}", code) for number in (0, 1)]
    assert problem(bank.send(many)) == (403, "not_allowed", errors)
    assert not any(bank.site.office.store.history.values())


def test_a_card_named_by_its_chip_is_looked_at_for_its_region(example_book):
    said = activation("A1", card={"card_identifier": "0" * 30 + "a1"})
    elsewhere = Bank(example_book, dataclasses.replace(OURS, regions=frozenset({"310000"})))
    assert problem(elsewhere.send(said))[2] == [("card.issuer", "region_not_allowed")]
    assert Bank(example_book).send(said).json()["outcomes"][0]["status"] == "activated"


def test_events_are_signed_too(bank, example_book):
    said = {
        "request_key": "e-1", "card": {"issuer": "990000", "card_number": "A1"},
        "type": "loss_reported", "loss": "temporary", "occurred_at": NOW.isoformat(),
    }  # fmt: skip
    assert bank.send(said, path="/v1/events").json()["outcomes"][0]["status"] == "recorded"
    none = Bank(example_book, dataclasses.replace(OURS, events=frozenset()))
    assert problem(none.send(said, path="/v1/events"))[2] == [("type", "event_not_allowed")]


def test_a_signature_can_be_tried_without_spending_it(bank):
    said, path = {"anything": 1}, "/v1/signature-check"
    headers = bank.headers(said, path)
    for _ in range(2):
        answer = bank.send(said, headers, path).json()
        assert (answer["accepted"], answer["partner"], answer["code"]) == (True, "icbc", None)
    assert f'"@target-uri": {ORIGIN}{path}\n' in answer["signature_base"]
    wrong = bank.send({"other": 1}, headers, path).json()
    assert (wrong["accepted"], wrong["code"]) == (False, "content_digest")
    assert wrong["signature_base"] == answer["signature_base"]
    bare = bank.send(said, {"Content-Type": "application/json"}, path).json()
    assert (bare["code"], bare["signature_base"]) == ("signature_missing", None)
