"""Simulated partners: signed as the service wants it, spoiled as told, all of it in words."""

import json
import re
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from qika.authority.partner import Algorithm, PartnerKey
from qika.partners.simulators.alipay import Fault
from qika.partners.simulators.listener import SimulatedListener
from qika.partners.simulators.plays import Sign, filled, laid_over, programme
from qika.partners.simulators.signer import Signer
from qika.partners.webhooks.signing import secret_of, signed_headers
from qika.terms.names import Language
from qika.web.signing.profile import SignatureError, SignatureFault, check_digest, read
from qika.web.signing.verifying import is_right
from qika.web.speech import SPEECH, source_of

from tests.signers import public_pem

URL = "https://card.example/v1/activations"
BODY = '{"name": "示例"}'.encode()
NOW = datetime.fromisoformat("2026-11-22T10:00:00+08:00")
PLAYS = programme().play


@pytest.fixture
def signer():
    return Signer("simulated-1", Ed25519PrivateKey.generate())


def fault_of(signer, how: Sign) -> SignatureFault | None:
    """What the service's own check finds wrong with what the simulated partner sends."""
    key = PartnerKey("simulated-1", "p", Algorithm.ED25519, public_pem(signer.key), NOW)
    headers, body = signer.sent(how, URL, BODY, "k-1", int(NOW.timestamp()))
    raw = {name.encode(): value.encode() for name, value in headers.items()}
    try:
        signed = read("POST", URL, raw)
        check_digest(raw, body)
    except SignatureError as error:
        return error.fault
    return None if is_right(key, signed.signature, signed.base) else SignatureFault.WRONG


@pytest.mark.parametrize(
    ("how", "fault"),
    [
        (Sign.RIGHT, None),
        (Sign.NONE, SignatureFault.MISSING),
        (Sign.HALF, SignatureFault.UNREADABLE),
        (Sign.STRANGE_KEY, SignatureFault.WRONG),
        (Sign.CHANGED_BODY, SignatureFault.DIGEST),
    ],
)
def test_the_services_own_check_finds_what_was_spoiled_and_nothing_else(signer, how, fault):
    assert fault_of(signer, how) is fault


def test_each_request_has_a_nonce_of_its_own(signer):
    said = [signer.headers(URL, BODY, "k-1", 0)["signature-input"] for _ in range(2)]
    assert said[0] != said[1]


def test_the_table_plays_the_five_channels_and_names_each_play_once():
    assert [one.channel for one in PLAYS if not one.fault] == [
        "bank_counter", "bank_entrusted", "hospital_first_use", "pharmacy_first_use",
        "online_alipay",
    ]  # fmt: skip
    assert len({one.id for one in PLAYS}) == len(PLAYS)
    assert all(bool(one.send) is bool(one.partner) is not bool(one.visit) for one in PLAYS)


def test_every_partner_may_use_the_channels_it_plays_and_no_other():
    used = {name: set() for name in programme().partner}
    for one in PLAYS:
        if one.partner:
            used[one.partner].add(one.channel)
    assert used == {name: set(one.channels) for name, one in programme().partner.items()}


@pytest.mark.parametrize("language", list(Language))
def test_every_play_and_everything_sent_has_words(language):
    t = SPEECH[language].t
    sent = {send.sign for one in PLAYS for send in one.send}
    for visit in (visit for one in PLAYS for visit in one.visit):
        sent.add(visit.face if visit.gateway is Fault.NONE else visit.gateway)
    wanted = {f"sent-{one}" for one in (*sent, "form")} | {f"play-{one.id}" for one in PLAYS}
    source = source_of(language, "simulate.ftl")
    assert set(re.findall(r"^simulate-((?:sent|play)-\w+) =", source, re.MULTILINE)) == wanted
    assert all(t(f"simulate-{one}", card="D1") for one in wanted)


def test_gaps_are_filled_from_the_moment_of_the_play():
    said = {"at": "{now-3d}", "paper": [{"until": "{day+1d}"}], "card": "{card_number}", "n": 3}
    assert filled(said, {"card_number": "D7"}, NOW) == {
        "at": "2026-11-19T10:00:00+08:00", "paper": [{"until": "2026-11-23"}], "card": "D7", "n": 3,
    }  # fmt: skip
    with pytest.raises(KeyError):
        filled("{nothing}", {}, NOW)


def test_a_change_keeps_what_it_does_not_name():
    body = {"card": {"issuer": "990000", "card_number": "D1"}, "use": "purchase"}
    changed = laid_over(body, {"card": {"issuer": "310000"}})
    assert changed == {"card": {"issuer": "310000", "card_number": "D1"}, "use": "purchase"}
    assert body["card"]["issuer"] == "990000"


def message(secret: str, at: datetime, body: bytes) -> tuple[str, str, str, bytes]:
    said = signed_headers([secret], "evt_1", at, body)
    return said["webhook-id"], said["webhook-timestamp"], said["webhook-signature"], body


def test_the_listener_answers_as_told_keeps_what_is_genuine_and_refuses_the_rest():
    secret = secret_of(b"k" * 32)
    listener = SimulatedListener(secret, lambda: NOW)
    body = json.dumps({"type": "card.enabled", "data": {"card": {"identifier": "C1"}}}).encode()
    listener.expect("C1", [500, 204])
    forged = message(secret_of(b"x" * 32), NOW, body)
    stale = message(secret, NOW - timedelta(minutes=6), body)
    assert [listener.receive(*one) for one in (forged, stale)] == [400, 400]
    assert listener.of("C1") == ()
    assert [listener.receive(*message(secret, NOW, body)) for _ in range(3)] == [500, 204, 204]
    assert [one.answered for one in listener.of("C1")] == [500, 204, 204]
