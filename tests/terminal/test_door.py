"""The door on loopback: what the shop's own system and the cashier get, and who is kept out."""

import contextlib
import json
import re
import socket
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

import httpx
import pytest

from qika_terminal.door import BODY_MAX, CALLS_MAX, ROWS, Door
from qika_terminal.event_queue import State
from qika_terminal.faults import Fault, RefusedError
from qika_terminal.first_use import Channel
from qika_terminal.guard import token_of
from qika_terminal.service import Answer
from qika_terminal.settings import Driver, Input

from tests.disks import small_disk
from tests.terminal.counters import Counter, card_number, driver_string, identifier

TOKEN = "secret-of-this-counter"
SAID = {
    "use": "outpatient",
    "driver_string": driver_string(1),
    "presented": [{"document": "id_card", "of": "holder"}],
}


@dataclass
class Open:
    """A door that answers, and an agent that sends when it is woken."""

    counter: Counter
    url: str

    def program(self, **headers: str) -> httpx.Client:
        given = {"Authorization": f"Bearer {TOKEN}", "Accept-Language": "en", **headers}
        return httpx.Client(base_url=self.url, headers=given, timeout=20)

    def browser(self) -> httpx.Client:
        return httpx.Client(
            base_url=self.url, headers={"Origin": self.url, "Accept-Language": "zh-CN,zh"},
            follow_redirects=True, timeout=20,
        )  # fmt: skip


@contextlib.contextmanager
def opened(counter: Counter) -> Iterator[Open]:
    door = Door(counter.agent, TOKEN, 0)
    threads = [threading.Thread(target=door.serve_forever, args=(0.02,))]
    threads += [threading.Thread(target=counter.agent.run)]
    for thread in threads:
        thread.start()
    try:
        yield Open(counter, f"http://127.0.0.1:{door.server_address[1]}")
    finally:
        counter.agent.stop()
        door.shutdown()
        door.server_close()
        for thread in threads:
            thread.join(10)


@pytest.fixture
def door(tmp_path, service, clock):
    counter = Counter(tmp_path, service, clock, answer_within_s=10)
    with opened(counter) as running:
        yield running
    counter.queue.close()


def code(answer: httpx.Response) -> tuple[int, str]:
    said = answer.json()
    assert said["message"]
    assert said["next_step"]
    return answer.status_code, said["code"]


# -- programs ------------------------------------------------------------------------------------


def test_a_card_is_read_and_its_first_use_decided_in_one_call(door):
    with door.program() as http:
        card = http.post("/read", json={"driver_string": driver_string(1)}).json()["card"]
        assert card == {
            "issuer": "990000", "card_number": card_number(1),
            "card_identifier": identifier(1), "name": "张示例",
        }  # fmt: skip
        done = http.post("/first-use", json=SAID)
        assert done.status_code == 200
        event = done.json()
        assert (event["state"], event["status"]) == ("sent", "activated")
        assert event["message"] == "The card's social security application has been activated."
        assert http.get(f"/first-use/{event['request_key']}").json() == event
        queue = http.get("/queue").json()
        assert queue["counts"] == {"waiting": 0, "sent": 1, "refused": 0}
        assert queue["events"] == [event]
        assert queue["line"]["trouble"] is None


def test_a_reading_is_used_within_its_time(door, clock):
    with door.program() as http:
        reading = http.post("/read", json={"driver_string": driver_string(1)}).json()["reading"]
        said = {"use": "outpatient", "reading": reading}
        assert http.post("/first-use", json=said).json()["status"] == "documents_missing"
        clock.advance(minutes=4)
        assert code(http.post("/first-use", json=said)) == (409, "reading_gone")


def test_without_a_line_the_answer_is_that_it_is_kept_and_it_goes_when_told_to(door, service):
    service.down = True
    with door.program() as http:
        kept = http.post("/first-use", json=SAID)
        assert kept.status_code == 202
        assert (kept.json()["state"], kept.json()["trouble"]) == ("waiting", "unreachable")
        second = http.post("/first-use", json={**SAID, "driver_string": driver_string(2)})
        assert second.json()["message"].endswith("The line is down.")
        service.down = False
        http.post("/queue/send-now", json={})
        door.counter.queue.await_change(2, lambda one: one.state is not State.WAITING, 10)
        door.counter.queue.await_change(1, lambda one: one.state is not State.WAITING, 10)
        assert http.get("/queue").json()["counts"] == {"waiting": 0, "sent": 2, "refused": 0}


def test_a_card_other_than_the_one_meant_is_refused(door):
    with door.program() as http:
        meant = {**SAID, "card_identifier": identifier(2)}
        assert code(http.post("/first-use", json=meant)) == (409, "another_card")
        right = {**SAID, "card_identifier": identifier(1).upper()}
        assert http.post("/first-use", json=right).json()["status"] == "activated"
        masked = {
            **SAID, "driver_string": driver_string(1, card_identifier=""),
            "card_identifier": identifier(1),
        }  # fmt: skip
        assert code(http.post("/first-use", json=masked)) == (409, "another_card")


WRONG = {
    "no JSON": (b"{", (400, "unreadable"), []),
    "no object": (b"[]", (422, "wrong_fields"), [("(body)", "type"), ("use", "missing")]),
    "fields": (
        {
            "use": "purchase", "who": 1, "occurred_at": "2026-11-20T12:00:00", "wait_s": 99,
            "presented": [{"document": "ID", "of": "agent", "valid_until": "soon", "x": 1}],
            "request_key": "", "card_identifier": "1", "driver_string": 7, "\u5f20": 1,
        },
        (422, "wrong_fields"),
        [
            ("use", "choice"), ("who", "choice"), ("presented[0].document", "choice"),
            ("presented[0].of", "choice"),
            ("presented[0].valid_until", "date"), ("presented[0].x", "unknown"),
            ("occurred_at", "time"), ("request_key", "format"), ("card_identifier", "format"),
            ("driver_string", "type"), ("wait_s", "range"), ("(unknown)", "unknown"),
        ],
    ),
    "two cards": (
        {**SAID, "reading": "x"}, (422, "wrong_fields"), [("reading", "conflict")],
    ),
    "no card": ({"use": "outpatient"}, (409, "string_missing"), []),
    "empty fields": (
        {**SAID, "driver_string": driver_string(card_number="", card_identifier="")},
        (409, "card_not_named"), [],
    ),
    "a future time": (
        {**SAID, "occurred_at": "2026-11-20T13:00:00+08:00"}, (422, "in_future"), [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(WRONG))
def test_a_wrong_call_is_refused_with_every_fault_and_nothing_is_noted(name, door):
    body, refused, errors = WRONG[name]
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    with door.program() as http:
        answer = http.post(
            "/first-use", content=content, headers={"Content-Type": "application/json"}
        )
        assert code(answer) == refused
        assert [(one["field"], one["code"]) for one in answer.json()["errors"]] == errors
        assert "\u5f20" not in answer.text
        assert http.get("/queue").json()["events"] == []


def test_other_ways_of_calling_are_refused(door):
    with door.program() as http:
        assert code(http.get("/read")) == (405, "method_not_allowed")
        assert code(http.post("/first-use", data={"a": 1})) == (415, "wrong_type")
        assert code(http.get("/first-use/none")) == (404, "not_found")
        large = http.post("/first-use", content=b" " * (BODY_MAX + 1))
        assert code(large) == (413, "too_large")
        assert code(http.get("/nothing")) == (404, "not_found")
        page = http.get("/nothing", headers={"Accept": "text/html"})
        assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert http.delete("/queue").status_code == 501


@pytest.mark.parametrize("row", [row for row in ROWS if row.who == "program"], ids=lambda r: r[1])
def test_a_program_without_the_token_gets_nothing(row, door):
    path = row.path.pattern.replace("[^/]{1,400}", "x")
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}):
        with httpx.Client(base_url=door.url, headers=headers) as http:
            assert code(http.request(row.method, path, json={})) == (401, "no_token")
    with door.browser() as http:
        http.get("/enter", params={"token": TOKEN})
        assert code(http.request(row.method, path, json={})) == (401, "no_token")


def test_another_sites_page_is_kept_out_even_with_the_token(door):
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}):
        with door.program(**headers) as http:
            assert code(http.post("/first-use", json=SAID)) == (403, "foreign_page")
    with door.program(Host="evil.example") as http:
        assert http.get("/queue").status_code == 403
        assert http.get("/healthz").status_code == 403


def test_the_door_listens_on_one_address_of_loopback_alone(door):
    port = int(door.url.rpartition(":")[2])
    with socket.socket() as there, socket.socket() as elsewhere:
        assert there.connect_ex(("127.0.0.1", port)) == 0
        assert elsewhere.connect_ex(("127.0.0.2", port)) != 0


def test_a_full_disk_is_told_in_plain_words_and_the_answer_is_507(tmp_path, service, clock):
    with small_disk(tmp_path / "disk", 1) as disk:
        counter = Counter(disk.path, service, clock, answer_within_s=1)
        service.down = True
        with opened(counter) as door, door.program() as http:
            kept = [http.post("/first-use", json=_of(number)).json() for number in range(5)]
            disk.fill()
            answers = [http.post("/first-use", json=_of(5 + number % 30)) for number in range(200)]
            full = [one for one in answers if one.status_code == 507]
            assert full
            assert {one.json()["code"] for one in full} == {"disk_full"}
            assert full[-1].json()["message"].startswith("THIS FIRST USE HAS NOT BEEN NOTED")
            noted = [one.json()["request_key"] for one in answers if one.status_code == 202]
            noted += [one["request_key"] for one in kept]
            disk.make_room()
            service.down = False
            http.post("/queue/send-now", json={})
            for key in noted:
                number = counter.queue.with_key(key).number
                counter.queue.await_change(number, lambda one: one.state is State.SENT, 30)
                assert counter.queue.with_key(key).state is State.SENT
        counter.queue.close()


def _of(number: int) -> dict:
    return {**SAID, "driver_string": driver_string(number), "wait_s": 0}


# -- the cashier's page --------------------------------------------------------------------------


class Form(HTMLParser):
    """The fields of a page's form with what stands in them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.action, self.fields, self.lang = "", {}, ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag == "html":
            self.lang = said["lang"]
        elif tag == "form":
            self.action = said["action"]
        elif tag in {"input", "select"}:
            self.fields[said["name"]] = said.get("value", "")
        assert tag != "script"
        assert not any(name.startswith("on") or name == "style" for name in said)


def test_the_cashier_reads_compares_sends_and_sees_what_came_of_it(door):
    with door.browser() as http:
        start = Form(http.get("/enter", params={"token": TOKEN, "lang": "zh"}).text)
        assert start.lang == "zh-Hans"
        said = driver_string(1, name="张<b>䶮")
        card = http.post(start.action, data={"driver_string": said})
        assert "张&lt;b&gt;䶮" in card.text
        form = Form(card.text)
        assert set(form.fields) == {
            "reading", "request_key", "use", "who", "document_holder", "document_guardian",
        }  # fmt: skip
        filled = form.fields | {"use": "outpatient", "who": "holder", "document_holder": "id_card"}
        done = http.post(form.action, data=filled)
        assert "社保应用已启用" in done.text
        twice = http.post(form.action, data=filled)
        assert twice.url == done.url
        assert door.counter.queue.counts()[State.SENT] == 1
        listed = http.get("/page/list", params={"lang": "en"}).text
        assert "The card&#x27;s social security application has been activated." in listed
        assert card_number(1) not in listed


def test_a_refusal_has_words_and_a_next_step_on_the_page(door):
    with door.browser() as http:
        http.get("/enter", params={"token": TOKEN})
        torn = http.post("/page/read?lang=en", data={"driver_string": "990000|"})
        assert torn.status_code == 409
        assert "What the driver says of the card is not whole." in torn.text
        assert "Read the card again." in torn.text


def test_the_line_that_is_down_shows_on_every_page(door, service):
    service.down = True
    with door.program() as http:
        http.post("/first-use", json=SAID)
    with door.browser() as http:
        page = http.get("/enter", params={"token": TOKEN, "lang": "en"}).text
        assert "The line to the service is down." in page
        kept = http.get("/page/first-use/1?lang=en").text
        assert "It is sent by itself when the line is back" in kept
        service.down, service.instead = False, Answer(401, b'{"code":"unsigned"}')
        with door.program() as program:
            held = program.post("/first-use", json={**SAID, "driver_string": driver_string(2)})
            program.post("/queue/send-now", json={})
            door.counter.queue.await_change(1, lambda one: one.held, 10)
            assert held.status_code == 202
        assert door.counter.queue.event(1).held
        assert "until somebody mends it" in http.get("/page/list?lang=en").text
        assert http.post("/page/send-now?lang=en").status_code == 200


PAGES = [row for row in ROWS if row.who == "page"]


@pytest.mark.parametrize("row", PAGES, ids=lambda row: f"{row.method} {row.path.pattern}")
def test_a_page_without_its_cookie_or_of_another_site_does_nothing(row, door):
    path = row.path.pattern.replace("[0-9]{1,18}", "1")
    with httpx.Client(base_url=door.url, headers={"Origin": door.url}) as http:
        assert http.request(row.method, path).status_code == 401
    with door.browser() as http:
        assert http.get("/enter", params={"token": "wrong"}).status_code == 401
        http.get("/enter", params={"token": TOKEN})
        if row.method == "POST":
            for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
                answer = http.post(path, data={}, headers={"Origin": origin})
                assert answer.status_code == 403
            http.headers.pop("Origin")
            assert http.post(path, data={}).status_code == 403


def test_the_cookie_is_for_this_door_alone_and_no_page_may_be_framed_or_run_scripts(door):
    with httpx.Client(base_url=door.url) as http:
        entered = http.get("/enter", params={"token": TOKEN})
        cookie = entered.headers["set-cookie"]
        assert TOKEN not in cookie
        assert re.search(r"; HttpOnly; SameSite=Strict$", cookie)
        policy = entered.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert entered.headers["cache-control"] == "no-store"
        assert http.get("/style.css").headers["content-type"].startswith("text/css")


def test_a_pharmacy_asks_for_less_and_a_reader_needs_no_text(tmp_path, service, clock):
    counter = Counter(tmp_path, service, clock, channel=Channel.PHARMACY, driver=Driver(Input.PCSC))

    class EmptyReader:
        def read(self):
            raise RefusedError(Fault.NO_CARD)

    counter.queue.close()
    counter.open(EmptyReader())
    with opened(counter) as door, door.browser() as http:
        start = Form(http.get("/enter", params={"token": TOKEN}).text)
        assert start.fields == {}
        assert "读卡器里没有卡" in http.post(start.action, data={}).text
        with door.program() as program:
            assert code(program.post("/read", json={})) == (409, "no_card")
    counter.queue.close()


def test_a_caller_that_says_nothing_does_not_keep_others_waiting(door):
    port = int(door.url.rpartition(":")[2])
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(5)]
    with door.program() as http:
        assert http.get("/healthz").json() == {"status": "ok"}
    for one in silent:
        one.close()


def test_one_caller_too_many_is_hung_up_on_and_room_is_made_again(door):
    port = int(door.url.rpartition(":")[2])
    with door.program() as client:
        silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(CALLS_MAX)]
        assert _health(client) == 0
        for one in silent:
            one.close()
        assert 200 in [_health(client) for _ in range(50)]


def _health(client: httpx.Client) -> int:
    try:
        return client.get("/healthz").status_code
    except httpx.TransportError:
        return 0


def test_the_token_is_made_once_for_its_owner_alone_and_a_torn_one_is_made_anew(tmp_path):
    token = token_of(tmp_path)
    assert token_of(tmp_path) == token
    assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600
    (tmp_path / "token").write_text("")
    assert len(token_of(tmp_path)) > 40
    assert token_of(tmp_path) not in {token, ""}
