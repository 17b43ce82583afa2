"""Streams of activations over HTTP: signed like everything, told about to their sender only."""

import asyncio
import dataclasses
import json
import time
from collections import Counter
from datetime import timedelta
from functools import partial

import httpx
import pytest

from qika.authority.partner import Partner
from qika.operations.streams.desk import StreamDesk
from qika.operations.streams.working import work
from qika.storage.memory_streams import MemoryStreams
from qika.storage.spool import FileSpool
from qika.storage.vault import Vault
from qika.web.api.streams import answer_lines
from qika.web.app import build_app

from tests.journeys.example_site import Visitor, activation
from tests.journeys.terminal import Terminal, card_row, cards_csv
from tests.journeys.terminal import activation as activation_of
from tests.journeys.test_command_line import POINT_COLUMNS, POINTS
from tests.journeys.test_demo import Running, serving
from tests.journeys.test_signed import CREATED, ORIGIN, OURS, PATH, Bank, problem
from tests.signers import Signer

LINES = "application/x-ndjson"


def lines_of(*said) -> bytes:
    """Write one line for each: bytes as they are, anything else as JSON."""
    return b"".join(
        one if isinstance(one, bytes) else json.dumps(one).encode() + b"\n" for one in said
    )


class StreamingBank(Bank):
    """A partner before a site that takes streams."""

    def __init__(self, book, folder, **changes) -> None:
        super().__init__(book)
        self.desk = StreamDesk(
            store=MemoryStreams(),
            sealing=Vault.create(folder / "keys"),
            open_spool=lambda: FileSpool(folder / "spool"),
            clock=self.site.office.clock,
            bytes_max=2_000_000,
            kept=timedelta(days=7),
        )
        self.site = dataclasses.replace(self.site, streams=self.desk, **changes)
        self.visitor = Visitor(build_app(self.site))

    def stream(self, body: bytes, key: str = "s-1", **headers: str) -> httpx.Response:
        signed = self.signer.headers(ORIGIN + PATH, body, key, created=CREATED, content_type=LINES)
        return self.visitor.call("POST", PATH, content=body, headers=signed | headers)

    def get(self, path: str, signer: Signer | None = None) -> httpx.Response:
        headers = (signer or self.signer).headers_of_get(ORIGIN + path, created=CREATED)
        return self.visitor.get(path, headers=headers)

    def work(self) -> bool:
        return asyncio.run(work(self.desk, partial(answer_lines, self.site)))

    def results(self, location: str) -> list[dict]:
        answer = self.get(f"{location}/results")
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == LINES
        return [json.loads(line) for line in answer.text.splitlines()]


@pytest.fixture
def bank(example_book, tmp_path):
    return StreamingBank(example_book, tmp_path)


def test_a_stream_is_accepted_carried_out_and_answered_line_by_line(bank):
    accepted = bank.stream(lines_of(activation("A1"), activation("Z9"), activation("A2")))
    assert accepted.status_code == 202, accepted.text
    location = accepted.headers["location"]
    assert accepted.json()["state"] == "waiting"
    early = bank.get(f"{location}/results")
    assert (problem(early)[:2], early.headers["retry-after"]) == ((409, "in_progress"), "1")
    assert bank.work()
    told = bank.get(location).json()
    assert (told["state"], told["rows"], told["rows_read"]) == ("done", 3, 3)
    assert told["outcomes"] == {"activated": 2, "card_not_found": 1}
    assert told["results"] == f"{location}/results"
    results = bank.results(location)
    assert [(one["line"], one["outcome"]["status"]) for one in results] == [
        (1, "activated"), (2, "card_not_found"), (3, "activated"),
    ]  # fmt: skip
    assert [one["outcome"]["request_key"] for one in results] == ["key-A1", "key-Z9", "key-A2"]
    histories = [events for events in bank.site.office.store.history.values() if events]
    assert {events[0].sender for events in histories} == {"icbc"}


def test_a_wrong_line_is_told_by_its_number_and_the_others_go_on(bank):
    elsewhere = activation("A1", card={"issuer": "310000", "card_number": "1"})
    body = lines_of(
        activation("A1"),
        b'{"request_key": "torn\n',
        b"\n",
        b'{"pad": "' + b"x" * 70_000 + b'"}\n',
        activation("A2", occurred_at="yesterday"),
        elsewhere,
        {"requests": [activation("A2")]},
        b"\xff\xfe\n",
        json.dumps(activation("A2")).encode(),
    )
    location = bank.stream(body).headers["location"]
    bank.work()
    told = bank.get(location).json()
    assert told["outcomes"] == {"activated": 2}
    wrong = [(one["line"], one["code"]) for one in told["first_problems"]]
    assert wrong == [
        (2, "unreadable"), (3, "unreadable"), (4, "too_large"), (5, "wrong_fields"),
        (6, "not_allowed"), (7, "wrong_fields"), (8, "unreadable"),
    ]  # fmt: skip
    by_line = {one["line"]: one["errors"] for one in told["first_problems"]}
    assert [(one["field"], one["code"]) for one in by_line[5]] == [("occurred_at", "time")]
    assert [one["field"] for one in by_line[6]] == ["card.issuer"]
    assert told["problems"] == 7
    results = bank.results(location)
    assert [one["line"] for one in results if one["problem"]] == [2, 3, 4, 5, 6, 7, 8]
    assert [one["line"] for one in results if one["outcome"]] == [1, 9]


def test_the_same_stream_sent_again_is_the_same_resource_and_another_body_is_refused(bank):
    body = lines_of(activation("A1"))
    first, again = bank.stream(body), bank.stream(body)
    assert again.headers["location"] == first.headers["location"]
    other = bank.stream(lines_of(activation("A2")))
    assert problem(other) == (422, "wrong_fields", [("idempotency-key", "key_reused")])
    bank.work()
    assert bank.stream(body).json()["state"] == "done"
    assert not bank.work()


def test_the_lines_of_a_stream_sent_under_another_key_are_replays(bank):
    body = lines_of(activation("A1"), activation("A1", applications=["social"]))
    for key in ("s-1", "s-2"):
        location = bank.stream(body, key).headers["location"]
        bank.work()
    first, second = bank.results(location)
    assert (first["outcome"]["status"], first["outcome"]["replayed"]) == ("activated", True)
    assert second["outcome"]["status"] == "key_reused"


def test_what_was_signed_is_checked_before_the_first_line_is_acted_on(bank):
    body = lines_of(activation("A1"))
    headers = bank.signer.headers(ORIGIN + PATH, body, created=CREATED, content_type=LINES)
    changed = bank.visitor.call("POST", PATH, content=body + b"\n", headers=headers)
    assert problem(changed) == (401, "signature_refused", [("signature", "content_digest")])
    again = bank.visitor.call("POST", PATH, content=body, headers=headers)
    assert problem(again)[2] == [("signature", "signature_replayed")]
    bare = bank.visitor.call("POST", PATH, content=body, headers={"Content-Type": LINES})
    assert problem(bare)[:2] == (401, "unsigned")
    as_json = bank.stream(body, **{"Content-Type": "application/json"})
    assert problem(as_json)[2] == [("signature", "signature_wrong")]
    assert not bank.work()
    assert not any(bank.site.office.store.history.values())


def test_a_stream_is_bounded_whether_its_length_is_told_or_not(bank):
    large = b"x" * 2_000_001
    headers = bank.signer.headers(ORIGIN + PATH, large, created=CREATED, content_type=LINES)

    async def drops():
        for start in range(0, len(large), 65_536):
            yield large[start : start + 65_536]

    told = bank.visitor.call("POST", PATH, content=large, headers=headers)
    untold = bank.visitor.call("POST", PATH, content=drops(), headers=headers)
    assert problem(told)[:2] == problem(untold)[:2] == (413, "too_large")


def test_only_the_partner_that_sent_a_stream_hears_of_it(bank):
    location = bank.stream(lines_of(activation("A1"))).headers["location"]
    bank.work()
    other = Signer.new("other-1")
    key = dataclasses.replace(bank.key, id="other-1", partner="other", public_key=other.public)
    bank.kept._partners["other"] = Partner("other", "Other", OURS)
    bank.kept._partner_keys["other-1"] = key
    bank.registry.roll = bank.run(bank.kept.roll())
    for path in (location, f"{location}/results"):
        assert problem(bank.get(path, other))[:2] == (404, "not_found")
        assert problem(bank.visitor.get(path))[:2] == (401, "unsigned")
        assert bank.get(path).status_code == 200
    assert problem(bank.get("/v1/activation-streams/unknown"))[:2] == (404, "not_found")


def test_a_get_is_signed_once_for_its_address(bank):
    location = bank.stream(lines_of(activation("A1"))).headers["location"]
    headers = bank.signer.headers_of_get(ORIGIN + location, created=CREATED)
    assert bank.visitor.get(location, headers=headers).status_code == 200
    assert problem(bank.visitor.get(location, headers=headers))[2] == [
        ("signature", "signature_replayed")
    ]
    elsewhere = bank.signer.headers_of_get(ORIGIN + location + "x", created=CREATED)
    assert problem(bank.visitor.get(location, headers=elsewhere))[2] == [
        ("signature", "signature_wrong")
    ]
    posted = bank.headers(activation("A1"))
    assert problem(bank.visitor.get(location, headers=posted))[2] == [
        ("signature", "signature_components")
    ]


def test_a_partner_that_was_suspended_meanwhile_gets_none_of_its_lines_carried_out(bank):
    location = bank.stream(lines_of(activation("A1"))).headers["location"]
    bank.kept._partners["icbc"] = dataclasses.replace(bank.partner, suspended=True)
    bank.registry.roll = bank.run(bank.kept.roll())
    bank.work()
    [wrong] = bank.get(location).json()["first_problems"]
    assert [one["code"] for one in wrong["errors"]] == ["partner_suspended"]
    assert not any(bank.site.office.store.history.values())


def test_where_no_streams_are_taken_the_type_is_refused(example_book, tmp_path):
    bank = StreamingBank(example_book, tmp_path)
    bank.site = dataclasses.replace(bank.site, streams=None)
    bank.visitor = Visitor(build_app(bank.site))
    assert problem(bank.stream(b""))[:2] == (415, "unsupported_media_type")


def test_in_the_demo_a_stream_needs_no_signature(example_book, tmp_path):
    bank = StreamingBank(example_book, tmp_path)
    bank.site = dataclasses.replace(bank.site, unsigned_writes=True)
    visitor = Visitor(build_app(bank.site))
    body = lines_of(activation("A1"))
    headers = {"Content-Type": LINES, "Idempotency-Key": "d-1"}
    location = visitor.call("POST", PATH, content=body, headers=headers).headers["location"]
    again = visitor.call("POST", PATH, content=body, headers=headers)
    assert again.headers["location"] == location
    bank.work()
    assert visitor.get(location).json()["outcomes"] == {"activated": 1}


# -- one key at a time -----------------------------------------------------------------------------


class Slow:
    """Holds every batch back until it is let go."""

    def __init__(self, site) -> None:
        self.submit, self.began, self.go = site.submit, asyncio.Event(), asyncio.Event()

    async def __call__(self, requests):
        self.began.set()
        await self.go.wait()
        return await self.submit(requests)


def test_while_a_request_is_worked_on_its_key_is_told_when_to_come_back_and_never_after(
    example_book,
):
    bank = Bank(example_book)
    said = activation("A1")

    async def race():
        slow = Slow(bank.site)
        app = build_app(dataclasses.replace(bank.site, submit=slow))
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://qika.test"
        ) as http:

            def send(key: str = "k-1"):
                headers = bank.headers(said, key=key)
                return http.post(PATH, content=json.dumps(said), headers=headers)

            first = asyncio.create_task(send())
            await slow.began.wait()
            second, other = await send(), asyncio.create_task(send("k-2"))
            slow.go.set()
            return await first, second, await other, await send()

    first, second, other, after = asyncio.run(race())
    assert problem(second)[:2] == (409, "in_progress")
    assert int(second.headers["retry-after"]) > 0
    assert [one.status_code for one in (first, other, after)] == [200, 200, 200]
    assert after.json()["outcomes"][0]["replayed"] is True


def test_while_a_stream_is_received_its_key_is_told_when_to_come_back(bank):
    body = lines_of(activation("A1"))

    async def race():
        began, go = asyncio.Event(), asyncio.Event()

        async def slowly():
            yield body[:10]
            began.set()
            await go.wait()
            yield body[10:]

        transport = httpx.ASGITransport(build_app(bank.site))
        async with httpx.AsyncClient(transport=transport, base_url="http://qika.test") as http:

            def send(content):
                headers = bank.signer.headers(
                    ORIGIN + PATH, body, created=CREATED, content_type=LINES
                )
                return http.post(PATH, content=content, headers=headers)

            first = asyncio.create_task(send(slowly()))
            await asyncio.sleep(0)
            await began.wait()
            second = await send(body)
            go.set()
            return await first, second

    first, second = asyncio.run(race())
    assert problem(second)[:2] == (409, "in_progress")
    assert first.status_code == 202


# -- a real server, killed in the middle -----------------------------------------------------------

ROWS = 6_000
"""Six parts: enough to be killed between two of them."""


@pytest.fixture
def city(tmp_path) -> Terminal:
    terminal = Terminal(tmp_path)
    rows = [card_row(f"T{number:08d}") for number in range(ROWS)]
    assert terminal.type("import", "cards", terminal.file("c.csv", cards_csv(rows))).code == 0
    points = terminal.file("p.csv", "\n".join((POINT_COLUMNS, POINTS[0])) + "\n")
    assert terminal.type("import", "points", points).code == 0
    return terminal


class Sender:
    """A partner of a real server, which says where it is each time it is started."""

    def __init__(self, city: Terminal, *options: str) -> None:
        self.signer = Signer.new("bank-1")
        city.json("partners", "put", "bank", "--name", "Bank", "--regions", "990000",
                  "--channels", "bank_counter", "--banks", "*", *options)  # fmt: skip
        pem = city.file("public.pem", self.signer.public)
        city.json("partners", "add-key", "bank", "bank-1", pem, *options)

    def post(self, served: Running, body: bytes) -> httpx.Response:
        url = f"{served.http.base_url}".rstrip("/") + PATH
        made = self.signer.headers(url, body, "s-1", created=int(time.time()), content_type=LINES)
        return served.http.post(PATH, content=body, headers=made)

    def get(self, served: Running, path: str) -> httpx.Response:
        url = f"{served.http.base_url}".rstrip("/") + path
        headers = self.signer.headers_of_get(url, created=int(time.time()))
        return served.http.get(path, headers=headers)

    def wait(self, served: Running, location: str, until) -> dict:
        end = time.monotonic() + 90
        while time.monotonic() < end:
            told = self.get(served, location).json()
            if until(told):
                return told
        raise AssertionError(told)


def test_a_stream_survives_kill_9_in_the_middle_and_each_line_is_done_once(city, tmp_path):
    sender, data = Sender(city), city.folder / "data"
    body = lines_of(
        *(activation_of(f"T{number:08d}", f"k-{number}", point_id="p:b1") for number in range(ROWS))
    )
    words = ("serve", "--doors", "partner")
    with serving(*words, folder=data) as served:
        accepted = sender.post(served, body)
        assert accepted.status_code == 202, accepted.text
        location = accepted.headers["location"]
        begun = sender.wait(served, location, lambda told: told["rows_read"])
        assert begun["rows_read"] < ROWS
        served.process.kill()
        served.process.wait()
    with serving(*words, folder=data) as served:
        assert sender.post(served, body).headers["location"] == location
        done = sender.wait(served, location, lambda told: told["state"] == "done")
        assert done["rows_read"] == ROWS
        statuses = Counter(
            json.loads(line)["outcome"]["status"]
            for line in sender.get(served, f"{location}/results").text.splitlines()
        )
        assert served.stop() == 0
    assert statuses == {"activated": ROWS}
    counted = city.rows("select count(*), count(distinct card_key) from event")
    assert counted == [(ROWS, ROWS)]
    assert city.rows("select distinct kind from stream_part") == [("results",)]
    assert city.json("audit", "verify")["broken"] == 0
