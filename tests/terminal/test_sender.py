"""What is kept reaches the service in order, with its own time, and counts there exactly once."""

import dataclasses
import json
from collections import Counter as Tally
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qika.web.api import requests
from qika_terminal.event_queue import BATCH_MAX, EventQueue, State
from qika_terminal.faults import Fault, RefusedError, Trouble
from qika_terminal.first_use import Channel
from qika_terminal.sender import LINE_PAUSE_MAX_S
from qika_terminal.service import Answer, UntrustedError

from tests.terminal.counters import CARDS, HOSPITAL, NOW, Clock, Counter, Service, card_number


def test_a_first_use_activates_the_card_at_once_when_the_line_is_up(counter, service):
    kept = counter.first_use(1)
    assert kept.state is State.WAITING
    assert counter.send() == 1
    done = counter.event(kept)
    assert (done.state, done.status, done.attempts) == (State.SENT, "activated", 1)
    [event] = service.history(1)
    assert (event.sender, event.point, event.use) == ("hospital", HOSPITAL, "outpatient")
    assert event.applications == ("social",)


def test_days_without_a_line_keep_every_time_and_the_order_of_each_card(counter, service, clock):
    service.down = True
    times = {}
    for day in range(4):
        for number in range(10):
            clock.advance(minutes=7)
            key = f"d{day}-{number}"
            kept = counter.first_use(number, key)
            times.setdefault(number, []).append(datetime.fromisoformat(kept.occurred_at))
            counter.send()
        counter.reopen()
        clock.advance(hours=20)
    assert counter.queue.counts() == {State.WAITING: 40, State.SENT: 0, State.REFUSED: 0}
    assert not any(service.history(number) for number in range(10))
    service.down = False
    clock.advance(seconds=2 * LINE_PAUSE_MAX_S)
    counter.send()
    assert counter.queue.counts() == {State.WAITING: 0, State.SENT: 40, State.REFUSED: 0}
    for number in range(10):
        [event] = service.history(number)
        assert event.occurred_at == times[number][0]
        assert event.received_at == clock.now
    sent = [one["request_key"] for batch in service.batches for one in batch]
    for number in range(10):
        assert [key for key in sent if key.endswith(f"-{number}")] == [
            f"d{day}-{number}" for day in range(4)
        ]
    assert Tally(sent).most_common(1)[0][1] == 1


def test_two_events_of_a_card_never_go_in_one_call(counter, service):
    for key in "abc":
        counter.first_use(1, key)
    counter.first_use(2, "d")
    counter.send()
    assert [[one["request_key"] for one in batch] for batch in service.batches] == [
        ["a", "d"], ["b"], ["c"],
    ]  # fmt: skip
    statuses = [one.status for one in reversed(counter.queue.look(9).newest)]
    assert statuses == ["activated", "already_active", "already_active", "activated"]


def test_an_answer_that_is_lost_is_asked_for_again_and_the_card_is_activated_once(
    counter, service, clock
):
    kept = counter.first_use(1)
    service.answer_lost = True
    counter.send()
    assert counter.event(kept).trouble is Trouble.UNREACHABLE
    assert len(service.history(1)) == 1
    service.answer_lost = False
    clock.advance(minutes=5)
    counter.send()
    assert counter.event(kept).status == "activated"
    assert len(service.history(1)) == 1


def test_a_call_repeated_by_the_shops_own_system_is_one_event(counter, clock):
    first = counter.first_use(1, "mine")
    clock.advance(seconds=30)
    assert counter.first_use(1, "mine") == first
    with pytest.raises(RefusedError) as refused:
        counter.first_use(2, "mine")
    assert refused.value.fault is Fault.KEY_REUSED


def test_a_call_holds_no_more_than_the_service_takes_and_the_rest_follows(counter, service):
    assert BATCH_MAX == requests.BATCH_MAX
    counter.open(batch_max=10)
    for number in range(24):
        counter.first_use(number)
    assert counter.send() == 3
    assert [len(batch) for batch in service.batches] == [10, 10, 4]
    assert counter.queue.counts()[State.SENT] == 24


TROUBLES = {
    "409": (Answer(409, b'{"code":"in_progress"}'), Trouble.BUSY),
    "429": (Answer(429, b'{"code":"too_many_requests"}'), Trouble.BUSY),
    "503": (Answer(503, b'{"code":"unavailable"}'), Trouble.BUSY),
    "500": (Answer(500, b'{"code":"broken"}'), Trouble.SERVICE_BROKEN),
    "502 of a proxy": (Answer(502, b"<html>"), Trouble.SERVICE_BROKEN),
    "a page to log in": (Answer(200, b"<html>"), Trouble.NOT_THE_SERVICE),
    "a redirect": (Answer(302, b""), Trouble.NOT_THE_SERVICE),
    "another program": (Answer(404, b'{"code":"not_found"}'), Trouble.NOT_THE_SERVICE),
    "no outcomes": (Answer(200, b'{"outcomes":[]}'), Trouble.NOT_THE_SERVICE),
    "wrong outcomes": (
        Answer(200, b'{"outcomes":[{"request_key":1}]}'), Trouble.NOT_THE_SERVICE,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(TROUBLES))
def test_whatever_else_answers_the_event_is_kept_and_sent_later(name, counter, service, clock):
    kept = counter.first_use(1)
    service.instead, trouble = TROUBLES[name]
    assert counter.send() == 1
    assert (counter.event(kept).trouble, counter.sender.line.trouble) == (trouble, trouble)
    assert counter.event(kept).state is State.WAITING
    service.instead = None
    clock.advance(minutes=5)
    assert counter.send() == 1
    assert counter.event(kept).status == "activated"
    assert counter.sender.line.trouble is None


def test_a_certificate_that_proves_nothing_stops_the_line(counter, clock):
    def impostor(path, headers, body):
        raise UntrustedError("self-signed certificate")

    kept = counter.first_use(1)
    counter.sender._post = impostor
    counter.send()
    assert counter.event(kept).trouble is Trouble.UNTRUSTED
    assert counter.event(kept).held


def test_tries_of_a_line_that_is_down_grow_rarer_and_heed_the_service(counter, service, clock):
    counter.first_use(1)
    service.instead = Answer(503, b'{"code":"overloaded"}')
    pauses = []
    for _ in range(9):
        counter.send()
        pauses.append(counter.sender.line.until - clock.now.timestamp())
        clock.advance(seconds=pauses[-1])
    assert pauses == [2, 4, 8, 16, 32, 60, 60, 60, 60]
    service.instead = Answer(503, b'{"code":"overloaded"}', 200)
    counter.send()
    assert counter.sender.line.until - clock.now.timestamp() == 200
    counter.agent.send_now()
    assert counter.sender.wakes_at() <= clock.now.timestamp()


def test_a_key_that_is_not_accepted_holds_everything_until_it_is(counter, service, clock):
    kept = counter.first_use(1)
    service.put(service.scope, not_after=NOW)
    counter.send()
    held = counter.event(kept)
    assert (held.trouble, held.detail) == (Trouble.SIGNATURE_REFUSED, "key_not_in_force")
    assert held.held
    service.put(service.scope)
    clock.advance(minutes=5)
    counter.send()
    assert counter.event(kept).status == "activated"


@pytest.mark.parametrize("wrong", [timedelta(minutes=10), -timedelta(minutes=10)])
def test_a_clock_that_is_wrong_is_told_as_such_and_mended(wrong, tmp_path, service, clock):
    ours = Clock(clock.now + wrong)
    counter = Counter(tmp_path, service, ours)
    kept = counter.first_use(1)
    counter.send()
    assert counter.event(kept).trouble is Trouble.CLOCK_WRONG
    clock.advance(hours=1)
    ours.now = clock.now
    counter.send()
    assert counter.event(kept).status == "activated"
    counter.queue.close()


def test_a_clock_half_a_minute_ahead_is_waited_for(tmp_path, service, clock):
    ours = Clock(clock.now + timedelta(seconds=30))
    counter = Counter(tmp_path, service, ours)
    kept = counter.first_use(1)
    assert counter.send() == 1
    assert counter.event(kept).trouble is Trouble.IN_FUTURE
    clock.advance(minutes=2)
    ours.advance(minutes=2)
    counter.send()
    assert counter.event(kept).status == "activated"
    assert service.history(1)[0].occurred_at == NOW + timedelta(seconds=30)
    counter.queue.close()


def test_one_event_that_is_not_allowed_does_not_keep_back_the_others(counter, service, clock):
    for number in range(6):
        counter.first_use(number)
    elsewhere = Counter(counter.folder, service, clock, point_id="example:elsewhere")
    wrong = elsewhere.first_use(6, "wrong")
    elsewhere.queue.close()
    for number in range(7, 12):
        counter.first_use(number)
    points = frozenset({"example:hospital"})
    service.put(dataclasses.replace(service.scope, points=points))
    counter.send()
    assert [len(batch) for batch in service.batches] == [12, 11]
    assert counter.queue.counts() == {State.WAITING: 1, State.SENT: 11, State.REFUSED: 0}
    held = counter.queue.with_key("wrong")
    assert (held.number, held.trouble, held.detail) == (
        wrong.number, Trouble.NOT_ALLOWED, "point_not_allowed",
    )  # fmt: skip
    service.put(service.scope)
    clock.advance(hours=1)
    counter.send()
    assert counter.queue.with_key("wrong").status == "outside_scope"


def test_an_event_that_cannot_be_read_is_found_though_the_service_names_none(
    counter, service, clock
):
    for number in range(7):
        counter.first_use(number, f"k{number}")
    real = service.post

    def names_none(path, headers, body):
        keys = [one["request_key"] for one in json.loads(body)["requests"]]
        if "k4" in keys:
            return Answer(422, b'{"code":"wrong_fields","errors":[]}')
        return real(path, headers, body)

    counter.sender._post = names_none
    counter.send()
    assert counter.queue.counts()[State.SENT] == 6
    assert counter.queue.with_key("k4").trouble is Trouble.WRONG_FIELDS


def test_a_suspended_partner_is_told_and_nothing_is_dropped(counter, service, clock):
    kept = [counter.first_use(number) for number in range(3)]
    partner = service.kept._partners["hospital"]
    service.kept._partners["hospital"] = dataclasses.replace(partner, suspended=True)
    roll = service.kept.roll()
    with pytest.raises(StopIteration) as done:
        roll.send(None)
    service.registry.roll = done.value.value
    counter.send()
    assert {counter.event(one).detail for one in kept} == {"partner_suspended"}
    service.put(service.scope)
    clock.advance(hours=1)
    counter.send()
    assert counter.queue.counts()[State.SENT] == 3


REFUSALS = {
    "documents_missing": {"presented": []},
    "document_expired": {
        "presented": [{"document": "id_card", "of": "holder", "valid_until": "2026-01-01"}]
    },
}


@pytest.mark.parametrize("status", list(REFUSALS))
def test_a_refusal_is_final_here_and_the_next_try_is_an_event_of_its_own(status, counter, service):
    refused = counter.first_use(1, **REFUSALS[status])
    counter.send()
    assert counter.event(refused).state is State.REFUSED
    assert counter.event(refused).status == status
    if status == "documents_missing":
        assert counter.event(refused).missing == ("identity_document",)
    again = counter.first_use(1)
    counter.send()
    assert counter.event(again).status == "activated"


def test_a_card_that_the_service_does_not_know_is_a_refusal(counter):
    kept = counter.first_use(CARDS + 5)
    counter.send()
    assert (counter.event(kept).state, counter.event(kept).status) == (
        State.REFUSED, "card_not_found",
    )  # fmt: skip


def test_a_pharmacy_needs_no_document_but_the_card(tmp_path, service, clock):
    pharmacy = {"channel": Channel.PHARMACY, "point_id": "example:pharmacy"}
    counter = Counter(tmp_path, service, clock, **pharmacy)
    kept = counter.first_use(1, use="purchase", presented=[])
    counter.send()
    assert counter.event(kept).status == "activated"
    counter.queue.close()


def test_a_first_use_told_afterwards_keeps_its_time_and_one_to_come_is_refused(counter, service):
    then = "2026-11-18T09:30:00+08:00"
    kept = counter.first_use(1, occurred_at=then)
    counter.send()
    assert counter.event(kept).status == "activated"
    assert service.history(1)[0].occurred_at == datetime.fromisoformat(then)
    with pytest.raises(RefusedError) as refused:
        counter.first_use(2, occurred_at="2026-11-20T12:00:01+08:00")
    assert refused.value.fault is Fault.IN_FUTURE


def test_nothing_of_the_person_lies_in_the_queue_or_goes_to_the_service(counter, service):
    counter.first_use(1)
    counter.send()
    written = counter.queue.path.read_bytes() + json.dumps(service.batches).encode()
    for secret in ("张示例", "199001011234", card_number(1)):
        assert secret.encode() not in written
    assert b"990000d156000005" in written


STEPS = st.lists(
    st.sampled_from(["first use", "again", "send", "cut", "lose", "mend", "kill", "wait"]),
    max_size=30,
)


@given(steps=STEPS)
@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_breaks_between_each_card_is_activated_once(steps, example_book, tmp_path_factory):
    clock = Clock()
    service = Service(example_book, clock)
    counter = Counter(tmp_path_factory.mktemp("queue"), service, clock)
    keys: list[tuple[int, str]] = []
    for number, step in enumerate(steps):
        if step == "first use":
            keys.append((number % 3, f"k{number}"))
            counter.first_use(*keys[-1])
        elif step == "again" and keys:
            counter.first_use(*keys[-1])
        elif step == "send":
            counter.send()
        elif step in {"cut", "lose", "mend"}:
            service.down, service.answer_lost = step == "cut", step == "lose"
        elif step == "kill":
            counter.open()  # the old one is never closed: it ended where it was
        elif step == "wait":
            clock.advance(minutes=1)
    service.down = service.answer_lost = False
    clock.advance(minutes=5)
    counter.send()
    assert counter.queue.counts()[State.WAITING] == 0
    assert sum(counter.queue.counts().values()) == len(keys)
    for number in {number for number, _ in keys}:
        [event] = service.history(number)
        first = next(key for card, key in keys if card == number)
        assert counter.queue.with_key(first).status == "activated"
        assert event.occurred_at.isoformat() == counter.queue.with_key(first).occurred_at


def test_a_queue_opened_twice_sends_nothing_twice(counter, service, clock):
    counter.first_use(1)
    other = Counter(counter.folder, service, clock)
    assert len(other.queue.due(0)) == len(counter.queue.due(0)) == 1
    counter.send()
    other.send()
    assert len(service.history(1)) == 1
    other.queue.close()
    assert isinstance(other.queue, EventQueue)
