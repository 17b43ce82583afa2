"""What is written to listeners, how it is signed, where it may go, and when it is tried again."""

import json
from datetime import UTC, datetime, timedelta
from importlib.util import module_from_spec, spec_from_file_location
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from standardwebhooks import Webhook, WebhookVerificationError

from qika.cards.events import Event, EventType, Loss
from qika.cards.telling import Word, concerns_insurance, word_of
from qika.operations.deliver import (
    FIRST_WAIT_S,
    GIVE_UP_AFTER,
    WAIT_MAX_S,
    WAIT_MIN_S,
    next_try,
    whole,
)
from qika.operations.messages import message
from qika.operations.ports import Pending
from qika.operations.tell import REST_MAX_S, rest_s
from qika.partners.webhooks.addresses import Reach, UrlFault, UrlFaultError, checked_url, chosen
from qika.partners.webhooks.signing import KEY_BYTES, key_of, secret_of, signed_headers
from qika.storage.memory import MemoryKeys
from qika.terms.names import Application, ChannelCode, IssuerCode, PointId, Use, Who

NOW = datetime(2026, 3, 1, 1, 2, 3, tzinfo=UTC)
KEY = bytes(range(16))
SECRETS = [secret_of(bytes([number]) * KEY_BYTES) for number in (1, 2)]


def receiver_example():
    """The file that partners copy, as a module."""
    path = Path(__file__).parents[2] / "docs/partners/receiver.py"
    spec = spec_from_file_location("receiver_example", path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RECEIVER = receiver_example()


def event(kind: EventType = EventType.ACTIVATED, **changes) -> Event:
    made = Event(
        sequence=3,
        type=kind,
        applications=(Application.SOCIAL,),
        occurred_at=NOW - timedelta(hours=1),
        received_at=NOW,
        sender="hospital-group",
        rule_edition="abc",
        channel=ChannelCode("hospital_first_use"),
        point=PointId("hospital:7"),
        who=Who.AGENT,
        use=Use.HOSPITALISATION,
        loss=Loss.FORMAL,
    )
    return replace(made, **changes)


def pending(destination: str = "fund", key: bytes = KEY, **changes) -> Pending:
    made = Pending(key, 3, destination, event(), IssuerCode("990000"), 0, NOW)
    return replace(made, **changes)


def written(row: Pending, identifier: str | None = None) -> dict:
    return json.loads(message(MemoryKeys(), row, identifier).body)


# -- words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "changes", "word", "insured"),
    [
        ("activated", {}, Word.ENABLED, True),
        ("activated", {"applications": tuple(Application)}, Word.ENABLED, True),
        ("activated", {"applications": (Application.FINANCIAL,)}, Word.ACTIVATED, False),
        ("activated", {"applications": (Application.FINANCIAL,), "undoes": 2}, Word.RELEASED, True),
        ("collected", {}, Word.COLLECTED, True),
        ("loss_reported", {}, Word.SUSPENDED, True),
        ("deadline_passed", {}, Word.SUSPENDED, True),
        ("locked", {"applications": (Application.FINANCIAL,)}, Word.SUSPENDED, False),
        ("loss_released", {}, Word.RELEASED, True),
        ("unlocked", {}, Word.RELEASED, True),
        ("reissued", {}, Word.REPLACED, True),
        ("exchanged", {}, Word.REPLACED, True),
        ("cancelled", {}, Word.CANCELLED, True),
        ("activation_reversed", {}, Word.REVERSED, True),
    ],
)
def test_each_event_has_its_word(kind, changes, word, insured):
    happened = event(EventType(kind), **changes)
    assert word_of(happened) is word
    assert concerns_insurance(happened) is insured


def test_no_type_of_event_is_without_a_word():
    assert {word_of(event(kind)) for kind in EventType} == set(Word) - {Word.ACTIVATED}


# -- messages --------------------------------------------------------------------------------------


def test_a_message_says_what_happened_by_ids_and_nothing_about_a_person():
    said = written(pending(), "0123456789ABCDEF" * 2)
    assert said == {
        "type": "card.enabled",
        "timestamp": "2026-03-01T00:02:03Z",
        "data": {
            "id": said["data"]["id"],
            "card": {
                "issuer": "990000",
                "reference": said["data"]["card"]["reference"],
                "identifier": "0123456789ABCDEF" * 2,
            },
            "sequence": 3,
            "applications": ["social"],
            "cause": "activated",
        },
    }
    text = json.dumps(said)
    for secret in ("hospital", "agent", "hospitalisation", "formal", "abc", KEY.hex()):
        assert secret not in text.replace("0123456789ABCDEF" * 2, "")
    assert "identifier" not in written(pending())["data"]["card"]
    assert "identifier" not in written(pending(), "")["data"]["card"]
    late = written(pending(event=event(undoes=2, applications=(Application.FINANCIAL,))))
    assert (late["type"], late["data"]["undoes"]) == ("card.released", 2)


def test_an_id_is_of_one_event_for_one_listener_and_of_nothing_else():
    rows = [
        pending(to, key, sequence=sequence)
        for to in ("fund", "bank")
        for key in (KEY, bytes(16))
        for sequence in (1, 2)
    ]
    ids = [message(MemoryKeys(), row, None).id for row in rows]
    assert len(set(ids)) == len(rows)
    again = pending(tries=9, next_at=NOW + timedelta(days=1), failing_since=NOW)
    first = message(MemoryKeys(), pending(), None)
    assert message(MemoryKeys(), again, None) == first, "however often it is sent"
    assert message(MemoryKeys(b"another vault"), pending(), None).id != first.id
    references = {(row.destination, row.card_key): written(row)["data"]["card"]["reference"]
                  for row in rows}  # fmt: skip
    assert len(set(references.values())) == 4, "two listeners cannot compare their cards"


# -- signatures ------------------------------------------------------------------------------------


def signed(at: datetime, body: bytes = b'{"a":1}', secrets=SECRETS) -> dict[str, str]:
    return signed_headers(secrets, "evt_1", at, body)


def real_now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  the library looks at the real clock


def test_the_library_of_the_standard_accepts_what_we_sign_under_either_secret():
    headers = signed(real_now(), '{"a":"\u5361"}'.encode())
    for secret in SECRETS:
        assert Webhook(secret).verify('{"a":"\u5361"}', headers) == {"a": "\u5361"}
    with pytest.raises(WebhookVerificationError):
        Webhook(secret_of(b"3" * KEY_BYTES)).verify('{"a":"\u5361"}', headers)


def test_one_secret_gives_the_signature_that_the_library_gives():
    at = NOW.replace(microsecond=0)
    ours = signed(at, secrets=SECRETS[:1])["webhook-signature"]
    assert ours == Webhook(SECRETS[0]).sign("evt_1", at, '{"a":1}')


def test_the_example_receiver_accepts_what_we_and_what_the_library_sign():
    body = b'{"a":1}'
    for secrets in (SECRETS, SECRETS[:1], SECRETS[1:]):
        headers = signed(NOW, body)
        assert RECEIVER.verified(secrets, headers, body, now=NOW.timestamp()) == "evt_1"
    theirs = Webhook(SECRETS[0]).sign("evt_1", NOW, body.decode())
    headers = signed(NOW, body) | {"webhook-signature": theirs}
    assert RECEIVER.verified(SECRETS, headers, body, now=NOW.timestamp()) == "evt_1"


@pytest.mark.parametrize(
    "wrong",
    [
        {"webhook-id": "evt_2"},
        {"webhook-id": ""},
        {"webhook-timestamp": "1"},
        {"webhook-timestamp": "now"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,AAAA v1,\u00e9 v2"},
    ],
)
def test_the_example_receiver_refuses_a_message_that_was_changed(wrong):
    headers = signed(NOW) | wrong
    with pytest.raises(RECEIVER.RefusedError):
        RECEIVER.verified(SECRETS, headers, b'{"a":1}', now=NOW.timestamp())


def test_the_example_receiver_refuses_another_body_secret_or_time():
    for secrets, body, seconds in (
        (SECRETS, b'{"a":2}', 0),
        ([secret_of(b"3" * KEY_BYTES)], b'{"a":1}', 0),
        (SECRETS, b'{"a":1}', 301),
        (SECRETS, b'{"a":1}', -301),
    ):
        with pytest.raises(RECEIVER.RefusedError):
            RECEIVER.verified(secrets, signed(NOW), body, now=NOW.timestamp() + seconds)


def test_a_secret_is_read_as_it_was_written_and_nothing_else_is_one():
    assert key_of(secret_of(b"k" * KEY_BYTES)) == b"k" * KEY_BYTES
    for bad in ("a2V5", "whsec_not base64!"):
        with pytest.raises(ValueError, match=r"whsec_|base64|alphabet|character"):
            key_of(bad)


# -- addresses -------------------------------------------------------------------------------------

PRIVATE = (
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
    *("0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1"),
    *("::ffff:10.1.2.3", "64:ff9b::a01:203", "2002:a01:203::1", "::ffff:127.0.0.1"),
)


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_not_public_are_refused_unless_the_operator_allows_them(address):
    assert not Reach().allows(ip_address(address))
    allowed = Reach((ip_network(address),))
    assert allowed.allows(ip_address(address))
    assert not Reach((ip_network("10.9.0.0/16"),)).allows(ip_address(address))


def test_a_network_of_ipv4_allows_its_addresses_however_they_are_written():
    reach = Reach((ip_network("10.0.0.0/8"),))
    assert chosen(["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::a01:203", "11.1.1.1", "x"], reach) == [
        "10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::a01:203", "11.1.1.1",
    ]  # fmt: skip
    assert chosen(["192.168.1.1", "10.1.2.3"], reach) == ["10.1.2.3"]


def test_in_a_demo_this_machine_is_allowed_and_no_other():
    assert Reach(demo=True).allows(ip_address("127.0.0.1"))
    assert not Reach(demo=True).allows(ip_address("10.0.0.1"))


@pytest.mark.parametrize(
    ("url", "demo", "fault"),
    [
        ("https://events.example/cards?a=1", False, None),
        ("https://events.example:8443", False, None),
        ("https://8.8.8.8/x", False, None),
        ("http://127.0.0.1:9000/x", True, None),
        ("http://[::1]:9000/x", True, None),
        ("http://events.example/x", False, UrlFault.NOT_HTTPS),
        ("http://events.example/x", True, UrlFault.NOT_HTTPS),
        ("http://127.0.0.1:9000/x", False, UrlFault.NOT_HTTPS),
        ("http://localhost:9000/x", True, UrlFault.NOT_HTTPS),
        ("ftp://127.0.0.1/x", True, UrlFault.NOT_HTTPS),
        ("https://10.0.0.1/x", False, UrlFault.NOT_ALLOWED),
        ("https://127.0.0.1/x", False, UrlFault.NOT_ALLOWED),
        ("https://[fd00::1]/x", False, UrlFault.NOT_ALLOWED),
        ("https://me:secret@events.example/x", False, UrlFault.USER),
        ("https://events.example/x#y", False, UrlFault.FRAGMENT),
        ("https://events.example/a b", False, UrlFault.FRAGMENT),
        ("https://events.example:99999/", False, UrlFault.UNREADABLE),
        ("https://[::1/", False, UrlFault.UNREADABLE),
        ("https:///x", False, UrlFault.UNREADABLE),
        ("https://events.example/\u5361", False, UrlFault.UNREADABLE),
        ("https://events.example/" + "x" * 3_000, False, UrlFault.UNREADABLE),
        ("events.example", False, UrlFault.UNREADABLE),
        ("", False, UrlFault.UNREADABLE),
    ],
)
def test_an_address_of_a_listener_is_taken_or_refused_with_its_fault(url, demo, fault):
    if fault is None:
        assert checked_url(url, Reach(demo=demo)) == url
        return
    with pytest.raises(UrlFaultError) as raised:
        checked_url(url, Reach(demo=demo))
    assert raised.value.fault is fault
    assert "secret" not in str(raised.value)


# -- trying again ----------------------------------------------------------------------------------


@given(st.integers(0, 200), st.floats(0, 1, exclude_max=True), st.integers(0, 4 * 86_400))
def test_a_row_is_tried_again_within_its_wait_and_never_after_three_days(tries, drawn, seconds):
    since = NOW
    now = NOW + timedelta(seconds=seconds)
    row = pending(tries=tries, failing_since=since)
    at = next_try(row, now, lambda: drawn)
    if now >= since + GIVE_UP_AFTER:
        assert at is None
        return
    assert at is not None
    assert now < at <= since + GIVE_UP_AFTER
    longest = min(FIRST_WAIT_S * 2**tries, WAIT_MAX_S)
    assert at - now <= timedelta(seconds=max(WAIT_MIN_S, longest))


def test_waits_double_up_to_six_hours_and_end_with_a_last_try_after_three_days():
    row, now, waits = pending(), NOW, []
    while (at := next_try(row, now, whole)) is not None:
        waits.append((at - now).total_seconds())
        row = changed_row(row, now)
        now = at
    assert waits[:4] == [30, 60, 120, 240]
    assert max(waits) == WAIT_MAX_S
    assert now == NOW + GIVE_UP_AFTER


def changed_row(row: Pending, now: datetime) -> Pending:
    return replace(row, tries=row.tries + 1, failing_since=row.failing_since or now)


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_listener_that_is_down_is_left_alone_for_a_minute_at_most(failures, drawn):
    assert 1 <= rest_s(failures, lambda: drawn) <= REST_MAX_S
